"""Backups of the releases before: they verify and restore as long as there is a hub that made them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from backup_world import KEY, new_machine, quiet, refused, with_key
from events import rows
from installed_hub import RELEASES

from iot_hub.archive.backup.restore import restore_backup
from iot_hub.archive.backup.verify import verify_backup
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """A folder with a backup that 1.0.0 made, encrypted by a passphrase."""
    return Path(shutil.copytree(RELEASES / "backup-1.0.0", tmp_path / "storage"))


@pytest.fixture
def hub_settings(settings: Settings, storage: Path, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"home": tmp_path / "hub", "archive_folder": storage})


def test_a_backup_of_the_first_release_verifies_with_its_passphrase(hub_settings: Settings) -> None:
    manifest = verify_backup(with_key(hub_settings, KEY), None, quiet)
    assert (manifest.hub_version, manifest.format, manifest.events) == ("1.0.0", "secretstream", 20)


def test_a_hub_with_a_key_pair_says_which_key_an_old_backup_needs(hub_settings: Settings) -> None:
    with refused("encrypted with a passphrase"):
        verify_backup(with_key(hub_settings, None), None, quiet)
    with refused("is not the key"):
        verify_backup(with_key(hub_settings, KEY + "?"), None, quiet)


def test_a_backup_of_the_first_release_is_restored_and_brought_to_this_version(storage: Path) -> None:
    with new_machine(storage) as machine:
        restore_backup(with_key(machine, KEY), machine, None, quiet)
        with connect(owner_conninfo(machine, "tests")) as owner:
            [found] = rows(owner, "SELECT count(*), min(properties #>> '{battery,remaining_percent}') AS least"
                                  " FROM iot_personal_hub.raw_devices_properties")  # fmt: skip
    assert found == {"count": 20, "least": "50"}
