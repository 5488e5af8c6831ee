"""The backup of the night: made where the owner wants it, after the archive, and never at the cost of events."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from backup_world import environment, hub_with_events, kept, make, refused, rewrite_manifest, run
from waiting import wait_until

from iot_hub.archive.backup.create import make_backup
from iot_hub.operations.doctor.checks import run_checks
from iot_hub.operations.doctor.finding import Finding
from iot_hub.settings import Settings
from iot_hub.worker.nightly import NightlySchedule, nightly_schedule
from iot_hub.worker.nightly_job import NightlyJob

pytestmark = pytest.mark.slow

MORE_THAN_ANY_DISK_HAS = 10**18


@pytest.fixture
def hub_settings(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    hub_settings = hub_with_events(settings, tmp_path)
    for name, value in environment(hub_settings).items():
        monkeypatch.setenv(name, value)
    return hub_settings


@pytest.fixture
def archived_today(hub_settings: Settings) -> datetime:
    """An evening of the owner's, when the night has nothing left to do but a backup."""
    evening = datetime(2026, 3, 28, 20, 0, tzinfo=hub_settings.zone)
    hub_settings.home.mkdir(exist_ok=True)
    (hub_settings.home / "archived").touch()
    os.utime(hub_settings.home / "archived", (evening.timestamp(),) * 2)
    return evening


def test_where_the_owner_wants_it_the_night_makes_a_backup_and_keeps_so_many(
    hub_settings: Settings, archived_today: datetime
) -> None:
    older = [make(hub_settings).name for _ in range(2)]
    night = nightly_schedule(hub_settings.model_copy(update={"nightly_backups": 2}), archived_today)

    def done() -> bool:
        night.tick(archived_today + timedelta(minutes=11))
        return not night.running

    wait_until(done, 60)
    assert (hub_settings.home / "backed-up").exists()
    names = kept(hub_settings).names()
    assert len(names) == 2
    assert names[0] == older[1]


def test_unless_the_owner_wants_it_the_night_makes_no_backup(hub_settings: Settings, archived_today: datetime) -> None:
    assert not hub_settings.nightly_backups
    night = nightly_schedule(hub_settings, archived_today)
    night.tick(archived_today + timedelta(minutes=11))
    assert not night.running


def test_the_jobs_of_a_night_run_one_after_the_other(tmp_path: Path) -> None:
    now = datetime(2026, 3, 28, 20, 0).astimezone()
    waits = [sys.executable, "-c", f"import pathlib\nwhile not pathlib.Path({str(tmp_path / 'go')!r}).exists(): pass"]
    first = NightlyJob(tmp_path / "first", now, [waits])
    second = NightlyJob(tmp_path / "second", now, [[sys.executable, "-c", "pass"]])
    night = NightlySchedule([first, second])
    due = now + timedelta(minutes=10)
    night.tick(due)
    night.tick(due)
    assert (first.running, second.running) == (True, False)
    (tmp_path / "go").touch()

    def done() -> bool:
        night.tick(due)
        return (tmp_path / "second").exists()

    wait_until(done)
    assert (first.running, second.running) == (False, False)
    night.stop()


def test_a_job_that_runs_keeps_an_earlier_one_from_starting(tmp_path: Path) -> None:
    now = datetime(2026, 3, 28, 20, 0).astimezone()
    endless = [sys.executable, "-c", "while True: pass"]
    first = NightlyJob(tmp_path / "first", now + timedelta(minutes=5), [endless])
    second = NightlyJob(tmp_path / "second", now, [endless])
    night = NightlySchedule([first, second])
    night.tick(now + timedelta(minutes=10))
    night.tick(now + timedelta(minutes=20))
    assert (first.running, second.running) == (False, True)
    night.stop()
    assert not second.running


def test_a_backup_that_leaves_too_little_room_is_not_made(hub_settings: Settings) -> None:
    with refused("are free in .* IOT_HUB_S3_ENDPOINT"):
        make_backup(hub_settings, 7, lambda _: None, MORE_THAN_ANY_DISK_HAS)
    assert kept(hub_settings).names() == []
    assert not (hub_settings.home / "backup-work").exists()
    told = run(hub_settings, "--leave-free", str(MORE_THAN_ANY_DISK_HAS // 1_000_000))
    assert (told.returncode, len(told.stderr.splitlines())) == (1, 1)
    assert run(hub_settings, "--leave-free", "1").returncode == 0


@pytest.mark.parametrize(
    ("nightly", "days", "state", "told"),
    [
        (7, 1, "ok", "old"),
        (7, 3, "warning", "worker.log"),
        (0, 3, "ok", "old"),
        (0, 8, "warning", "IOT_HUB_NIGHTLY_BACKUPS=7"),
    ],
)
def test_the_doctor_tells_of_nights_without_a_backup(
    hub_settings: Settings, nightly: int, days: int, state: str, told: str
) -> None:
    manifest = make(hub_settings)
    rewrite_manifest(hub_settings, manifest, made_at=manifest.made_at - timedelta(days=days))
    found: Finding = run_checks(hub_settings.model_copy(update={"nightly_backups": nightly}))["backup"]
    assert found.state == state
    assert told in f"{found.message} {found.advice}"
