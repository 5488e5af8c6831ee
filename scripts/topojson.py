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


def on_plane(rings: list[Line]) -> list[Line]:
    """Return a polygon's rings without jumps: longitudes run on beyond 180, and around a pole along its latitude.

    Packages of d3 draw on a sphere, on which the antimeridian is no edge.
    """
    outer, *holes = [_unwrapped(ring) for ring in rings]
    west, east = min(x for x, _ in outer), max(x for x, _ in outer)
    placed = [next((_shifted(hole, turn) for turn in (0, 360, -360) if west <= hole[0][0] + turn <= east), hole)
              for hole in holes]  # fmt: skip
    return [outer, *placed]


def _unwrapped(ring: Line) -> Line:
    turns = itertools.accumulate(
        (round((x - next_x) / 360) for (x, _), (next_x, _) in itertools.pairwise(ring)), initial=0
    )
    line = [(x + 360 * turn, y) for (x, y), turn in zip(ring, turns, strict=True)]
    (first_x, first_y), (last_x, _) = line[0], line[-1]
    if abs(last_x - first_x) > 180:
        pole = 90.0 if first_y > 0 else -90.0
        line += [(last_x, pole), (first_x, pole), line[0]]
    return line


def _shifted(ring: Line, degrees: int) -> Line:
    return [(x + degrees, y) for x, y in ring]


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
