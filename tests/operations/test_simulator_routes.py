"""Simulated people travel real GPS tracks, from home and back."""

from __future__ import annotations

import math
from importlib.resources import files
from itertools import pairwise

import pytest

from iot_hub.operations.demo.route import Point, Route, from_home, there_and_back, track

TRACKS = ("cerknica-walk", "cerknica-drive", "mojstrovka-hike", "visnjan-drive")


def metres(latitude: float, longitude: float, other: tuple[float, float]) -> float:
    east = (longitude - other[1]) * math.cos(math.radians(latitude))
    return 111_195 * math.hypot(latitude - other[0], east)


@pytest.mark.parametrize("name", TRACKS)
def test_a_track_rises_in_time_from_0_and_has_no_jump(name: str) -> None:
    points = track(name)
    assert points[0].second == 0
    for a, b in pairwise(points):
        assert b.second > a.second
        assert metres(a.latitude, a.longitude, (b.latitude, b.longitude)) <= 45 * (b.second - a.second)


def test_tracks_are_given_with_their_source_and_licence() -> None:
    folder = files("iot_hub.operations.demo") / "tracks"
    notice = (folder / "NOTICE.md").read_text(encoding="utf-8")
    assert {f.name for f in folder.iterdir() if f.name.endswith(".json")} == {f"{name}.json" for name in TRACKS}
    assert all(f"`{name}.json`" in notice for name in TRACKS)
    assert "Apache License" in notice and (folder / "LICENSE-Apache-2.0.txt").is_file()


def test_a_route_goes_from_home_along_the_track_and_home() -> None:
    track_points = there_and_back([Point(0, 45.0, 14.0, 100), Point(100, 45.001, 14.0, 200)])
    route = from_home(Point(0, 45.0, 14.001, 100), track_points, speed=2.0)
    start, end = route.at(0), route.at(route.duration)
    assert (start.latitude, start.longitude) == (end.latitude, end.longitude) == (45.0, 14.001)
    assert route.at(route.duration / 2).latitude == pytest.approx(45.001)
    assert route.at(route.highest()).elevation == 200
    assert route.at(10).bearing == pytest.approx(270)
    assert route.at(route.duration / 2 - 50) == pytest.approx((45.0005, 14.0, 150, 1.112, 0), abs=0.001)


def test_before_and_after_a_route_one_stands_still() -> None:
    route = Route([Point(0, 45.0, 14.0, 100), Point(10, 45.001, 14.0, 100)])
    assert (route.at(-1).latitude, route.at(-1).speed) == (45.0, 0)
    assert (route.at(99).latitude, route.at(99).speed) == (45.001, 0)
