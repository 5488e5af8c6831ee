"""What the owner sees beside what others see; and what lies under a drawing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from iot_hub.dashboard import cards, session, track_map
from iot_hub.dashboard.area_editor import Ground, polygons_of
from iot_hub.dashboard.bounds import Extent, extent_of
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.time_range import Span, rolling
from iot_hub.dashboard.translations import Texts
from iot_hub.database import audiences
from iot_hub.settings import settings

_SPANS = {"7d": 7, "30d": 30}
_MOST_DEVICES = 8
_MOST_POSITIONS = 1500
_WORLD = Extent(-170, -58, 178, 76)


def ground(visitor: Visit, areas: list[dict[str, Any]], places: list[dict[str, Any]]) -> Ground:
    """Give the owner's ways of the last 30 days, or of the last 30 before all fell silent, and where to look."""
    newest = visitor.rows("dashboard_newest_positions")[:_MOST_DEVICES]
    span = _span("30d")
    runs = _runs(visitor, newest, span)
    if newest and not runs:
        runs = _runs(visitor, newest, rolling(timedelta(days=_SPANS["30d"]), newest[0]["location_time"]))
    corners = [at for area in areas for rings in polygons_of(area["geojson"]) for ring in rings for at in ring]
    positions = [(at[0], at[1]) for run in runs for at in run] + [(at[0], at[1]) for at in corners]
    return Ground(extent_of(positions) if positions else _WORLD, runs, areas, places)


def _runs(visitor: Visit, devices: list[Row], span: Span) -> list[list[list[float]]]:
    runs = []
    for device in devices:
        found = visitor.rows(
            "dashboard_track", device=device["device_id"], since=span.since, until=span.until,
            gap=f"{track_map.GAP_MINUTES} min", most=_MOST_POSITIONS,
        )  # fmt: skip
        runs += track_map.paths(found)
    return runs


def show(visitor: Visit, texts: Texts) -> None:
    """Show the two maps of a device's last days, side by side."""
    devices = {row["device_id"]: row["name"] for row in visitor.rows("dashboard_devices")}
    if not devices:
        return
    with st.container(key="preview-head"):
        st.header(texts("areas.preview"), anchor=False)
    with st.container(horizontal=True, key="preview-choices"):
        device = st.selectbox(
            texts("choice.device"), list(devices), format_func=devices.__getitem__, width=260, key="preview-device"
        )
        chosen = st.segmented_control(
            texts("choice.range"), list(_SPANS), default="7d", format_func=lambda name: texts(f"choice.{name}"),
            required=True, key=f"preview-range-{texts.language}",
        )  # fmt: skip
    span = _span(chosen)
    others = session.begin(settings(), audiences.public(settings()))
    mine, theirs = (cards.track(device, span, one) for one in (visitor, others))
    for column, one, track in zip(st.columns(2), (visitor, others), (mine, theirs), strict=True):
        with column, st.container(border=True, key=f"preview-{one.audience.name}"):
            st.header(texts(f"view.{one.audience.name}"), anchor=False)
            _map(track, mine, one, f"preview-{one.audience.name}-{device}-{chosen}")


def _map(track: list[Row], mine: list[Row], one: Visit, key: str) -> None:
    if not track:
        st.caption(one.texts("areas.nothing_seen"))
        return
    count = one.texts.count("track.positions", track[0]["total"])
    # Both look at the same ground, or they could not be compared.
    extent = extent_of((fix["longitude"], fix["latitude"]) for fix in mine or track)
    deck = track_map.track_map(track, one.texts, one.colours, one.tiles, extent)
    st.pydeck_chart(deck, height=track_map.HEIGHT, key=f"{key}-{extent.centre}", alt=count)
    st.caption(count)


def _span(name: str) -> Span:
    return rolling(timedelta(days=_SPANS[name]), session.now())
