"""What counters count: by the hour, whatever order their readings came in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_test
from hypothesis import strategies as st
from roll_up_tables import forget, roll_ups

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings
from iot_hub.worker.rolled_up_numbers import add_number, remove_number

HOUR = 3600
START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
ROWS = """
    SELECT extract(epoch FROM date_hour)::bigint AS hour, increase, estimated, resets
    FROM iot_hub_owner.hourly_counters
    WHERE metric = 'energy.energy_Wh' ORDER BY date_hour
"""


def reading(hours: float, wh: object) -> tuple[float, dict[str, Any]]:
    return START + hours * HOUR, {"energy": {"energy_Wh": wh}}


def counted(owner: Connection, *readings: tuple[float, object]) -> list[tuple[int, float, float, int]]:
    """Store readings given as (hours since the start, Wh); return each hour, what it counted, of it estimated, resets."""
    store(owner, *[reading(*each) for each in readings])
    refresh(owner)
    return hours_of(owner)


def hours_of(owner: Connection) -> list[tuple[int, float, float, int]]:
    return [
        ((row["hour"] - START) // HOUR, float(row["increase"]), float(row["estimated"]), row["resets"])
        for row in rows(owner, ROWS)
    ]


@pytest.fixture
def meter(owner: Connection) -> Connection:
    add_device(owner, name="meter", type="sensor", published=False)
    return owner


def test_an_hour_counts_the_differences_between_its_readings(meter: Connection) -> None:
    assert counted(meter, (0.1, 1000), (0.5, 1100), (0.9, 1250.5)) == [(0, 250.5, 0, 0)]


def test_a_difference_across_the_hour_is_cut_in_proportion_to_time(meter: Connection) -> None:
    assert counted(meter, (0.75, 100), (1.25, 120)) == [(0, 10, 0, 0), (1, 10, 0, 0)]


def test_one_reading_counts_nothing_and_is_no_zero(meter: Connection) -> None:
    assert counted(meter, (0.5, 1000)) == []


def test_a_reset_counts_from_zero_and_is_never_a_minus(meter: Connection) -> None:
    assert counted(meter, (0.1, 1000), (0.2, 1010), (0.3, 4), (0.4, 10)) == [(0, 20, 0, 1)]


@pytest.mark.parametrize(
    "lower", [(0,), (0, 0), (0, 0, 0), (5, 3, 3), (1009,)], ids=["once", "twice", "three times", "falling", "a little"]
)
def test_a_glitch_down_and_back_counts_as_if_it_had_not_been_read(meter: Connection, lower: tuple[float, ...]) -> None:
    fallen = [(0.2 + n / 100, value) for n, value in enumerate(lower)]
    assert counted(meter, (0.1, 1010), *fallen, (0.4, 1020)) == [(0, 10, 0, 0)]


def test_a_counter_that_goes_on_from_a_lower_value_is_reset_even_if_it_gets_as_high_again(meter: Connection) -> None:
    assert counted(meter, (0.1, 100), (0.2, 0), (0.3, 50), (0.4, 120)) == [(0, 120, 0, 1)]


def test_four_zeros_are_a_reset(meter: Connection) -> None:
    zeros = [(0.2 + n / 100, 0) for n in range(4)]
    assert counted(meter, (0.1, 100), *zeros, (0.4, 120)) == [(0, 120, 0, 1)]


def test_a_dip_of_less_than_a_tenth_is_no_reset(meter: Connection) -> None:
    assert counted(meter, (0.1, 1000.2), (0.2, 1000.1), (0.3, 1000.15), (0.4, 1001.15)) == [(0, 1.05, 0, 0)]


def test_a_jump_up_is_counted_however_large(meter: Connection) -> None:
    assert counted(meter, (0.1, 10), (0.2, 10_000_010), (0.3, 10_000_020)) == [(0, 10_000_010, 0, 0)]


def test_a_gap_is_spread_over_its_hours_and_marked_as_estimated(meter: Connection) -> None:
    assert counted(meter, (0.5, 0), (3.5, 30)) == [(0, 5, 5, 0), (1, 10, 10, 0), (2, 10, 10, 0), (3, 5, 5, 0)]


def test_hourly_readings_are_no_estimates(meter: Connection) -> None:
    assert counted(meter, (0, 0), (1, 7), (2, 10)) == [(0, 7, 0, 0), (1, 3, 0, 0)]


def test_after_more_than_a_month_everything_is_counted_where_it_was_read(meter: Connection) -> None:
    assert counted(meter, (0.5, 0), (31 * 24 + 1, 30)) == [(31 * 24 + 1, 30, 30, 0)]


def test_what_is_no_number_is_no_reading(meter: Connection) -> None:
    assert counted(meter, (0.1, 5), (0.2, None), (0.3, "unknown"), (0.4, "nan"), (0.5, 7)) == [(0, 2, 0, 0)]


def test_export_is_counted_apart(meter: Connection) -> None:
    store(meter, *((START + n * 600, {"energy": {"energy_Wh": n * 10, "exported_Wh": n * 3}}) for n in range(4)))
    refresh(meter)
    assert rows(meter, "SELECT metric, unit, increase FROM iot_hub_owner.hourly_counters ORDER BY 1") == [
        {"metric": "energy.energy_Wh", "unit": "Wh", "increase": 30},
        {"metric": "energy.exported_Wh", "unit": "Wh", "increase": 9},
    ]


def test_a_late_reading_repairs_every_hour_between_its_neighbours(meter: Connection) -> None:
    assert counted(meter, (0, 0), (4, 40))[1] == (1, 10, 10, 0)
    assert counted(meter, (2, 36)) == [(0, 18, 18, 0), (1, 18, 18, 0), (2, 2, 2, 0), (3, 2, 2, 0)]


def test_the_next_reading_shows_that_a_reset_hours_ago_was_a_glitch(meter: Connection) -> None:
    assert counted(meter, (0.5, 1000), (2, 0))[-1] == (1, 0, 0, 1)
    assert counted(meter, (4.5, 1400)) == [(0, 50, 50, 0), *((n, 100, 100, 0) for n in (1, 2, 3)), (4, 50, 50, 0)]


@pytest.mark.parametrize(("month", "hours"), [(3, 23), (10, 25)])
def test_a_day_of_23_or_25_hours_counts_what_its_hours_do(meter: Connection, month: int, hours: int) -> None:
    """Europe's clocks change on 29 March and on 25 October 2026."""
    day = datetime(2026, month, {3: 29, 10: 25}[month], tzinfo=ZoneInfo("Europe/Warsaw"))
    store(meter, *((day.timestamp() + n * 600, {"energy": {"energy_Wh": n}}) for n in range(-6, 6 * 26)))
    refresh(meter)
    assert rows(
        meter,
        "SELECT sum(increase) AS increase, count(*) AS hours FROM iot_hub_owner.hourly_counters"
        " WHERE (date_hour AT TIME ZONE 'Europe/Warsaw')::date = %s",
        day.date(),
    ) == [{"increase": hours * 6, "hours": hours}]


