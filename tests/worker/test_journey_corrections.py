"""What the owner puts right of journeys: each kind of correction, and the same in whatever order fixes come."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from correction_world import correct, correct_at_random, undo
from events import Connection, add_device
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

HOME = (52.23, 21.01)
OFFICE = beside(HOME, 0, 3000)
MORNING = utc(2026, 3, 3, 6)
LEFT, ARRIVED = MORNING + 2 * HOUR, MORNING + 2 * HOUR + 10 * MINUTE
EVENING = ARRIVED + 8 * HOUR


@pytest.fixture
def owner(owner: Connection) -> Connection:
    """A day: at home, by bicycle to the office, and there until the evening."""
    add_device(owner)
    put(owner, a_day())
    derive(owner)
    assert kinds(owner) == ["stay", "trip", "stay"]
    return owner


def a_day() -> list[Fix]:
    chance = random.Random(1)
    return [
        *stay(HOME, MORNING, LEFT, MINUTE, chance),
        *trip(HOME, (0, 3000), LEFT, 5, 30 * timedelta(seconds=1), chance),
        *stay(OFFICE, ARRIVED, EVENING, MINUTE, chance),
    ]


def kinds(owner: Connection) -> list[object]:
    derive(owner)
    return [row["kind"] for row in journeys(owner)]


def column(owner: Connection, *names: str) -> list[tuple[Any, ...]]:
    derive(owner)
    return [tuple(row[name] for name in names) for row in journeys(owner)]


def trip_of(owner: Connection) -> dict[str, Any]:
    [found] = [row for row in journeys(owner) if row["kind"] == "trip"]
    return found


def test_a_hidden_trip_is_a_gap_until_that_is_undone(owner: Connection) -> None:
    before = journeys(owner)
    starts, ends = trip_of(owner)["starts"], trip_of(owner)["ends"]
    hidden = correct(owner, "hide", starts, ends)
    assert column(owner, "kind", "starts", "ends", "distance_m", "way")[1] == ("gap", starts, ends, None, None)
    undo(owner, hidden)
    derive(owner)
    assert journeys(owner) == before


def test_a_part_of_a_stay_can_be_hidden(owner: Connection) -> None:
    begins, ends = ARRIVED + HOUR, ARRIVED + 2 * HOUR
    correct(owner, "hide", begins, ends)
    assert column(owner, "kind", "starts", "is_continued")[2:] == [
        ("stay", trip_of(owner)["ends"], False), ("gap", begins, False), ("stay", ends, False),
    ]  # fmt: skip


def test_the_mode_that_the_owner_gives_a_trip_wins(owner: Connection) -> None:
    length = trip_of(owner)["distance_m"]
    correct(owner, "mode", trip_of(owner)["starts"], trip_of(owner)["ends"], mode="train")
    correct(owner, "mode", trip_of(owner)["starts"], trip_of(owner)["ends"], mode="boat")
    assert column(owner, "kind", "mode", "distance_m")[1] == ("trip", "boat", length)
    # The mode of a time at rest means nothing.
    correct(owner, "mode", ARRIVED + HOUR, ARRIVED + 2 * HOUR, mode="flight")
    assert column(owner, "kind", "mode")[2:] == [("stay", None)]


def test_a_moved_stay_is_where_its_owner_says(owner: Connection) -> None:
    found = journeys(owner)[2]
    correct(owner, "move", found["starts"], found["ends"], at=(50.0, 19.9))  # type: ignore[arg-type]
    assert column(owner, "kind", "starts", "ends", "latitude", "longitude")[2] == (
        "stay", found["starts"], found["ends"], 50.0, 19.9,
    )  # fmt: skip


@pytest.mark.parametrize("becomes", ["stay", "trip"])
def test_what_is_merged_is_one(owner: Connection, becomes: str) -> None:
    found = journeys(owner)
    correct(owner, "merge", found[0]["starts"], found[1]["ends"], becomes=becomes)  # type: ignore[arg-type]
    merged, office = column(owner, "kind", "starts", "ends", "fixes")
    assert merged == (becomes, found[0]["starts"], found[1]["ends"], found[0]["fixes"] + found[1]["fixes"])  # type: ignore[operator]
    assert office == ("stay", found[2]["starts"], found[2]["ends"], found[2]["fixes"])


def test_parts_of_a_trip_that_is_split_add_up(owner: Connection) -> None:
    whole = trip_of(owner)
    middle = whole["starts"] + (whole["ends"] - whole["starts"]) // 2
    middle = middle.replace(second=0)
    correct(owner, "split", middle)
    parts = [row for row in column(owner, "kind", "starts", "ends", "distance_m", "way") if row[0] == "trip"]
    assert [(starts, ends) for _, starts, ends, *_ in parts] == [(whole["starts"], middle), (middle, whole["ends"])]
    assert sum(metres for *_, metres, _ in parts) == pytest.approx(whole["distance_m"], abs=0.2)
    assert all(way for *_, way in parts)


def test_a_silence_can_be_split_and_its_halves_are_two_stays(owner: Connection) -> None:
    night = EVENING + 5 * HOUR
    put(owner, list(stay(OFFICE, EVENING + 12 * HOUR, EVENING + 13 * HOUR, MINUTE, random.Random(2))))
    assert kinds(owner) == ["stay", "trip", "stay"]
    correct(owner, "split", night)
    assert column(owner, "kind", "ends", "is_continued")[2:] == [
        ("stay", night, False), ("stay", EVENING + 13 * HOUR - MINUTE, False)
    ]  # fmt: skip


def test_what_is_merged_later_is_not_split(owner: Connection) -> None:
    found = journeys(owner)
    correct(owner, "split", ARRIVED + HOUR)
    merged = correct(owner, "merge", found[0]["starts"], found[2]["ends"], becomes="stay")  # type: ignore[arg-type]
    assert kinds(owner) == ["stay"]
    correct(owner, "split", ARRIVED + 2 * HOUR)
    assert kinds(owner) == ["stay", "stay"]
    undo(owner, merged)
    assert kinds(owner) == ["stay", "trip", "stay", "stay", "stay"]


def test_a_correction_reaches_as_far_as_late_fixes_move_the_journey(owner: Connection) -> None:
    correct(owner, "hide", trip_of(owner)["starts"], trip_of(owner)["ends"])
    # The last minutes of the way come late: the trip began earlier.
    early = [fix for fix in a_day() if fix.at >= LEFT - 5 * MINUTE and fix.at < LEFT]
    take(owner, early)
    put(owner, list(trip(beside(HOME, 0, -1500), (0, 1500), LEFT - 5 * MINUTE, 5, MINUTE, random.Random(3))))
    assert kinds(owner) == ["stay", "gap", "stay"]
    assert everything(owner) == derived_whole(owner)


def test_the_database_refuses_a_correction_that_means_nothing(owner: Connection) -> None:
    for kind, since, until, more in [
        ("hide", ARRIVED, LEFT, {}),
        ("hide", LEFT, ARRIVED + timedelta(seconds=1), {}),
        ("hide", "-infinity", ARRIVED, {}),
        ("mode", LEFT, ARRIVED, {}),
        ("merge", LEFT, ARRIVED, {"becomes": "gap"}),
        ("move", LEFT, ARRIVED, {"at": (91.0, 0.0)}),
        ("split", LEFT, ARRIVED, {}),
        ("hide", LEFT, ARRIVED, {"source": "owntracks"}),
    ]:
        with pytest.raises(psycopg.errors.CheckViolation), owner.transaction():
            correct(owner, kind, since, until, **more)  # type: ignore[arg-type]


@pytest.mark.slow
@given(seed=some.integers(0, 2**32))
@hypothesis_settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_late_fixes_and_corrections_in_any_order_give_what_all_at_once_give(owner: Connection, seed: int) -> None:
    chance = random.Random(seed)
    owner.execute(
        "TRUNCATE iot_personal_hub.locations, iot_personal_hub.journeys, iot_personal_hub.stale_journeys,"
        " iot_personal_hub.corrections CASCADE"
    )
    since = utc(2026, 1, 1)
    days = chance.choice([2, 5, 9])
    fixes = life(since, days, chance, chance.choice([HOME, (-16.8, 179.99), (71.0, 25.0)]))
    put(owner, fixes)
    derive(owner)
    made: list[int] = []
    for _ in range(4):
        for _ in range(chance.randrange(4)):
            made.append(correct_at_random(owner, since, since + timedelta(days=days), journeys(owner), chance))
        if made and chance.random() < 0.4:
            undo(owner, made.pop(chance.randrange(len(made))))
        begins = since + timedelta(hours=chance.uniform(0, days * 24))
        ends = begins + timedelta(hours=chance.choice([0.2, 1, 3, 8, 24, 60]))
        late = [fix for fix in fixes if begins <= fix.at < ends and chance.random() < 0.8]
        take(owner, late)
        derive(owner)
        assert everything(owner) == derived_whole(owner)
        put(owner, late)
        derive(owner)
        assert everything(owner) == derived_whole(owner)
