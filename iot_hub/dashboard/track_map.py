"""The map of where a device was, drawn by deck.gl from the hub's own data."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pydeck

from iot_hub.dashboard import land
from iot_hub.dashboard.bounds import Extent, extent_of
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.graticule import Line, meridians, parallels, scale_bar
from iot_hub.dashboard.palette import Palette, rgba
from iot_hub.dashboard.translations import Texts

HEIGHT = 340
MOST_POSITIONS = 5000
GAP_MINUTES = 30

_LABEL_PX = 11

_WINDOW = 4
"""The fine outline reaches so many times as far as the first view, beyond it the world is coarse."""
_SMALLEST_WINDOW = 1.5
"""Degrees of latitude that it reaches at least."""


def track_map(
    track: Sequence[Row], texts: Texts, colours: Palette, tiles: str | None, extent: Extent | None = None
) -> pydeck.Deck:
    """Draw positions in order of time, the newest last, in an extent, or in their own."""
    extent = extent or extent_of((fix["longitude"], fix["latitude"]) for fix in track)
    background = [_tile_layer(tiles)] if tiles else _land_layers(extent, colours)
    longitude, latitude = extent.centre
    return pydeck.Deck(
        # Without a provider nothing is asked for a style or a key.
        map_provider=None,
        initial_view_state=pydeck.ViewState(longitude=longitude, latitude=latitude, zoom=extent.zoom, max_zoom=19),
        layers=[
            *background,
            *_grid_layers(extent, texts, colours),
            *_track_layers(track, texts, colours),
        ],
        tooltip={"html": "{told}", "style": {"fontSize": "0.8rem", "lineHeight": "1.45", "whiteSpace": "pre"}},
    )


def paths(track: Sequence[Row]) -> list[list[list[float]]]:
    """Cut a track into its runs: a line is drawn through no gap."""
    runs = itertools.groupby(track, key=lambda fix: fix["run"])
    return [[_position(fix) for fix in fixes] for _, fixes in runs]


def told(fix: Row, texts: Texts) -> str:
    """Say what is known of a position, in lines."""
    lines = [texts.exact(fix["location_time"])]
    if fix["accuracy_m"] is not None:
        lines.append(f"{texts('column.accuracy')}: ± {texts.number(fix['accuracy_m'], 0)} m")
    if fix["altitude_m"] is not None:
        lines.append(f"{texts('column.altitude')}: {texts.number(fix['altitude_m'], 0)} m")
    if fix["speed_ms"] is not None:
        lines.append(f"{texts('column.speed')}: {texts.number(fix['speed_ms'] * 3.6, 0)} km/h")
    return "\n".join(lines)


def _position(fix: Row) -> list[float]:
    return [round(fix["longitude"], 6), round(fix["latitude"], 6)]


def _tile_layer(url: str) -> pydeck.Layer:
    return pydeck.Layer("TileLayer", id="tiles", data=url, min_zoom=0, max_zoom=19, tile_size=256)


def _land_layers(extent: Extent, colours: Palette) -> list[pydeck.Layer]:
    """Lay a coarse world, over it a window of sea, and in it the fine land."""
    window = extent.grown(max(_WINDOW, _SMALLEST_WINDOW / extent.height))
    outline = land.outline(window)
    window_land = [piece for polygon in outline for piece in land.pieces(polygon, window.height / 8)]
    sea = [[(window.west, window.south), (window.west, window.north),
            (window.east, window.north), (window.east, window.south)]]  # fmt: skip
    whole_sea = [[(-180, -85), (-180, 85), (0, 85), (180, 85), (180, -85), (0, -85)]]
    return [
        _polygons("world-sea", [whole_sea], colours.sea),
        _polygons("world-land", land.world(), colours.land),
        _polygons("window-sea", [sea], colours.sea),
        _polygons("window-land", window_land, colours.land),
        _path_layer("shores", [{"path": line} for line in land.shores(outline, window)], rgba(colours.coast), 1),
    ]


def _polygons(name: str, polygons: Sequence[Any], fill: str) -> pydeck.Layer:
    return pydeck.Layer(
        "PolygonLayer",
        id=name,
        data=[{"rings": rings} for rings in polygons],
        get_polygon="rings",
        get_fill_color=rgba(fill),
        stroked=False,
        pickable=False,
    )


def _grid_layers(extent: Extent, texts: Texts, colours: Palette) -> list[pydeck.Layer]:
    along, across, bar = meridians(extent), parallels(extent), scale_bar(extent, texts)
    lines = [{"path": line.path} for line in [*along, *across]]
    pixel = extent.metres_a_pixel
    return [
        _path_layer("graticule", lines, rgba(colours.grid), 1),
        _labels("meridian-labels", along, colours, pixel, "'middle'", [0, 8]),
        _labels("parallel-labels", across, colours, pixel, "'start'", [-30, -7]),
        _path_layer("scale-bar", [{"path": bar.path}], rgba(colours.ink), 2),
        _labels("scale-label", [bar], colours, pixel, "'middle'", [0, -9]),
    ]


def _path_layer(name: str, data: list[dict[str, Any]], colour: list[int], width: float) -> pydeck.Layer:
    return pydeck.Layer(
        "PathLayer",
        id=name,
        data=data,
        get_path="path",
        get_color=colour,
        get_width=width,
        width_units="'pixels'",
        cap_rounded=True,
        joint_rounded=True,
        pickable=False,
    )


def _labels(
    name: str, lines: Sequence[Line], colours: Palette, pixel: float, anchor: str, shift: list[int]
) -> pydeck.Layer:
    """Write labels that are never larger than small print, and shrink when the map is moved far away."""
    return pydeck.Layer(
        "TextLayer",
        id=name,
        data=[{"at": line.label_at, "text": line.label} for line in lines],
        get_position="at",
        get_text="text",
        get_size=_LABEL_PX * pixel * 1.5,
        size_units="'meters'",
        size_max_pixels=_LABEL_PX,
        get_color=rgba(colours.ink),
        get_text_anchor=anchor,
        get_pixel_offset=shift,
        character_set="'auto'",
        font_family="'system-ui, sans-serif'",
        background=True,
        get_background_color=rgba(colours.halo, 120),
        background_padding=[3, 1],
        pickable=False,
    )


def _track_layers(track: Sequence[Row], texts: Texts, colours: Palette) -> list[pydeck.Layer]:
    dots = [{"at": _position(fix), "told": told(fix, texts)} for fix in track]
    newest = dots[-1] | {"told": f"{texts('track.last')}\n{dots[-1]['told']}"}
    return [
        _path_layer("track", [{"path": path} for path in paths(track)], rgba(colours.data, 150), 2.5),
        _dots("positions", dots, rgba(colours.data, 170), 2.5, None),
        _dots("last-halo", [newest], rgba(colours.last, 60), 13, None),
        _dots("last", [newest], rgba(colours.last), 6, rgba(colours.halo)),
    ]


def _dots(
    name: str, data: list[dict[str, Any]], fill: list[int], radius: float, line: list[int] | None
) -> pydeck.Layer:
    return pydeck.Layer(
        "ScatterplotLayer",
        id=name,
        data=data,
        get_position="at",
        get_fill_color=fill,
        get_radius=radius,
        radius_units="'pixels'",
        stroked=line is not None,
        get_line_color=line or fill,
        get_line_width=2,
        line_width_units="'pixels'",
        pickable=True,
    )
