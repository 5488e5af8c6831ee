"""Restoring on a machine that has nothing, and the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from backup_world import (
    HOUR,
    KEY,
    hub_with_events,
    make,
    new_machine,
    properties,
    quiet,
    refused,
    rewrite_manifest,
    run,
    with_key,
)
from events import Connection, add_device, refresh, rows, store
from hub_process import events_listed, post, running_hub
from waiting import wait_until

from iot_hub.access import devices
from iot_hub.archive.backup.restore import restore_backup
from iot_hub.database.connections import connect, owner_conninfo, url, viewer_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.slow]

ROLL_UPS = ("agg_hourly_devices_metrics", "agg_hourly_devices_smartphone_battery_details", "locations", "private_spans")


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """A hub with a state folder of its own and events of two devices."""
    return hub_with_events(settings, tmp_path)


@pytest.fixture(name="new_machine")
def another_machine(home: Settings) -> Iterator[Settings]:
    """A machine with an empty cluster of its own, which reaches the same storage."""
    with new_machine(home.archive_folder) as there:
        yield there


def content(hub: Settings) -> dict[str, list[dict[str, Any]]]:
    tables = ("raw_devices_properties", "dim_devices", "dim_blocked_areas", "device_tokens", *ROLL_UPS)
    with connect(owner_conninfo(hub, "tests")) as owner:
        return {table: rows(owner, f"SELECT * FROM iot_personal_hub.{table} AS t ORDER BY t::text") for table in tables}


def test_a_new_machine_gets_all_rows_and_roll_ups_and_goes_on(home: Settings, new_machine: Settings) -> None:
    make(with_key(home, KEY))
    restore_backup(with_key(new_machine, KEY), with_key(new_machine, KEY), None, quiet)
    assert content(new_machine) == content(home)
    with connect(owner_conninfo(new_machine, "tests")) as owner:
        assert store(owner, (HOUR, properties(0)), (HOUR + 86_400, {"new": 1})) == 1
        refresh(owner)
        assert not migrate(new_machine).applied
        documented = rows(owner, "SELECT obj_description('iot_personal_hub.locations'::regclass) AS it")
        assert documented[0]["it"]


def test_a_viewer_of_a_restored_hub_reads_published_views_and_nothing_else(
    home: Settings, new_machine: Settings, viewer: Connection
) -> None:
    def readable(connection: Connection) -> set[str]:
        found = rows(connection, "SELECT relname FROM pg_class WHERE relnamespace = 'iot_personal_hub'::regnamespace"
                     " AND has_table_privilege(oid, 'SELECT')")  # fmt: skip
        return {row["relname"] for row in found}

    make(home)
    restore_backup(new_machine, new_machine, None, quiet)
    with connect(viewer_conninfo(new_machine, "tests")) as there:
        assert readable(there) == readable(viewer) != set()
        seen = rows(there, "SELECT count(*) AS n FROM iot_personal_hub.published_events")
        assert seen == rows(viewer, "SELECT count(*) AS n FROM iot_personal_hub.published_events") != [{"n": 0}]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            there.execute("SELECT * FROM iot_personal_hub.raw_devices_properties")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            there.execute("SELECT iot_personal_hub.refresh_stale_hours()")


def test_a_hub_with_events_is_not_overwritten(home: Settings) -> None:
    make(home)
    before = content(home)
    with refused("holds events already"):
        restore_backup(home, home, None, quiet)
    assert content(home) == before


def test_an_empty_hub_with_a_device_takes_a_backup(home: Settings, new_machine: Settings) -> None:
    migrate(new_machine)
    with connect(owner_conninfo(new_machine, "tests")) as owner:
        add_device(owner, 77, "tried out")
    make(home)
    restore_backup(new_machine, new_machine, None, quiet)
    assert content(new_machine) == content(home)


def test_a_backup_of_a_newer_hub_is_refused(home: Settings, new_machine: Settings) -> None:
    manifest = make(home)
    rewrite_manifest(home, manifest, migrations=[*manifest.migrations, "9999_from_the_future"])
    with refused("Update this one first"):
        restore_backup(new_machine, new_machine, None, quiet)


def test_what_an_older_hub_lacked_is_there_after_a_restore(home: Settings, new_machine: Settings) -> None:
    with connect(owner_conninfo(home, "tests")) as owner:
        owner.execute("DROP ROUTINE iot_personal_hub.refresh_stale_hours")
        owner.execute("DROP VIEW iot_personal_hub.published_last_seen CASCADE")
    make(home)
    restore_backup(new_machine, new_machine, None, quiet)
    with connect(owner_conninfo(new_machine, "tests")) as owner:
        refresh(owner)
    with connect(viewer_conninfo(new_machine, "tests")) as there:
        assert len(rows(there, "SELECT * FROM iot_personal_hub.published_last_seen")) == 2


def test_the_commands_say_one_line_each(home: Settings, new_machine: Settings) -> None:
    made = run(home, "--keep", "3", IOT_HUB_BACKUP_KEY=KEY)
    assert (made.returncode, made.stderr) == (0, "")
    assert "400 events" in made.stdout
    assert len(made.stdout.splitlines()) == 1
    [listed] = json.loads(run(home, "list", "--json").stdout)
    assert listed["events"] == 400
    assert listed["encrypted"] is True
    verified = run(home, "verify", listed["name"], IOT_HUB_BACKUP_KEY=KEY)
    assert (verified.returncode, verified.stdout.startswith(f"Verified: {listed['name']}")) == (0, True)
    unverified = run(home, "verify", IOT_HUB_BACKUP_KEY=KEY + "?")
    assert (unverified.returncode, len(unverified.stderr.splitlines())) == (1, 1)
    assert unverified.stderr.startswith("iot-hub: The backup can't be decrypted")
    into = ("--into", url(owner_conninfo(new_machine, "")))
    restored = run(home, "restore", listed["name"], *into, IOT_HUB_BACKUP_KEY=KEY)
    assert (restored.returncode, restored.stderr) == (0, "")
    assert run(home, "restore", *into, IOT_HUB_BACKUP_KEY=KEY).stderr.startswith("iot-hub: This hub holds events")


def test_a_running_hub_takes_a_backup_and_devices_go_on_with_their_tokens(home: Settings) -> None:
    with connect(owner_conninfo(home, "tests")) as owner:
        device_id, token = devices.rotate_token(owner, "phone 1")
    make(home)
    with running_hub(IOT_HUB_ARCHIVE_FOLDER=str(home.archive_folder)) as hub:
        device = {"id": device_id, "token": token}
        assert post(hub, device, HOUR, latitude=52, longitude=21).status_code == 401
        assert hub.command("backup", "restore").stdout.startswith("Restored: ")
        wait_until(lambda: post(hub, device, HOUR, latitude=52, longitude=21).status_code == 200)
        wait_until(lambda: ("phone 1", 201) in events_listed(hub))
