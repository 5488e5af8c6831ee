"""Has Airflow backfill days of roll-ups by the three hourly DAGs, and compares them with the worker's.

Run by hand, after ``make test`` has made Airflow's environment: .venv/bin/python benchmarks/airflow_backfill.py
[--days 30]. Airflow's own runner makes the runs one after the other, in one process, without the pauses of
a scheduler. The exit status is 1 if any row of any roll-up table differs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from generated import History, database_with
from hub_under_test import owner, running_database
from progress import say
from psycopg.rows import DictRow

from iot_hub.settings import Settings
from iot_hub.worker.worker import run_once

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from airflow_world import BATTERY, COUNTER, LOCATION, run_dags
from roll_up_tables import forget, roll_ups

END = dt.datetime(2025, 11, 9, tzinfo=dt.UTC)
"""Two weeks after Europe's clocks went back."""
STEP = dt.timedelta(minutes=5)
DEVICES = 2


def main() -> int:
    """Measure, and say whether all rows are equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    days = parser.parse_args().days
    history = History(DEVICES, DEVICES * (dt.timedelta(days=days) // STEP), STEP, END)
    with running_database() as settings, database_with(settings, "backfill", history) as hub, owner(hub) as connection:
        return _compare(hub, connection, days)


def _compare(hub: Settings, connection: psycopg.Connection[DictRow], days: int) -> int:
    connection.execute(
        "INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)"
        " SELECT DISTINCT device_id, date_trunc('hour', device_time, 'UTC')"
        " FROM iot_personal_hub.raw_devices_properties"
    )
    started = time.monotonic()
    while run_once(connection).marks:
        pass
    say(f"the worker made {days} days in {time.monotonic() - started:.1f} s")
    the_workers = roll_ups(connection)
    forget(connection)

    hours = [(END - dt.timedelta(hours=number)).isoformat() for number in range(24 * days, 0, -1)]
    runs = [(dag, "backfill", hour) for hour, dag in itertools.product(hours, (BATTERY, COUNTER, LOCATION))]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        states = run_dags(Path(home), hub, runs)
    say(f"Airflow made {len(runs)} runs in {time.monotonic() - started:.0f} s; {states.count('success')} succeeded")
    airflows = roll_ups(connection)
    for table, rows in the_workers.items():
        say(f"{table}: {len(rows)} rows, {'equal' if airflows[table] == rows else 'DIFFERENT'}")
    return 0 if airflows == the_workers and set(states) == {"success"} else 1


if __name__ == "__main__":
    sys.exit(main())