def test_an_hour_that_midnight_cuts_is_two_and_another_zone_cuts_the_hours_of_a_gap(meter: Connection) -> None:
    """In India the day begins at 18:30 UTC."""
    zone = "UPDATE iot_personal_hub.hub_settings SET value = %s WHERE name = 'time_zone'"
    assert counted(meter, (16, 0), (20, 40))[-1] == (19, 10, 10, 0)
    meter.execute(zone, ["Asia/Kolkata"])
    refresh(meter)
    cut = "SELECT date_hour, increase FROM iot_hub_owner.hourly_counters WHERE date_hour >= %s ORDER BY 1 LIMIT 2"
    at = datetime(2026, 3, 2, 18, tzinfo=UTC)
    assert rows(meter, cut, at) == [
        {"date_hour": at, "increase": 5},
        {"date_hour": at + timedelta(minutes=30), "increase": 5},
    ]
    meter.execute(zone, ["Europe/Warsaw"])
    refresh(meter)
    assert rows(meter, cut, at)[0] == {"date_hour": at, "increase": 10}


def test_an_hour_after_a_dropped_day_goes_on_from_its_last_reading(meter: Connection) -> None:
    before = counted(meter, (23, 90), (23.5, 100), (24.25, 130), (24.75, 140))
    assert before == [(23, 30, 0, 0), (24, 20, 0, 0)]
    meter.execute("DELETE FROM iot_personal_hub.raw_devices_properties WHERE device_time < '2026-03-03 00:00Z'")
    meter.execute(
        "INSERT INTO iot_personal_hub.dropped_days (device_id, date, events, fingerprint)"
        " VALUES (1, '2026-03-02', 2, decode(repeat('00', 16), 'hex'))"
    )
    assert counted(meter, (24.5, 138)) == before


