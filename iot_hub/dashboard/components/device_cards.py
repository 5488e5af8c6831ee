"""The cards of a device's page: one per chart, and the map."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyarrow
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from iot_hub.dashboard.charts.catalogue import ChartDefinition
from iot_hub.dashboard.charts.chart import Chart, build_chart
from iot_hub.dashboard.components import card, journeys_frame
from iot_hub.dashboard.components.card import Card
from iot_hub.dashboard.components.readings_link import address
from iot_hub.dashboard.maps import track
from iot_hub.dashboard.maps.track_map import HEIGHT, track_map
from iot_hub.dashboard.readings import Readings
from iot_hub.dashboard.session import PageContext


def chart_card(definition: ChartDefinition, readings: Readings, ctx: PageContext) -> None:
    """Show a chart of a device's readings."""
    chart = build_chart(definition, readings.rows(definition), readings.time_range, ctx.texts, ctx.palette)
    behind = address(readings.device, definition.metric, ctx.texts) if ctx.audience.name == "owner" else None
    show_chart(chart, f"{chart.key}-{readings.device}.csv", ctx, behind)


def show_chart(chart: Chart, file_name: str, ctx: PageContext, readings: str | None = None) -> None:
    """Show the card of a chart, with a link to the address of the readings behind it."""
    texts = ctx.texts

    def draw() -> None:
        st.vega_lite_chart(
            pyarrow.Table.from_pylist(chart.rows),
            chart.specification,
            width="stretch",
            key=f"chart-{chart.key}-{texts.language}",
            alt=chart.alt,
        )

    shown = Card(
        key=chart.key,
        title=chart.title,
        first_tab=texts("card.chart"),
        description=chart.description,
        caption=chart.caption,
        file_name=file_name,
        draw=draw,
        table=chart.table,
        readings=readings,
    )
    card.show(shown, texts, is_empty=not chart.rows)


class MapCard:
    """The card of where a device was. Its place is kept while the rest of the page is drawn."""

    def __init__(self) -> None:
        self.draw_map: Callable[[], None] = lambda: None
        """Draw the map in its place, if the card shows it."""

    def show(self, readings: Readings, ctx: PageContext) -> None:
        """Show the card without the map."""
        texts, time_range, fixes = ctx.texts, readings.time_range, readings.track

        def keep_place() -> None:
            place = st.container(key="map-place")
            self.draw_map = partial(_draw_map, place, readings, ctx)

        shown = Card(
            key="map",
            title=texts("chart.map.title"),
            first_tab=texts("card.map"),
            description=_about_map(ctx),
            caption=track.caption(fixes, time_range, texts),
            file_name=f"track-{readings.device}.csv",
            draw=keep_place,
            table=lambda: track.table(fixes, texts),
        )
        card.show(shown, texts, is_empty=not fixes)


def _about_map(ctx: PageContext) -> str:
    if ctx.frames_map:
        return ctx.texts(f"chart.map.about_{'journeys' if ctx.audience.name == 'owner' else 'published'}")
    return ctx.texts("chart.map.about_tiles" if ctx.tiles else "chart.map.about")


def _draw_map(place: DeltaGenerator, readings: Readings, ctx: PageContext) -> None:
    if ctx.frames_map:
        with place:
            journeys_frame.show(readings, ctx)
        return
    texts, time_range, fixes = ctx.texts, readings.time_range, readings.track
    place.pydeck_chart(
        track_map(fixes, texts, ctx.palette, ctx.tiles),
        height=HEIGHT,
        key="map",
        alt=texts(
            "track.alt",
            count=texts.plural("track.positions", len(fixes)),
            since=texts.format_datetime(time_range.since),
            until=texts.format_datetime(time_range.until),
        ),
    )
