"""Files of years of positions, as other systems export them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

START = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
PATH_POINTS = 40
"""Points of one path of a Timeline: two hours, a point every three minutes."""


def write_records(path: Path, points: int) -> None:
    """Write a ``Records.json`` as Takeout lays it out: a position a minute."""
    _write(path, '{\n  "locations": [', _records(points), ",", "]\n}")


def write_timeline(path: Path, points: int) -> None:
    """Write a ``Timeline.json`` as Android lays it out: paths of points, and a visit after each."""
    _write(path, '{\n  "semanticSegments": [\n', _segments(points), ",\n", '\n  ],\n  "rawSignals": []\n}')


def write_gpx(path: Path, points: int) -> None:
    """Write a GPX file as a logger does: a point a minute in one track."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.0" xmlns="http://www.topografix.com/GPX/1/0"><trk><trkseg>\n'
    _write(path, head, _trackpoints(points), "\n", "</trkseg></trk></gpx>")


FILES: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "Google's Records.json": ("google-timeline", write_records),
    "Google's Timeline of Android": ("google-timeline", write_timeline),
    "GPX": ("gpx", write_gpx),
}


def _write(path: Path, head: str, parts: Iterator[str], between: str, tail: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for place, part in enumerate(parts):
            file.write(between + part if place else part)
        file.write(tail)


def _moment(minutes: int) -> str:
    return (START + dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S")


def _records(points: int) -> Iterator[str]:
    for n in range(points):
        yield (
            f' {{\n    "latitudeE7": {522300000 + n % 90_000},\n    "longitudeE7": {210100000 + n % 70_000},\n'
            f'    "accuracy": {5 + n % 40},\n    "altitude": {90 + n % 60},\n    "verticalAccuracy": {1 + n % 9},\n'
            f'    "source": "WIFI",\n    "deviceTag": 1184882232,\n    "timestamp": "{_moment(n)}.{n % 1000:03}Z"\n  }}'
        )


def _segments(points: int) -> Iterator[str]:
    for first in range(0, points, PATH_POINTS):
        zone = ".000+02:00"
        path = ",\n".join(
            f'        {{\n          "point": "{52.23 + n % 9000 / 1e5:.7f}°, {21.01 + n % 7000 / 1e5:.7f}°",\n'
            f'          "time": "{_moment(3 * n)}{zone}"\n        }}'
            for n in range(first, min(first + PATH_POINTS, points))
        )
        ends = f'"startTime": "{_moment(3 * first)}{zone}",\n      "endTime": "{_moment(3 * first + 120)}{zone}",\n'
        yield f'    {{\n      {ends}      "timelinePath": [\n{path}\n      ]\n    }}'


def _trackpoints(points: int) -> Iterator[str]:
    for n in range(points):
        yield (
            f'<trkpt lat="{52.23 + n % 9000 / 1e5:.7f}" lon="{21.01 + n % 7000 / 1e5:.7f}"><ele>{90 + n % 60}.4</ele>'
            f"<time>{_moment(n)}Z</time><course>{n % 360}.5</course><speed>{n % 30}.25</speed><src>gps</src>"
            f"<sat>12</sat><hdop>0.{n % 9 + 1}</hdop></trkpt>"
        )
