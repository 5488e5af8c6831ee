"""How long states lasted, and how often they changed: by the hour, whatever order their readings came in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_test
from hypothesis import strategies as st
from roll_up_tables import forget, roll_ups

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

HOUR = 3600
SILENCE = 25 * HOUR
START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
ROWS = """
    SELECT extract(epoch FROM date_hour)::bigint AS hour, value, seconds, changes
    FROM iot_hub_owner.hourly_states
    WHERE property = %s ORDER BY date_hour, value
"""
OPEN: dict[str, Any] = {"contact": {"open": True}}
CLOSED: dict[str, Any] = {"contact": {"open": False}}
ALIVE: dict[str, Any] = {"battery": {"voltage_V": 3}}


def lasted(
    owner: Connection, *events: tuple[float, dict[str, Any]], of: str = "contact.open"
) -> list[tuple[int, str, float, int]]:
    """Store events given as (hours since the start, properties); return each hour, value, its minutes and changes."""
    store(owner, *((START + hours * HOUR, properties) for hours, properties in events))
    refresh(owner)
    return [
        ((row["hour"] - START) // HOUR, row["value"], float(row["seconds"] / 60), row["changes"])
        for row in rows(owner, ROWS, of)
    ]


@pytest.fixture
def door(owner: Connection) -> Connection:
    add_device(owner, name="door", type="sensor", published=False)
    return owner


def test_a_state_lasts_until_its_next_reading(door: Connection) -> None:
    assert lasted(door, (0, CLOSED), (0.25, OPEN), (0.75, CLOSED), (1, CLOSED)) == [
        (0, "false", 30, 1),
        (0, "true", 30, 1),
        (1, "false", 0, 0),
    ]


def test_hours_without_a_reading_have_the_state_that_lasts(door: Connection) -> None:
    assert lasted(door, (0.5, OPEN), (3.5, CLOSED)) == [
        (0, "true", 30, 0), (1, "true", 60, 0), (2, "true", 60, 0), (3, "false", 0, 1), (3, "true", 30, 0),
    ]  # fmt: skip


def test_a_state_lasts_as_long_as_anything_is_heard_of_its_device(door: Connection) -> None:
    """A plug reports its power each minute, and its state when it changes."""
    heard = [(float(hours), ALIVE) for hours in range(20, 80, 20)]
    found = lasted(door, (0, OPEN), *heard, (80, CLOSED))
    assert [row[:3] for row in found] == [*((n, "true", 60) for n in range(80)), (80, "false", 0)]


def test_after_a_silence_nothing_is_known_until_the_next_reading(door: Connection) -> None:
    found = lasted(door, (0, OPEN), (0.5, ALIVE), (26, ALIVE), (26.5, ALIVE), (27, OPEN), (27.5, ALIVE))
    assert found == [(0, "true", 30, 0), (27, "true", 30, 0)]


def test_a_change_during_a_silence_is_none_that_was_seen(door: Connection) -> None:
    assert lasted(door, (0, OPEN), (26, CLOSED)) == [(0, "true", 0, 0), (26, "false", 0, 0)]


def test_what_comes_after_the_newest_event_is_not_known(door: Connection) -> None:
    assert lasted(door, (0.25, OPEN), (0.5, ALIVE)) == [(0, "true", 15, 0)]


def test_modes_are_states_and_long_texts_and_nulls_are_not(door: Connection) -> None:
    modes = ["heat", None, "x" * 65, "", 7, "off", "off"]
    found = lasted(door, *((n / 10, {"state": {"mode": mode}}) for n, mode in enumerate(modes)), of="state.mode")
    assert [(value, round(minutes), changes) for _, value, minutes, changes in found] == [
        ("heat", 30, 0),
        ("off", 6, 1),
    ]


def test_two_states_of_a_device_are_counted_apart(door: Connection) -> None:
    store(door, (START, OPEN | {"state": {"on": False}}), (START + 600, CLOSED | {"state": {"on": False}}))
    refresh(door)
    assert rows(door, "SELECT property, value, seconds FROM iot_hub_owner.hourly_states ORDER BY 1, 2") == [
        {"property": "contact.open", "value": "false", "seconds": 0},
        {"property": "contact.open", "value": "true", "seconds": 600},
        {"property": "state.on", "value": "false", "seconds": 600},
    ]


def test_a_late_reading_repairs_every_hour_until_the_next_one(door: Connection) -> None:
    lasted(door, (0, OPEN), (2, ALIVE), (4, ALIVE), (6, OPEN))
    assert lasted(door, (1, CLOSED)) == [
        (0, "true", 60, 0), *((n, "false", 60, int(n == 1)) for n in range(1, 6)), (6, "true", 0, 1),
    ]  # fmt: skip


def test_a_late_event_ends_a_silence_for_all_that_follows(door: Connection) -> None:
    assert lasted(door, (0, OPEN), (30, ALIVE), (31, ALIVE)) == [(0, "true", 0, 0)]
    assert lasted(door, (15, ALIVE)) == [(n, "true", 60, 0) for n in range(31)] + [(31, "true", 0, 0)]


def test_a_day_of_25_hours_is_the_sum_of_its_states(door: Connection) -> None:
    """Europe's clocks are put back on 25 October 2026."""
    first = datetime(2026, 10, 24, 12, tzinfo=UTC).timestamp()
    store(door, *((first + n * HOUR, OPEN if n % 3 else CLOSED) for n in range(50)))
    refresh(door)
    assert rows(
        door,
        "SELECT sum(seconds) AS seconds FROM iot_hub_owner.hourly_states"
        " WHERE (date_hour AT TIME ZONE 'Europe/Warsaw')::date = '2026-10-25'",
    ) == [{"seconds": 25 * HOUR}]


