"""The published map of a month: as the viewer, with twenty private areas, in a large table."""

from __future__ import annotations

import datetime as dt
import statistics
import time

import psycopg
from generated import History, database_with, publish
from hub_under_test import owner, running_database
from measured import Measured
from progress import say
from psycopg.rows import DictRow
from report import Row, milliseconds
from statements import statement

from iot_hub.dashboard.readings import MAX_POSITIONS
from iot_hub.database.audiences import public
from iot_hub.database.connections import connect
from iot_hub.database.queries import query
from iot_hub.settings import Settings

END = dt.datetime(2026, 11, 1, 0, 0, 30, tzinfo=dt.UTC)
DEVICES = 10
AREAS = 20
MONTH = dt.timedelta(days=30)
MOST_SECONDS = 0.020
REPETITIONS = 50
NOTES = [
    "Published map: ten devices with an event and a new fix a minute, all day, scattered over 90 by 60 km, so that a"
    " month is 43,200 fixes; 20 areas among them. Timed is the dashboard's own statement, as iot_hub_viewer, thinned"
    " to what a map shows, rows fetched, on a warm connection."
    " Re-masking: an area is added among those fixes, and worked off.",
]


def measure(*, quick: bool) -> Measured:
    """Measure the map's statement, and how long a new area takes to hide the month."""
    events = 300_000 if quick else 10_000_000
    history = History(DEVICES, events, dt.timedelta(minutes=1), END)
    with running_database() as settings, database_with(settings, "map", history) as own:
        _roll_up(own)
        say("publishing the month …")
        published = publish(own)
        remasked = _hide(own)
        republished = publish(own)
        seconds, fixes, shown = _ask(own)
    return Measured(
        [
            _row(
                f"published map of 30 days, {fixes:,} fixes, {shown:,} shown, {events:,} events", seconds, MOST_SECONDS
            ),
            _row(f"the same published, {DEVICES} devices", published, None),
            _row(f"an area added to a month of {DEVICES} published devices", remasked, None),
            _row("the rest published again", republished, None),
        ],
        NOTES,
    )


def _roll_up(settings: Settings) -> None:
    with owner(settings) as connection:
        say("rolling up the month …")
        connection.execute(statement("refresh_hours"), {"from": END - MONTH, "to": END})
        connection.execute(statement("add_areas"), {"areas": AREAS - 1})
        connection.execute(statement("work_off_masking"))


def _hide(settings: Settings) -> float:
    with owner(settings) as connection:
        connection.execute("VACUUM ANALYZE")
        started = time.perf_counter()
        connection.execute(statement("add_area"))
        connection.execute(statement("work_off_masking"))
        return time.perf_counter() - started


def _ask(settings: Settings) -> tuple[float, int, int]:
    audience = public(settings)
    asked = {"device": 3, "since": END - MONTH, "until": END, "gap": dt.timedelta(minutes=15), "most": MAX_POSITIONS}
    with connect(audience.conninfo) as viewer:
        times = [_timed(viewer, asked) for _ in range(REPETITIONS)]
        rows = viewer.execute(query("dashboard_track"), asked).fetchall()
    return statistics.median(times[5:]), int(rows[0]["total"]), len(rows)


def _timed(viewer: psycopg.Connection[DictRow], asked: dict[str, object]) -> float:
    started = time.perf_counter()
    viewer.execute(query("dashboard_track"), asked).fetchall()
    return time.perf_counter() - started


def _row(work: str, seconds: float, most: float | None) -> Row:
    if most is None:
        return Row(work, milliseconds(seconds))
    return Row(work, milliseconds(seconds), reach=f"≤ {milliseconds(most)}", reached=seconds <= most)
