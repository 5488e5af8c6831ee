"""Deriving stays and trips: of a whole history, of a day that is late, and whether both give the same."""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from dataclasses import dataclass

import psycopg
from hub_under_test import owner, running_database
from measured import Measured
from movements import Fix, fixes
from progress import say
from psycopg.rows import DictRow
from report import Row, milliseconds
from statements import statement

Connection = psycopg.Connection[DictRow]

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
DEVICE = 1
MOST_SECONDS_A_MILLION = 15
MOST_SECONDS_A_DAY = 0.05
MOST_BYTES_OF_TEN_MILLION = 60_000_000
NOTES = [
    "Journeys: the fixes of one phone over years, 20 seconds apart on the way and a minute at rest, half of"
    " the rests silent, put into the table of fixes and marked stale a month at a time; then"
    " `refresh_stale_journeys()` on one connection until nothing is stale, ways for the map included. A late"
    " day: all, or a part, of 12 minutes to 60 hours at a random time is taken out and comes back in two"
    " halves, each time as one mark; timed is the refresh of each. After each trial all journeys are compared"
    " with those of the first derivation, row by row. Then each 20th stay or trip is corrected, and the trials are"
    " repeated.",
]


@dataclass(frozen=True)
class Sizes:
    """Fixes of the phone, and trials of late data."""

    fixes: int
    trials: int


FULL = Sizes(fixes=1_000_000, trials=200)
QUICK = Sizes(fixes=20_000, trials=10)


def measure(*, quick: bool) -> Measured:
    """Derive a history, then parts of it again."""
    sizes = QUICK if quick else FULL
    with running_database() as settings, owner(settings) as connection:
        say(f"making {sizes.fixes:,} fixes …")
        _fill(connection, sizes.fixes)
        say("deriving them …")
        seconds = derive(connection)
        found = _one(connection, "measure_journeys")
        say(f"{sizes.trials} trials of late data …")
        different, each = _trials(connection, sizes.trials)
        say("correcting, and as many trials again …")
        connection.execute(statement("correct_journeys"))
        derive(connection)
        corrections = _one(connection, "count_corrections")["corrections"]
        different_corrected, each_corrected = _trials(connection, sizes.trials)
    a_million = seconds * 1_000_000 / sizes.fixes
    late, late_corrected = (sorted(some)[int(len(some) * 0.95)] for some in (each, each_corrected))
    ten_million = found["bytes"] * 10_000_000 / sizes.fixes
    return Measured(
        [
            Row(
                f"deriving {found['journeys']:,} journeys and {found['legs']:,} legs from {sizes.fixes:,} fixes,"
                " for a million",
                f"{a_million:.1f} s",
                reach=f"≤ {MOST_SECONDS_A_MILLION} s",
                reached=a_million <= MOST_SECONDS_A_MILLION,
            ),
            Row(
                "journeys with their ways and indexes, for 10 million fixes", f"{ten_million / 1e6:.0f} MB",
                reach=f"≤ {MOST_BYTES_OF_TEN_MILLION / 1e6:.0f} MB", reached=ten_million <= MOST_BYTES_OF_TEN_MILLION,
            ),
            Row(
                "deriving late hours again, 95th percentile", milliseconds(late), milliseconds(statistics.median(each)),
                "– (median)", f"≤ {milliseconds(MOST_SECONDS_A_DAY)}", late <= MOST_SECONDS_A_DAY,
            ),
            Row(
                "trials of late data that give what all at once gives", f"{sizes.trials - different} of {sizes.trials}",
                reach="all", reached=different == 0,
            ),
            Row(
                f"the same with {corrections:,} corrections, 95th percentile", milliseconds(late_corrected),
                milliseconds(statistics.median(each_corrected)), "– (median)", f"≤ {milliseconds(MOST_SECONDS_A_DAY)}",
                late_corrected <= MOST_SECONDS_A_DAY,
            ),
            Row(
                "trials of late data with corrections that give what all at once gives",
                f"{sizes.trials - different_corrected} of {sizes.trials}",
                reach="all", reached=different_corrected == 0,
            ),
        ],
        NOTES,
    )  # fmt: skip


def _fill(connection: Connection, count: int) -> None:
    _copy(connection, list(fixes(START, count, seed=11)))
    connection.execute(statement("mark_months_of_journeys"))
    connection.execute("VACUUM ANALYZE iot_personal_hub.locations")


def _copy(connection: Connection, some: list[Fix]) -> None:
    with connection.cursor().copy(statement("copy_fixes")) as copy:
        for fix in some:
            where = fix.latitude, fix.longitude
            copy.write_row((DEVICE, fix.at, *where, fix.at, fix.at, 1, b"", fix.accuracy_m, False, False, "{}"))


def derive(connection: Connection) -> float:
    """Derive journeys until none is stale; return the seconds that it took."""
    started = time.perf_counter()
    while _one(connection, "refresh_stale_journeys")["marks"]:
        pass
    return time.perf_counter() - started


def _trials(connection: Connection, count: int) -> tuple[int, list[float]]:
    """Return how many trials ended otherwise than the whole derivation, and how long each refresh took."""
    chance = random.Random(3)
    reach = _one(connection, "reach_of_fixes")
    connection.execute(statement("forget_kept_journeys"))
    connection.execute(statement("keep_journeys"))
    connection.execute(statement("create_late_fixes"))
    different, seconds = 0, []
    for _ in range(count):
        since = reach["since"] + (reach["until"] - reach["since"]) * chance.random()
        until = since + dt.timedelta(hours=chance.choice((0.2, 1, 3, 8, 24, 60)))
        given = {"since": since, "until": until, "share": chance.choice((0.3, 0.8, 1.0))}
        for change in ("take_late_fixes", "return_half_of_late_fixes", "return_late_fixes"):
            connection.execute(statement(change), given)
            connection.execute(statement("mark_journeys"), given)
            seconds.append(derive(connection))
        different += bool(_one(connection, "compare_journeys")["different"])
    return different, seconds


def _one(connection: Connection, name: str) -> DictRow:
    row = connection.execute(statement(name)).fetchone()
    if row is None:
        raise RuntimeError(f"{name} returned nothing")
    return row
