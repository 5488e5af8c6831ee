"""Encrypted backups: nothing to be read without the key, nothing accepted that was changed."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from backup_world import KEY, hub_with_events, kept, make, quiet, refused, stored_file, with_key
from pydantic import SecretStr

from iot_hub.archive.backup.create import make_backup
from iot_hub.archive.backup.secretstream import BLOCK_BYTES, decrypted, encrypted
from iot_hub.archive.backup.verify import verify_backup
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """A hub with a state folder of its own and events of two devices."""
    return hub_with_events(settings, tmp_path)


def test_an_encrypted_backup_verifies_and_shows_nothing(home: Settings) -> None:
    hub = with_key(home, KEY)
    manifest = make(hub)
    assert manifest.file.endswith(".dump.encrypted")
    content = stored_file(hub, manifest).read_bytes()
    assert b"PGDMP" not in content
    assert b"raw_devices_properties" not in content
    assert verify_backup(hub, None, quiet) == manifest


def test_another_key_or_none_is_refused(home: Settings) -> None:
    make(with_key(home, KEY))
    with refused("is not the key"):
        verify_backup(with_key(home, KEY + "?"), None, quiet)
    with refused("passphrase, as before 1.2. Set IOT_HUB_BACKUP_KEY"):
        verify_backup(with_key(home, None), None, quiet)


@pytest.mark.parametrize("key", ["", "short"])
def test_a_short_key_is_refused_before_anything_is_written(home: Settings, key: str) -> None:
    with refused("iot-hub backup keys"):
        make_backup(home.model_copy(update={"backup_key": SecretStr(key)}), 7, quiet)
    assert kept(home).names() == []


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES])
def test_what_is_encrypted_comes_back(size: int) -> None:
    plain = os.urandom(size)
    sealed = b"".join(encrypted(io.BytesIO(plain), KEY))
    assert b"".join(decrypted(io.BytesIO(sealed), KEY)) == plain


def test_every_change_of_an_encrypted_file_is_refused() -> None:
    sealed = b"".join(encrypted(io.BytesIO(os.urandom(2 * BLOCK_BYTES + 5)), KEY))
    header, block = 61, BLOCK_BYTES + 17
    blocks = [sealed[:header], sealed[header : header + block], sealed[header + block : header + 2 * block]]
    last = sealed[header + 2 * block :]
    flips = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in (0, 8, 9, 20, 30, 50, 70, -1)]
    cuts = [sealed[:at] for at in (0, 10, header, header + 5, header + block, header + 2 * block, -1)]
    swapped = blocks[0] + blocks[2] + blocks[1] + last
    for bad in [*flips, *cuts, swapped, sealed + b"x", blocks[0] + last]:
        with refused("."):
            list(decrypted(io.BytesIO(bad), KEY))


def test_a_header_can_not_ask_for_all_memory() -> None:
    sealed = b"".join(encrypted(io.BytesIO(b"x"), KEY))
    greedy = sealed[:13] + (2**40).to_bytes(8, "big") + sealed[21:]
    with refused("header was changed"):
        list(decrypted(io.BytesIO(greedy), KEY))
