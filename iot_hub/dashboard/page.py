"""What every dashboard's page has: its head, its devices, and what is said while there are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from iot_hub.dashboard import device_view, empty_states, filters
from iot_hub.dashboard.filters import Choice
from iot_hub.dashboard.session import Visit
from iot_hub.errors import DatabaseAwayError

HERE = Path(__file__).parent
# Seconds as numbers: to read them from text Streamlit would load pandas.
REFRESH = 10.0
RETRY = 5.0

Guard = Callable[[], bool]


def set_up() -> None:
    """Set the page's title and look. Comes first."""
    st.set_page_config(page_title="IoT Personal Hub", page_icon=str(HERE / "favicon.svg"), layout="wide")
    st.html(HERE / "style.css")


def head(visitor: Visit, links: Callable[[], None] | None = None) -> None:
    """Show the page's name, links beside it, and the languages."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="head"):
        st.title(visitor.texts("page.title"), anchor=False, width="content")
        if links:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", key="links"):
                links()
        with st.container(width="content"):
            filters.language(visitor.texts)


def show(visitor: Visit, guard: Guard) -> None:
    """Show the devices; the guard is asked again each time that the page refreshes itself."""
    try:
        devices = visitor.rows("dashboard_devices")
    except DatabaseAwayError:
        _wait(visitor, guard)
        return
    if not devices:
        _wait(visitor, guard)
        return
    _live(visitor, filters.choose(devices, visitor.texts), guard)


@st.fragment(run_every=RETRY)
def _wait(visitor: Visit, guard: Guard) -> None:
    """Say what is missing, until it is there."""
    try:
        if not guard():
            st.rerun()
        devices = visitor.rows("dashboard_devices")
    except DatabaseAwayError:
        empty_states.away(visitor.texts)
        return
    if devices:
        st.rerun()
    empty_states.no_device(visitor)


@st.fragment(run_every=REFRESH)
def _live(visitor: Visit, choice: Choice, guard: Guard) -> None:
    """Show what is now known of the chosen device, again and again."""
    try:
        if not guard():
            st.rerun()
        device_view.show(visitor, choice)
    except DatabaseAwayError:
        empty_states.away(visitor.texts)
