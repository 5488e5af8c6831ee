"""The rule by which hours are labelled: an hour, or the part of it that begins with the owner's day."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from events import Connection, rows
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

# Every minute of some days at which a local date can change, and the label that it gets.
LABELLED = """
    SELECT
        count(*) AS minutes,
        count(*) FILTER (WHERE (label.at AT TIME ZONE %(zone)s)::date <> (minute.at AT TIME ZONE %(zone)s)::date) AS of_another_day,
        count(*) FILTER (WHERE date_trunc('hour', label.at, 'UTC') <> date_trunc('hour', minute.at, 'UTC')) AS of_another_hour,
        count(*) FILTER (WHERE label.at > minute.at) AS ahead,
        count(*) FILTER (WHERE iot_personal_hub.hour_part(label.at, cuts.of_days) <> label.at) AS unstable
    FROM (SELECT iot_personal_hub.day_cuts(%(zone)s, %(since)s, %(until)s) AS of_days OFFSET 0) AS cuts
    CROSS JOIN generate_series(
        %(since)s, %(until)s - interval '1 microsecond', interval '1 minute') AS minute (at)
    CROSS JOIN LATERAL (SELECT iot_personal_hub.hour_part(minute.at, cuts.of_days)) AS label (at)
"""
CUTS = "SELECT iot_personal_hub.day_cuts(%s, %s, %s) AS cuts"

# Years of wars and of clocks of railways are before the first reading that a hub takes.
DAYS = st.dates(date(2000, 1, 2), date(2037, 12, 1))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@example("America/St_Johns", date(2008, 11, 2))
@example("America/St_Johns", date(2008, 3, 9))
@example("America/Goose_Bay", date(2008, 11, 2))
@example("America/Moncton", date(2005, 10, 30))
@example("Asia/Pyongyang", date(2015, 8, 14))
@example("Asia/Pyongyang", date(2018, 5, 4))
@example("Asia/Kathmandu", date(2026, 3, 29))
@example("Australia/Adelaide", date(2026, 4, 5))
@example("Australia/Adelaide", date(2026, 10, 4))
@example("Australia/Lord_Howe", date(2026, 4, 5))
@example("Australia/Lord_Howe", date(2026, 10, 4))
@example("America/Caracas", date(2007, 12, 9))
@example("America/Havana", date(2026, 11, 1))
@example("America/Sao_Paulo", date(2017, 10, 15))
@example("America/Sao_Paulo", date(2018, 2, 18))
@example("Pacific/Apia", date(2011, 12, 30))
@example("Pacific/Chatham", date(2026, 4, 5))
@example("Europe/Warsaw", date(2026, 10, 25))
@given(st.sampled_from(sorted(zoneinfo.available_timezones() - {"localtime"})), DAYS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_minute_is_labelled_within_its_hour_and_its_local_day(owner: Connection, zone: str, day: date) -> None:
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=26)
    [found] = owner.execute(LABELLED, {"zone": zone, "since": since, "until": since + timedelta(hours=52)})
    assert found == {"minutes": 52 * 60, "of_another_day": 0, "of_another_hour": 0, "ahead": 0, "unstable": 0}


@given(st.sampled_from(["Asia/Kolkata", "America/St_Johns", "America/Goose_Bay"]), DAYS, st.integers(0, 47))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_hour_has_the_same_cuts_in_whatever_range_it_is_refreshed(
    owner: Connection, zone: str, day: date, hours: int
) -> None:
    month = datetime(day.year, day.month, 1, tzinfo=UTC)
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours % 24)
    until = since + timedelta(hours=hours + 1)
    [whole] = rows(owner, CUTS, zone, month, month + timedelta(days=70))
    [part] = rows(owner, CUTS, zone, since, until)
    assert (part["cuts"] or []) == [cut for cut in whole["cuts"] or [] if since < cut < until]


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/Havana", "America/Sao_Paulo", "Pacific/Apia", "UTC"])
def test_a_zone_of_whole_hours_cuts_none(owner: Connection, zone: str) -> None:
    assert rows(owner, CUTS, zone, utc(2000, 1, 1), utc(2037, 1, 1)) == [{"cuts": None}]


def test_a_clock_that_is_put_back_over_midnight_cuts_three_times(owner: Connection) -> None:
    [row] = rows(owner, CUTS, "America/St_Johns", utc(2008, 11, 2), utc(2008, 11, 3))
    assert row["cuts"] == [utc(2008, 11, 2, 2, 30), utc(2008, 11, 2, 2, 31), utc(2008, 11, 2, 3, 30)]
