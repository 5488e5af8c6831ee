"""The map: what it shows and what lies beneath."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pydeck
import pytest
from dashboard_world import utc

from iot_hub.dashboard.maps import land
from iot_hub.dashboard.maps.bounds import Bounds, bounds_of
from iot_hub.dashboard.maps.graticule import line_step, meridians, parallels, round_length, scale_bar
from iot_hub.dashboard.maps.track import caption, paths, table, tooltip
from iot_hub.dashboard.maps.track_map import track_map
from iot_hub.dashboard.palette import DARK, LIGHT
from iot_hub.dashboard.time_range import rolling
from iot_hub.dashboard.translations import Translator

TEXTS = Translator("en", ZoneInfo("Europe/Warsaw"))
NOON = utc(2026, 6, 10, 12)
SPAN = rolling(timedelta(days=1), NOON)


def fix(minute: int, run: int = 0, **changes: float | None) -> dict[str, Any]:
    return {
        "location_time": NOON + timedelta(minutes=minute),
        "latitude": 45.2 + minute / 1000,
        "longitude": 13.6 + minute / 1000,
        "altitude_m": 12.4,
        "accuracy_m": 8.0,
        "speed_ms": 1.5,
        "run": run,
        "total": 4,
    } | changes


def inside(position: tuple[float, float], polygons: list[land.Polygon]) -> bool:
    x, y = position
    crossings = 0
    for ring in (ring for polygon in polygons for ring in polygon):
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1


def layers(track: list[dict[str, Any]], tiles: str | None = None) -> dict[str, Any]:
    deck = json.loads(track_map(track, TEXTS, LIGHT, tiles).to_json())
    return {layer["id"]: layer for layer in deck["layers"]}


def test_a_track_is_cut_where_a_run_ends() -> None:
    assert [len(path) for path in paths([fix(0), fix(5), fix(60, run=1), fix(65, run=1)])] == [2, 2]


def test_a_position_says_when_and_how_well_it_was_measured() -> None:
    said = tooltip(fix(0), TEXTS)
    assert said.startswith("Wed 10 Jun 2026, 14:00:00 (UTC+02:00)\n")
    assert "± 8 m" in said
    assert "Altitude: 12 m" in said
    assert "Speed: 5 km/h" in said
    assert tooltip(fix(0, accuracy_m=None, altitude_m=None, speed_ms=None), TEXTS).count("\n") == 0


def test_the_map_is_written_without_blanks_and_means_the_same() -> None:
    deck = track_map([fix(0), fix(5)], TEXTS, LIGHT, None)
    indented = pydeck.Deck.to_json(deck)
    assert json.loads(deck.to_json()) == json.loads(indented)
    assert len(deck.to_json()) * 2 < len(indented)


def test_the_world_is_loaded_from_the_pages_own_origin_and_not_sent_with_the_map() -> None:
    address = layers([fix(0)])["world-land"]["data"]
    assert address.startswith("/app/static/world-land.json?v=")
    assert len(track_map([fix(0)], TEXTS, LIGHT, None).to_json()) < 60_000


def test_a_map_of_other_bounds_is_shown_whole_and_one_of_the_same_keeps_its_view() -> None:
    def views(*track: dict[str, Any]) -> Any:
        return json.loads(track_map(list(track), TEXTS, LIGHT, None).to_json())["views"]

    walked = [fix(n) for n in range(60)]
    assert views(*walked) == views(*walked[:-1])
    assert views(*walked) != views(*walked, fix(200))


def test_the_newest_position_is_marked() -> None:
    drawn = layers([fix(0), fix(5)])
    assert drawn["last"]["data"][0]["at"] == [13.605, 45.205]
    assert drawn["last"]["data"][0]["tooltip"].startswith("Latest position")


def test_the_map_names_no_server_unless_the_owner_does() -> None:
    text = track_map([fix(0)], TEXTS, DARK, None).to_json()
    assert "http" not in text
    assert json.loads(text).get("mapProvider") is None
    tiles = "https://tiles.example/{z}/{x}/{y}.png"
    drawn = layers([fix(0)], tiles)
    assert drawn["tiles"]["data"] == tiles
    assert "window-land" not in drawn


def test_the_view_holds_every_position_and_does_not_move_with_each() -> None:
    walked = [(13.6 + n * 1e-4, 45.2 + n * 1e-4) for n in range(60)]
    bounds = bounds_of(walked)
    assert all(bounds.west <= x <= bounds.east and bounds.south <= y <= bounds.north for x, y in walked)
    assert bounds_of(walked[:-1]) == bounds


@pytest.mark.parametrize("position", [(13.6, 45.2), (179.999, -60.0), (0.0, 0.0), (20.0, 84.9)])
def test_a_device_that_lies_still_has_a_surrounding(position: tuple[float, float]) -> None:
    bounds = bounds_of([position])
    assert bounds.height >= 0.006
    assert 9 < bounds.zoom < 17


def test_lines_of_the_map_are_few_where_one_looks_and_named_roundly() -> None:
    bounds = Bounds(13.55, 45.18, 13.65, 45.25)
    assert line_step(bounds) == 0.05
    labels = [line.label for line in meridians(bounds) if bounds.west <= line.label_at[0] <= bounds.east]
    assert labels == ["13.55°E", "13.60°E", "13.65°E"]
    assert "45.20°N" in [line.label for line in parallels(bounds)]


def test_the_far_sides_of_the_earth_have_their_letters() -> None:
    labels = {line.label for line in meridians(Bounds(-20, -15, 20, 15))}
    assert {"20°W", "0°", "20°E"} <= labels


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    bar = scale_bar(Bounds(0.0, -0.1, 0.2, 0.1), TEXTS)
    assert bar.label == "5 km"
    (west, _), (east, _) = bar.path
    assert (east - west) * 111.195 == pytest.approx(5, rel=1e-3)
    assert round_length(999) == 500


@pytest.mark.parametrize(
    ("window", "ashore", "afloat"),
    [
        (Bounds(12.5, 44.0, 15.0, 46.0), (14.0, 45.3), (13.0, 44.7)),  # Istria and the Adriatic
        (Bounds(-10.0, 36.0, 20.0, 60.0), (2.3, 48.8), (-1.0, 50.0)),  # Paris and the Channel
        (Bounds(-170.0, -80.0, 170.0, 80.0), (134.0, -25.0), (-140.0, 20.0)),  # Australia, the Pacific
    ],
)
def test_land_is_land_and_sea_is_sea_at_every_scale(
    window: Bounds, ashore: tuple[float, float], afloat: tuple[float, float]
) -> None:
    outline = land.outline(window)
    assert inside(ashore, outline)
    assert not inside(afloat, outline)
    pieces = [piece for polygon in outline for piece in land.pieces(polygon, window.height / 8)]
    assert inside(ashore, pieces)
    assert not inside(afloat, pieces)


def test_an_outline_stays_within_its_window() -> None:
    window = Bounds(12.5, 44.0, 15.0, 46.0)
    positions = [position for polygon in land.outline(window) for ring in polygon for position in ring]
    assert all(12.5 <= x <= 15.0 and 44.0 <= y <= 46.0 for x, y in positions)


def test_a_shore_does_not_run_along_the_windows_sides() -> None:
    square = [[(-1.0, -1.0), (-1.0, 0.5), (0.5, 0.5), (0.5, -1.0)]]
    window = Bounds(0, 0, 1, 1)
    outline = [[land.clip(ring, window) for ring in square]]
    (shore,) = land.shores(outline, window)
    assert sorted(shore) == [(0, 0.5), (0.5, 0), (0.5, 0.5)]


def test_the_caption_says_when_positions_are_left_out() -> None:
    track = [fix(0), fix(5)]
    assert caption(track, SPAN, TEXTS).startswith("2 of 4 positions, evenly thinned")
    assert caption(track * 2, SPAN, TEXTS).startswith("4 positions · ")


def test_the_table_of_positions_has_the_owners_time() -> None:
    row = next(table([fix(0, speed_ms=None)], TEXTS))
    assert row["Time"] == "2026-06-10 14:00:00 +02:00"
    assert row["Speed [km/h]"] is None


def test_a_track_over_the_antimeridian_is_drawn_there_and_not_around_the_world() -> None:
    ship = [
        fix(n, longitude=longitude, latitude=-16.8) for n, longitude in enumerate([179.98, 179.999, -179.999, -179.98])
    ]
    assert paths(ship) == [
        [[179.98, -16.8], [179.999, -16.8], [180.0, -16.8]],
        [[-180.0, -16.8], [-179.999, -16.8], [-179.98, -16.8]],
    ]
    deck = json.loads(track_map(ship, TEXTS, LIGHT, None).to_json())
    assert abs(deck["initialViewState"]["longitude"]) == pytest.approx(180, abs=0.01)
    assert deck["initialViewState"]["zoom"] > 10
    assert [view["repeat"] for view in deck["views"]] == [True]


def test_bounds_over_the_antimeridian_are_as_small_as_elsewhere() -> None:
    there = bounds_of([(179.98, -16.8), (-179.98, -16.8)])
    here = bounds_of([(9.98, -16.8), (10.02, -16.8)])
    assert (there.width, there.height, there.zoom) == (here.width, here.height, here.zoom)
    assert there.west <= 179.98
    assert there.east >= 180.02
    west, east = there.parts
    assert (west.west, west.east, east.west, east.east) == (there.west, 180, -180, there.east - 360)
    assert here.parts == (here,)


def test_land_and_lines_go_on_beyond_the_antimeridian() -> None:
    # Taveuni, which the antimeridian divides.
    bounds = bounds_of([(179.9, -16.85), (-179.9, -16.85)])
    outline = land.outline(land.window_of(bounds))
    assert inside((179.995, -16.82), outline)
    assert inside((-179.99, -16.8), outline)
    assert not inside((179.7, -16.95), outline)
    assert not inside((-179.7, -16.95), outline)
    shores = list(land.shores(outline, land.window_of(bounds)))
    assert not any(abs(x1) == abs(x2) == 180 for shore in shores for (x1, _), (x2, _) in pairwise(shore))
    labels = {line.label for line in meridians(bounds) if line.label_at[0] in (-180, 179.9, -179.9)}
    assert labels == {"180.0°", "179.9°E", "179.9°W"}
    assert all(-180 <= x <= 180 for line in parallels(bounds) for x, _ in line.path)
    named = [line for line in parallels(bounds) if line.label]
    assert len(named) == len({line.label for line in named})


def test_the_whole_world_has_each_meridian_once() -> None:
    labels = [line.label for line in meridians(Bounds(-180, -60, 180, 60))]
    assert len(labels) == len(set(labels))
    assert "180°" in labels
