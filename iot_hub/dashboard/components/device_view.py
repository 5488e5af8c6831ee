"""What is known of a device in a range of time: its newest values, its map and its charts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.catalogue import BATTERY_LEVEL, CHARTS, EVENTS, metric_chart
from iot_hub.dashboard.charts.layout import Layout, arrange
from iot_hub.dashboard.components import empty_states
from iot_hub.dashboard.components.device_cards import MapCard, chart_card
from iot_hub.dashboard.components.filters import Selection
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.readings import Readings
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.time_range import now

ShowCard = Callable[[Readings, PageContext], None]

_REDRAWN_EVERY_S = 60
"""What changes without an event, such as figures that were computed again, is seen after this time at the latest."""


def newest_values(ctx: PageContext, selection: Selection) -> Hashable:
    """Show what is newest. Return a state: while it stays the same, at most for a minute, the pictures are right."""
    readings = _readings(ctx, selection)
    devices = data.recent(ctx.audience, "dashboard_devices")
    device = next((row for row in devices if row["device_id"] == selection.device), None)
    _tiles(device or {}, readings, ctx)
    events = tuple((row["started"], row["events"]) for row in readings.rows(EVENTS))
    return tuple((device or {}).items()), events, int(now().timestamp() / _REDRAWN_EVERY_S)


def pictures(ctx: PageContext, selection: Selection) -> None:
    """Show the map and the charts of the selected device in the selected range."""
    readings = _readings(ctx, selection)
    if readings.rows(EVENTS) or readings.has_positions:
        _pictures(readings, ctx)
    else:
        empty_states.no_data(readings.time_range, ctx)
    st.caption(f"{ctx.texts('page.zone', zone=ctx.texts.zone.key)} {empty_states.audience_note(ctx)}")


def _readings(ctx: PageContext, selection: Selection) -> Readings:
    return Readings(ctx.audience, selection.device, selection.time_range(ctx.texts), ctx.texts.zone)


def _tiles(device: Row, readings: Readings, ctx: PageContext) -> None:
    texts, never = ctx.texts, ctx.texts("now.never")
    seen, level, measured = device.get("last_seen"), device.get("battery_level"), device.get("battery_time")
    events = sum(row["events"] for row in readings.rows(EVENTS))
    with st.container(horizontal=True, key="tiles"):
        st.metric(
            texts("now.last_seen"), texts.format_relative(seen, now()) if seen else never, border=True,
            help=texts.format_datetime_seconds(seen) if seen else None,
        )  # fmt: skip
        if readings.has_values(BATTERY_LEVEL) or level is not None:
            st.metric(
                texts("now.battery"),
                f"{texts.format_number(level, 0)}\u202f%" if level is not None else never,
                border=True,
                help=texts("now.measured", when=texts.format_datetime_seconds(measured)) if measured else None,
            )
        # A link that shows only positions has no count of events.
        if events or ctx.audience.name != "shared":
            st.metric(texts("now.events"), texts.format_number(events, 0), border=True)


def _pictures(readings: Readings, ctx: PageContext) -> None:
    layout = _layout(readings, ctx)
    cards: list[ShowCard] = [partial(chart_card, chart) for chart in layout.charts]
    map_card = MapCard()
    _grid("cards", [map_card.show, *cards] if layout.has_map else cards, readings, ctx)
    if layout.folded:
        # Its cards are built when it is opened.
        expander = st.expander(ctx.texts("page.more"), key=f"more-{ctx.texts.language}", on_change="rerun")
        if expander.open:
            with expander:
                _grid("more-cards", [partial(chart_card, chart) for chart in layout.folded], readings, ctx)
    # Last: a browser takes longer for it than for everything else.
    map_card.draw_map()


def _layout(readings: Readings, ctx: PageContext) -> Layout:
    metrics = sorted(
        map(metric_chart, readings.metrics), key=lambda chart: ctx.texts.order_of(f"metric.{chart.metric}")
    )
    return arrange([chart for chart in CHARTS if readings.has_values(chart)], readings.has_positions, metrics)


def _grid(key: str, cards: Sequence[ShowCard], readings: Readings, ctx: PageContext) -> None:
    # Two columns by the page's style: Streamlit's would be three more messages for each two cards.
    with st.container(key=key):
        for show_card in cards:
            show_card(readings, ctx)
