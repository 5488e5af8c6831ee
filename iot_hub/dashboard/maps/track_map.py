"""The map of where a device was, drawn by deck.gl from the hub's own data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import pydeck
from pydeck.bindings.json_tools import JSONMixin, default_serialize

from iot_hub.dashboard import static_files
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.maps import land
from iot_hub.dashboard.maps.bounds import Bounds, bounds_of
from iot_hub.dashboard.maps.graticule import Line, meridians, parallels, scale_bar
from iot_hub.dashboard.maps.track import paths, position, tooltip
from iot_hub.dashboard.palette import Palette, rgba
from iot_hub.dashboard.translations import Translator
from iot_hub.values import wrap_longitude

HEIGHT = 340

_LABEL_PX = 11


class CompactDeck(JSONMixin):  # type: ignore[misc]
    """A map whose JSON is written by the encoder in C, in a third of the bytes: pydeck's own is indented.

    Not a ``pydeck.Deck``, which looks for parts of Jupyter five times whenever one is made.
    """

    def __init__(self, view_state: pydeck.ViewState, view: pydeck.View, layers: list[pydeck.Layer]) -> None:
        # Without a provider the browser requests neither style nor key.
        self.map_provider = None
        # pydeck's word for a map without a style.
        self.map_style = "__MAP_STYLE__"
        self.initial_view_state = view_state
        self.views = [view]
        self.layers = layers
        self._tooltip = {
            "html": "{tooltip}",
            "style": {"fontSize": "0.8rem", "lineHeight": "1.45", "whiteSpace": "pre"},
        }

    def to_json(self) -> str:
        """Return the map as deck.gl reads it."""
        return json.dumps(self, default=default_serialize, separators=(",", ":"))


def track_map(
    track: Sequence[Row], texts: Translator, palette: Palette, tiles: str | None, bounds: Bounds | None = None
) -> CompactDeck:
    """Return a map of positions in order of time, the newest last, within some bounds or their own."""
    bounds = bounds or bounds_of((fix["longitude"], fix["latitude"]) for fix in track)
    background = [_tile_layer(tiles)] if tiles else _land_layers(bounds, palette)
    longitude, latitude = bounds.centre
    return CompactDeck(
        pydeck.ViewState(longitude=wrap_longitude(longitude), latitude=latitude, zoom=bounds.zoom, max_zoom=19),
        # The world repeats, so that what lies beyond the antimeridian is shown beside what lies before it.
        # A map whose bounds are others is shown whole; else a visitor keeps the view that they chose. Streamlit takes
        # over a view state whole only where the views differ, and deck.gl knows no such property.
        pydeck.View(type="MapView", controller=True, repeat=True, bounds=astuple(bounds)),
        [*background, *_grid_layers(bounds, texts, palette), *_track_layers(track, texts, palette)],
    )


def _tile_layer(url: str) -> pydeck.Layer:
    return pydeck.Layer("TileLayer", id="tiles", data=url, min_zoom=0, max_zoom=19, tile_size=256)


def _land_layers(bounds: Bounds, palette: Palette) -> list[pydeck.Layer]:
    """Return a coarse world, over it a window of sea, and in it the fine land."""
    window = land.window_of(bounds)
    sea = [
        [[(part.west, part.south), (part.west, part.north), (part.east, part.north), (part.east, part.south)]]
        for part in window.parts
    ]
    whole_sea = [[(-180, -85), (-180, 85), (0, 85), (180, 85), (180, -85), (0, -85)]]
    return [
        _polygons("world-sea", [whole_sea], palette.sea),
        # By its address: the same for every map, and a hundred kilobytes.
        _polygon_layer("world-land", static_files.address_of(static_files.WORLD_LAND), "-", palette.land),
        _polygons("window-sea", sea, palette.sea),
        _polygons("window-land", land.window_pieces(window), palette.land),
        _path_layer("shores", [{"path": line} for line in land.window_shores(window)], rgba(palette.coast), 1),
    ]


def _polygons(name: str, polygons: Sequence[Any], fill: str) -> pydeck.Layer:
    return _polygon_layer(name, [{"rings": rings} for rings in polygons], "rings", fill)


def _polygon_layer(name: str, data: str | list[dict[str, Any]], accessor: str, fill: str) -> pydeck.Layer:
    return pydeck.Layer(
        "PolygonLayer",
        id=name,
        data=data,
        get_polygon=accessor,
        get_fill_color=rgba(fill),
        stroked=False,
        pickable=False,
    )


def _grid_layers(bounds: Bounds, texts: Translator, palette: Palette) -> list[pydeck.Layer]:
    along, across, bar = meridians(bounds), parallels(bounds), scale_bar(bounds, texts)
    lines = [{"path": line.path} for line in [*along, *across]]
    pixel = bounds.metres_per_pixel
    return [
        _path_layer("graticule", lines, rgba(palette.grid), 1),
        _labels("meridian-labels", along, palette, pixel, "'middle'", [0, 8]),
        _labels("parallel-labels", across, palette, pixel, "'start'", [-30, -7]),
        _path_layer("scale-bar", [{"path": bar.path}], rgba(palette.ink), 2),
        _labels("scale-label", [bar], palette, pixel, "'middle'", [0, -9]),
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
    name: str, lines: Sequence[Line], palette: Palette, pixel: float, anchor: str, shift: list[int]
) -> pydeck.Layer:
    """Return labels that are never larger than small print, and shrink when the map is zoomed out."""
    return pydeck.Layer(
        "TextLayer",
        id=name,
        data=[{"at": line.label_at, "text": line.label} for line in lines],
        get_position="at",
        get_text="text",
        get_size=_LABEL_PX * pixel * 1.5,
        size_units="'meters'",
        size_max_pixels=_LABEL_PX,
        get_color=rgba(palette.ink),
        get_text_anchor=anchor,
        get_pixel_offset=shift,
        character_set="'auto'",
        font_family="'system-ui, sans-serif'",
        background=True,
        get_background_color=rgba(palette.halo, 120),
        background_padding=[3, 1],
        pickable=False,
    )


def _track_layers(track: Sequence[Row], texts: Translator, palette: Palette) -> list[pydeck.Layer]:
    dots = [{"at": position(fix), "tooltip": tooltip(fix, texts)} for fix in track]
    newest = dots[-1] | {"tooltip": f"{texts('track.last')}\n{dots[-1]['tooltip']}"}
    return [
        _path_layer("track", [{"path": path} for path in paths(track)], rgba(palette.data, 150), 2.5),
        _dots("positions", dots, rgba(palette.data, 170), 2.5, None),
        _dots("last-halo", [newest], rgba(palette.last, 60), 13, None),
        _dots("last", [newest], rgba(palette.last), 6, rgba(palette.halo)),
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
