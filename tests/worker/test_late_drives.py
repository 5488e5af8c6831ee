"""Drives are the same in whatever order a car's readings came, and whatever its owner corrects meanwhile."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from drive_world import Life, derive, derived_whole, everything, take_and_mark
from events import Connection, add_device, refresh, store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from journey_world import utc

SINCE = utc(2026, 3, 3)
TABLES = "car_readings, drives, charges, stale_drives, drive_corrections, locations, journeys, stale_journeys"
SETTINGS = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner, name="car")
    return owner


def empty(owner: Connection) -> None:
    owner.execute("TRUNCATE " + ", ".join(f"iot_personal_hub.{name}" for name in TABLES.split(", ")) + " CASCADE")
    owner.execute("DELETE FROM iot_personal_hub.raw_devices_properties")


@pytest.mark.slow
@given(seed=some.integers(0, 2**32))
@hypothesis_settings(max_examples=5, **SETTINGS)
def test_late_and_missing_readings_give_what_all_of_them_at_once_give(owner: Connection, seed: int) -> None:
    chance = random.Random(seed)
    empty(owner)
    life = Life(SINCE, chance.choice([1, 3]), chance)
    life.put(owner, life.readings)
    derive(owner)
    assert everything(owner) == derived_whole(owner)
    for _ in range(2):
        late = life.some(chance)
        take_and_mark(owner, late)
        if chance.random() < 0.4:
            life.correct_at_random(owner, chance)
        derive(owner)
        assert everything(owner) == derived_whole(owner)
        chance.shuffle(late)
        life.put(owner, late[::2])
        if chance.random() < 0.5:
            derive(owner)
        life.put(owner, late[1::2])
        derive(owner)
        assert everything(owner) == derived_whole(owner)


@pytest.mark.slow
@given(seed=some.integers(0, 2**32))
@hypothesis_settings(max_examples=2, **SETTINGS)
def test_events_that_come_in_any_order_make_the_same_drives(owner: Connection, seed: int) -> None:
    chance = random.Random(seed)

    def come(pieces: list[list[tuple[float, dict[str, Any]]]]) -> list[dict[str, Any]]:
        empty(owner)
        for piece in pieces:
            store(owner, *piece)
            if chance.random() < 0.6:
                refresh(owner)
        refresh(owner)
        return everything(owner)

    events = Life(SINCE, 1, chance, every=timedelta(seconds=20)).events()
    at_once = come([events])
    assert at_once
    pieces = [events[n : n + 300] for n in range(0, len(events), 300)]
    chance.shuffle(pieces)
    assert come(pieces) == at_once
    chance.shuffle(events)
    assert come([events[: len(events) // 2], events[len(events) // 2 :]]) == at_once
