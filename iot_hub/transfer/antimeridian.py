"""Longitudes around the Earth: the smallest arc that holds some, and tracks cut where they cross the antimeridian.

Longitudes are degrees from -180 to 180, or at most a turn off. Between two positions the short way is meant: nobody
travels around more than half of the world between two fixes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from iot_hub.values import wrap_longitude


class Vertex(NamedTuple):
    """A position of a cut line: a fix, by its number in the line, or a point of the antimeridian, which is none."""

    longitude: float
    latitude: float
    number: int | None


def crosses(earlier: float, later: float) -> bool:
    """Return whether the short way from one longitude to another leads over the antimeridian."""
    return abs(later - earlier) > 180


def smallest_arc(longitudes: Iterable[float]) -> tuple[float, float]:
    """Return the western and the eastern end of the smallest arc that holds all longitudes, of which there is one.

    The western end is from -180 to 180; across the antimeridian the eastern one is beyond 180.
    """
    found = sorted(set(map(wrap_longitude, longitudes)))
    # The arc begins after the widest gap; of equals after the westernmost.
    start = max(range(len(found)), key=lambda n: ((found[n] - found[n - 1]) % 360, -found[n]))
    west, east = found[start], found[start - 1]
    return west, east if east >= west else east + 360


def cut(line: Sequence[tuple[float, float]]) -> Iterator[list[Vertex]]:
    """Cut a line of positions (longitude, latitude) at the antimeridian (RFC 7946, 3.1.9).

    Each part ends, and the next begins, where the line crosses it: at 180 degrees on one side and -180 on the other. A
    position on it is 180 degrees for those who come from there.
    """
    part: list[Vertex] = []
    for index, (longitude, latitude) in enumerate(line):
        if not part:
            part.append(Vertex(longitude, latitude, index))
            continue
        before = part[-1]
        # The turn in which it is nearest to the one before.
        unwrapped = longitude + 360 * round((before.longitude - longitude) / 360)
        if abs(unwrapped) <= 180:
            part.append(Vertex(unwrapped, latitude, index))
            continue
        side = 180.0 if unwrapped > 180 else -180.0
        share = (side - before.longitude) / (unwrapped - before.longitude)
        crossing = before.latitude + share * (latitude - before.latitude)
        if share:
            part.append(Vertex(side, crossing, None))
        if len(part) > 1:
            yield part
        # The position before is on the antimeridian itself, and alone: it belongs to this part.
        begin = before.number if share == 0 and len(part) == 1 else None
        part = [Vertex(-side, crossing, begin), Vertex(longitude, latitude, index)]
    if part:
        yield part
