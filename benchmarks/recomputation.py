"""Recomputing a year: `refresh_hours` against the first beta's way, hour by hour."""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from dataclasses import dataclass

import psycopg
from generated import History, database_with
from hub_under_test import owner, running_database
from measured import Measured
from progress import say
from psycopg.rows import DictRow
from report import Row
from statements import statement

END = dt.datetime(2026, 11, 1, 0, 0, 30, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
HOURS_OF_A_YEAR = 8_760
REACH = 50
DEVICES = 4
TABLES = (
    "create_first_beta_schema", "create_first_beta_raw", "create_first_beta_events_counter",
    "create_first_beta_battery_details", "create_first_beta_location_details",
)  # fmt: skip
AGGREGATIONS = ("first_beta_events_counter", "first_beta_battery_details", "first_beta_location_details")
NOTES = [
    "A year recomputed: four devices, an event every 63 seconds each; `refresh_hours` over the whole year, with"
    " everything that it derives (fixes, private hours, all metrics), into empty roll-ups. The first beta's way: its"
    " three aggregations for one hour at a time over a copy of the same events in its own table; a few random hours"
    " are measured, half before and half after, and their mean is taken times 8,760. The range of the ratio is"
    " that of the slowest and the quickest hour.",
]


@dataclass(frozen=True)
class Sizes:
    """Events in the year, and hours to measure of the first beta's way."""

    events: int
    hours: int


FULL = Sizes(events=2_000_000, hours=24)
QUICK = Sizes(events=80_000, hours=6)


def measure(*, quick: bool) -> Measured:
    """Measure both on the same events."""
    sizes = QUICK if quick else FULL
    history = History(DEVICES, sizes.events, YEAR / (sizes.events // DEVICES), END)
    with (
        running_database() as settings,
        database_with(settings, "year", history) as year,
        owner(year) as connection,
    ):
        _copy_to_first_beta(connection)
        hours = _some_hours(sizes.hours)
        say(f"the first beta's way, {len(hours)} hours …")
        slow = [_first_beta_hour(connection, hour) for hour in hours[::2]]
        say(f"refresh_hours over {sizes.events:,} events …")
        seconds = _recompute(connection, history)
        slow += [_first_beta_hour(connection, hour) for hour in hours[1::2]]
    return Measured([_row(sizes, seconds, slow)], NOTES)


def _copy_to_first_beta(connection: psycopg.Connection[DictRow]) -> None:
    say("copying them to the first beta's table …")
    for name in (*TABLES, "copy_to_first_beta"):
        connection.execute(statement(name))
    connection.execute("VACUUM ANALYZE first_beta.raw_devices_properties")
    connection.execute("CHECKPOINT")


def _some_hours(count: int) -> list[dt.datetime]:
    choose = random.Random(7)
    newest = END.replace(second=0)
    return [newest - dt.timedelta(hours=choose.randint(2, HOURS_OF_A_YEAR - 2)) for _ in range(count)]


def _first_beta_hour(connection: psycopg.Connection[DictRow], hour: dt.datetime) -> float:
    started = time.perf_counter()
    for name in AGGREGATIONS:
        if connection.execute(statement(name), {"hour": hour}).rowcount != DEVICES:
            raise RuntimeError(f"{name} did not find every device in {hour}")
    return time.perf_counter() - started


def _recompute(connection: psycopg.Connection[DictRow], history: History) -> float:
    connection.execute(statement("delete_marks"))
    started = time.perf_counter()
    connection.execute(statement("refresh_hours"), {"from": history.start, "to": history.end})
    return time.perf_counter() - started


def _row(sizes: Sizes, seconds: float, slow: list[float]) -> Row:
    times = [one * HOURS_OF_A_YEAR / seconds for one in (statistics.mean(slow), min(slow), max(slow))]
    return Row(
        f"recomputation of {sizes.events:,} events of a year",
        f"{seconds:.1f} s",
        f"{statistics.mean(slow) * HOURS_OF_A_YEAR:,.0f} s",
        f"{times[0]:.0f} times faster ({times[1]:.0f} to {times[2]:.0f})",
        f"≥ {REACH} times",
        times[0] >= REACH,
    )
