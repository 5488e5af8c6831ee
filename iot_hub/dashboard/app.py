"""The dashboard's page, run by Streamlit; ``command.py`` says how."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from iot_hub.dashboard import cards, controls, notices, visit
from iot_hub.dashboard.controls import Choice
from iot_hub.dashboard.figures import EVENTS, FIGURES
from iot_hub.dashboard.published import Row
from iot_hub.dashboard.spans import Span
from iot_hub.dashboard.visit import Visit
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import settings

Drawing = Callable[[int, Span, Visit], None]

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
        _board(visitor, choice)
    except DatabaseAwayError:
        notices.away(visitor.texts)


def _board(visitor: Visit, choice: Choice) -> None:
    span = choice.span(visitor.texts)
    device = next((row for row in visitor.rows("dashboard_devices") if row["device_id"] == choice.device), None)
    events = visitor.rows_of(EVENTS.statement, choice.device, span)
    _tiles(device or {}, sum(row["events"] for row in events), visitor)
    if events:
        _pictures(visitor, choice.device, span)
    else:
        notices.nothing(span, visitor.texts)
    st.caption(visitor.texts("page.zone", zone=visitor.texts.zone.key))


def _tiles(device: Row, events: int, visitor: Visit) -> None:
    texts, never = visitor.texts, visitor.texts("now.never")
    seen, level, measured = device.get("last_seen"), device.get("battery_level"), device.get("battery_time")
    with st.container(horizontal=True, key="tiles"):
        st.metric(
            texts("now.last_seen"), texts.ago(seen, visit.now()) if seen else never, border=True,
            help=texts.exact(seen) if seen else None,
        )  # fmt: skip
        st.metric(
            texts("now.battery"), f"{texts.number(level, 0)}\u202f%" if level is not None else never, border=True,
            help=texts("now.measured", when=texts.exact(measured)) if measured else None,
        )  # fmt: skip
        st.metric(texts("now.events"), texts.number(events, 0), border=True)


def _pictures(visitor: Visit, device: int, span: Span) -> None:
    drawings: list[Drawing] = [cards.map_card, *(partial(cards.figure_card, figure) for figure in FIGURES)]
    # Row by row, so that what is read first on a phone is what stands first on a desk.
    for left, right in zip(drawings[::2], drawings[1::2], strict=True):
        for column, draw in zip(st.columns(2), (left, right), strict=True):
            with column:
                draw(device, span, visitor)


page()
