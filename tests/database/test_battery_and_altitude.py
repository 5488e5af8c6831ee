"""Battery and altitude are metrics like any other; the tables that had them first show the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from events import Connection, add_device, refresh, rows, store
from upgrade_world import BEFORE_MASKING_IN_STEPS

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.catalogue import (
    ALTITUDE,
    BATTERY_CURRENT,
    BATTERY_LEVEL,
    BATTERY_TEMPERATURE,
    ChartDefinition,
)
from iot_hub.database import audiences
from iot_hub.database.migrations import migrate
from iot_hub.settings import Settings

NOON = datetime(2025, 8, 22, 12, tzinfo=UTC)
CHARTED = (BATTERY_LEVEL, BATTERY_TEMPERATURE, BATTERY_CURRENT, ALTITUDE)
METRICS = """
    SELECT metric, count, min, avg, max, sum, first, last FROM iot_personal_hub.agg_hourly_devices_metrics
    WHERE date_hour = %s AND metric IN ('battery.level', 'battery.temperature', 'battery.usage_current', 'location.altitude')
    ORDER BY metric
"""
BATTERY = "SELECT * FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details ORDER BY date_hour"
LOCATION = "SELECT * FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details ORDER BY date_hour"


@pytest.fixture(autouse=True)
def no_rows_of_another_test() -> Iterator[None]:
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def reading(value: float) -> dict[str, Any]:
    return {
        "battery": {"remaining_percent": value, "temperature_C": value / 2, "usage_current_mA": -value},
        "location": {"latitude": 52, "longitude": 21, "altitude_m": value + 100},
    }


def at(minutes: float) -> float:
    return (NOON + timedelta(minutes=minutes)).timestamp()


def day_average(settings: Settings, chart: ChartDefinition) -> float:
    day = {"device": 1, "since": NOON - timedelta(hours=12), "until": NOON + timedelta(hours=12)}
    where = audiences.owner(settings)
    [row] = data.fetch(where, chart.statement, **day, metric=chart.metric, step="day", zone="UTC")
    assert row["started"].date() == date(2025, 8, 22)
    return float(row["avg"])


def test_a_days_average_weighs_readings_and_not_hours(settings: Settings, owner: Connection) -> None:
    add_device(owner)
    store(owner, *((at(n), reading(90)) for n in range(9)), (at(70), reading(10)))
    refresh(owner)
    averages = {chart.metric: day_average(settings, chart) for chart in CHARTED}
    assert averages == {
        "battery.level": 82, "battery.temperature": 41, "battery.usage_current": -82, "location.altitude": 182,
    }  # fmt: skip


def test_the_older_tables_show_the_figures_of_the_metrics(owner: Connection) -> None:
    add_device(owner)
    store(owner, (at(0), reading(28.7)), (at(5), reading(28.8)), (at(10), {"battery": {"remaining_percent": 1}}))
    refresh(owner)
    [battery], [location] = rows(owner, BATTERY), rows(owner, LOCATION)
    for row in rows(owner, METRICS, NOON):
        column = {
            "level": "level",
            "temperature": "temperature",
            "usage_current": "usage_current_ma",
            "altitude": "altitude",
        }[row["metric"].split(".")[1]]
        table = location if column == "altitude" else battery
        assert [table[f"{column}_{value}"] for value in ("min", "avg", "max")] == [row["min"], row["avg"], row["max"]]
    assert battery["level_min"] == 1
    assert location["altitude_avg"] == 128.75


def test_an_hour_that_loses_its_last_value_loses_it_in_the_older_table_too(owner: Connection) -> None:
    add_device(owner)
    store(owner, (at(0), reading(50)), (at(60), reading(60)))
    refresh(owner)
    owner.execute(
        "UPDATE iot_personal_hub.raw_devices_properties SET properties = properties - 'battery' WHERE device_time = %s",
        [NOON],
    )
    owner.execute("SELECT iot_personal_hub.refresh_hours('2025-08-22', '2025-08-23')")
    assert [row["level_avg"] for row in rows(owner, BATTERY)] == [60]
    assert [row["metric"] for row in rows(owner, METRICS, NOON)] == ["location.altitude"]


def adopt(
    owner: Connection, hour: datetime, *, events: int | None, level: float, altitude: float | None = None
) -> None:
    """Put the rows that a first beta's database leaves of an hour without events."""
    owner.execute("INSERT INTO iot_personal_hub.private_hours VALUES (1, %s)", [hour])
    if events is not None:
        owner.execute(
            "INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_events_counter (device_id, date_hour, count_events)"
            " VALUES (1, %s, %s)",
            [hour, events],
        )
    owner.execute(
        "INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_battery_details"
        " (device_id, date_hour, level_min, level_avg, level_max) VALUES (1, %s, %s, %s, %s)",
        [hour, level - 1, level, level + 1],
    )
    owner.execute(
        "INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_location_details"
        " (device_id, date_hour, altitude_min, altitude_avg, altitude_max) VALUES (1, %s, %s, %s, %s)",
        [hour, altitude, altitude, altitude],
    )