def test_a_number_of_the_owners_is_a_counter_once_the_owner_says_so(meter: Connection) -> None:
    garden = add_number(meter, ("garden", "pump_L"), name=None, unit="L").metric
    store(meter, *((START + n * 600, {"garden": {"pump_L": n}}) for n in range(4)))
    refresh(meter)
    assert rows(meter, "SELECT FROM iot_hub_owner.hourly_counters") == []
    meter.execute("UPDATE iot_personal_hub.dim_properties SET counter = true WHERE name = %s", [garden])
    meter.execute("SELECT iot_personal_hub.refresh_hours('2026-03-01', '2026-04-01')")
    assert rows(meter, "SELECT metric, increase FROM iot_hub_owner.hourly_counters") == [
        {"metric": "garden.pump_L", "increase": 3}
    ]
    remove_number(meter, garden)
    assert rows(meter, "SELECT FROM iot_hub_owner.hourly_counters") == []


def growth(values: list[Decimal]) -> Decimal:
    """Add up what a counter counted, reading by reading."""
    place, former, total = 0, None, Decimal(0)
    while place < len(values):
        value = values[place]
        if former is not None and value < former:
            for length in (1, 2, 3):
                run, after = values[place : place + length], values[place + length : place + length + 1]
                falls = all(b <= a < former for a, b in pairwise([*run, run[-1]]))
                if falls and after and after[0] >= former:
                    place += length
                    value = values[place]
                    break
        if former is not None:
            if value >= former:
                total += value - former
            elif value < Decimal("0.9") * former:
                total += value
        former = value
        place += 1
    return total


steps = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 3000), st.integers(1, 40 * HOUR), st.just(32 * 24 * HOUR)),
        st.one_of(st.sampled_from([0, 0, 50, 90.5, 95, 100, 100.1, 1000]), st.integers(0, 200)),
    ),
    min_size=2,
    max_size=12,
)


@pytest.mark.slow
@given(data=st.data(), given_steps=steps)
@settings_of_test(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_any_order_the_hours_add_up_to_what_was_counted_and_equal_a_full_recomputation(
    settings: Settings, data: st.DataObject, given_steps: list[tuple[int, float]]
) -> None:
    readings, at = [], 0
    for seconds, value in given_steps:
        at += seconds
        readings.append((at / HOUR, value))
    with connect(owner_conninfo(settings, "tests")) as owner:
        owner.execute("TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.dim_devices CASCADE")
        forget(owner)
        zone = data.draw(st.sampled_from(["Europe/Warsaw", "Asia/Kolkata"]))
        owner.execute("UPDATE iot_personal_hub.hub_settings SET value = %s WHERE name = 'time_zone'", [zone])
        add_device(owner, name="meter", type="sensor", published=False)
        for each in data.draw(st.permutations(readings)):
            store(owner, reading(*each))
            if data.draw(st.booleans()):
                owner.execute("SELECT iot_personal_hub.refresh_stale_hours(1)")
        refresh(owner)
        incremental = roll_ups(owner)
        [total] = rows(
            owner,
            "SELECT coalesce(sum(increase), 0) AS total, min(increase) AS least FROM iot_hub_owner.hourly_counters",
        )
        assert total["total"] == growth([Decimal(str(value)) for _, value in readings])
        assert total["least"] is None or total["least"] >= 0

        forget(owner)
        owner.execute("SELECT iot_personal_hub.refresh_hours('2026-01-01', '2029-01-01')")
        refresh(owner)
        assert incremental == roll_ups(owner)
