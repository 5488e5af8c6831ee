"""Refreshing one stale hour, in a table and in one ten times as large."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from generated import History, database_with, publish
from hub_under_test import owner, running_database
from measured import Measured
from pairs import Ratio, ratio
from progress import say
from psycopg.rows import DictRow
from report import Row, at_most, milliseconds
from statements import statement

from iot_hub.settings import Settings

END = dt.datetime(2026, 11, 1, 0, 0, 30, tzinfo=dt.UTC)
DEVICES = 10
MOST_SECONDS = 0.005
NOTES = [
    "One stale hour: ten devices with an event a minute, in monthly partitions, vacuumed; one hour of one device"
    " (60 events, 60 fixes) is marked, then `refresh_stale_hours()` is timed on a warm connection with `jit` off;"
    " other hours each time, from the most recent 60 days, in both tables in turns.",
]


@dataclass(frozen=True)
class Sizes:
    """Events in the small and in the large table, and how often to measure."""

    small: int
    large: int
    repetitions: int


FULL = Sizes(small=1_000_000, large=10_000_000, repetitions=300)
QUICK = Sizes(small=30_000, large=300_000, repetitions=40)


def measure(*, quick: bool) -> Measured:
    """Measure the same refresh in both tables."""
    sizes = QUICK if quick else FULL
    small, large = _history(sizes.small), _history(sizes.large)
    with (
        running_database() as settings,
        database_with(settings, "small", small) as small_settings,
        database_with(settings, "large", large) as large_settings,
        owner(small_settings) as in_small,
        owner(large_settings) as in_large,
    ):
        marks = list(_hours(small, sizes.repetitions))
        found = _in_turns(in_small, in_large, marks)
        for settings_of in (small_settings, large_settings):
            _publish_hours(settings_of, marks)
        published = _in_turns(in_small, in_large, marks)
    work = f"refresh of one stale hour, {sizes.large:,} events against {sizes.small:,}"
    return Measured(
        [
            at_most(work, found, milliseconds, 1.3),
            _absolute("the same, by the clock", found),
            at_most("the same of a published device", published, milliseconds, 1.3),
            _absolute("the same of a published device, by the clock", published),
        ],
        NOTES,
    )


def _history(events: int) -> History:
    return History(DEVICES, events, dt.timedelta(minutes=1), END)


def _in_turns(
    in_small: psycopg.Connection[DictRow], in_large: psycopg.Connection[DictRow], marks: list[tuple[int, dt.datetime]]
) -> Ratio:
    for connection in (in_small, in_large):
        connection.execute(statement("delete_marks"))
        for mark in marks[:20]:
            _refresh(connection, *mark)
    say(f"refreshing {len(marks)} hours in turns …")
    both = [(_refresh(in_large, *mark), _refresh(in_small, *mark)) for mark in marks]
    return ratio([large for large, _ in both], [small for _, small in both])


def _hours(history: History, count: int) -> Iterator[tuple[int, dt.datetime]]:
    choose = random.Random(7)
    newest = history.end.replace(second=0)
    hours = min(int((history.end - history.start) / dt.timedelta(hours=1)) - 1, 60 * 24)
    for hour in choose.choices(range(1, hours), k=count):
        yield choose.randint(1, history.devices), newest - dt.timedelta(hours=hour)


def _refresh(connection: psycopg.Connection[DictRow], device_id: int, hour: dt.datetime) -> float:
    connection.execute(statement("mark_hour"), {"device_id": device_id, "hour": hour})
    started = time.perf_counter()
    row = connection.execute(statement("refresh_stale_hours")).fetchone()
    seconds = time.perf_counter() - started
    if row != {"marks": 1}:
        raise RuntimeError(f"one hour was to be refreshed, not {row}")
    return seconds


def _publish_hours(settings: Settings, marks: list[tuple[int, dt.datetime]]) -> None:
    """Publish the devices, of which only the hours of the marks are rolled up and so published."""
    say("publishing the devices …")
    publish(settings)
    with owner(settings) as connection:
        for device_id, hour in marks:
            connection.execute(statement("mark_hour"), {"device_id": device_id, "hour": hour})
        while (connection.execute(statement("refresh_stale_hours")).fetchone() or {"marks": 0})["marks"]:
            pass
        connection.execute("VACUUM ANALYZE")


def _absolute(work: str, found: Ratio) -> Row:
    reached = found.ours <= MOST_SECONDS
    return Row(work, milliseconds(found.ours), reach=f"≤ {milliseconds(MOST_SECONDS)}", reached=reached)
