"""One drive of a car: its figures, its way on the map, and its charts on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pyarrow
import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.charts import drive as drive_charts
from iot_hub.dashboard.components import car_lists, journeys_frame
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.maps import drive_way
from iot_hub.dashboard.maps.bounds import bounds_of
from iot_hub.dashboard.markdown import escape_markdown
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.time_range import TimeRange

_SECOND = timedelta(seconds=1)


def show(drive: Row, ctx: PageContext) -> None:
    """Show a drive."""
    texts = ctx.texts
    starts, ends = (drive[name].astimezone(texts.zone) for name in ("starts", "ends"))
    st.header(f"{texts.format_weekday(starts)} {texts.format_day(starts)}, {starts:%H:%M} – {ends:%H:%M}", anchor=False)
    said = " · ".join(part for part in (drive["name"] or "", car_lists.route(drive, texts)) if part)
    if said:
        st.write(escape_markdown(said))
    st.html(car_lists.figures_of(drive, texts))
    time_range = TimeRange(drive["starts"], max(drive["ends"], drive["starts"] + _SECOND))
    way = data.recent(
        ctx.audience, "drive_way", device=drive["device_id"], since=time_range.since, until=time_range.until,
        step_s=drive_way.step_s(time_range.duration),
    )  # fmt: skip
    if figures := drive_way.figures_of(way):
        _map(drive, way, figures, time_range, ctx)
    _strips(drive, time_range, ctx)


def _map(drive: Row, way: Sequence[Row], figures: Sequence[str], time_range: TimeRange, ctx: PageContext) -> None:
    texts = ctx.texts
    if not ctx.frames_map:
        return
    figure = figures[0]
    if len(figures) > 1:
        figure = (
            st.segmented_control(
                texts("car.colour"), figures, default=figures[0], format_func=lambda name: texts(f"car.by.{name}"),
                key="drive-colour",
            )
            or figures[0]
        )  # fmt: skip
    shown = drive_way.way(way, figure)
    if shown is None:
        return
    bounds = bounds_of((row["longitude"], row["latitude"]) for row in way)
    with st.container(key="drive-map"):
        journeys_frame.show_way(drive["device_id"], time_range, shown, bounds, ctx)


def _strips(drive: Row, time_range: TimeRange, ctx: PageContext) -> None:
    texts = ctx.texts
    rows = data.recent(
        ctx.audience, "car_series", device_id=drive["device_id"], since=time_range.since,
        until=time_range.until + _SECOND, step=timedelta(seconds=drive_charts.step_s(time_range.duration)),
    )  # fmt: skip
    for strip, drawn, specification in drive_charts.strips(rows, time_range, texts, ctx.palette):
        name = texts(f"car.strip.{strip.figure}")
        values = [float(str(row["value"])) for row in drawn]
        low, high = (texts.format_number(value, strip.decimals) for value in (min(values), max(values)))
        st.markdown(f"**{name}**, {strip.unit}")
        st.vega_lite_chart(
            pyarrow.Table.from_pylist(drawn),
            specification,
            width="stretch",
            key=f"strip-{strip.figure}-{texts.language}",
            alt=texts("car.strip_alt", name=name, low=low, high=high, unit=strip.unit),
        )
