"""What the owner sees beside what others see; and what lies under a drawing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.components.area_editor import Ground, polygons_of
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.maps import track
from iot_hub.dashboard.maps.bounds import Bounds, bounds_of
from iot_hub.dashboard.maps.track_map import HEIGHT, track_map
from iot_hub.dashboard.readings import fetch_track
from iot_hub.dashboard.session import PageContext, page_context
from iot_hub.dashboard.time_range import TimeRange, now, rolling
from iot_hub.database import audiences
from iot_hub.settings import settings

_RANGE_DAYS = {"7d": 7, "30d": 30}
_MAX_DEVICES = 8
_MAX_POSITIONS = 1500
_WORLD = Bounds(-170, -58, 178, 76)


def ground(ctx: PageContext, areas: list[dict[str, Any]], proposals: list[dict[str, Any]]) -> Ground:
    """Return the owner's tracks of the last 30 days, or of the last 30 with any, and bounds that show them."""
    newest = data.recent(ctx.audience, "dashboard_newest_positions")[:_MAX_DEVICES]
    runs = _runs(ctx, newest, _time_range("30d"))
    if newest and not runs:
        runs = _runs(ctx, newest, rolling(timedelta(days=_RANGE_DAYS["30d"]), newest[0]["location_time"]))
    corners = [at for area in areas for rings in polygons_of(area["geojson"]) for ring in rings for at in ring]
    positions = [(at[0], at[1]) for run in runs for at in run] + [(at[0], at[1]) for at in corners]
    return Ground(bounds_of(positions) if positions else _WORLD, runs, areas, proposals)


def _runs(ctx: PageContext, devices: list[Row], time_range: TimeRange) -> list[list[list[float]]]:
    tracks = (fetch_track(ctx.audience, device["device_id"], time_range, _MAX_POSITIONS) for device in devices)
    return [path for fixes in tracks for path in track.paths(fixes)]


def show(ctx: PageContext) -> None:
    """Show the two maps of a device's last days, side by side."""
    texts = ctx.texts
    devices = {row["device_id"]: row["name"] for row in data.recent(ctx.audience, "dashboard_devices")}
    if not devices:
        return
    with st.container(key="preview-head"):
        st.header(texts("areas.preview"), anchor=False)
    with st.container(horizontal=True, key="preview-choices"):
        device = st.selectbox(
            texts("choice.device"), list(devices), format_func=devices.__getitem__, width=260, key="preview-device"
        )
        chosen = st.segmented_control(
            texts("choice.range"), list(_RANGE_DAYS), default="7d", format_func=lambda name: texts(f"choice.{name}"),
            required=True, key=f"preview-range-{texts.language}",
        )  # fmt: skip
    time_range = _time_range(chosen)
    public_ctx = page_context(settings(), audiences.public(settings()))
    owner_track, public_track = (fetch_track(each.audience, device, time_range) for each in (ctx, public_ctx))
    sides = ((ctx, owner_track), (public_ctx, public_track))
    for column, (side_ctx, fixes) in zip(st.columns(2), sides, strict=True):
        audience = side_ctx.audience.name
        with column, st.container(border=True, key=f"preview-{audience}"):
            st.header(texts(f"view.{audience}"), anchor=False)
            _map(fixes, owner_track, side_ctx, f"preview-{audience}-{device}-{chosen}")


def _map(fixes: list[Row], owner_track: list[Row], ctx: PageContext, key: str) -> None:
    if not fixes:
        st.caption(ctx.texts("areas.nothing_seen"))
        return
    count = ctx.texts.plural("track.positions", fixes[0]["total"])
    # Both maps share their bounds, so that they can be compared.
    bounds = bounds_of((fix["longitude"], fix["latitude"]) for fix in owner_track or fixes)
    deck = track_map(fixes, ctx.texts, ctx.palette, ctx.tiles, bounds)
    st.pydeck_chart(deck, height=HEIGHT, key=f"{key}-{bounds.centre}", alt=count)
    st.caption(count)


def _time_range(name: str) -> TimeRange:
    return rolling(timedelta(days=_RANGE_DAYS[name]), now())
