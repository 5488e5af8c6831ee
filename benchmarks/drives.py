"""Deriving drives and charges: of a year of one car, of an hour that is stale, and whether late data gives the same."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import statistics
import time
from dataclasses import dataclass

import psycopg
from hub_under_test import owner, running_database
from measured import Measured
from progress import say
from psycopg.rows import DictRow
from report import Row, milliseconds
from statements import statement

Connection = psycopg.Connection[DictRow]

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
MOST_SECONDS_A_YEAR = 5
MOST_SECONDS_AN_HOUR = 0.02
NOTES = [
    "Drives: a year of events of one car, half an hour of driving twice a day with an event every other second, as an"
    " OBD adapter and a phone send them, and charges each third night. What drives are derived from is taken from the"
    " events, a month at a time, and so are the fixes; then all drives and charges are derived on one connection, as"
    " after a change of a setting. A stale hour: an hour with a drive is marked, and refreshed. A trial of late data:"
    " all, or a part, of the readings of 12 minutes to 60 hours at a random time is taken out and comes back in two"
    " halves; after each trial all rows are compared with those of the first derivation. Then each tenth drive is"
    " split, each tenth is merged with the one after it, and the trials are repeated.",
]


@dataclass(frozen=True)
class Sizes:
    """Drives of the car, hours that are stale, and trials of late data."""

    drives: int
    hours: int
    trials: int


FULL = Sizes(drives=700, hours=200, trials=200)
QUICK = Sizes(drives=30, hours=20, trials=10)


def measure(*, quick: bool) -> Measured:
    """Derive a year, then hours of it, then what is late."""
    sizes = QUICK if quick else FULL
    with running_database() as settings, owner(settings) as connection:
        say(f"making the events of {sizes.drives:,} drives …")
        taken, events = _fill(connection, sizes.drives)
        say("deriving them …")
        seconds = derive(connection)
        found = _one(connection, "measure_drives")
        connection.execute("VACUUM ANALYZE iot_personal_hub.drives, iot_personal_hub.charges")
        say(f"{sizes.hours} stale hours …")
        hours = _stale_hours(connection, sizes.hours)
        say(f"{sizes.trials} trials of late data …")
        different = _trials(connection, sizes.trials)
        say("correcting, and as many trials again …")
        connection.execute(statement("correct_drives"))
        derive(connection)
        different_corrected = _trials(connection, sizes.trials)
    hour = sorted(hours)[int(len(hours) * 0.95)]
    year = seconds * FULL.drives / sizes.drives
    return Measured(
        [
            Row(
                f"deriving {found['drives']:,} drives and {found['charges']:,} charges from {found['readings']:,}"
                f" readings, for a year of {FULL.drives} drives",
                f"{year:.1f} s", reach=f"≤ {MOST_SECONDS_A_YEAR} s", reached=year <= MOST_SECONDS_A_YEAR,
            ),
            Row(f"taking the readings from {events:,} events", f"{taken:.1f} s"),
            Row("readings and drives with their indexes", f"{found['bytes'] / 1e6:.0f} MB"),
            Row(
                "deriving a stale hour's drives, 95th percentile", milliseconds(hour),
                milliseconds(statistics.median(hours)), "– (median)", f"≤ {milliseconds(MOST_SECONDS_AN_HOUR)}",
                hour <= MOST_SECONDS_AN_HOUR,
            ),
            Row(
                "trials of late data that give what all at once gives", f"{sizes.trials - different} of {sizes.trials}",
                reach="all", reached=different == 0,
            ),
            Row(
                "the same with drives that are merged and split",
                f"{sizes.trials - different_corrected} of {sizes.trials}",
                reach="all", reached=different_corrected == 0,
            ),
        ],
        NOTES,
    )  # fmt: skip


def _fill(connection: Connection, drives: int) -> tuple[float, int]:
    """Store events, derive fixes and readings; return the seconds of the readings, and how many events there are."""
    given = {"since": START, "drives": drives}
    until = START + dt.timedelta(hours=13 * drives + 24)
    months = [START + dt.timedelta(days=31 * n) for n in range((until - START).days // 31 + 2)]
    connection.execute(
        "SELECT iot_personal_hub.ensure_partitions(%s)", [[month.date().replace(day=1) for month in months]]
    )
    connection.execute(statement("generate_car_events"), given)
    connection.execute(statement("generate_charges"), given)
    connection.execute("VACUUM ANALYZE iot_personal_hub.raw_devices_properties")
    seconds = 0.0
    for since, until in itertools.pairwise(months):
        month = {"since": since, "until": until}
        connection.execute(statement("refresh_car_fixes"), month)
        started = time.perf_counter()
        connection.execute(statement("take_car_readings"), month)
        seconds += time.perf_counter() - started
    connection.execute("VACUUM ANALYZE iot_personal_hub.car_readings, iot_personal_hub.locations")
    return seconds, int(_one(connection, "reach_of_car")["events"])


def derive(connection: Connection) -> float:
    """Derive drives until none is stale; return the seconds that it took."""
    started = time.perf_counter()
    while _one(connection, "refresh_stale_drives")["marks"]:
        pass
    return time.perf_counter() - started


def _stale_hours(connection: Connection, count: int) -> list[float]:
    seconds = []
    for hour in connection.execute(statement("driven_hours"), {"hours": count}).fetchall():
        connection.execute(statement("mark_drives"), hour)
        seconds.append(derive(connection))
    return seconds


def _trials(connection: Connection, count: int) -> int:
    """Return how many trials ended otherwise than the whole derivation."""
    chance = random.Random(3)
    reach = _one(connection, "reach_of_car")
    connection.execute(statement("forget_kept_drives"))
    connection.execute(statement("keep_drives"))
    connection.execute(statement("create_late_readings"))
    different = 0
    for _ in range(count):
        since = reach["since"] + (reach["until"] - reach["since"]) * chance.random()
        until = since + dt.timedelta(hours=chance.choice((0.2, 1, 3, 8, 24, 60)))
        given = {"since": since, "until": until, "share": chance.choice((0.3, 0.8, 1.0))}
        for change in ("take_late_readings", "return_half_of_late_readings", "return_late_readings"):
            connection.execute(statement(change), given)
            connection.execute(statement("mark_drives"), given)
            derive(connection)
        different += bool(_one(connection, "compare_drives")["different"])
    return different


def _one(connection: Connection, name: str) -> DictRow:
    row = connection.execute(statement(name)).fetchone()
    if row is None:
        raise RuntimeError(f"{name} returned nothing")
    return row
