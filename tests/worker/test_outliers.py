"""Outliers: kept as they came, marked by one rule, and left out of tracks and roll-ups."""

from __future__ import annotations

import pytest
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

HOUR = 1755860400  # 2025-08-22 11:00 UTC
MARKS = "SELECT latitude, outlier FROM iot_personal_hub.locations ORDER BY location_time, latitude"
HOURLY = "SELECT * FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details ORDER BY date_hour"
METRICS = "SELECT metric, date_hour, count, avg FROM iot_personal_hub.agg_hourly_devices_metrics ORDER BY 1, 2"
TRACK = "SELECT latitude FROM iot_hub_owner.locations ORDER BY location_time"
PUBLISHED = "SELECT latitude FROM iot_personal_hub.published_locations ORDER BY location_time"
TABLES = [
    f"iot_personal_hub.{name}"
    for name in (
        "raw_devices_properties", "locations", "agg_hourly_devices_metrics",
        "agg_hourly_devices_smartphone_location_details", "agg_hourly_devices_smartphone_events_counter",
    )
]  # fmt: skip
FAR, NEAR = 45.0, 52.23


def fix(minute: float, latitude: float = NEAR, **more: object) -> tuple[float, dict[str, object]]:
    location = {"latitude": latitude, "longitude": 21.01, "altitude_m": 100, **more}
    return HOUR + 60 * minute, {"location": location}


def marks(owner: Connection) -> list[str | None]:
    return [row["outlier"] for row in rows(owner, MARKS)]


def test_a_fix_that_is_right_to_ten_kilometres_is_kept_and_counts_nowhere(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(0), fix(1, 52.3, fix_accuracy_m=10_000, altitude_m=900), fix(2))
    refresh(owner)
    assert marks(owner) == [None, "accuracy", None]
    assert [row["latitude"] for row in rows(owner, TRACK)] == [NEAR, NEAR]
    assert [row["latitude"] for row in rows(owner, PUBLISHED)] == [NEAR, NEAR]
    [hourly] = rows(owner, HOURLY)
    assert (hourly["altitude_max"], hourly["latitude_max"]) == (100, NEAR)
    assert [row for row in rows(owner, METRICS) if row["metric"] == "location.fix_accuracy_m"] == []
    assert len(rows(owner, "SELECT FROM iot_personal_hub.raw_devices_properties")) == 3


@pytest.mark.parametrize("wrong", [1, 2, 3])
def test_up_to_three_fixes_in_a_row_that_nothing_could_have_reached_are_no_way(owner: Connection, wrong: int) -> None:
    add_device(owner)
    store(owner, fix(0), fix(1), *(fix(2 + n, FAR) for n in range(wrong)), fix(2 + wrong), fix(3 + wrong))
    refresh(owner)
    assert marks(owner) == [None, None, *["speed"] * wrong, None, None]
    assert {row["latitude"] for row in rows(owner, TRACK)} == {NEAR}


def test_a_journey_is_no_outlier(owner: Connection) -> None:
    add_device(owner)
    # Off over the Alps, for an hour: 800 km at 220 m/s. And four fixes there are a stay.
    store(owner, fix(0), fix(1), fix(62, FAR), fix(63, FAR), fix(64, FAR), fix(65, FAR), fix(130))
    refresh(owner)
    assert marks(owner) == [None] * 7


def test_a_long_stay_elsewhere_is_believed_however_it_was_reached(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(0), fix(1), *(fix(2 + n, FAR) for n in range(4)), fix(6), fix(7))
    refresh(owner)
    assert marks(owner) == [None] * 8


def test_the_newest_fix_is_judged_once_another_follows(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(58), fix(59, FAR))
    refresh(owner)
    assert marks(owner) == [None, None]
    # In the next hour: the one before is made anew for it.
    store(owner, fix(61))
    refresh(owner)
    assert marks(owner) == [None, "speed", None]
    assert [row["latitude_min"] for row in rows(owner, HOURLY)] == [NEAR, NEAR]


def test_the_first_fix_of_an_hour_judges_the_last_three_of_the_one_before(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(55), fix(56), fix(57, FAR), fix(58, FAR), fix(59, FAR))
    refresh(owner)
    assert marks(owner) == [None] * 5
    store(owner, fix(61))
    refresh(owner)
    assert marks(owner) == [None, None, "speed", "speed", "speed", None]
    assert {row["latitude_min"] for row in rows(owner, HOURLY)} == {NEAR}


def test_a_late_fix_shows_up_what_seemed_possible(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(0), fix(30, 50.0), fix(31))
    refresh(owner)
    assert marks(owner) == [None, None, None]  # 248 km in half an hour are possible.
    store(owner, fix(29))
    refresh(owner)
    assert marks(owner) == [None, None, "speed", None]


def test_an_hour_of_nothing_but_outliers_has_no_position(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(59), fix(90, 30.0))
    refresh(owner)
    assert [row["latitude_max"] for row in rows(owner, HOURLY)] == [NEAR, 30.0]
    store(owner, fix(121))
    refresh(owner)
    assert [row["date_hour"].hour for row in rows(owner, HOURLY)] == [11, 13]
    assert {row["date_hour"].hour for row in rows(owner, METRICS)} <= {11, 13}


@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([NEAR, NEAR, NEAR, NEAR + 0.01, FAR, 50.0]), st.booleans()),
        min_size=1, max_size=25, unique_by=lambda step: step[0],
    ),
    order=st.randoms(use_true_random=False),
)  # fmt: skip
def test_the_order_of_arrival_leaves_no_trace(
    owner: Connection, steps: list[tuple[int, float, bool]], order: object
) -> None:
    owner.execute(f"TRUNCATE {', '.join(TABLES)}")
    owner.execute("DELETE FROM iot_personal_hub.dim_devices")
    for device_id in (1, 2):
        add_device(owner, device_id, f"phone {device_id}")
    fixes = [fix(5 * at, latitude, fix_accuracy_m=6000 if coarse else 10) for at, latitude, coarse in sorted(steps)]
    store(owner, *fixes, device_id=1)
    refresh(owner)
    order.shuffle(fixes)  # type: ignore[attr-defined]
    for one in fixes:
        store(owner, one, device_id=2)
        refresh(owner)
    kept = (
        "SELECT location_time, latitude, outlier FROM iot_personal_hub.locations WHERE device_id = %s ORDER BY 1, 2",
        "SELECT date_hour, latitude_min, latitude_avg, latitude_max, altitude_avg"
        " FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details WHERE device_id = %s ORDER BY 1",
        "SELECT metric, date_hour, count, avg, first, last"
        " FROM iot_personal_hub.agg_hourly_devices_metrics WHERE device_id = %s ORDER BY 1, 2",
    )
    for statement in kept:
        assert rows(owner, statement, 1) == rows(owner, statement, 2)
