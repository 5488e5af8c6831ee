"""Upgrades and downgrades under load: from the last release to this code, and back."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from installed_hub import RELEASES, build_wheel, new_environment
from paths import ROOT
from upgrade_world import Sender, UpgradedHub, failures, load, wait_for_more
from waiting import wait_until

from iot_hub import __version__

pytestmark = [pytest.mark.hub, pytest.mark.slow, pytest.mark.timeout(300)]

[RELEASE] = RELEASES.glob("*.whl")
RELEASED = RELEASE.name.split("-")[1]


def test_an_upgrade_and_the_way_back_under_load_fail_no_request_and_lose_no_event(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "wheel")
    installation = new_environment(tmp_path / "venv")
    installation.install(RELEASE, "dashboard")
    # Its port is chosen when it starts.
    hub = UpgradedHub(installation, tmp_path / "home")
    with hub.running(), load(hub) as senders:
        wait_for_more(senders)
        assert hub.version() == RELEASED
        for version, new in ((__version__, wheel), (RELEASED, RELEASE)):
            hub.installation.unpack(new, "dashboard")
            hub.command("reload")
            assert hub.version() == version
            wait_for_more(senders)
            assert failures(senders) == []
    # The older one starts on the newer one's database, too.
    with hub.running():
        assert hub.version() == RELEASED
        assert_stored_once(hub, senders)


def test_no_migration_of_the_release_was_edited() -> None:
    with ZipFile(RELEASE) as released:
        migrations = [name for name in released.namelist() if "/sql/migrations/" in name]
        assert migrations
        today = ROOT / "iot_hub" / "database" / "sql" / "migrations"
        assert [
            name for name in migrations if (today / name.rpartition("/")[2]).read_bytes() != released.read(name)
        ] == []


def assert_stored_once(hub: UpgradedHub, senders: list[Sender]) -> None:
    """Each acknowledged event is there, once, and counted in its hour."""
    acknowledged = {sender.device_id: sender.acknowledged for sender in senders}
    with hub.connect() as owner:
        stored = owner.execute(
            "SELECT device_id, count(*), count(DISTINCT properties ->> 'number'), max((properties ->> 'number')::int) + 1"
            " FROM iot_personal_hub.raw_devices_properties GROUP BY device_id"
        ).fetchall()
        assert {row[0]: row[1:] for row in stored} == {device: (n, n, n) for device, n in acknowledged.items()}
        counted = "SELECT sum(count_events) FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter"
        wait_until(lambda: owner.execute(counted).fetchone() == (sum(acknowledged.values()),), 30)
