"""The owner's page of the home: what needs attention, the rooms with their newest values, and the rooms compared."""

from __future__ import annotations

from html import escape

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.rooms import MOST_ROOMS, ROOM_CHARTS, STATEMENT, room_chart
from iot_hub.dashboard.components import empty_states, room_list
from iot_hub.dashboard.components.device_cards import show_chart
from iot_hub.dashboard.home_devices import fetch_devices
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.dashboard.time_range import ROLLING, now, rolling
from iot_hub.errors import DatabaseAwayError

_REFRESH_S = 30.0
_DEFAULT_RANGE = "24h"


def show(ctx: PageContext, guard: Guard) -> None:
    """Show the page; parts that refresh themselves ask the guard again."""
    _newest(ctx, guard)
    _comparison(ctx, guard)


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
def _comparison(ctx: PageContext, guard: Guard) -> None:
    """Show the rooms in one chart per measurement that any of them has."""
    texts = ctx.texts
    try:
        if not guard():
            st.rerun()
        if not any(device.room for device in fetch_devices(ctx.audience)):
            return
        chosen = st.segmented_control(
            texts("choice.range"),
            list(ROLLING),
            default=_DEFAULT_RANGE,
            format_func=lambda name: texts(f"choice.{name}"),
            required=True,
            key=f"home-range-{texts.language}",
        )
        time_range = rolling(ROLLING[chosen], now())
        span = {"since": time_range.since, "until": time_range.until}
        with st.container(key="home-cards"):
            for definition in ROOM_CHARTS:
                rows = data.recent(ctx.audience, STATEMENT, metric=definition.metric, **span)
                if not rows:
                    continue
                chart = room_chart(definition, rows, time_range, texts, ctx.palette)
                show_chart(chart, f"{chart.key}.csv", ctx)
                if len({row["room"] for row in rows}) > MOST_ROOMS:
                    st.caption(texts("home.more_rooms", n=MOST_ROOMS))
    except DatabaseAwayError:
        # Said above already.
        return
