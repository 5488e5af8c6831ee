"""The hub on every PostgreSQL that is installed: its schema, its statements, and the way of an event."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from events import add_device, refresh, rows, store
from prepared_statements import complaints_of_audience, complaints_of_owner
from waiting import wait_until

from iot_hub.database.connections import connect, guest_conninfo, owner_conninfo, viewer_conninfo
from iot_hub.database.migrations import migrate, plan
from iot_hub.database.schema_text import FILE, schema_text
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

SUPPORTED = range(15, 19)


def installed() -> list[int]:
    """Return the supported versions that are here, with PostGIS; 15 always."""
    here = {
        version
        for version in SUPPORTED
        if Path(f"/usr/lib/postgresql/{version}/bin/postgres").exists()
        and Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists()
    }
    return sorted(here | {min(SUPPORTED)})


@pytest.fixture(scope="module", params=installed())
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A migrated hub in a cluster of one version."""
    version = request.param
    home = tmp_path_factory.mktemp(f"postgresql-{version}-", numbered=False)
    settings = Settings(home=home, time_zone="Europe/Warsaw", database_url=None)
    cluster = Cluster(settings)
    cluster.binaries = dataclasses.replace(
        cluster.binaries, version=version, folder=Path(f"/usr/lib/postgresql/{version}/bin")
    )
    cluster.create()
    with (
        cluster.log.open("ab") as log,
        subprocess.Popen([*cluster.command(), "-c", "fsync=off"], stdout=log, stderr=log) as server,
    ):
        try:
            wait_until(cluster.answers)
            cluster.create_database()
            migrate(settings)
            yield settings
        finally:
            server.terminate()


def test_the_schema_is_the_same(migrated: Settings) -> None:
    with connect(owner_conninfo(migrated, "tests")) as owner:
        assert schema_text(owner) == FILE.read_text(encoding="utf-8")
    assert plan(migrated).is_empty


def test_every_statement_can_be_prepared_by_the_role_that_runs_it(migrated: Settings) -> None:
    with connect(owner_conninfo(migrated, "tests")) as owner:
        assert complaints_of_owner(owner) == []
        assert complaints_of_audience(owner, "owner") == []
    with connect(viewer_conninfo(migrated, "tests")) as viewer:
        assert complaints_of_audience(viewer, "public") == []
    with connect(guest_conninfo(migrated, "tests")) as guest:
        assert complaints_of_audience(guest, "shared") == []


def test_an_event_is_stored_once_rolled_up_and_published(migrated: Settings) -> None:
    event = (1772366400.0, {"battery": {"remaining_percent": 50, "temperature_C": 21.5}})
    with connect(owner_conninfo(migrated, "tests")) as owner:
        add_device(owner, 1)
        store(owner, event)
        store(owner, event)
        refresh(owner)
    with connect(viewer_conninfo(migrated, "tests")) as viewer:
        hours = rows(viewer, "SELECT count_events FROM iot_hub_public.hourly_events_counter")
        assert hours == [{"count_events": 1}]
        [battery] = rows(viewer, "SELECT level_avg, temperature_avg FROM iot_hub_public.hourly_battery_details")
        assert battery == {"level_avg": 50, "temperature_avg": 21.5}
        shown = rows(viewer, "SELECT properties FROM iot_hub_public.events")
        assert shown == [{"properties": {"battery": {"remaining_percent": 50, "temperature_C": 21.5}}}]
