"""The owner's page of the home: what needs attention, the rooms with their newest values, and its pictures."""

from __future__ import annotations

from datetime import timedelta
from html import escape

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.catalogue import ChartDefinition
from iot_hub.dashboard.charts.series import HOME_CHARTS, MOST_SERIES, series_chart
from iot_hub.dashboard.charts.state_timeline import MOST_STATES, STATEMENT, state_labels, state_timeline
from iot_hub.dashboard.components import empty_states, room_list
from iot_hub.dashboard.components.device_cards import show_chart
from iot_hub.dashboard.home_devices import fetch_devices
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.dashboard.time_range import ROLLING, DailyRange, TimeRange, last_days, last_months, now, rolling
from iot_hub.errors import DatabaseAwayError

_REFRESH_S = 30.0
_DEFAULT_RANGE = "24h"
_YEAR = "12m"
_BY_THE_HOUR = timedelta(days=7)


def show(ctx: PageContext, guard: Guard) -> None:
    """Show the page; parts that refresh themselves ask the guard again."""
    _newest(ctx, guard)
    _pictures(ctx, guard)


@st.fragment(run_every=_REFRESH_S)
def _newest(ctx: PageContext, guard: Guard) -> None:
    """Show the newest values, and again every half minute."""
    texts = ctx.texts
    try:
        if not guard():
            st.rerun()
        devices = fetch_devices(ctx.audience)
        [proposed] = data.recent(ctx.audience, "home_proposed")
    except DatabaseAwayError:
        empty_states.database_away(texts)
        return
    if proposed["devices"]:
        with st.container(border=True, key="home-proposed"):
            found = escape(texts.plural("home.proposed", proposed["devices"]))
            st.html(f'<p>{found} <a href="./devices" target="_self">{escape(texts("home.decide"))}</a></p>')
    if not devices:
        empty_states.no_home(texts)
        return
    room_list.show_attention(devices, texts)
    room_list.show_rooms(devices, texts)


@st.fragment
def _pictures(ctx: PageContext, guard: Guard) -> None:
    """Show the rooms and devices in one chart per measurement that any of them has."""
    texts = ctx.texts
    try:
        if not guard():
            st.rerun()
        if not fetch_devices(ctx.audience):
            return
        chosen = st.segmented_control(
            texts("choice.range"),
            [*ROLLING, _YEAR],
            default=_DEFAULT_RANGE,
            format_func=lambda name: texts(f"choice.{name}"),
            required=True,
            key=f"home-range-{texts.language}",
        )
        with st.container(key="home-cards"):
            for definition in HOME_CHARTS:
                _series(definition, chosen, ctx)
            _states(chosen, ctx)
    except DatabaseAwayError:
        # Said above already.
        return


def _series(definition: ChartDefinition, chosen: str, ctx: PageContext) -> None:
    time_range = _range_of_bands(chosen, ctx) if definition.is_band else _range_of_sums(chosen, ctx)
    asked = {"metric": definition.metric, "most": MOST_SERIES + 1} | _asked(time_range, ctx)
    rows = data.recent(ctx.audience, definition.statement, **asked)
    if not rows:
        return
    chart = series_chart(definition, rows, time_range, ctx.texts, ctx.palette)
    show_chart(chart, f"{chart.key}.csv", ctx)
    if len({row["series"] for row in rows}) > MOST_SERIES:
        st.caption(ctx.texts("home.more_series", n=MOST_SERIES))


def _states(chosen: str, ctx: PageContext) -> None:
    time_range = _range_of_sums(chosen, ctx)
    properties = list(state_labels(ctx.texts.language))
    rows = data.recent(ctx.audience, STATEMENT, properties=properties, most=MOST_STATES, **_asked(time_range, ctx))
    chart = state_timeline(rows, time_range, ctx.texts, ctx.palette)
    if chart.rows:
        show_chart(chart, "states.csv", ctx)


def _range_of_bands(chosen: str, ctx: PageContext) -> TimeRange:
    """Return a range by the hour, in which nights and days differ; a year by the day."""
    if chosen == _YEAR:
        year = last_months(12, ctx.texts.zone, now())
        return DailyRange(year.since, year.until)
    return rolling(ROLLING[chosen], now())


def _range_of_sums(chosen: str, ctx: PageContext) -> TimeRange:
    """Return a range by the hour; one of a month by the day, one of a year by the month."""
    if chosen == _YEAR:
        return last_months(12, ctx.texts.zone, now())
    duration = ROLLING[chosen]
    return last_days(duration.days, ctx.texts.zone, now()) if duration > _BY_THE_HOUR else rolling(duration, now())


def _asked(time_range: TimeRange, ctx: PageContext) -> dict[str, object]:
    zone = "UTC" if time_range.step == "hour" else ctx.texts.zone.key
    return {"since": time_range.since, "until": time_range.until, "step": time_range.step, "zone": zone}
