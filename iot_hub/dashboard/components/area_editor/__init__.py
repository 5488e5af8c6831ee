"""The map on which the owner draws private areas: the hub's own component, without outside services."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from iot_hub.dashboard import static_files
from iot_hub.dashboard.maps import land
from iot_hub.dashboard.maps.bounds import Bounds
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.translations import Translator

HERE = Path(__file__).parent
_SCRIPTS = ("sheet.js", "shape.js", "editor.js")
_TEXTS = (
    "label", "polygon", "circle", "close", "undo", "clear", "nearer", "further", "fit", "say_start", "say_polygon",
    "say_close", "say_circle", "say_rim", "say_edit", "say_held",
)  # fmt: skip

Polygons = list[list[list[list[float]]]]


@dataclass(frozen=True)
class Drawing:
    """What the editor starts with. A new token loads it; until then the owner's drawing stays."""

    token: int
    name: str | None = None
    polygons: str | None = None
    """GeoJSON."""


@dataclass(frozen=True)
class Ground:
    """What lies under the drawing: the view, the owner's tracks, and the areas as they were drawn."""

    bounds: Bounds
    tracks: Sequence[Sequence[Sequence[float]]]
    areas: Sequence[dict[str, Any]]
    proposals: Sequence[dict[str, Any]] = ()
    """Areas that the hub proposes: a name, and at: longitude and latitude."""


def draw(drawing: Drawing, ground: Ground, texts: Translator, palette: Palette) -> dict[str, Any] | None:
    """Show the editor. Return what is drawn: {"polygons": …}, {"circle": [latitude, longitude, metres]}, or None."""
    shown = _editor()(
        key="area-editor",
        data={
            "texts": {name: texts(f"area_editor.{name}") for name in _TEXTS},
            "palette": asdict(palette),
            "bounds": _corners(ground.bounds),
            "land": _land(ground.bounds),
            "tracks": ground.tracks,
            "areas": [{"name": area["name"], "polygons": polygons_of(area["geojson"])} for area in ground.areas],
            "proposals": ground.proposals,
            "load": _load(drawing),
        },
        on_shape_change=lambda: None,
    )
    # The browser may still report an earlier drawing.
    shape = shown.shape or {}
    return shape.get("drawn") if shape.get("token") == drawing.token else None


def polygons_of(geojson: str) -> Polygons:
    """Return the polygons of GeoJSON, rejoined where the antimeridian cuts them."""
    geometry = json.loads(geojson)
    polygons: Polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    ends = [x for rings in polygons for ring in rings for x, _ in ring]
    if max(ends) - min(ends) <= 180:
        return polygons
    return [[[[x + 360 if x < 0 else x, y] for x, y in ring] for ring in rings] for rings in polygons]


# Built on each run: reading its files takes a millisecond, and Streamlit recognises it by its name.
def _editor() -> Any:  # noqa: ANN401 - Streamlit's own type is not exported
    read = {name: (HERE / name).read_text(encoding="utf-8") for name in (*_SCRIPTS, "editor.html", "editor.css")}
    return component(
        "iot_hub_area_editor",
        html=read["editor.html"],
        css=read["editor.css"],
        js="\n".join(read[name] for name in _SCRIPTS),
    )


def _load(drawing: Drawing) -> dict[str, Any]:
    polygons = polygons_of(drawing.polygons) if drawing.polygons else []
    corners = [at for rings in polygons for ring in rings for at in ring]
    bounds = None
    if corners:
        xs, ys = zip(*corners, strict=True)
        around = 0.01
        bounds = [min(xs) - around, min(ys) - around, max(xs) + around, max(ys) + around]
    return {"token": drawing.token, "name": drawing.name, "polygons": polygons, "bounds": bounds}


def _corners(bounds: Bounds) -> list[float]:
    return [bounds.west, bounds.south, bounds.east, bounds.north]


@st.cache_data(max_entries=4, show_spinner=False)
def _land(bounds: Bounds) -> dict[str, Any]:
    window = land.window_of(bounds)
    outline = land.outline(window)
    return {
        "world": static_files.address_of(static_files.WORLD_LAND),
        "boxes": [_corners(part) for part in window.parts],
        "polygons": _rounded(outline, 5),
        "shores": _rounded(list(land.shores(outline, window)), 5),
    }


def _rounded(numbers: Any, decimals: int) -> Any:  # noqa: ANN401 - lists of any depth
    if isinstance(numbers, int | float):
        return round(numbers, decimals)
    return [_rounded(part, decimals) for part in numbers]
