"""Late events of dropped days: the days come back from the archive, and every figure is right."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from archive_world import DAY, START, folder_hub, hub_settings, new_hub, problems, reading, s3_url
from events import Connection, refresh, rows, store
from retention_world import TODAY, archived_hub, count, dates_kept, drop, drop_old, keep, lasting
from waiting import wait_until

from iot_hub.archive.days import Day
from iot_hub.archive.object_store import object_store
from iot_hub.archive.retention.expire import DayWaitsError, expire_day
from iot_hub.archive.retention.restore_days import restore_days
from iot_hub.archive.run import run_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

__all__ = ["folder_hub", "hub_settings", "new_hub", "s3_url"]

DERIVED = (
    "locations", "agg_hourly_devices_smartphone_events_counter",
    "agg_hourly_devices_smartphone_battery_details", "agg_hourly_devices_smartphone_location_details",
    "agg_hourly_devices_metrics",
)  # fmt: skip


def recomputed(hub_settings: Settings, owner: Connection) -> dict[str, list[Any]]:
    """What a full computation makes of the events that are there now. Leaves no trace."""
    with owner.transaction(force_rollback=True):
        for table in DERIVED:
            owner.execute(f"TRUNCATE iot_personal_hub.{table}")  # type: ignore[arg-type]
        owner.execute(query("refresh_hours"), {"since": "2025-08-01", "until": "2025-10-01"})
        return derived(owner)


def derived(owner: Connection) -> dict[str, list[Any]]:
    ignored = {"created_at", "updated_at", "event_id"}
    return {
        table: sorted(
            str({name: value for name, value in row.items() if name not in ignored})
            for row in rows(owner, f"SELECT * FROM iot_personal_hub.{table}")
        )
        for table in DERIVED
    }


def test_a_late_event_is_counted_with_the_dropped_ones(hub_settings: Settings, owner: Connection) -> None:
    archived_hub(hub_settings, owner)
    before = sorted(map(str, rows(owner, "SELECT * FROM iot_personal_hub.raw_devices_properties")))
    drop_old(hub_settings, owner)
    late = (START + 65, reading(70))
    assert store(owner, late) == 1
    refresh(owner)
    # The day's figures stay those of all its events, and wait.
    assert rows(owner, "SELECT count_events FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter"
                       " ORDER BY date_hour LIMIT 1") == [{"count_events": 6}]  # fmt: skip
    done = restore_days(hub_settings)
    assert (done.days, done.events, done.problems) == (1, 144, [])
    refresh(owner)
    assert count(owner, "stale_hours") == 0
    assert rows(owner, "SELECT count_events FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter"
                       " ORDER BY date_hour LIMIT 1") == [{"count_events": 7}]  # fmt: skip
    after = rows(owner, "SELECT * FROM iot_personal_hub.raw_devices_properties WHERE device_time < '2025-08-23'"
                        " AND device_time <> to_timestamp(%s)", late[0])  # fmt: skip
    assert set(map(str, after)) < set(before)
    with_late = lasting(hub_settings)
    run_archive(hub_settings)
    assert problems(hub_settings) == []
    assert drop(hub_settings).events == 145
    assert dates_kept(owner) == ["2025-08-25"]
    assert problems(hub_settings) == []
    with_late["archive_objects"] = lasting(hub_settings)["archive_objects"]
    assert lasting(hub_settings) == with_late


def test_whatever_comes_late_the_figures_are_those_of_all_events(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    drop_old(folder_hub, owner)
    # New, known, in two days, and a fix of a third one.
    far = reading(3)
    far["location"]["fix_timestamp"] = START + 2 * DAY + 30
    store(owner, (START + 66, reading(5)), (START + 0.25, reading(0)), (START + DAY + 66, far))
    for _ in range(3):
        refresh(owner)
        restore_days(folder_hub)
    refresh(owner)
    assert count(owner, "dropped_days") == 0
    assert count(owner, "stale_hours") == 0
    assert derived(owner) == recomputed(folder_hub, owner)


def test_a_dropped_event_that_is_sent_again_is_there_once(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    before = lasting(folder_hub)
    drop_old(folder_hub, owner)
    assert store(owner, (START + 0.25, reading(0))) == 1
    assert restore_days(folder_hub).events == 144
    refresh(owner)
    assert count(owner) == 2 * 144
    assert lasting(folder_hub) == before
    assert run_archive(folder_hub).objects == 0
    assert problems(folder_hub) == []
    assert drop(folder_hub).events == 144
    assert problems(folder_hub) == []


def test_a_late_event_of_a_dropped_day_is_archived_though_the_day_is_not_back(
    folder_hub: Settings, owner: Connection
) -> None:
    archived_hub(folder_hub, owner)
    drop_old(folder_hub, owner)
    store(owner, (START + 66, reading(5)))
    assert run_archive(folder_hub).events == 1
    assert problems(folder_hub) == []
    # Its roll-ups wait, so it is not dropped uncounted.
    assert drop(folder_hub).events == 0


def test_refreshing_a_range_leaves_dropped_days_as_they_are(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    owner.execute("DELETE FROM iot_personal_hub.agg_hourly_devices_metrics WHERE date_hour >= '2025-08-25'")
    keep(owner, 7, family="battery")
    store(owner, (START + 66, {"battery": {"temperature_C": 31.5}}))
    refresh(owner)
    run_archive(folder_hub)
    drop(folder_hub)
    assert count(owner, "dropped_days") == 1
    before = derived(owner)
    store(owner, (START + 67, {"battery": {"temperature_C": 91.5}}))
    owner.execute(query("refresh_hours"), {"since": "2025-08-01", "until": "2025-10-01"})
    after = derived(owner)
    assert {name for name in before if before[name] != after[name]} == {"agg_hourly_devices_metrics"}
    hourly = "SELECT max(temperature_max) AS t FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details"
    assert rows(owner, hourly) == [{"t": 31.5}]
    assert count(owner, "stale_hours") == 1
    restore_days(folder_hub)
    refresh(owner)
    assert rows(owner, hourly) == [{"t": 91.5}]


def test_a_refresh_that_waited_for_a_drop_leaves_the_mark(folder_hub: Settings, owner: Connection) -> None:
    """The refresh has claimed its hour before the day is dropped, and goes on after it."""
    archived_hub(folder_hub, owner)
    keep(owner)
    before = derived(owner)
    with (
        connect(owner_conninfo(folder_hub, "tests")) as dropping,
        connect(owner_conninfo(folder_hub, "tests")) as other,
    ):
        with dropping.transaction():
            dropping.execute(query("lock_refresh"), {"device_id": 1})
            dropping.execute("DELETE FROM iot_personal_hub.raw_devices_properties WHERE device_time < '2025-08-23'")
            dropping.execute(
                "INSERT INTO iot_personal_hub.dropped_days VALUES (1, '2025-08-22', 144, decode(repeat('00', 16), 'hex'))"
            )
            store(owner, (START + 66, reading(5)))
            refreshing = threading.Thread(target=refresh, args=(other,))
            refreshing.start()
            waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_until(lambda: rows(owner, waits))
        refreshing.join()
    assert derived(owner) == before
    assert count(owner, "stale_hours") == 1
    assert rows(owner, "SELECT iot_personal_hub.refresh_stale_hours() AS settled") == [{"settled": 0}]


def test_a_drop_looks_again_once_no_refresh_goes_on(folder_hub: Settings, owner: Connection) -> None:
    """What has come since the day was looked up: an event, counted or not."""
    archived_hub(folder_hub, owner)
    keep(owner)
    store_of_objects, day = object_store(folder_hub), Day(1, date(2025, 8, 22))
    store(owner, (START + 66, reading(5)))
    with pytest.raises(DayWaitsError, match="roll-ups"):
        expire_day(owner, store_of_objects, day, TODAY)
    refresh(owner)
    with pytest.raises(DayWaitsError, match="does not hold all"):
        expire_day(owner, store_of_objects, day, TODAY)
    assert count(owner) == 4 * 144 + 1
    run_archive(folder_hub)
    with (
        connect(owner_conninfo(folder_hub, "tests")) as refreshing,
        connect(owner_conninfo(folder_hub, "tests")) as other,
    ):
        with ThreadPoolExecutor(1) as thread:
            with refreshing.transaction():
                refreshing.execute(query("lock_refresh"), {"device_id": 1})
                dropped = thread.submit(expire_day, other, store_of_objects, day, TODAY)
                waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                wait_until(lambda: dropped.done() or rows(owner, waits))
                assert not dropped.done()
                assert count(owner) == 4 * 144 + 1
            assert dropped.result() == 145


def test_retention_and_the_refresh_of_late_events_at_once_lose_nothing(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner, days=8)
    keep(owner)
    stop = threading.Event()

    def work() -> None:
        with connect(owner_conninfo(folder_hub, "tests")) as connection:
            while not stop.is_set():
                refresh(connection)
                restore_days(folder_hub)

    working = threading.Thread(target=work)
    working.start()
    for number in range(40):
        store(owner, (START + number % 7 * DAY + 66 + number, reading(number)))
        if number % 10 == 0:
            run_archive(folder_hub)
            drop(folder_hub)
    stop.set()
    working.join()
    for _ in range(3):
        refresh(owner)
        restore_days(folder_hub)
    refresh(owner)
    assert count(owner, "stale_hours") == 0
    now = derived(owner)
    for row in rows(owner, "SELECT device_id, date FROM iot_personal_hub.dropped_days"):
        owner.execute(
            "INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour) VALUES (%s, %s)", tuple(row.values())
        )
    restore_days(folder_hub)
    assert count(owner) == 8 * 144 + 40
    assert now == recomputed(folder_hub, owner)
    run_archive(folder_hub)
    assert problems(folder_hub) == []