def test_an_adopted_average_weighs_as_many_readings_as_its_hour_had_events(
    settings: Settings, owner: Connection
) -> None:
    add_device(owner)
    adopt(owner, NOON, events=3, level=40, altitude=7)
    adopt(owner, NOON + timedelta(hours=1), events=None, level=80)
    owner.execute("SELECT iot_personal_hub.adopt_averages()")
    store(owner, *((at(120 + n), {"battery": {"remaining_percent": 50}}) for n in range(4)))
    refresh(owner)
    assert day_average(settings, BATTERY_LEVEL) == (3 * 40 + 80 + 4 * 50) / 8
    before = rows(owner, BATTERY), rows(owner, METRICS, NOON)
    level = {
        "metric": "battery.level",
        "count": 3,
        "min": 39,
        "avg": 40,
        "max": 41,
        "sum": 120,
        "first": None,
        "last": None,
    }
    assert level in before[1]
    assert [row["metric"] for row in before[1]] == ["battery.level", "location.altitude"]
    # A refresh leaves them, however often.
    owner.execute("SELECT iot_personal_hub.refresh_hours('2025-08-22', '2025-08-23')")
    owner.execute("SELECT iot_personal_hub.adopt_averages()")
    assert [row["level_avg"] for row in rows(owner, BATTERY)] == [row["level_avg"] for row in before[0]]
    assert rows(owner, METRICS, NOON) == before[1]


def as_of_an_older_version(owner: Connection) -> None:
    """Take back what makes metrics of them, and the names of published rows since."""
    owner.execute(BEFORE_MASKING_IN_STEPS)
    owner.execute(
        "DELETE FROM public.iot_hub_migrations WHERE name LIKE '0024%' OR name LIKE '%mask_in_steps'"
        " OR name LIKE '%publish_journeys' OR name LIKE '%switch_published_stays' OR name = 'repeatable'"
    )
    owner.execute(
        "DELETE FROM iot_personal_hub.agg_hourly_devices_metrics WHERE metric ~ '^battery.(l|t|usage_current$)|^location.altitude$'"
    )
    owner.execute(
        "DELETE FROM iot_personal_hub.published_hourly_metrics WHERE metric ~ '^battery.(l|t|usage_current$)|^location.altitude$'"
    )
    owner.execute(
        "UPDATE iot_personal_hub.dim_properties SET name = array_to_string(path, '.'), rolled_up = false,"
        " shipped_rolled_up = false WHERE name ~ '^battery.(l|t|usage_current$)|^location.altitude$'"
    )
    owner.execute("DELETE FROM iot_personal_hub.stale_hours")


def test_an_upgrade_has_the_figures_at_once_and_counts_what_it_can(
    settings: Settings, owner: Connection, viewer: Connection
) -> None:
    add_device(owner)
    store(
        owner,
        *((at(n), reading(90)) for n in range(9)),
        (at(10), {"climate": {"temperature_C": 1}}),
        (at(70), reading(10)),
    )
    refresh(owner)
    published = "SELECT * FROM iot_hub_public.hourly_metrics WHERE metric = 'battery.level' ORDER BY date_hour"
    exact, shown = rows(owner, METRICS, NOON), rows(viewer, published)
    as_of_an_older_version(owner)
    # A day whose events are in the archive only.
    adopt_dropped = NOON - timedelta(days=1)
    owner.execute(
        "UPDATE iot_personal_hub.agg_hourly_devices_smartphone_battery_details SET date_hour = %s WHERE date_hour = %s",
        [adopt_dropped, NOON + timedelta(hours=1)],
    )
    owner.execute(
        "INSERT INTO iot_personal_hub.dropped_days VALUES (1, '2025-08-21', 2, decode(repeat('00', 16), 'hex'))"
    )

    assert "0024_roll_up_battery_and_altitude" in migrate(settings).applied
    at_once = {row["metric"]: row for row in rows(owner, METRICS, NOON)}
    assert (at_once["battery.level"]["avg"], at_once["battery.level"]["count"]) == (90, 10)
    assert [row["avg"] for row in rows(viewer, published)] == [row["avg"] for row in shown]
    refresh(owner)
    assert rows(owner, METRICS, NOON) == exact
    assert rows(viewer, published)[0] == shown[0]
    [dropped] = [row for row in rows(owner, METRICS, adopt_dropped) if row["metric"] == "battery.level"]
    assert (dropped["avg"], dropped["count"], dropped["first"]) == (10, 1, None)
    assert migrate(settings).applied == []


def test_who_rolled_a_level_up_under_a_name_of_their_own_keeps_its_figures(
    settings: Settings, owner: Connection
) -> None:
    add_device(owner)
    store(owner, *((at(n), reading(90)) for n in range(9)))
    refresh(owner)
    exact = rows(owner, METRICS, NOON)
    figures = (
        "UPDATE iot_personal_hub.agg_hourly_devices_metrics SET metric = 'my.charge' WHERE metric = 'battery.level'"
    )
    owner.execute(figures)
    as_of_an_older_version(owner)
    owner.execute(
        "UPDATE iot_personal_hub.dim_properties SET name = 'my.charge', rolled_up = true WHERE path = '{battery,remaining_percent}'"
    )
    owner.execute("INSERT INTO iot_personal_hub.dim_metrics VALUES ('location.altitude', 'ft', '{garden,altitude}')")
    migrate(settings)
    refresh(owner)
    assert rows(owner, METRICS, NOON) == exact
    names = {
        tuple(row["path"]): row["name"] for row in rows(owner, "SELECT name, path FROM iot_personal_hub.dim_properties")
    }
    assert names["battery", "remaining_percent"] == "battery.level"
    assert names["garden", "altitude"] == "garden.altitude"
    assert names["location", "altitude_m"] == "location.altitude"
