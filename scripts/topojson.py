"""Read TopoJSON: arcs in quantised steps, and the rings and lines that are made of them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

Position = tuple[float, float]
Line = list[Position]


def decode_arcs(topology: dict[str, Any], digits: int = 3) -> list[Line]:
    """Turn quantised steps into degrees, rounded to a number of digits."""
    (kx, ky), (x0, y0) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        positions = itertools.accumulate(steps, lambda at, step: (at[0] + step[0], at[1] + step[1]))
        arcs.append([(round(x * kx + x0, digits), round(y * ky + y0, digits)) for x, y in positions])
    return arcs


def join(arcs: list[Line], indexes: list[int]) -> Line:
    """Join arcs to a line; a negative index means the arc ~index, backwards."""
    line: Line = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        line.extend(arc[1:] if line else arc)
    return line


def polygons(geometry: dict[str, Any], arcs: list[Line]) -> Iterator[list[Line]]:
    """Yield the rings of each polygon of a geometry, the outer ring first."""
    parts = {"MultiPolygon": geometry.get("arcs", []), "Polygon": [geometry.get("arcs", [])]}
    for part in parts.get(geometry["type"], []):
        yield [join(arcs, indexes) for indexes in part]


def lines(geometry: dict[str, Any], arcs: list[Line]) -> Iterator[Line]:
    """Yield the lines of a geometry."""
    parts = {"MultiLineString": geometry.get("arcs", []), "LineString": [geometry.get("arcs", [])]}
    for indexes in parts.get(geometry["type"], []):
        yield join(arcs, indexes)


def shared_arcs(geometries: list[dict[str, Any]], arcs: list[Line]) -> Iterator[Line]:
    """Yield the arcs that two geometries share: their common border."""
    uses: Counter[int] = Counter()
    for geometry in geometries:
        uses.update({index if index >= 0 else ~index for index in _indexes(geometry.get("arcs", []))})
    for index, count in sorted(uses.items()):
        if count > 1:
            yield arcs[index]


def _indexes(nested: list[Any] | int) -> Iterator[int]:
    if isinstance(nested, int):
        yield nested
        return
    for part in nested:
        yield from _indexes(part)
