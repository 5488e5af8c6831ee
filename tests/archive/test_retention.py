"""Retention: what may go goes, once the archive is known to hold it, and no figure changes."""

from __future__ import annotations

from typing import Any

import pytest
from archive_world import (
    DAY,
    START,
    contents,
    flip_a_byte,
    folder_hub,
    hub_settings,
    new_hub,
    objects,
    problems,
    reading,
    remove,
    s3_url,
    truncate,
    with_archive_of,
)
from events import Connection, refresh, rows, store
from retention_world import TODAY, archived_hub, count, dates_kept, drop, drop_old, keep, lasting

from iot_hub.archive.repair import repair_archive
from iot_hub.archive.restore import restore_archive
from iot_hub.archive.retention.run import Expired, would_expire
from iot_hub.archive.run import run_archive
from iot_hub.archive.verify import verify_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.privacy.areas import add_area
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

__all__ = ["folder_hub", "hub_settings", "new_hub", "s3_url"]


def test_without_a_rule_nothing_is_dropped(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    assert drop(folder_hub) == would_expire(folder_hub, TODAY) == Expired()
    assert count(owner) == 4 * 144


def test_old_events_go_and_everything_made_of_them_stays(hub_settings: Settings, owner: Connection) -> None:
    archived_hub(hub_settings, owner)
    before = lasting(hub_settings)
    keep(owner)
    told = would_expire(hub_settings, TODAY)
    done = drop(hub_settings)
    assert (done.days, done.events, done.waiting, done.problems) == (3, 3 * 144, [], [])
    assert (told.days, told.events, told.bytes) == (done.days, done.events, done.bytes)
    assert dates_kept(owner) == ["2025-08-25"]
    after = lasting(hub_settings)
    assert {name for name in before if before[name] != after[name]} == set()
    assert problems(hub_settings) == []
    assert drop(hub_settings).events == 0


def test_a_day_stays_as_long_as_its_rule_says(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    keep(owner, 29)
    # On 22 September 24 August has been over for 28 days, 23 August for 29.
    assert drop(folder_hub).days == 2
    assert dates_kept(owner) == ["2025-08-24", "2025-08-25"]


def test_events_that_are_not_archived_stay(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    store(owner, (START + 5, reading(7)))
    refresh(owner)
    done = drop_old(folder_hub, owner)
    assert (done.days, len(done.waiting)) == (2, 1)
    assert "2025-08-22" in dates_kept(owner)
    run_archive(folder_hub)
    assert drop(folder_hub).events == 145
    assert problems(folder_hub) == []


def test_a_day_waits_for_its_roll_ups(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    owner.execute("INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour) VALUES (1, '2025-08-22 05:00+00')")
    done = drop_old(folder_hub, owner)
    assert (done.days, done.waiting) == (2, ["device 1, 2025-08-22: its roll-ups are stale"])
    assert "2025-08-22" in dates_kept(owner)


@pytest.mark.parametrize("harm", [flip_a_byte, truncate, remove])
def test_a_day_whose_object_is_not_whole_stays(folder_hub: Settings, owner: Connection, harm: Any) -> None:
    archived_hub(folder_hub, owner)
    assert folder_hub.archive_folder
    harmed = objects(folder_hub)[1]
    said = harm(folder_hub.archive_folder / harmed)
    done = drop_old(folder_hub, owner)
    assert done.days == 2
    assert len(done.problems) == 1 and harmed in done.problems[0] and said in done.problems[0]
    assert dates_kept(owner) == ["2025-08-23", "2025-08-25"]
    assert repair_archive(folder_hub).problems == []
    assert drop(folder_hub).days == 1


@pytest.mark.parametrize("harm", [flip_a_byte, truncate, remove])
def test_a_harmed_object_of_a_dropped_day_is_a_loss_that_no_repair_hides(
    folder_hub: Settings, owner: Connection, harm: Any
) -> None:
    archived_hub(folder_hub, owner)
    drop_old(folder_hub, owner)
    assert folder_hub.archive_folder
    path = folder_hub.archive_folder / objects(folder_hub)[0]
    whole = path.read_bytes()
    harm(path)
    for _ in range(2):
        [problem] = verify_archive(folder_hub, None).problems
        assert problem["object"].endswith(path.name)
        assert "144 events of its day were dropped" in problem["problem"]
        repaired = repair_archive(folder_hub)
        assert len(repaired.problems) == 1 and path.name in repaired.problems[0]
    path.write_bytes(whole)
    assert problems(folder_hub) == []
    assert repair_archive(folder_hub).problems == []


def test_verify_sees_a_dropped_event_that_the_archive_never_had(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    drop_old(folder_hub, owner)
    owner.execute("UPDATE iot_personal_hub.dropped_days SET fingerprint = '\\x00112233445566778899aabbccddeeff'"
                  " WHERE date = '2025-08-22'")  # fmt: skip
    owner.execute("DELETE FROM iot_personal_hub.dropped_days WHERE date = '2025-08-23'")
    assert problems(folder_hub) == [
        "the 144 events are not the archived ones",
        "the database has none of its 144 events",
    ]


def test_a_restore_brings_everything_back_and_keeps_the_rules(
    folder_hub: Settings, owner: Connection, new_hub: Settings
) -> None:
    archived_hub(folder_hub, owner)
    before = contents(folder_hub)
    keep(owner, 7)
    keep(owner, 30, "phone", "battery")
    drop(folder_hub)
    run_archive(folder_hub)
    restoring = with_archive_of(new_hub, folder_hub)
    assert restore_archive(restoring).problems == []
    after = contents(restoring)
    assert {name for name in before if before[name] != after[name]} == set()
    with connect(owner_conninfo(restoring, "tests")) as restored:
        assert count(restored, "dropped_days") == 0
        assert count(restored, "retention_rules") == 2
    assert problems(restoring) == []


def test_an_area_drawn_after_the_drop_hides_the_dropped_past(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    home = b'{"type": "Polygon", "coordinates": [[[21, 52.2], [21.02, 52.2], [21.02, 52.4], [21, 52.4], [21, 52.2]]]}'
    with owner.transaction(force_rollback=True):
        add_area(owner, "home", home)
        wanted = rows(
            owner, "SELECT device_id, starts::text, ends::text FROM iot_personal_hub.private_spans ORDER BY starts"
        )
    drop_old(folder_hub, owner)
    assert lasting(folder_hub)["published_locations"]
    add_area(owner, "home", home)
    assert (
        rows(owner, "SELECT device_id, starts::text, ends::text FROM iot_personal_hub.private_spans ORDER BY starts")
        == wanted
    )
    assert lasting(folder_hub)["published_locations"] == []
    assert lasting(folder_hub)["published_hourly_battery_details"] == []


def test_a_month_that_is_empty_is_dropped_and_made_again_for_a_late_event(
    folder_hub: Settings, owner: Connection
) -> None:
    archived_hub(folder_hub, owner)
    store(owner, (START + 20 * DAY, reading(1)))
    refresh(owner)
    run_archive(folder_hub)
    assert "raw_devices_properties_2025_08" in months(owner)
    assert drop_old(folder_hub, owner).partitions >= 1
    assert "raw_devices_properties_2025_08" not in months(owner)
    assert "raw_devices_properties_2025_09" in months(owner)
    assert dates_kept(owner) == ["2025-09-11"]
    assert store(owner, (START + 5, reading(7))) == 1
    assert dates_kept(owner) == ["2025-08-22", "2025-09-11"]


def months(owner: Connection) -> list[str]:
    names = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
    return [row["relname"] for row in rows(owner, names)]


def test_the_newest_day_and_the_newest_public_day_of_a_device_stay(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner, days=3)
    at_home = {"battery": {"remaining_percent": 5}, "location": {"latitude": 50.05, "longitude": 10.05}}
    add_area(
        owner,
        "home",
        b'{"type": "Polygon", "coordinates": [[[10, 50], [10.1, 50], [10.1, 50.1], [10, 50.1], [10, 50]]]}',
    )
    store(owner, (START + 9 * DAY, at_home), (START + 10 * DAY, at_home))
    refresh(owner)
    run_archive(folder_hub)
    before = lasting(folder_hub)["published_last_seen"]
    drop_old(folder_hub, owner)
    assert dates_kept(owner) == ["2025-08-24", "2025-09-01"]
    assert before and lasting(folder_hub)["published_last_seen"] == before
