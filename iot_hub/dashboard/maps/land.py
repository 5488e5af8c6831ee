"""The land's outline from Natural Earth, cut to what a map shows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from iot_hub.dashboard.maps.bounds import Bounds
from iot_hub.transfer.antimeridian import crosses

FOLDER = Path(__file__).parent / "land"

Position = tuple[float, float]
Ring = list[Position]
Polygon = list[Ring]

_WORLD = "110m"
_WORLD_PIECE = 8.0
_WORLD_DECIMALS = 2
"""A kilometre, a tenth of what this outline leaves out: cuts have more digits than it."""
_WINDOW = 4
"""How many times as far as the first view the fine outline reaches."""
_SMALLEST_WINDOW = 1.5
"""Degrees of latitude that it reaches at least."""
_EARTH = Bounds(-180, -90, 180, 90)
_SCALES = ((8.0, "10m"), (70.0, "50m"))
"""The outline for a window up to this many degrees high or wide."""


def window_of(bounds: Bounds) -> Bounds:
    """Return the window of the fine outline, around the first view; beyond it the world is coarse.

    It may reach across the antimeridian; the outline is that of its parts.
    """
    return bounds.scaled(max(_WINDOW, _SMALLEST_WINDOW / bounds.height))


def scale_for(window: Bounds) -> str:
    """Return how fine an outline a window needs."""
    widest = max(window.width, window.height)
    return next((scale for limit, scale in _SCALES if widest <= limit), _WORLD)


def world() -> list[Polygon]:
    """Return all land, coarsely, in pieces: the content of the file that maps load."""
    return [
        [[(round(x, _WORLD_DECIMALS), round(y, _WORLD_DECIMALS)) for x, y in ring] for ring in piece]
        for polygon in _polygons(_WORLD, _EARTH)
        if (clipped := _clip_rings(polygon, _EARTH))
        for piece in pieces(clipped, _WORLD_PIECE)
    ]


@lru_cache(maxsize=8)
def outline(window: Bounds) -> list[Polygon]:
    """Return the land within a window, as finely as it needs."""
    scale = scale_for(window)
    return [
        clipped
        for part in window.parts
        for polygon in _polygons(scale, part)
        if (clipped := _clip_rings(polygon, part))
    ]


@lru_cache(maxsize=8)
def window_pieces(window: Bounds) -> list[Polygon]:
    """Return the land within a window in pieces that a map can fill."""
    return [piece for polygon in outline(window) for piece in pieces(polygon, window.height / 8)]


@lru_cache(maxsize=8)
def window_shores(window: Bounds) -> list[Ring]:
    """Return the shores within a window."""
    return list(shores(outline(window), window))


def pieces(polygon: Polygon, size: float) -> Iterator[Polygon]:
    """Cut a polygon into pieces of at most ``size`` degrees.

    A map fills triangles between distant points of a shore. Their sides are straight on its
    projection and not in degrees, so a large one would spill over bays and straits.
    """
    xs, ys = zip(*polygon[0], strict=True)
    box = Bounds(min(xs), min(ys), max(xs), max(ys))
    if max(box.width, box.height) <= size:
        yield polygon
        return
    for half in _halves(box):
        if part := _clip_rings(polygon, half):
            yield from pieces(part, size)


def _halves(box: Bounds) -> tuple[Bounds, Bounds]:
    x, y = box.centre
    if box.width > box.height:
        return replace(box, east=x), replace(box, west=x)
    return replace(box, north=y), replace(box, south=y)


def shores(polygons: Iterable[Polygon], window: Bounds) -> Iterator[Ring]:
    """Yield the outlines of clipped polygons, without the stretches along the sides of the window's parts."""
    parts = window.parts
    for ring in (ring for polygon in polygons for ring in polygon):
        line: Ring = ring[:1]
        for before, at in pairwise([*ring, ring[0]]):
            if any(_along_side(before, at, part) for part in parts):
                if len(line) > 1:
                    yield line
                line = []
            line.append(at)
        if len(line) > 1:
            yield line


def _along_side(before: Position, at: Position, window: Bounds) -> bool:
    sides = ((0, window.west), (0, window.east), (1, window.south), (1, window.north))
    return any(before[axis] == limit == at[axis] for axis, limit in sides)


def _polygons(scale: str, window: Bounds) -> Iterator[Polygon]:
    """Yield the polygons that touch a window, read line by line: the world is never in memory."""
    with gzip.open(FOLDER / f"land-{scale}.ndjson.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            box = json.loads(line[line.index("[") : line.index("]") + 1])
            if _touches(box, window):
                yield from _copies(json.loads(line)["geometry"]["coordinates"], window)


def _copies(polygon: Polygon, window: Bounds) -> Iterator[Polygon]:
    """Yield a polygon; one that reaches across the antimeridian as it lies in the window, on either side of it.

    The file has it with one jump around the world for each crossing. A ring around a pole stays as it is.
    """
    if not any(crosses(before[0], at[0]) for before, at in pairwise([*polygon[0], polygon[0][0]])):
        yield polygon
        return
    unwrapped = [_unwrap(ring) for ring in polygon]
    west, east = min(x for x, _ in unwrapped[0]), max(x for x, _ in unwrapped[0])
    for turn in (-360, 0, 360):
        if west + turn < window.east and east + turn > window.west:
            yield [[(x + turn, y) for x, y in ring] for ring in unwrapped]


def _unwrap(ring: Ring) -> Ring:
    whole: Ring = []
    for x, y in ring:
        turn = 360 * round((whole[-1][0] - x) / 360) if whole else 0
        whole.append((x + turn, y))
    return ring if crosses(whole[0][0], whole[-1][0]) else whole


def _touches(box: list[float], window: Bounds) -> bool:
    west, south, east, north = box
    return west <= window.east and east >= window.west and south <= window.north and north >= window.south


def _clip_rings(polygon: Polygon, window: Bounds) -> Polygon:
    """Cut a polygon to a window; nothing is left of one that lies outside."""
    outer, *holes = (clip(ring, window) for ring in polygon)
    return [outer, *(hole for hole in holes if len(hole) > 2)] if len(outer) > 2 else []


def clip(ring: Ring, window: Bounds) -> Ring:
    """Cut a ring to a window, one side after the other (Sutherland and Hodgman's way)."""
    for axis, limit, sign in ((0, window.west, 1), (0, window.east, -1), (1, window.south, 1), (1, window.north, -1)):
        ring = _cut(ring, axis, limit, sign)
    return ring


def _cut(ring: Ring, axis: int, limit: float, sign: int) -> Ring:
    """Keep the part of a ring on one side of a limit: the greater side for sign 1, the lesser for -1."""
    kept: Ring = []
    for before, at in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        if ((before[axis] - limit) * sign < 0) != ((at[axis] - limit) * sign < 0):
            kept.append(_crossing(before, at, axis, limit))
        if (at[axis] - limit) * sign >= 0:
            kept.append(at)
    return kept


def _crossing(before: Position, at: Position, axis: int, limit: float) -> Position:
    share = (limit - before[axis]) / (at[axis] - before[axis])
    other = before[1 - axis] + share * (at[1 - axis] - before[1 - axis])
    return (limit, other) if axis == 0 else (other, limit)
