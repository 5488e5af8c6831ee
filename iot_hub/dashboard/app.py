"""The dashboard's page, run by Streamlit; ``command.py`` says how."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from iot_hub.dashboard import board, controls, notices, visit
from iot_hub.dashboard.controls import Choice
from iot_hub.dashboard.visit import Visit
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import settings

HERE = Path(__file__).parent
# Seconds as numbers: to read them from text Streamlit would load pandas.
REFRESH = 10.0
RETRY = 5.0


def page() -> None:
    """Show the whole page."""
    st.set_page_config(page_title="IoT Personal Hub", page_icon=str(HERE / "favicon.svg"), layout="wide")
    st.html(HERE / "style.css")
    visitor = visit.begin(settings())
    _head(visitor)
    try:
        devices = visitor.rows("dashboard_devices")
    except DatabaseAwayError:
        _wait(visitor)
        return
    if not devices:
        _wait(visitor)
        return
    _live(visitor, controls.choose(devices, visitor.texts))


def _head(visitor: Visit) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="head"):
        st.title(visitor.texts("page.title"), anchor=False, width="content")
        with st.container(width="content"):
            controls.language(visitor.texts)


@st.fragment(run_every=RETRY)
def _wait(visitor: Visit) -> None:
    """Say what is missing, until it is there."""
    try:
        devices = visitor.rows("dashboard_devices")
    except DatabaseAwayError:
        notices.away(visitor.texts)
        return
    if devices:
        st.rerun()
    notices.no_device(visitor.texts)


@st.fragment(run_every=REFRESH)
def _live(visitor: Visit, choice: Choice) -> None:
    """Show what is now known of the chosen device, again and again."""
    try:
        board.show(visitor, choice)
    except DatabaseAwayError:
        notices.away(visitor.texts)


page()
