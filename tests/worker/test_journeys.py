"""Stays, trips and gaps, derived from fixes: what they are, and the same in whatever order the fixes came."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from events import Connection, add_device, refresh, store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from journey_world import (
    HOUR,
    MINUTE,
    Fix,
    beside,
    derive,
    derived_whole,
    everything,
    journeys,
    life,
    put,
    stay,
    take,
    trip,
    utc,
)

from iot_hub.database.queries import query

HOME = (52.23, 21.01)
MORNING = utc(2026, 3, 3, 6)


def of(owner: Connection, *columns: str) -> list[tuple[Any, ...]]:
    derive(owner)
    return [tuple(row[column] for column in columns) for row in journeys(owner)]


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner)
    return owner


def test_a_day_is_stays_and_the_trips_between_them_with_their_modes(owner: Connection) -> None:
    chance, office, shop = random.Random(1), beside(HOME, 0, 3000), beside(HOME, 900, 3000)
    left, arrived = MORNING + 2 * HOUR, MORNING + 2 * HOUR + 10 * MINUTE
    lunch = arrived + 4 * HOUR
    put(owner, [
        *stay(HOME, MORNING, left, MINUTE, chance),
        *trip(HOME, (0, 3000), left, 5, 30 * timedelta(seconds=1), chance),
        *stay(office, arrived, lunch, MINUTE, chance),
        *trip(office, (900, 0), lunch, 1.25, MINUTE, chance),
        *stay(shop, lunch + 12 * MINUTE, lunch + 30 * MINUTE, MINUTE, chance),
        *trip(shop, (-900, -30000), lunch + 30 * MINUTE, 25, MINUTE, chance),
        *stay(beside(HOME, 0, -27000), lunch + 50 * MINUTE, lunch + 2 * HOUR, MINUTE, chance),
    ])  # fmt: skip
    found = of(owner, "kind", "mode", "starts", "ends", "distance_m")
    assert [(kind, mode) for kind, mode, *_ in found] == [
        ("stay", None), ("trip", "bicycle"), ("stay", None), ("trip", "on_foot"), ("stay", None), ("trip", "vehicle"),
        ("stay", None),
    ]  # fmt: skip
    # Each begins where the one before it ends.
    assert [ends for *_, ends, _ in found][:-1] == [starts for _, _, starts, *_ in found][1:]
    assert abs(found[1][2] - left) <= 3 * MINUTE
    assert abs(found[1][3] - arrived) <= 3 * MINUTE
    assert found[1][4] == pytest.approx(3000, rel=0.05)
    assert found[5][4] == pytest.approx(30013, rel=0.05)
    [(latitude, longitude), *_] = of(owner, "latitude", "longitude")
    assert (latitude, longitude) == (pytest.approx(HOME[0], abs=5e-5), pytest.approx(HOME[1], abs=5e-5))


def test_a_phone_that_is_silent_at_rest_is_still_there(owner: Connection) -> None:
    chance = random.Random(2)
    put(owner, [
        *stay(HOME, MORNING, MORNING + 6 * MINUTE, MINUTE, chance),
        # Nothing for nine hours, then 90 m away.
        *stay(beside(HOME, 90, 0), MORNING + 9 * HOUR, MORNING + 9 * HOUR + 5 * MINUTE, MINUTE, chance),
    ])  # fmt: skip
    assert of(owner, "kind", "starts", "ends") == [("stay", MORNING, MORNING + 9 * HOUR + 4 * MINUTE)]


def test_a_long_silence_across_a_distance_is_a_gap_and_no_trip(owner: Connection) -> None:
    chance = random.Random(3)
    put(owner, [
        *stay(HOME, MORNING, MORNING + HOUR, MINUTE, chance),
        *stay(beside(HOME, 5000, 0), MORNING + 9 * HOUR, MORNING + 10 * HOUR, MINUTE, chance),
        *stay(beside(HOME, 5000, 0), MORNING + 60 * HOUR, MORNING + 61 * HOUR, MINUTE, chance),
    ])  # fmt: skip
    assert of(owner, "kind", "distance_m") == [
        ("stay", None), ("gap", None), ("stay", None), ("gap", None), ("stay", None),
    ]  # fmt: skip


def test_a_flight_is_a_trip_whose_way_was_silent(owner: Connection) -> None:
    chance = random.Random(4)
    put(owner, [
        *stay(HOME, MORNING, MORNING + HOUR, MINUTE, chance),
        *stay((40.64, -73.78), MORNING + 10 * HOUR, MORNING + 11 * HOUR, MINUTE, chance),
    ])  # fmt: skip
    found = of(owner, "kind", "mode", "distance_m")
    assert [each[:2] for each in found] == [("stay", None), ("trip", "flight"), ("stay", None)]
    # Along the great circle: 6,850 km.
    assert found[1][2] == pytest.approx(6_850_000, rel=0.01)


def test_a_way_touches_its_stays_though_they_were_silent(owner: Connection) -> None:
    chance, office = random.Random(12), beside(HOME, 0, 3000)
    left, arrived = MORNING + 2 * HOUR, MORNING + 2 * HOUR + 10 * MINUTE
    put(owner, [
        # Of the night a single fix, and nothing of the first 150 m; of the last 150 m nothing, of the day a single fix.
        Fix(MORNING, *HOME),
        *(fix for fix in trip(HOME, (0, 3000), left, 5, timedelta(seconds=10), chance)
          if left + MINUTE / 2 <= fix.at < arrived - MINUTE / 2),
        Fix(arrived + 4 * HOUR, *office),
        Fix(arrived + 60 * HOUR, *office),
    ])  # fmt: skip
    assert of(owner, "kind")[:3] == [("stay",), ("trip",), ("stay",)]
    lengths = owner.execute(
        "SELECT st_length(st_transform(path_10, 4326)::geography) AS metres FROM iot_personal_hub.journeys WHERE kind = 'trip'"
    ).fetchall()
    assert [row["metres"] for row in lengths] == [pytest.approx(3000, abs=20)]


def test_the_way_of_a_flight_is_a_line_from_its_last_fix_to_its_next(owner: Connection) -> None:
    put(owner, [
        *(Fix(MORNING + n * 6 * MINUTE, *HOME) for n in range(3)),
        *(Fix(MORNING + 9 * HOUR + n * 6 * MINUTE, 40.64, -73.78) for n in range(3)),
    ])  # fmt: skip
    assert of(owner, "kind", "mode") == [("stay", None), ("trip", "flight"), ("stay", None)]
    [way] = [str(row["way"]) for row in journeys(owner) if row["kind"] == "trip"]
    assert way.count(",") == 1


def test_a_short_excursion_and_a_lone_jump_do_not_end_a_stay(owner: Connection) -> None:
    chance = random.Random(5)
    bins = [Fix(MORNING + HOUR + n * MINUTE, *beside(HOME, 35 * min(n, 10 - n), 0)) for n in range(1, 10)]
    put(owner, [
        *stay(HOME, MORNING, MORNING + HOUR, MINUTE, chance),
        *bins,
        *stay(HOME, MORNING + HOUR + 10 * MINUTE, MORNING + 3 * HOUR, MINUTE, chance),
        Fix(MORNING + 2 * HOUR + 30 * timedelta(seconds=1), *beside(HOME, 2000, 0), accuracy_m=100),
    ])  # fmt: skip
    assert of(owner, "kind") == [("stay",)]


def test_coarse_fixes_and_outliers_make_no_journeys(owner: Connection) -> None:
    chance = random.Random(6)
    put(owner, [*stay(HOME, MORNING, MORNING + HOUR, MINUTE, chance)])
    put(owner, [Fix(MORNING + n * MINUTE + timedelta(seconds=1), *beside(HOME, 900, 0), 400) for n in range(9)])
    owner.execute("UPDATE iot_personal_hub.locations SET outlier = 'speed' WHERE uncertainty_m = 400")
    assert of(owner, "kind", "fixes") == [("stay", 59)]


def test_the_antimeridian_is_no_edge(owner: Connection) -> None:
    chance, taveuni = random.Random(7), (-16.85, 179.9999)
    left = MORNING + 2 * HOUR
    put(owner, [
        *stay(taveuni, MORNING, left, MINUTE, chance),
        *trip(taveuni, (0, 4000), left, 10, timedelta(seconds=20), chance),
        *stay(beside(taveuni, 0, 4000), left + 7 * MINUTE, left + HOUR, MINUTE, chance),
    ])  # fmt: skip
    found = of(owner, "kind", "longitude", "extent_m", "distance_m")
    assert [each[0] for each in found] == ["stay", "trip", "stay"]
    assert found[0][1] == pytest.approx(179.9999, abs=1e-4) or found[0][1] == pytest.approx(-180, abs=1e-4)
    assert found[0][2] < 100
    assert found[1][3] == pytest.approx(4000, rel=0.05)
    assert found[2][1] == pytest.approx(-179.9626, abs=1e-3)
    [way] = [row["way"] for row in journeys(owner) if row["kind"] == "trip"]
    # Cut in two, each on its side of the map.
    assert str(way).startswith("MULTILINESTRING((2003") and "),(-2003" in str(way)


def test_a_stay_of_weeks_is_cut_each_week_and_goes_on(owner: Connection) -> None:
    # A Monday is 2 March 2026.
    put(owner, list(stay(HOME, utc(2026, 2, 27), utc(2026, 3, 18), HOUR, random.Random(8))))
    assert of(owner, "kind", "starts", "is_continued") == [
        ("stay", utc(2026, 2, 27), False), ("stay", utc(2026, 3, 2), True), ("stay", utc(2026, 3, 9), True),
        ("stay", utc(2026, 3, 16), True),
    ]  # fmt: skip


@pytest.mark.parametrize("home", [HOME, (-16.85, 179.99999), (78.2, 15.6)])
def test_who_asks_when_they_were_here_gets_stays_and_trips_that_led_past(
    owner: Connection, home: tuple[float, float]
) -> None:
    chance, left = random.Random(9), MORNING + HOUR
    put(owner, [
        *stay(home, MORNING, left, MINUTE, chance),
        *trip(home, (0, 4000), left, 10, timedelta(seconds=20), chance),
        *stay(beside(home, 0, 4000), left + 7 * MINUTE, left + HOUR, MINUTE, chance),
    ])  # fmt: skip
    derive(owner)

    def kinds(north_m: float, east_m: float, radius_m: float = 200) -> list[str]:
        latitude, longitude = beside(home, north_m, east_m)
        asked = {"latitude": latitude, "longitude": longitude, "radius_m": radius_m, "most": 10, "devices": None}
        return [row["kind"] for row in owner.execute(query("journeys_near"), asked)]

    assert kinds(0, 0) == ["trip", "stay"]
    assert kinds(150, 2000) == ["trip"]
    assert kinds(300, 2000) == []
    assert kinds(0, 4000) == ["stay", "trip"]
    # To either side, which may be beyond the antimeridian.
    assert kinds(0, 100) == ["trip", "stay"] == kinds(0, -100)


@pytest.mark.slow
@given(seed=some.integers(0, 2**32))
@hypothesis_settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_late_and_missing_fixes_give_what_all_of_them_at_once_give(owner: Connection, seed: int) -> None:
    chance = random.Random(seed)
    owner.execute(
        "TRUNCATE iot_personal_hub.locations, iot_personal_hub.journeys, iot_personal_hub.stale_journeys CASCADE"
    )
    since = utc(2026, 1, 1)
    days = chance.choice([2, 5, 9])
    fixes = life(since, days, chance, chance.choice([HOME, (-16.8, 179.99), (71.0, 25.0)]))
    put(owner, fixes)
    derive(owner)
    assert everything(owner) == derived_whole(owner)
    for _ in range(2):
        begins = since + timedelta(hours=chance.uniform(0, days * 24))
        ends = begins + timedelta(hours=chance.choice([0.2, 1, 3, 8, 24, 60]))
        share = chance.choice([0.3, 0.8, 1])
        late = [fix for fix in fixes if begins <= fix.at < ends and chance.random() < share]
        take(owner, late)
        derive(owner)
        assert everything(owner) == derived_whole(owner)
        put(owner, late[::2])
        derive(owner)
        put(owner, late[1::2])
        derive(owner)
        assert everything(owner) == derived_whole(owner)


@pytest.mark.slow
@given(seed=some.integers(0, 2**32))
@hypothesis_settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_history_that_comes_in_any_pieces_is_the_same(owner: Connection, seed: int) -> None:
    chance = random.Random(seed)
    owner.execute(
        "TRUNCATE iot_personal_hub.locations, iot_personal_hub.journeys, iot_personal_hub.stale_journeys CASCADE"
    )
    fixes = life(utc(2026, 1, 1), 8, chance)
    pieces = [fixes[n : n + 400] for n in range(0, len(fixes), 400)]
    chance.shuffle(pieces)
    for piece in pieces:
        put(owner, piece)
        if chance.random() < 0.7:
            derive(owner)
    derive(owner)
    assert everything(owner) == derived_whole(owner)


def test_fixes_of_a_device_are_gathered_until_the_first_has_waited_long_enough(owner: Connection) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    put(owner, list(stay(HOME, now - 50 * MINUTE, now, MINUTE, random.Random(10))))
    assert (gather(owner), journeys(owner)) == (0, [])
    owner.execute("UPDATE iot_personal_hub.stale_journeys SET marked_at = marked_at - interval '1 minute'")
    put(owner, list(stay(HOME, now, now + 10 * MINUTE, MINUTE, random.Random(11))))
    assert gather(owner) == 2
    assert {row["kind"] for row in journeys(owner)} == {"stay"}


def test_a_history_does_not_wait_until_it_is_gathered(owner: Connection) -> None:
    put(owner, list(stay(HOME, MORNING, MORNING + HOUR, MINUTE, random.Random(10))))
    assert (gather(owner), len(journeys(owner))) == (1, 1)


def test_a_quarter_of_a_year_is_derived_at_once_and_more_is_left_to_the_next_time(owner: Connection) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)"
        " SELECT 1, hour, hour + interval '1 hour' FROM generate_series(%s, %s, interval '12 hours') AS hour",
        [MORNING, MORNING + 24 * HOUR * 50],
    )
    assert gather(owner) == 101
    owner.execute(
        "INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)"
        " SELECT 1, month, month + interval '30 days' FROM generate_series(%s, %s, interval '30 days') AS month",
        [MORNING, MORNING + 24 * HOUR * 200],
    )
    assert [gather(owner) for _ in range(3)] == [3, 3, 1]


def gather(owner: Connection) -> int:
    [found] = owner.execute(query("refresh_stale_journeys"), {"gathered": timedelta(seconds=20)}).fetchall()
    return int(found["refresh_stale_journeys"])


def test_stored_events_become_journeys(owner: Connection) -> None:
    def report(minute: int) -> tuple[float, dict[str, Any]]:
        latitude, longitude = beside(HOME, 0, max(0, min(minute - 60, 20)) * 400)
        location = {"latitude": latitude, "longitude": longitude, "fix_accuracy_m": 8}
        return (MORNING + minute * MINUTE).timestamp(), {"location": location}

    late = range(65, 75)
    store(owner, *(report(minute) for minute in range(140) if minute not in late))
    refresh(owner)
    # A way whose middle is missing is one way all the same: the gap was driven through.
    assert [row["kind"] for row in journeys(owner)] == ["stay", "trip", "stay"]
    length = journeys(owner)[1]["fixes"]
    store(owner, *map(report, late))
    refresh(owner)
    assert [row["kind"] for row in journeys(owner)] == ["stay", "trip", "stay"]
    assert journeys(owner)[1]["fixes"] == length + len(late)
