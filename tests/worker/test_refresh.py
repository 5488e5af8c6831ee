"""Roll-ups: what a stale hour turns into."""

from __future__ import annotations

import pytest
from events import FIRST_BETA_PROPERTIES, Connection, add_device, refresh, rows, store

HOUR = 1755860400  # 2025-08-22 11:00 UTC

BATTERY = "SELECT * FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details ORDER BY date_hour"
LOCATION = "SELECT * FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details ORDER BY date_hour"
COUNTER = "SELECT * FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter ORDER BY date_hour"
METRICS = "SELECT * FROM iot_personal_hub.agg_hourly_devices_metrics ORDER BY metric, date_hour"


def battery(**values: object) -> dict[str, dict[str, object]]:
    return {"battery": values}


def test_decimals_are_averaged_as_decimals(owner: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, battery(temperature_C=28.7)), (HOUR + 60, battery(temperature_C=28.8)))
    refresh(owner)
    [row] = rows(owner, BATTERY)
    assert (row["temperature_min"], row["temperature_avg"], row["temperature_max"]) == (28.7, 28.75, 28.8)


def test_what_was_not_measured_is_null_and_an_hour_without_it_has_no_row(owner: Connection) -> None:
    add_device(owner)
    store(
        owner,
        (HOUR, battery(temperature_C=20, remaining_percent=None)),
        (HOUR + 3600, {"climate": {"temperature_C": 21}}),
    )
    refresh(owner)
    [row] = rows(owner, BATTERY)
    assert row["level_avg"] is None
    assert row["usage_current_ma_max"] is None
    assert [row["count_events"] for row in rows(owner, COUNTER)] == [1, 1]


@pytest.mark.parametrize("odd", [None, "nan", "unknown", "", [], {}, True, "1e999", "0x10", 1e300, "--5"])
def test_one_odd_value_stops_nothing(owner: Connection, odd: object) -> None:
    add_device(owner)
    store(owner, (HOUR, battery(temperature_C=odd)), (HOUR + 60, battery(temperature_C="21.5")))
    refresh(owner)
    [row] = rows(owner, BATTERY)
    assert row["temperature_avg"] == 21.5


def test_odd_containers_stop_nothing(owner: Connection) -> None:
    add_device(owner)
    store(
        owner,
        (HOUR, {"battery": "full", "location": [1, 2]}),
        (HOUR + 1, {"battery": [1], "location": {"latitude": 91, "longitude": 0}}),
        (HOUR + 2, {"location": {"latitude": 0, "longitude": 0}}),
    )
    refresh(owner)
    assert rows(owner, BATTERY) == []
    assert rows(owner, LOCATION) == []


def test_a_stale_fix_is_one_location_at_its_own_time(owner: Connection) -> None:
    add_device(owner)
    store(owner, *((HOUR + 60 * minute, FIRST_BETA_PROPERTIES) for minute in range(10)))
    refresh(owner)
    [row] = rows(owner, LOCATION)
    assert row["date_hour"].isoformat() == "2025-08-05T16:00:00+00:00"
    assert (row["altitude_avg"], row["latitude_avg"], row["longitude_avg"]) == (240, 52.23, 21.01)
    [location] = rows(owner, "SELECT * FROM iot_personal_hub.locations")
    assert location["location_time"].isoformat() == "2025-08-05T16:56:35.050000+00:00"
    assert location["last_reported"].timestamp() == HOUR + 540
    speed = [row for row in rows(owner, METRICS) if row["metric"] == "location.fix_speed_ms"]
    assert [row["count"] for row in speed] == [1]


def test_a_fix_ahead_of_its_event_counts_at_the_event(owner: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, {"location": {"latitude": 1, "longitude": 2, "fix_timestamp": HOUR + 86_401}}))
    refresh(owner)
    [row] = rows(owner, LOCATION)
    assert row["date_hour"].timestamp() == HOUR


def test_the_generic_roll_up_holds_count_sum_first_and_last(owner: Connection) -> None:
    add_device(owner)
    store(
        owner,
        *((HOUR + second, {"climate": {"temperature_C": value}}) for second, value in [(30, 3), (10, 1), (20, 5)]),
    )
    refresh(owner)
    [row] = rows(owner, METRICS)
    wanted = {
        "metric": "climate.temperature_C",
        "count": 3,
        "min": 1,
        "avg": 3,
        "max": 5,
        "sum": 9,
        "first": 1,
        "last": 3,
    }
    assert {key: row[key] for key in wanted} == wanted


def test_a_metric_added_to_the_catalogue_is_rolled_up_by_the_next_refresh(owner: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, {"garden": {"soil_moisture_percent": 31}}))
    refresh(owner)
    assert rows(owner, METRICS) == []
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_metrics VALUES ('garden.soil_moisture_percent', '%', '{garden,soil_moisture_percent}')"
    )
    owner.execute("SELECT iot_personal_hub.refresh_hours('2025-08-22', '2025-08-23')")
    assert [row["last"] for row in rows(owner, METRICS)] == [31]


def test_late_data_repairs_its_hour_however_old_it_is(owner: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, battery(remaining_percent=50)))
    refresh(owner)
    store(owner, (HOUR + 1, battery(remaining_percent=60)), (HOUR - 5 * 365 * 86_400, battery(remaining_percent=1)))
    refresh(owner)
    assert [row["level_avg"] for row in rows(owner, BATTERY)] == [1, 55]


def test_a_retry_makes_nothing_stale(owner: Connection) -> None:
    add_device(owner)
    assert store(owner, (HOUR, battery(remaining_percent=50))) == 1
    refresh(owner)
    assert store(owner, (HOUR, battery(remaining_percent=50))) == 0
    assert rows(owner, "SELECT * FROM iot_personal_hub.stale_hours") == []


def test_refresh_hours_refuses_an_empty_range(owner: Connection) -> None:
    with pytest.raises(Exception, match="from < to"):
        owner.execute("SELECT iot_personal_hub.refresh_hours('2025-01-02', '2025-01-01')")


def test_labels_of_the_seven_day_views_are_in_the_owners_zone(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    [now] = rows(owner, "SELECT date_part('epoch', date_trunc('hour', now())) AS hour")
    store(owner, (now["hour"], battery(remaining_percent=50)))
    refresh(owner)
    [row] = rows(viewer, "SELECT * FROM iot_personal_hub.view_devices_smartphone_battery_level")
    [label] = rows(
        owner, "SELECT to_char(date_trunc('hour', now()) AT TIME ZONE 'Europe/Warsaw', 'YYYY-MM-DD HH24:00') AS it"
    )
    assert row["device_timestamp"] == label["it"]
    assert row["level_avg"] == 50


def test_a_number_that_an_earlier_report_of_the_fix_lacks_is_taken_back(owner: Connection) -> None:
    add_device(owner)
    fix = {"latitude": 52.23, "longitude": 21.01, "fix_timestamp": HOUR}
    store(owner, (HOUR + 120, {"location": {**fix, "fix_accuracy_m": 5}}))
    refresh(owner)
    assert [row["metric"] for row in rows(owner, "SELECT metric FROM iot_personal_hub.agg_hourly_devices_metrics")]
    store(owner, (HOUR + 60, {"location": fix}))
    refresh(owner)
    assert rows(owner, "SELECT metric FROM iot_personal_hub.agg_hourly_devices_metrics") == []
