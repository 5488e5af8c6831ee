"""Legs: how each part of a trip was made, by its speeds and by what apps say."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from events import Connection, add_device, refresh, rows, store
from journey_world import HOUR, MINUTE, Fix, Place, beside, derive, journeys, legs, put, stay, trip, utc

HOME = (52.23, 21.01)
MORNING = utc(2026, 3, 3, 6)
TEN_SECONDS = timedelta(seconds=10)


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner)
    return owner


def travel(*ways: tuple[float, float, str | None]) -> Iterator[Fix]:
    """A stay, ways to the east (minutes, m/s, what the app says) one after the other, and a stay."""
    chance, here, now = random.Random(1), HOME, MORNING + HOUR
    yield from stay(here, MORNING, now, MINUTE, chance)
    for minutes, speed, hint in ways:
        length = minutes * 60 * speed
        yield from trip(here, (0, length), now, speed, TEN_SECONDS, chance, hint)
        here, now = beside(here, 0, length), now + minutes * MINUTE
    yield from stay(here, now, now + HOUR, MINUTE, chance)


def found(owner: Connection, *ways: tuple[float, float, str | None]) -> tuple[str | None, list[str | None]]:
    """The mode of the trip, and those of its legs."""
    put(owner, list(travel(*ways)))
    derive(owner)
    [way] = [row for row in journeys(owner) if row["kind"] == "trip"]
    assert way["legs"] == len(legs(owner))
    return way["mode"], [row["mode"] for row in legs(owner)]  # type: ignore[return-value,misc]


def test_a_walk_between_two_drives_is_a_leg(owner: Connection) -> None:
    drive, walk = (10, 12.0, None), (8, 1.4, None)
    assert found(owner, drive, walk, drive) == ("vehicle", ["vehicle", "on_foot", "vehicle"])
    first, second, third = legs(owner)
    [way] = [row for row in journeys(owner) if row["kind"] == "trip"]
    assert (first["starts"], third["ends"]) == (way["starts"], way["ends"])
    assert (first["ends"], second["ends"]) == (second["starts"], third["starts"])
    assert second["distance_m"] == pytest.approx(8 * 60 * 1.4, rel=0.4)
    assert sum(float(str(leg["distance_m"])) for leg in (first, second, third)) == pytest.approx(
        way["distance_m"], abs=1
    )


def test_lines_of_legs_are_the_trip_s_line_without_a_hole(owner: Connection) -> None:
    found(owner, (10, 12.0, None), (8, 1.4, None), (10, 12.0, None))
    [holes] = rows(
        owner,
        """
        SELECT st_length(st_union(leg.path_10)) AS of_legs, st_length(min(trip.path_10)) AS of_trip,
               st_numgeometries(st_linemerge(st_union(st_snaptogrid(leg.path_10, 1)))) AS pieces
        FROM iot_personal_hub.journey_legs AS leg
        JOIN iot_personal_hub.journeys AS trip ON trip.device_id = leg.device_id AND trip.starts = leg.trip_starts
        """,
    )
    assert holes["of_legs"] == pytest.approx(holes["of_trip"], rel=0.01)
    assert holes["pieces"] == 1


@pytest.mark.parametrize("stop", [(1, 0.1, None), (2, 0.3, None), (3, 1.3, None)])
def test_a_stop_on_the_way_is_no_walk(owner: Connection, stop: tuple[float, float, str | None]) -> None:
    assert found(owner, (10, 12.0, None), stop, (10, 12.0, None)) == ("vehicle", [])


def test_a_walk_with_a_run_for_the_tram_is_a_walk(owner: Connection) -> None:
    assert found(owner, (8, 1.3, None), (1, 4.5, None), (8, 1.3, None)) == ("on_foot", [])


@pytest.mark.parametrize(("said", "speed"), [("train", 28.0), ("boat", 9.0), ("bicycle", 5.0), ("vehicle", 3.5)])
def test_what_the_app_says_counts_where_speeds_do_not_tell(owner: Connection, said: str, speed: float) -> None:
    assert found(owner, (20, speed, said)) == (said, [])


@pytest.mark.parametrize(
    ("said", "speed", "mode"),
    [
        ("on_foot", 25.0, "vehicle"),
        ("bicycle", 25.0, "vehicle"),
        ("boat", 40.0, "vehicle"),
        ("flight", 20.0, "vehicle"),
    ],
)
def test_what_cannot_be_counts_for_nothing(owner: Connection, said: str, speed: float, mode: str) -> None:
    assert found(owner, (20, speed, said)) == (mode, [])


def test_a_word_about_a_minute_does_not_name_a_whole_trip(owner: Connection) -> None:
    assert found(owner, (28, 25.0, None), (2, 25.0, "train")) == ("vehicle", [])


def test_a_bicycle_ride_to_the_train_is_a_leg_of_its_own(owner: Connection) -> None:
    ride, train = (12, 5.0, "bicycle"), (25, 30.0, "train")
    assert found(owner, ride, train) == ("train", ["bicycle", "train"])


def test_a_jam_is_no_walk_for_who_is_said_to_drive(owner: Connection) -> None:
    assert found(owner, (10, 15.0, "vehicle"), (8, 1.4, "vehicle"), (10, 15.0, "vehicle")) == ("vehicle", [])


def test_a_trip_is_named_after_its_longest_leg_and_goes_with_its_legs(owner: Connection) -> None:
    assert found(owner, (20, 1.4, None), (10, 12.0, None)) == ("vehicle", ["on_foot", "vehicle"])
    owner.execute("DELETE FROM iot_personal_hub.journeys")
    assert legs(owner) == []


@pytest.mark.parametrize(
    ("activity", "mode"),
    [
        ("walking", "on_foot"), (["driving"], "vehicle"), (["driving", "stationary"], "vehicle"),
        (["walking", "cycling"], None), ("IN_RAIL_VEHICLE", "train"), ("IN_FERRY", "boat"), ("still", None), ([], None),
        ("unknown", None), (3, None), ([None, "running"], "on_foot"), ("FLYING", "flight"),
    ],
)  # fmt: skip
def test_apps_words_are_modes_where_they_agree(owner: Connection, activity: Any, mode: str | None) -> None:
    report(owner, MORNING, HOME, activity)
    refresh(owner)
    assert [row["hinted_mode"] for row in hints(owner)] == [mode]


def test_events_that_were_stored_before_are_asked_again_what_their_app_said(owner: Connection) -> None:
    report(owner, MORNING, HOME, "cycling")
    refresh(owner)
    owner.execute("UPDATE iot_personal_hub.locations SET hinted_mode = NULL")
    owner.execute("INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour) VALUES (1, %s)", [MORNING])
    refresh(owner)
    assert [row["hinted_mode"] for row in hints(owner)] == ["bicycle"]


def report(owner: Connection, at: datetime, place: Place, activity: object) -> None:
    location = {"latitude": place[0], "longitude": place[1], "fix_accuracy_m": 8}
    store(owner, (at.timestamp(), {"location": location, "motion": {"activity": activity}}))


def hints(owner: Connection) -> list[dict[str, Any]]:
    return rows(owner, "SELECT hinted_mode FROM iot_personal_hub.locations ORDER BY location_time")