Event = tuple[int, bool | None]


def expected(events: list[Event], bound: int = SILENCE) -> Counter[tuple[int, str]]:
    """Add up second by hour, event by event; an event at None says nothing of the door."""
    found: Counter[tuple[int, str]] = Counter()
    state: bool | None = None
    for (at, said), (then, _) in pairwise(events):
        state = state if said is None else said
        if then - at > bound:
            state = None
        while state is not None and at < then:
            ends = min(then, (at // HOUR + 1) * HOUR)
            found[at // HOUR * HOUR, str(state).lower()] += ends - at
            at = ends
    return found


some_events = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 2 * HOUR), st.integers(1, 30 * HOUR), st.sampled_from([HOUR, SILENCE, SILENCE + 1])),
        st.sampled_from([True, False, None, None]),
    ),
    min_size=1,
    max_size=10,
)


@pytest.mark.slow
@given(data=st.data(), given_steps=some_events)
@settings_of_test(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_any_order_every_second_counts_once_and_equals_a_full_recomputation(
    settings: Settings, data: st.DataObject, given_steps: list[Event]
) -> None:
    events, at = [], START
    for seconds, said in given_steps:
        at += seconds
        events.append((at, said))
    with connect(owner_conninfo(settings, "tests")) as owner:
        owner.execute("TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.dim_devices CASCADE")
        forget(owner)
        zone = data.draw(st.sampled_from(["Europe/Warsaw", "Asia/Kolkata"]))
        owner.execute("UPDATE iot_personal_hub.hub_settings SET value = %s WHERE name = 'time_zone'", [zone])
        add_device(owner, name="door", type="sensor", published=False)
        for when, said in data.draw(st.permutations(events)):
            store(owner, (when, ALIVE if said is None else {"contact": {"open": said}}))
            if data.draw(st.booleans()):
                owner.execute("SELECT iot_personal_hub.refresh_stale_hours(1)")
        refresh(owner)
        incremental = roll_ups(owner)
        found: Counter[tuple[int, str]] = Counter()
        for row in rows(owner, ROWS, "contact.open"):
            # India's midnight cuts an hour.
            found[row["hour"] // HOUR * HOUR, row["value"]] += int(row["seconds"])
        assert +found == expected(events)

        forget(owner)
        owner.execute("SELECT iot_personal_hub.refresh_hours('2026-01-01', '2027-01-01')")
        refresh(owner)
        assert incremental == roll_ups(owner)
