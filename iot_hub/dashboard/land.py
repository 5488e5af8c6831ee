"""The land's outline from Natural Earth, cut to what a map shows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from iot_hub.dashboard.extents import Extent

FOLDER = Path(__file__).parent / "land"

Position = tuple[float, float]
Ring = list[Position]
Polygon = list[Ring]

_WORLD = "110m"
_SCALES = ((8.0, "10m"), (60.0, "50m"))
"""The finest outline for a window up to so many degrees high or wide."""


def scale_for(window: Extent) -> str:
    """Choose how fine an outline a window needs."""
    widest = max(window.width, window.height)
    return next((scale for limit, scale in _SCALES if widest <= limit), _WORLD)


@lru_cache(maxsize=1)
def world() -> list[Polygon]:
    """Give all land, coarsely."""
    return list(_polygons(_WORLD, Extent(-180, -90, 180, 90)))


@lru_cache(maxsize=8)
def land(window: Extent) -> list[Polygon]:
    """Give the land within a window, as finely as it needs."""
    clipped = ([clip(ring, window) for ring in polygon] for polygon in _polygons(scale_for(window), window))
    return [[ring for ring in rings if len(ring) > 2] for rings in clipped if len(rings[0]) > 2]


def _polygons(scale: str, window: Extent) -> Iterator[Polygon]:
    """Read the polygons that touch a window, one line at a time: the world is never in memory."""
    with gzip.open(FOLDER / f"land-{scale}.ndjson.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            box = json.loads(line[line.index("[") : line.index("]") + 1])
            if _touches(box, window):
                yield json.loads(line)["geometry"]["coordinates"]


def _touches(box: list[float], window: Extent) -> bool:
    west, south, east, north = box
    return west <= window.east and east >= window.west and south <= window.north and north >= window.south


def clip(ring: Ring, window: Extent) -> Ring:
    """Cut a ring to a window, one side after the other (Sutherland and Hodgman's way)."""
    for axis, limit, sign in ((0, window.west, 1), (0, window.east, -1), (1, window.south, 1), (1, window.north, -1)):
        ring = _cut(ring, lambda p, a=axis, m=limit, s=sign: s * (p[a] - m))  # type: ignore[misc]
    return ring


def _cut(ring: Ring, depth: Callable[[Position], float]) -> Ring:
    """Keep the part of a ring whose depth within a side is not negative."""
    kept: Ring = []
    for before, at in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        depth_before, depth_at = depth(before), depth(at)
        if (depth_before < 0) != (depth_at < 0):
            share = depth_before / (depth_before - depth_at)
            kept.append((before[0] + share * (at[0] - before[0]), before[1] + share * (at[1] - before[1])))
        if depth_at >= 0:
            kept.append(at)
    return kept
