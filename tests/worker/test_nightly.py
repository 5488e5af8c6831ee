"""The night's work: once a night, made up for, and told of."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from waiting import wait_until

from iot_hub.worker.nightly_job import NightlyJob, next_run

WARSAW = ZoneInfo("Europe/Warsaw")
EVENING = datetime(2026, 3, 28, 20, 0, tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("after", "night"),
    [
        (EVENING, "2026-03-29T03:00:00+02:00"),  # the night in which the clocks go forward
        (datetime(2026, 10, 24, 20, 0, tzinfo=WARSAW), "2026-10-25T03:00:00+01:00"),  # and back
        (datetime(2026, 6, 1, 2, 59, tzinfo=WARSAW), "2026-06-01T03:00:00+02:00"),
        (datetime(2026, 6, 1, 3, 0, tzinfo=WARSAW), "2026-06-02T03:00:00+02:00"),
    ],
)
def test_night_is_when_the_owners_clock_shows_three(after: datetime, night: str) -> None:
    assert next_run(after).isoformat() == night


def run_at(stamp: Path, *moments: datetime, codes: tuple[str, ...] = ("pass",)) -> NightlyJob:
    nightly = NightlyJob(stamp, moments[0], [[sys.executable, "-c", each] for each in codes])
    for moment in moments[1:]:
        nightly.tick(moment)
    return nightly


def ended(nightly: NightlyJob, now: datetime) -> bool:
    nightly.tick(now)
    return not nightly.running


def test_a_night_that_was_missed_is_made_up_for_ten_minutes_after_the_start(tmp_path: Path) -> None:
    stamp = tmp_path / "archived"
    nightly = run_at(stamp, EVENING, EVENING + timedelta(minutes=9))
    assert not nightly.running
    nightly.tick(EVENING + timedelta(minutes=10))
    assert nightly.running
    wait_until(lambda: ended(nightly, EVENING + timedelta(minutes=11)))
    assert stamp.exists()


def test_after_a_success_it_waits_for_the_night(tmp_path: Path) -> None:
    stamp = tmp_path / "archived"
    stamp.touch()
    os.utime(stamp, (EVENING.timestamp() - 3600,) * 2)
    nightly = run_at(stamp, EVENING, EVENING + timedelta(hours=5))
    assert not nightly.running
    nightly.tick(EVENING + timedelta(hours=7))
    assert nightly.running
    nightly.stop()


def test_a_failure_leaves_no_stamp_and_is_tried_the_next_night(tmp_path: Path) -> None:
    stamp = tmp_path / "archived"
    nightly = run_at(stamp, EVENING, EVENING + timedelta(minutes=10), codes=("raise SystemExit('no store')",))
    wait_until(lambda: ended(nightly, EVENING + timedelta(minutes=11)))
    assert not stamp.exists()
    nightly.tick(EVENING + timedelta(hours=7))
    assert nightly.running
    nightly.stop()


def test_one_command_follows_the_other_and_none_a_failure(tmp_path: Path) -> None:
    told = tmp_path / "told"
    tell = f"open({str(told)!r}, 'a').write('x')"
    for fails, times in ((False, 2), (True, 1)):
        told.unlink(missing_ok=True)
        stamp = tmp_path / f"archived-{fails}"
        first = tell + ("; raise SystemExit(1)" if fails else "")
        nightly = run_at(stamp, EVENING, EVENING + timedelta(minutes=10), codes=(first, tell))
        wait_until(lambda nightly=nightly: ended(nightly, EVENING + timedelta(minutes=11)))  # type: ignore[misc]
        assert (told.read_text(), stamp.exists()) == ("x" * times, not fails)


def test_a_clock_that_was_years_ahead_does_not_put_the_next_night_off(tmp_path: Path) -> None:
    stamp = tmp_path / "archived"
    ahead = EVENING + timedelta(days=7000)
    nightly = run_at(stamp, EVENING, ahead)
    wait_until(lambda: ended(nightly, ahead))
    nightly.tick(EVENING)
    assert not nightly.running
    nightly.tick(EVENING + timedelta(hours=7))
    assert nightly.running
    nightly.stop()
