"""What the owner puts right of drives: it holds, survives late data, and is undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from correction_world import correct as correct_fixes
from correction_world import undo as undo_fixes
from drive_world import MINUTE, SECOND, Car, correct, derive, drives, named
from events import Connection, add_device, refresh, rows, store
from journey_world import utc

MORNING = utc(2026, 3, 3, 6)
FIRST_ENDS = MORNING + 20 * MINUTE
SECOND_STARTS = FIRST_ENDS + 30 * MINUTE
SECOND_ENDS = SECOND_STARTS + 20 * MINUTE


@pytest.fixture
def car() -> Car:
    """A car that was driven for twenty minutes, parked for thirty, and driven again."""
    car = Car(every=5 * SECOND)
    car.drive(car.drive(MORNING, 1200, 50) + 30 * MINUTE, 1200, 50)
    return car


@pytest.fixture
def owner(owner: Connection, car: Car) -> Connection:
    add_device(owner, name="car")
    store(owner, *car.reports)
    refresh(owner)
    assert len(drives(owner)) == 2
    return owner


def undo(owner: Connection, correction: int) -> None:
    owner.execute("UPDATE iot_personal_hub.drive_corrections SET undone_at = now() WHERE id = %s", [correction])
    derive(owner)


def times(owner: Connection) -> list[tuple[Any, Any]]:
    derive(owner)
    return [(row["starts"], row["ends"]) for row in drives(owner)]


def test_merged_drives_are_one_until_that_is_undone(owner: Connection) -> None:
    before = drives(owner)
    # As a person reads them off a list: whole minutes.
    merged = correct(owner, "merge", MORNING, SECOND_ENDS - 7 * MINUTE)
    assert times(owner) == [(MORNING, SECOND_ENDS)]
    [one] = drives(owner)
    assert one["distance_m"] == pytest.approx(sum(row["distance_m"] for row in before), abs=100)
    undo(owner, merged)
    assert drives(owner) == before


def test_the_parts_of_a_drive_that_is_split_add_up(owner: Connection) -> None:
    [whole, other] = drives(owner)
    correct(owner, "split", MORNING + timedelta(minutes=7, seconds=31))
    derive(owner)
    first, second, third = drives(owner)
    assert (first["starts"], first["ends"], second["ends"]) == (whole["starts"], second["starts"], whole["ends"])
    assert first["ends"] == MORNING + timedelta(minutes=7, seconds=35)
    assert first["distance_m"] + second["distance_m"] == pytest.approx(whole["distance_m"], abs=0.2)
    assert first["fuel_l"] + second["fuel_l"] == pytest.approx(whole["fuel_l"], abs=0.001)
    assert first["idle_s"] + second["idle_s"] == whole["idle_s"]
    assert (first["odometer_end_km"], third) == (second["odometer_start_km"], other)


def test_the_newest_of_two_corrections_counts(owner: Connection) -> None:
    correct(owner, "split", FIRST_ENDS + 10 * MINUTE)
    correct(owner, "merge", MORNING, SECOND_ENDS)
    assert times(owner) == [(MORNING, SECOND_ENDS)]
    correct(owner, "split", FIRST_ENDS + 10 * MINUTE)
    assert times(owner) == [(MORNING, FIRST_ENDS), (SECOND_STARTS, SECOND_ENDS)]


def test_a_split_between_drives_and_one_of_nothing_change_nothing(owner: Connection) -> None:
    before = drives(owner)
    correct(owner, "split", FIRST_ENDS + MINUTE)
    correct(owner, "split", MORNING)
    correct(owner, "merge", SECOND_ENDS + MINUTE, SECOND_ENDS + 90 * MINUTE)
    derive(owner)
    assert drives(owner) == before


def test_a_correction_survives_what_comes_late(owner: Connection, car: Car) -> None:
    correct(owner, "merge", MORNING, SECOND_ENDS)
    correct(owner, "name", MORNING, SECOND_ENDS, name="To the sea")
    derive(owner)
    late = Car(every=5 * SECOND, odometer_km=car.odometer_km, east_m=car.east_m)
    late.drive(SECOND_ENDS + 2 * MINUTE, 600, 50)
    late.drive(MORNING - 20 * MINUTE, 900, 50)
    store(owner, *late.reports)
    refresh(owner)
    assert times(owner) == [(MORNING - 20 * MINUTE, SECOND_ENDS + 12 * MINUTE)]
    assert [row["name"] for row in named(owner)] == ["To the sea"]


def test_a_name_is_of_a_drive_that_is_mostly_in_its_time(owner: Connection) -> None:
    correct(owner, "name", MORNING + 9 * MINUTE, SECOND_STARTS + 9 * MINUTE, name="first")
    correct(owner, "purpose", MORNING - MINUTE, SECOND_ENDS, purpose="private")
    business = correct(owner, "purpose", MORNING, FIRST_ENDS, purpose="business")
    assert [(row["name"], row["purpose"]) for row in named(owner)] == [("first", "business"), (None, "private")]
    undo(owner, business)
    assert [row["purpose"] for row in named(owner)] == ["private", "private"]
    # They are looked up: nothing is derived for them.
    assert rows(owner, "SELECT FROM iot_personal_hub.stale_drives") == []


def test_wrong_fixes_are_no_part_of_a_drive(owner: Connection) -> None:
    before = drives(owner)
    wrong = correct_fixes(owner, "wrong_fixes", MORNING - MINUTE, FIRST_ENDS - 2 * MINUTE)
    refresh(owner)
    first, second = drives(owner)
    assert (first["start_latitude"], first["climbed_m"]) == (None, before[0]["climbed_m"] and pytest.approx(0, abs=20))
    assert (first["end_latitude"], first["distance_m"]) == (before[0]["end_latitude"], before[0]["distance_m"])
    assert second == before[1]
    undo_fixes(owner, wrong)
    refresh(owner)
    assert drives(owner) == before


def test_where_it_was_in_a_hidden_time_no_drive_says(owner: Connection) -> None:
    before = drives(owner)
    hide = correct_fixes(owner, "hide", MORNING - 10 * MINUTE, SECOND_STARTS - 10 * MINUTE)
    refresh(owner)
    first, second = drives(owner)
    assert (first["start_latitude"], first["end_longitude"], first["climbed_m"]) == (None, None, None)
    assert (first["distance_m"], second) == (before[0]["distance_m"], before[1])
    undo_fixes(owner, hide)
    refresh(owner)
    assert drives(owner) == before


def test_another_setting_has_all_drives_derived_again(owner: Connection) -> None:
    before = drives(owner)
    setting = "UPDATE iot_personal_hub.hub_settings SET value = %s WHERE name = 'drive_gap_minutes'"
    owner.execute(setting, ["45"])
    assert times(owner) == [(MORNING, SECOND_ENDS)]
    owner.execute(setting, ["10"])
    derive(owner)
    assert drives(owner) == before


def test_places_of_the_address_book_name_where_a_drive_began_and_ended(owner: Connection) -> None:
    [first, second] = drives(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.places (name, kind, latitude, longitude, radius_m) VALUES ('Home', 'home', %s, %s, 200)",
        [first["start_latitude"], first["start_longitude"]],
    )
    assert [(row["start_place"], row["end_place"]) for row in named(owner)] == [("Home", None), (None, None)]
    assert second["start_latitude"] == first["end_latitude"]
