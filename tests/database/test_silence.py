"""How long a device may be silent, by its own rhythm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from dashboard_world import Owner, add_device, add_events, utc
from events import rows

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
END = utc(2026, 6, 10, 12)
SILENT_AFTER = "SELECT * FROM iot_personal_hub.silent_after(%s, %s)"


def reported(owner: Owner, times: Iterable[datetime]) -> timedelta:
    """Store events of those times, and return how long the device may be silent after them."""
    given = list(times)
    add_device(owner, 1, "sensor")
    add_events(owner, 1, [(at, {"climate": {"temperature_C": 20}}) for at in given])
    [row] = owner.execute(SILENT_AFTER, [[1], [max(given)]]).fetchall()
    found: timedelta = row["silent_after"]
    return found


def every(gap: timedelta, lasting: timedelta, until: datetime = END) -> list[datetime]:
    return [until - n * gap for n in range(int(lasting / gap) + 1)]


@pytest.mark.parametrize(
    ("gap", "lasting", "silent_after"),
    [
        (5 * MINUTE, 2 * DAY, 30 * MINUTE),
        (20 * MINUTE, 2 * DAY, HOUR),
        (HOUR, 7 * DAY, 3 * HOUR),
        (5 * HOUR, 6 * DAY, 15 * HOUR),
    ],
)
def test_a_regular_device_may_miss_two_reports_and_any_device_half_an_hour(
    owner: Owner, gap: timedelta, lasting: timedelta, silent_after: timedelta
) -> None:
    assert reported(owner, every(gap, lasting)) == silent_after


def test_nights_are_normal_for_what_reports_by_day_only(owner: Owner) -> None:
    days = [END - n * DAY for n in range(6)]
    assert reported(owner, [at for end in days for at in every(20 * MINUTE, 14 * HOUR, end)]) == 3 * 10 * HOUR


def test_a_day_without_power_makes_no_longer_silence_normal(owner: Owner) -> None:
    assert reported(owner, [at for at in every(30 * MINUTE, 7 * DAY) if not DAY < END - at < 2 * DAY]) == 1.5 * HOUR


def test_only_the_week_before_its_newest_event_counts(owner: Owner) -> None:
    before = every(6 * HOUR, 7 * DAY, END - 7 * DAY)
    assert reported(owner, before + every(HOUR, 7 * DAY - HOUR)) == 3 * HOUR


def test_a_new_device_has_a_day(owner: Owner) -> None:
    assert reported(owner, every(MINUTE, HOUR)) == DAY


def test_a_device_without_events_is_new_rather_than_silent(owner: Owner) -> None:
    add_device(owner, 1, "sensor")
    assert owner.execute(SILENT_AFTER, [[1], [None]]).fetchall() == []
    assert rows(owner, "SELECT * FROM iot_personal_hub.silent_after('{}', '{}')") == []
