"""Drives outlive the events that they were derived from, and come back with a restored archive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from archive_world import DAY, START, folder_hub, new_hub, with_archive_of
from drive_world import MINUTE, SECOND, Car, correct, everything, named
from events import Connection, add_device, refresh, rows, store
from retention_world import count, drop_old

from iot_hub.archive.restore import restore_archive
from iot_hub.archive.run import run_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

__all__ = ["folder_hub", "new_hub"]

MORNING = datetime.fromtimestamp(START + 8 * 3600, UTC)


def driven(owner: Connection, settings: Settings, days: int = 4) -> list[dict[str, Any]]:
    """Days of a car, two drives and a charge each; of the first day the drives are merged and named."""
    add_device(owner, name="car")
    car = Car(every=10 * SECOND)
    for day in range(days):
        starts = MORNING + day * DAY * SECOND
        car.drive(car.drive(starts, 600, 50) + 20 * MINUTE, 600, 50)
        store(owner, *(
            ((starts + (120 + n) * MINUTE).timestamp(), {"vehicle": {"charging_power_W": 7000, "battery_percent": 40}})
            for n in range(10)
        ))  # fmt: skip
    store(owner, *car.reports)
    correct(owner, "merge", MORNING, MORNING + 40 * MINUTE)
    correct(owner, "name", MORNING, MORNING + 40 * MINUTE, name="To work")
    refresh(owner)
    run_archive(settings)
    found = everything(owner)
    assert len(found) == 3 * days - 1
    return found


def test_drives_of_dropped_days_stay_as_they_are(folder_hub: Settings, owner: Connection) -> None:
    before = driven(owner, folder_hub)
    assert drop_old(folder_hub, owner).events
    refresh(owner)
    assert everything(owner) == before
    # Asked for again they are the same, too.
    owner.execute("SELECT iot_personal_hub.refresh_hours('2025-08-01', '2025-10-01')")
    owner.execute("UPDATE iot_personal_hub.hub_settings SET value = '60' WHERE name = 'drive_gap_minutes'")
    refresh(owner)
    assert len(everything(owner)) < len(before)
    owner.execute("UPDATE iot_personal_hub.hub_settings SET value = '10' WHERE name = 'drive_gap_minutes'")
    refresh(owner)
    assert everything(owner) == before


def test_a_restored_archive_has_the_same_drives_and_corrections(
    folder_hub: Settings, owner: Connection, new_hub: Settings
) -> None:
    before = driven(owner, folder_hub)
    names = [row["name"] for row in named(owner)]
    restoring = with_archive_of(new_hub, folder_hub)
    assert restore_archive(restoring).problems == []
    with connect(owner_conninfo(restoring, "tests")) as restored:
        refresh(restored)
        assert everything(restored) == before
        assert [row["name"] for row in named(restored)] == names
        assert count(restored, "drive_corrections") == 2
        assert rows(restored, "SELECT FROM iot_personal_hub.stale_drives") == []
        # Numbers go on after the restored ones.
        assert correct(restored, "split", MORNING) == 3
