"""The archive: everything of a hub can be made again from it."""

from __future__ import annotations

import json

import pytest
from archive_world import (
    DAY,
    START,
    contents,
    folder_hub,
    hub_settings,
    live,
    new_hub,
    objects,
    problems,
    reading,
    s3_url,
    with_archive_of,
)
from events import Connection, add_device, refresh, rows, store

from iot_hub.access.devices import add_device as add_device_with_token
from iot_hub.archive.object_store import object_store
from iot_hub.archive.restore import restore_archive
from iot_hub.archive.run import run_archive
from iot_hub.archive.writing import writing_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.settings import Settings

__all__ = ["folder_hub", "hub_settings", "new_hub", "s3_url"]


@pytest.mark.slow
def test_a_hub_is_restored_from_its_archive_alone(hub_settings: Settings, owner: Connection, new_hub: Settings) -> None:
    live(owner)
    archived = run_archive(hub_settings)
    assert (archived.events, archived.objects, archived.problems) == (2 * 3 * 144 + 1, 6, [])
    restoring = with_archive_of(new_hub, hub_settings)
    restored = restore_archive(restoring)
    assert (restored.events, restored.objects, restored.problems) == (archived.events, 6, [])
    with connect(owner_conninfo(restoring, "tests")) as owner_of_the_new:
        # Areas came back, too: until the worker has judged the history by them and published it, others see nothing.
        refresh(owner_of_the_new)
    before, after = contents(hub_settings), contents(restoring)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert all(before.values())


def test_a_restored_hub_goes_on_where_the_old_one_was(
    folder_hub: Settings, owner: Connection, new_hub: Settings
) -> None:
    live(owner, days=1)
    run_archive(folder_hub)
    restoring = with_archive_of(new_hub, folder_hub)
    restore_archive(restoring)
    assert problems(restoring) == []
    assert run_archive(restoring).objects == 0
    with connect(owner_conninfo(restoring, "tests")) as restored:
        assert add_device_with_token(restored, "third", "sensor")[0] == 3
        assert store(restored, (START + 0.123456, reading(0))) == 0
        assert store(restored, (START + DAY, reading(0))) == 1
        assert rows(
            restored, "SELECT count(*) = count(DISTINCT id) AS unique FROM iot_personal_hub.raw_devices_properties"
        ) == [{"unique": True}]


def test_only_an_empty_hub_is_restored_into(folder_hub: Settings, owner: Connection) -> None:
    live(owner, days=1)
    run_archive(folder_hub)
    with pytest.raises(UserError, match="not empty: it holds events"):
        restore_archive(folder_hub)


def test_an_archive_that_is_not_there_is_not_restored(folder_hub: Settings, new_hub: Settings) -> None:
    with pytest.raises(UserError, match="holds no archive"):
        restore_archive(with_archive_of(new_hub, folder_hub))


def test_a_second_run_writes_nothing(hub_settings: Settings, owner: Connection) -> None:
    live(owner, days=1)
    run_archive(hub_settings)
    again = run_archive(hub_settings)
    assert (again.events, again.objects, again.state) == (0, 0, None)


def test_a_day_that_is_not_over_waits(folder_hub: Settings, owner: Connection) -> None:
    add_device(owner)
    now = rows(owner, "SELECT extract(epoch FROM now())::float AS now")[0]["now"]
    store(owner, (now, reading(1)), (now - 3 * DAY, reading(2)))
    assert run_archive(folder_hub).events == 1
    assert problems(folder_hub) == []


def test_late_events_make_a_further_object(hub_settings: Settings, owner: Connection, new_hub: Settings) -> None:
    live(owner, days=2)
    run_archive(hub_settings)
    first = objects(hub_settings)
    store(owner, (START + 5, reading(7)), (START + 6, reading(8)))
    assert any("in the database" in problem for problem in problems(hub_settings))
    late = run_archive(hub_settings)
    assert (late.events, late.objects) == (2, 1)
    assert set(first) < set(objects(hub_settings))
    assert problems(hub_settings) == []
    restoring = with_archive_of(new_hub, hub_settings)
    restore_archive(restoring)
    refresh(owner)
    with connect(owner_conninfo(restoring, "tests")) as owner_of_the_new:
        refresh(owner_of_the_new)
    before, after = contents(hub_settings), contents(restoring)
    assert {name for name, rows in after.items() if rows != before[name]} == set()


def test_the_next_run_can_begin_as_soon_as_one_has_ended(folder_hub: Settings, owner: Connection) -> None:
    for _ in range(20):
        with pytest.raises(ZeroDivisionError), writing_archive(folder_hub):
            _ = 1 / 0
        assert rows(owner, "SELECT FROM pg_locks WHERE locktype = 'advisory'") == []


def test_two_runs_at_once_are_one(folder_hub: Settings, owner: Connection) -> None:
    owner.execute(query("lock_archive"))
    with pytest.raises(UserError, match="being written already"):
        run_archive(folder_hub)


def test_an_object_of_the_first_betas_payload_is_small(folder_hub: Settings, owner: Connection) -> None:
    add_device(owner)
    store(owner, *((START + minute * 60, reading(minute)) for minute in range(1440)))
    archived = run_archive(folder_hub)
    assert archived.bytes / archived.events <= 60


def test_thirty_states_are_kept(folder_hub: Settings, owner: Connection) -> None:
    assert folder_hub.archive_folder
    for number in range(1, 33):
        add_device(owner, number, f"phone {number}")
        # As if each were written a day after the other.
        written = folder_hub.archive_folder / str(run_archive(folder_hub).state)
        written.rename(written.with_name(f"202501{number:02}T000000Z-{written.name.partition('-')[2]}"))
    assert len(list((folder_hub.archive_folder / "state").iterdir())) == 30


def test_the_manifest_beside_an_object_says_what_the_database_notes(folder_hub: Settings, owner: Connection) -> None:
    live(owner, days=1)
    run_archive(folder_hub)
    [noted, _] = rows(owner, "SELECT * FROM iot_personal_hub.archive_objects ORDER BY device_id")
    said = json.loads(object_store(folder_hub).get(objects(folder_hub, ".json")[0]))
    assert (said["events"], said["sha256"]) == (noted["events"], noted["sha256"].hex())
    assert said["sha256"] in noted["path"]
