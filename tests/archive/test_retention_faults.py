"""Retention's faults: an archive that can't be read, a run that is killed, and the worker's job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date

import pytest
from archive_world import START, folder_hub, hub_settings, new_hub, objects, problems, reading, s3_url
from events import Connection, refresh, rows, store
from retention_world import archived_hub, count, drop, drop_old, keep
from waiting import wait_until

from iot_hub.archive.retention.restore_days import restore_days
from iot_hub.operations.doctor.checks import run_checks
from iot_hub.settings import Settings
from iot_hub.worker.restore_days_job import RestoreDaysJob

pytestmark = pytest.mark.slow

__all__ = ["folder_hub", "hub_settings", "new_hub", "s3_url"]


def test_while_the_archive_can_not_be_read_the_late_event_waits_and_it_is_told_once(
    folder_hub: Settings, owner: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    archived_hub(folder_hub, owner)
    drop_old(folder_hub, owner)
    store(owner, (START + 66, reading(5)))
    assert folder_hub.archive_folder
    path = folder_hub.archive_folder / objects(folder_hub)[0]
    whole = path.read_bytes()
    path.unlink()
    done = restore_days(folder_hub)
    assert done.days == 0 and path.name in done.problems[0] and "it is missing" in done.problems[0]
    refresh(owner)
    assert count(owner, "stale_hours") == 1
    owner.execute("UPDATE iot_personal_hub.stale_hours SET marked_at = now() - interval '1 hour'")
    found = run_checks(folder_hub)["retention"]
    assert (found.state, "1 deleted days are waiting" in found.message) == ("warning", True)
    worker = RestoreDaysJob([sys.executable, "-c", "raise SystemExit('iot-hub: the bucket is away')"])
    for _ in range(2):
        worker.tick(owner)
        wait_until(lambda: worker.tick(owner) or not worker.running)
    assert capsys.readouterr().out.count("the bucket is away") == 1
    path.write_bytes(whole)
    assert restore_days(folder_hub).days == 1
    refresh(owner)
    assert run_checks(folder_hub)["retention"].state == "ok"


def test_the_worker_restores_a_day(folder_hub: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(folder_hub).items():
        monkeypatch.setenv(name, value)
    archived_hub(folder_hub, owner)
    drop_old(folder_hub, owner)
    worker = RestoreDaysJob()
    worker.tick(owner)
    assert not worker.running
    store(owner, (START + 66, reading(5)))

    def settled() -> bool:
        worker.tick(owner)
        refresh(owner)
        return count(owner, "stale_hours") == 0 and not worker.running

    wait_until(settled, 60)
    assert count(owner, "dropped_days") == 2


def environment(hub_settings: Settings) -> dict[str, str]:
    assert hub_settings.database_url
    return {
        **os.environ, "IOT_HUB_HOME": str(hub_settings.home), "IOT_HUB_ARCHIVE_FOLDER": str(hub_settings.archive_folder),
        "IOT_HUB_DATABASE_URL": hub_settings.database_url.get_secret_value(), "IOT_HUB_TIME_ZONE": "Europe/Warsaw",
    }  # fmt: skip


def test_a_run_that_is_killed_leaves_each_day_here_or_there(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner, days=60)
    keep(owner)
    program = (
        "from datetime import date; from iot_hub.settings import settings;"
        " from iot_hub.archive.retention.run import run_retention; run_retention(settings(), date(2025, 12, 1))"
    )
    with subprocess.Popen([sys.executable, "-c", program], env=environment(folder_hub)) as run:
        wait_until(lambda: count(owner, "dropped_days") > 2 or run.poll() is not None)
        run.send_signal(signal.SIGKILL)
    held = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    wait_until(lambda: not rows(owner, held))
    assert 2 < count(owner, "dropped_days") < 59
    assert count(owner) == (60 - count(owner, "dropped_days")) * 144
    assert problems(folder_hub) == []


def test_a_clock_that_is_years_ahead_drops_nothing(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    keep(owner, 7)
    before = count(owner, "raw_devices_properties")
    done = drop(folder_hub, date(2036, 1, 1))
    assert (done.events, len(done.waiting)) == (0, 1)
    assert "is the clock right?" in done.waiting[0]
    assert count(owner, "raw_devices_properties") == before
    assert drop(folder_hub).events > 0
