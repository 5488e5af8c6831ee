"""Who makes the roll-ups: one at a time, and never nobody."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from events import Connection, add_device, rows, store
from hub_server import running_api
from journey_world import DAY, put, stay
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.operations.doctor.database_checks import stale_hours
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding
from iot_hub.operations.doctor.roll_up_checks import maker
from iot_hub.settings import Settings

HOUR = 1755860400  # 2025-08-22 11:00 UTC
READING = {"battery": {"temperature_C": 20}}
AIRFLOW = "CALL iot_personal_hub.roll_up_stale_hours('airflow')"


def give_to(settings: Settings, scheduler: Any) -> Settings:
    given = settings.model_copy(update={"roll_ups_by": scheduler})
    migrate(given)
    return given


def maker_after(owner: Connection, silence: timedelta) -> str:
    [row] = rows(
        owner,
        "SELECT turn.maker FROM iot_personal_hub.roll_up_makers AS known"
        " CROSS JOIN LATERAL iot_personal_hub.roll_ups_by(known.ran_at + %s) AS turn",
        silence,
    )
    return str(row["maker"])


def stale(owner: Connection) -> int:
    [row] = rows(owner, "SELECT count(*) AS hours FROM iot_personal_hub.stale_hours")
    return int(row["hours"])


def be_silent(owner: Connection, silence: timedelta) -> None:
    owner.execute("UPDATE iot_personal_hub.roll_up_makers SET ran_at = now() - %s", (silence,))


def test_the_worker_has_the_roll_ups_until_the_owner_says_otherwise(owner: Connection) -> None:
    assert rows(owner, "SELECT given_to, maker FROM iot_personal_hub.roll_ups_by()") == [
        {"given_to": "worker", "maker": "worker"}
    ]


@pytest.mark.parametrize("scheduler", ["airflow", "pg_cron"])
def test_a_scheduler_has_them_until_it_is_silent_for_two_hours(
    settings: Settings, owner: Connection, scheduler: str
) -> None:
    give_to(settings, scheduler)
    assert maker_after(owner, timedelta(0)) == scheduler
    assert maker_after(owner, timedelta(hours=1, minutes=59)) == scheduler
    assert maker_after(owner, timedelta(hours=2, minutes=1)) == "worker"


def test_a_run_in_the_future_is_no_sign_of_life(settings: Settings, owner: Connection) -> None:
    give_to(settings, "airflow")
    assert maker_after(owner, -timedelta(days=1)) == "worker"


def test_who_gets_them_again_has_two_hours_to_begin(settings: Settings, owner: Connection) -> None:
    give_to(settings, "airflow")
    be_silent(owner, timedelta(days=30))
    give_to(settings, "airflow")
    assert [row["maker"] for row in rows(owner, "SELECT maker FROM iot_personal_hub.roll_ups_by()")] == ["worker"]
    give_to(settings, "worker")
    give_to(settings, "airflow")
    assert [row["maker"] for row in rows(owner, "SELECT maker FROM iot_personal_hub.roll_ups_by()")] == ["airflow"]


def test_who_was_not_given_them_is_refused_and_makes_none(settings: Settings, owner: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, READING))
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="is worker, not airflow"):
        owner.execute(AIRFLOW)
    give_to(settings, "pg_cron")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="is pg_cron, not airflow"):
        owner.execute(AIRFLOW)
    assert stale(owner) == 1


def test_a_schedulers_call_settles_everything_and_is_a_sign_of_life(settings: Settings, owner: Connection) -> None:
    give_to(settings, "airflow")
    be_silent(owner, timedelta(hours=3))
    add_device(owner)
    # More than fits into a batch.
    store(owner, *((HOUR + 3600 * number, READING) for number in range(310)))
    owner.execute(AIRFLOW)
    assert stale(owner) == 0
    assert maker_after(owner, timedelta(0)) == "airflow"
    [row] = rows(owner, "SELECT now() - ran_at AS age FROM iot_personal_hub.roll_up_makers")
    assert row["age"] < timedelta(minutes=5)


def test_a_schedulers_call_derives_the_journeys_and_cells_of_a_long_history(
    settings: Settings, owner: Connection
) -> None:
    give_to(settings, "airflow")
    add_device(owner)
    fixes = list(
        stay((52.2, 21.0), datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC), DAY / 4, Random(1))
    )
    put(owner, fixes)
    owner.execute("DELETE FROM iot_personal_hub.stale_journeys")
    # As a migration leaves it: more than is derived at once.
    owner.execute(
        "INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)"
        " SELECT 1, month, month + interval '27 days' FROM generate_series(%s, %s, interval '1 month') AS month",
        [fixes[0].at, fixes[-1].at],
    )
    owner.execute(AIRFLOW)
    for table in ("stale_journeys", "stale_map_cells"):
        assert rows(owner, f"SELECT FROM iot_personal_hub.{table}") == []
    months = "SELECT count(DISTINCT month) AS months FROM iot_personal_hub.map_cells"
    assert rows(owner, months) == [{"months": 12}]


def test_a_hub_restored_without_its_schedulers_last_run_is_the_workers_until_it_calls(
    settings: Settings, owner: Connection
) -> None:
    give_to(settings, "airflow")
    owner.execute("DELETE FROM iot_personal_hub.roll_up_makers")
    assert [row["maker"] for row in rows(owner, "SELECT maker FROM iot_personal_hub.roll_ups_by()")] == ["worker"]
    owner.execute(AIRFLOW)
    assert [row["maker"] for row in rows(owner, "SELECT maker FROM iot_personal_hub.roll_ups_by()")] == ["airflow"]


@contextlib.contextmanager
def running_worker(settings: Settings, home: Path) -> Iterator[Path]:
    """A real worker; its log."""
    assert settings.database_url
    log = home / "worker.log"
    environment = {
        **os.environ,
        "IOT_HUB_HOME": str(home),
        "IOT_HUB_DATABASE_URL": settings.database_url.get_secret_value(),
    }
    # Its night has been: no archive is made here.
    (home / "archived").touch()
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "iot_hub", "worker"], env=environment, stdout=output, stderr=output
        ) as worker,
    ):
        try:
            yield log
        finally:
            worker.terminate()


def told(log: Path, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def worker_asked_since_the_mark(owner: Connection) -> bool:
    """Whether the worker has gone through a pass that began after the only mark was made."""
    return bool(
        rows(
            owner,
            "SELECT FROM pg_stat_activity AS activity CROSS JOIN iot_personal_hub.stale_hours AS mark"
            " WHERE activity.datname = current_database() AND activity.application_name = 'iot-hub worker'"
            # It passes twice a second.
            " AND activity.query_start > mark.marked_at + interval '1.2 seconds'",
        )
    )


@pytest.mark.slow
def test_the_worker_leaves_the_hours_alone_stands_in_and_hands_back(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    give_to(settings, "airflow")
    add_device(owner)
    with running_worker(settings, tmp_path) as log:
        wait_until(lambda: told(log, "roll_ups_handed_over"))
        store(owner, (HOUR, READING))
        wait_until(lambda: worker_asked_since_the_mark(owner))
        assert stale(owner) == 1

        be_silent(owner, timedelta(hours=2, minutes=1))
        wait_until(lambda: stale(owner) == 0)
        [taken] = told(log, "roll_ups_taken_over")
        assert taken["silent"] == "airflow"

        owner.execute(AIRFLOW)
        wait_until(lambda: len(told(log, "roll_ups_handed_over")) == 2)
        store(owner, (HOUR + 1, READING))
        wait_until(lambda: worker_asked_since_the_mark(owner))
        assert stale(owner) == 1


def look(settings: Settings, owner: Connection) -> Finding:
    return maker(DiagnosticContext(settings, owner))


def test_the_doctor_tells_who_makes_them(settings: Settings, owner: Connection) -> None:
    assert look(settings, owner).message == "The worker refreshes the roll-ups."
    given = give_to(settings, "airflow")
    found = look(given, owner)
    assert (found.state, "Airflow refreshes the roll-ups" in found.message) == ("ok", True)

    be_silent(owner, timedelta(hours=3))
    found = look(given, owner)
    assert (found.state, "has not run for 3 hours, so the worker" in found.message) == ("warning", True)
    assert "IOT_HUB_ROLL_UPS_BY" in found.advice

    owner.execute("DELETE FROM iot_personal_hub.roll_up_makers")
    assert "has never run" in look(given, owner).message


def test_the_doctor_sees_that_setting_and_database_disagree(settings: Settings, owner: Connection) -> None:
    give_to(settings, "airflow")
    found = look(settings, owner)
    assert (found.state, found.message) == (
        "warning",
        "The roll-ups are assigned to airflow, but IOT_HUB_ROLL_UPS_BY is worker.",
    )


@pytest.mark.parametrize(("age", "state"), [(3500, "ok"), (7600, "warning"), (12_000, "problem")])
def test_hours_may_wait_for_a_schedulers_next_run(settings: Settings, owner: Connection, age: int, state: str) -> None:
    given = give_to(settings, "airflow")
    add_device(owner)
    store(owner, (HOUR, READING))
    owner.execute("UPDATE iot_personal_hub.stale_hours SET marked_at = now() - make_interval(secs => %s)", (age,))
    found = stale_hours(DiagnosticContext(given, owner))
    assert (found.state, "worker" in found.advice) == (state, False)


@pytest.mark.hub
def test_metrics_tell_that_the_worker_stands_in(settings: Settings, owner: Connection) -> None:
    give_to(settings, "airflow")
    with running_api(settings) as api:
        assert "iot_hub_roll_ups_scheduled 1.0" in api.get("/metrics").text
        be_silent(owner, timedelta(hours=3))
        told = api.get("/metrics").text
        assert "iot_hub_roll_ups_scheduled 0.0" in told
        assert "iot_hub_roll_ups_taken_over 1.0" in told


def test_recomputing_a_range_and_settling_hours_do_not_wait_for_each_other(
    settings: Settings, owner: Connection
) -> None:
    where = owner_conninfo(settings, "tests")
    for device_id in (1, 2):
        add_device(owner, device_id, f"phone {device_id}")
        store(owner, (HOUR, READING), device_id=device_id)
    failures: list[psycopg.Error] = []

    def call(statement: str) -> None:
        try:
            with connect(where) as connection:
                connection.execute(statement)  # type: ignore[arg-type]
        except psycopg.Error as error:
            failures.append(error)

    def waiting() -> int:
        [row] = rows(owner, "SELECT count(*) AS ones FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return int(row["ones"])

    calls = [
        threading.Thread(target=call, args=["SELECT iot_personal_hub.refresh_hours('2025-08-01', '2025-09-01')"]),
        threading.Thread(target=call, args=["SELECT iot_personal_hub.refresh_stale_hours()"]),
    ]
    with connect(where) as holder, holder.transaction():
        holder.execute("SELECT pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), 1)")
        for number, one in enumerate(calls, start=1):
            one.start()
            wait_until(lambda number=number: waiting() == number)
    for one in calls:
        one.join()
    assert failures == []
    assert stale(owner) == 0


def test_the_viewer_may_not_call_what_schedulers_call(settings: Settings, viewer: Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for procedure"):
        viewer.execute(AIRFLOW)
