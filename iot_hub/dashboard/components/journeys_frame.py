"""The map page's map in a frame: a device's trips and stays, or what is published, asked of ``/v1`` by the browser."""

from __future__ import annotations

from typing import Any

from streamlit.components.v1 import declare_component

from iot_hub.dashboard.maps import track
from iot_hub.dashboard.maps.bounds import Bounds, bounds_of
from iot_hub.dashboard.readings import Readings
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import LANGUAGES
from iot_hub.timestamps import iso_utc

# Each language is a page of its own. Everything else is a message to it, with Streamlit's theme: what the frame shows
# changes without being loaded again.
_FRAMES = {
    language: declare_component(f"journeys_frame_{language}", url=f"/map/frame?lang={language}")
    for language in LANGUAGES
}


def show_way(device: int, time_range: TimeRange, way: dict[str, Any], bounds: Bounds, ctx: PageContext) -> None:
    """Show the steps of a way in the colours of their values."""
    shown = {
        "device": str(device),
        "from": iso_utc(time_range.since),
        "to": iso_utc(time_range.until),
        "view": None,
        "bounds": [bounds.west, bounds.south, bounds.east, bounds.north],
        "way": way,
    }
    _FRAMES[ctx.texts.language](key="way", shown=shown)


def show(readings: Readings, ctx: PageContext) -> None:
    """Show the map of a device that has positions in the range."""
    bounds = bounds_of((fix["longitude"], fix["latitude"]) for fix in readings.track)
    is_owner = ctx.audience.name == "owner"
    shown = {
        "device": str(readings.device),
        "from": iso_utc(readings.time_range.since),
        "to": iso_utc(readings.time_range.until),
        "view": None if is_owner else "published",
        "bounds": [bounds.west, bounds.south, bounds.east, bounds.north],
        "track": None if is_owner else _track(readings),
    }
    _FRAMES[ctx.texts.language](key="map", shown=shown)


def _track(readings: Readings) -> dict[str, Any]:
    """Return the positions as GeoJSON. Of a phone that reports seldom they are all that others see of its trips."""
    return {"type": "MultiLineString", "coordinates": track.paths(readings.track)}
