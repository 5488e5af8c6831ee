"""What is known of the chosen device: the newest values and the pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from iot_hub.dashboard import cards, empty_states, session
from iot_hub.dashboard.chart_specs import EVENTS, FIGURES, Figure, metric_figure
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.filters import Choice
from iot_hub.dashboard.layout import Layout, layout
from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.time_range import Span

Drawing = Callable[[int, Span, Visit], None]

_BY_KEY = {figure.key: figure for figure in FIGURES}


def show(visitor: Visit, choice: Choice) -> None:
    """Show a device in a span."""
    span = choice.span(visitor.texts)
    device = next((row for row in visitor.rows("dashboard_devices") if row["device_id"] == choice.device), None)
    events = visitor.rows_of(EVENTS, choice.device, span)
    has_battery = _is_filled(_BY_KEY["level"], visitor, choice.device, span)
    _tiles(device or {}, has_battery, sum(row["events"] for row in events), visitor)
    if events or _has_positions(visitor, choice.device, span):
        _pictures(visitor, choice.device, span)
    else:
        empty_states.nothing(span, visitor)
    st.caption(f"{visitor.texts('page.zone', zone=visitor.texts.zone.key)} {empty_states.whose(visitor)}")


def _tiles(device: Row, has_battery: bool, events: int, visitor: Visit) -> None:
    texts, never = visitor.texts, visitor.texts("now.never")
    seen, level, measured = device.get("last_seen"), device.get("battery_level"), device.get("battery_time")
    with st.container(horizontal=True, key="tiles"):
        st.metric(
            texts("now.last_seen"), texts.ago(seen, session.now()) if seen else never, border=True,
            help=texts.exact(seen) if seen else None,
        )  # fmt: skip
        if has_battery or level is not None:
            st.metric(
                texts("now.battery"), f"{texts.number(level, 0)}\u202f%" if level is not None else never, border=True,
                help=texts("now.measured", when=texts.exact(measured)) if measured else None,
            )  # fmt: skip
        # A link that shows positions only has no count of events.
        if events or visitor.audience.name != "shared":
            st.metric(texts("now.events"), texts.number(events, 0), border=True)


def _pictures(visitor: Visit, device: int, span: Span) -> None:
    arranged = _arrange(visitor, device, span)
    drawings: list[Drawing] = [partial(cards.figure_card, figure) for figure in arranged.figures]
    _grid([cards.map_card, *drawings] if arranged.has_map else drawings, device, span, visitor)
    if not arranged.more:
        return
    # Its cards are made when it is opened.
    folded = st.expander(visitor.texts("page.more"), key=f"more-{visitor.texts.language}", on_change="rerun")
    if folded.open:
        with folded:
            _grid([partial(cards.figure_card, figure) for figure in arranged.more], device, span, visitor)


def _arrange(visitor: Visit, device: int, span: Span) -> Layout:
    found = visitor.rows("dashboard_metrics", device=device, since=span.since, until=span.until)
    metrics = sorted(map(metric_figure, found), key=lambda figure: visitor.texts.place(f"metric.{figure.metric}"))
    filled = [figure for figure in FIGURES if _is_filled(figure, visitor, device, span)]
    return layout(filled, _has_positions(visitor, device, span), metrics)


def _has_positions(visitor: Visit, device: int, span: Span) -> bool:
    # Hours of positions have a row whether or not an altitude came with them. Of an hour that a share
    # link shows in part there is none.
    return bool(visitor.rows_of(_BY_KEY["altitude"], device, span) or cards.track(device, span, visitor))


def _is_filled(figure: Figure, visitor: Visit, device: int, span: Span) -> bool:
    return any(row[figure.columns[0]] is not None for row in visitor.rows_of(figure, device, span))


def _grid(drawings: Sequence[Drawing], device: int, span: Span, visitor: Visit) -> None:
    # Row by row, so that what is read first on a phone is what stands first on a desk.
    for start in range(0, len(drawings), 2):
        row = drawings[start : start + 2]
        for column, draw in zip(st.columns(len(row)), row, strict=True):
            with column:
                draw(device, span, visitor)
