"""What came of one instant stays in its order after archive and restore, retention, and backup."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive_world import folder_hub, hub_settings, new_hub, s3_url, with_archive_of
from backup_world import make, new_machine, quiet
from events import Connection, add_device, refresh, rows, store
from retention_world import drop_old

from iot_hub.archive.backup.restore import restore_backup
from iot_hub.archive.restore import restore_archive
from iot_hub.archive.retention.restore_days import restore_days
from iot_hub.archive.run import run_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

__all__ = ["folder_hub", "hub_settings", "new_hub", "s3_url"]

HOUR = 1_755_860_400  # 2025-08-22 11:00 UTC
# Neither their places nor their digests are in this order.
WAY = [52.70, 52.71, 52.706, 52.702, 52.698, 52.712, 52.7005]


def fix(latitude: float) -> tuple[float, dict[str, object]]:
    return HOUR, {"location": {"latitude": latitude, "longitude": 21.2, "fix_accuracy_m": 5}}


def ways(hub: Settings | Connection) -> dict[str, list[float]]:
    """The latitudes of fixes and of events, in the order of each audience's views."""
    if isinstance(hub, Settings):
        with connect(owner_conninfo(hub, "tests")) as owner:
            return ways(owner)
    return {
        f"{schema}.{view}": [
            row["latitude"]
            for row in rows(hub, f"SELECT {latitude} AS latitude FROM {schema}.{view} ORDER BY {time}, sequence")
        ]
        for schema in ("iot_hub_owner", "iot_hub_public")
        for view, latitude, time in (
            ("locations", "latitude", "location_time"),
            ("events", "(properties #>> '{location,latitude}')::double precision", "device_time"),
        )
    }


@pytest.fixture
def expected(owner: Connection) -> dict[str, list[float]]:
    """What every view of the hub says, of which the events came in this order."""
    add_device(owner)
    store(owner, *map(fix, WAY))
    refresh(owner)
    found = ways(owner)
    assert list(found.values()) == [WAY] * 4
    return found


def test_a_hub_restored_from_its_archive_has_the_order(
    folder_hub: Settings, owner: Connection, new_hub: Settings, expected: dict[str, list[float]]
) -> None:
    store(owner, fix(52.69))
    run_archive(folder_hub)
    # A further object of the same day, whose fix is the first by its place.
    store(owner, fix(52.60))
    run_archive(folder_hub)
    restoring = with_archive_of(new_hub, folder_hub)
    assert restore_archive(restoring).events == len(WAY) + 2
    with connect(owner_conninfo(restoring, "tests")) as restored:
        refresh(restored)
        assert ways(restored) == {view: [*WAY, 52.69, 52.60] for view in expected}
        # What comes now comes last.
        store(restored, fix(52.5))
        refresh(restored)
        assert ways(restored) == {view: [*WAY, 52.69, 52.60, 52.5] for view in expected}


@pytest.mark.parametrize("sent_again", [[], [52.702], WAY[::-1]], ids=["nothing", "one", "all the other way round"])
def test_a_dropped_day_comes_back_in_its_order(
    folder_hub: Settings, owner: Connection, expected: dict[str, list[float]], sent_again: list[float]
) -> None:
    # A day that stays, so that the other is old.
    store(owner, (HOUR + 30 * 86_400, {"n": 1}))
    refresh(owner)
    run_archive(folder_hub)
    assert drop_old(folder_hub, owner).events == len(WAY)
    assert rows(owner, "SELECT FROM iot_personal_hub.raw_devices_properties WHERE device_time < '2025-09-01'") == []
    # Late: the day is restored for it.
    store(owner, *map(fix, sent_again), fix(52.65))
    assert restore_days(folder_hub).problems == []
    refresh(owner)
    found = ways(owner)
    assert {view: [each for each in way if each is not None] for view, way in found.items()} == {
        view: [*WAY, 52.65] for view in expected
    }


@pytest.mark.slow
@pytest.mark.hub
def test_a_hub_restored_from_a_backup_has_the_order(
    settings: Settings, expected: dict[str, list[float]], tmp_path: Path
) -> None:
    hub = settings.model_copy(update={"home": tmp_path / "hub", "archive_folder": tmp_path / "storage"})
    make(hub)
    with new_machine(hub.archive_folder) as there:
        restore_backup(there, there, None, quiet)
        assert ways(there) == expected
