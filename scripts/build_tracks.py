"""Turn recorded GPX files into the compact tracks that simulated phones travel.

Run as ``python scripts/build_tracks.py FOLDER``, with FOLDER holding the GPX files named in TRACKS.
"""

from __future__ import annotations

import argparse
import json
import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

TARGET = Path(__file__).parent.parent / "iot_hub" / "operations" / "demo" / "tracks"
METRES_A_DEGREE = 111_195
FASTEST_MS = 40.0  # No car on these roads is faster: such a point is the receiver's error.
WALKING_MS = 4.5 / 3.6
CLIMBING_MS = 600 / 3600


@dataclass(frozen=True)
class Cut:
    """Which part of which file makes a track."""

    file: str
    segments: slice
    timed: bool = True


@dataclass(frozen=True)
class Point:
    """Where the receiver was: seconds from the track's start, degrees, metres."""

    second: float
    latitude: float
    longitude: float
    elevation: float


TRACKS = {
    "cerknica-walk": Cut("cerknicko-jezero.gpx", slice(0, 1)),
    "cerknica-drive": Cut("cerknicko-jezero.gpx", slice(1, None)),
    "mojstrovka-hike": Cut("Mojstrovka.gpx", slice(0, 1), timed=False),
    "visnjan-drive": Cut("around-visnjan-with-car.gpx", slice(0, 1)),
}


def read(file: Path, segments: slice) -> list[Point]:
    """Read a GPX file's points, of those of its segments that have any; times are unix seconds."""
    root = ElementTree.parse(file).getroot()
    found = [segment for segment in root.iterfind(".//{*}trkseg") if len(segment)]
    return [_point(element) for segment in found[segments] for element in segment.iterfind("{*}trkpt")]


def _point(element: ElementTree.Element) -> Point:
    return Point(
        second=datetime.fromisoformat(element.findtext("{*}time", "")).timestamp(),
        latitude=float(element.attrib["lat"]),
        longitude=float(element.attrib["lon"]),
        elevation=float(element.findtext("{*}ele", "")),
    )


def distance(a: Point, b: Point) -> float:
    """Return the metres between two points that are at most a few kilometres apart."""
    east = (b.longitude - a.longitude) * math.cos(math.radians(a.latitude))
    return METRES_A_DEGREE * math.hypot(b.latitude - a.latitude, east)


def without_jumps(points: list[Point]) -> list[Point]:
    """Leave out each point that cannot have been reached from the one before it in time."""
    kept = points[:1]
    for point in points[1:]:
        seconds = point.second - kept[-1].second
        if seconds > 0 and distance(kept[-1], point) <= FASTEST_MS * seconds:
            kept.append(point)
    return kept


def timed_as_a_hike(points: list[Point]) -> list[Point]:
    """Return the points with the times at which a hiker gets there by Naismith's rule."""
    second = 0.0
    timed = [Point(second, points[0].latitude, points[0].longitude, points[0].elevation)]
    for before, point in pairwise(points):
        climb = max(0.0, point.elevation - before.elevation)
        second += max(1.0, distance(before, point) / WALKING_MS + climb / CLIMBING_MS)
        timed.append(Point(second, point.latitude, point.longitude, point.elevation))
    return timed


def compact(points: list[Point]) -> str:
    """Write the points as JSON, one a line: seconds from the start, latitude, longitude, metres."""
    start = points[0].second
    lines = [
        json.dumps([round(p.second - start), round(p.latitude, 6), round(p.longitude, 6), round(p.elevation, 1)])
        for p in points
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    """Write every track."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder with the GPX files")
    folder = parser.parse_args().folder
    for name, cut in TRACKS.items():
        points = read(folder / cut.file, cut.segments)
        points = without_jumps(points) if cut.timed else timed_as_a_hike(points)
        (TARGET / f"{name}.json").write_text(compact(points), encoding="utf-8")
        print(f"{name}: {len(points)} points, {(points[-1].second - points[0].second) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
