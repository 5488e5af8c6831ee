"""Backups in the age format: for a key pair, and opened without the hub."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from backup_world import hub_with_events, kept, make, quiet, refused, rewrite_manifest, run, stored_file, with_key
from pyrage.x25519 import Identity

from iot_hub.archive.backup import age_format
from iot_hub.archive.backup.age_format import KeyPair, generate_keys, parse_identity, parse_recipient
from iot_hub.archive.backup.create import make_backup
from iot_hub.archive.backup.manifest import Manifest
from iot_hub.archive.backup.verify import verify_backup
from iot_hub.operations.postgres_cluster import find_binaries
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

PAIR = generate_keys()
BLOCK = 64 * 1024


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """A hub with a state folder of its own and events of two devices."""
    return hub_with_events(settings, tmp_path)


def with_recipient(hub: Settings, *recipients: str) -> Settings:
    return hub.model_copy(update={"backup_recipient": ",".join(recipients)})


def encrypted(plain: bytes, pair: KeyPair = PAIR) -> bytes:
    sealed = io.BytesIO()
    age_format.encrypt(io.BytesIO(plain), sealed, [parse_recipient(pair.recipient)])
    return sealed.getvalue()


def decrypted(sealed: bytes, pair: KeyPair = PAIR) -> bytes:
    plain = io.BytesIO()
    age_format.decrypt(io.BytesIO(sealed), plain, parse_identity(pair.key))
    return plain.getvalue()


def test_a_machine_that_makes_backups_needs_no_secret_key_and_verifies_with_it(home: Settings) -> None:
    manifest = make(with_recipient(home, PAIR.recipient))
    assert (manifest.format, manifest.file[-9:]) == ("age", ".dump.age")
    content = stored_file(home, manifest).read_bytes()
    assert content.startswith(b"age-encryption.org/v1\n") and b"PGDMP" not in content
    assert kept(home).names() == [manifest.name]
    with refused("Set IOT_HUB_BACKUP_KEY to its secret key"):
        verify_backup(with_recipient(home, PAIR.recipient), None, quiet)
    assert verify_backup(with_key(home, PAIR.key), None, quiet) == manifest


def test_a_secret_key_alone_encrypts_for_itself(home: Settings) -> None:
    hub = with_key(home, PAIR.key)
    assert make(hub).format == "age"
    verify_backup(hub, None, quiet)


def test_each_of_several_recipients_opens_a_backup_and_nobody_else(home: Settings) -> None:
    other, stranger = generate_keys(), generate_keys()
    make(with_recipient(home, PAIR.recipient, f" {other.recipient}"))
    for pair in (PAIR, other):
        verify_backup(with_key(home, pair.key), None, quiet)
    with refused("is not the key that it was made for"):
        verify_backup(with_key(home, stranger.key), None, quiet)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"backup_recipient": "age1nonsense"}, "must be public keys of age"),
        ({"backup_key": PAIR.key[:-1]}, "is it complete"),
        ({"backup_key": PAIR.recipient}, "set it as IOT_HUB_BACKUP_RECIPIENT"),
    ],
)
def test_a_key_that_is_none_is_one_line_without_it_and_nothing_is_written(
    home: Settings, changes: dict[str, Any], reason: str
) -> None:
    settings = Settings(**{**home.model_dump(), **changes})
    with refused(reason) as caught:
        make_backup(settings, 7, quiet)
    assert PAIR.key[20:40] not in str(caught.value)
    assert kept(home).names() == []


def rewritten(hub: Settings, manifest: Manifest, content: bytes) -> None:
    """Replace a backup's dump, and have its manifest agree."""
    stored_file(hub, manifest).write_bytes(content)
    rewrite_manifest(hub, manifest, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def test_a_backup_cut_short_or_changed_is_noticed_though_its_manifest_agrees(home: Settings) -> None:
    hub = with_key(home, PAIR.key)
    manifest = make(hub)
    whole = stored_file(hub, manifest).read_bytes()
    for bad in (whole[:-1], whole[: len(whole) // 2], whole[:100], whole[:-20] + b"x" + whole[-19:], whole + b"x"):
        rewritten(hub, manifest, bad)
        with refused("cut short"):
            verify_backup(hub, None, quiet)
    rewritten(hub, manifest, whole)
    verify_backup(hub, None, quiet)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_what_is_encrypted_comes_back_and_no_part_of_it_may_be_missing(size: int) -> None:
    plain = os.urandom(size)
    sealed = encrypted(plain)
    assert decrypted(sealed) == plain
    for bad in (sealed[:-1], sealed[:-17], sealed[: len(sealed) // 2], sealed[:10], b"", sealed + b"x"):
        with refused("cut short|no encrypted backup"):
            decrypted(bad)


class Failing(io.BytesIO):
    """A file that fails."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(os.urandom(3 * BLOCK))
        self.error = error

    def read(self, size: int | None = -1) -> bytes:
        raise self.error

    def write(self, data: object) -> int:
        raise self.error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("bad")])
def test_an_error_of_a_file_and_ctrl_c_come_through_as_they_are(error: BaseException) -> None:
    recipient, identity = parse_recipient(PAIR.recipient), parse_identity(PAIR.key)
    sealed = encrypted(os.urandom(3 * BLOCK))
    for work in (
        lambda: age_format.encrypt(Failing(error), io.BytesIO(), [recipient]),
        lambda: age_format.encrypt(io.BytesIO(os.urandom(3 * BLOCK)), Failing(error), [recipient]),
        lambda: age_format.decrypt(Failing(error), io.BytesIO(), identity),
        lambda: age_format.decrypt(io.BytesIO(sealed), Failing(error), identity),
    ):
        with pytest.raises(type(error)) as caught:
            work()
        assert caught.value is error


def test_a_large_dump_is_encrypted_in_little_memory() -> None:
    measured = """
import resource
from iot_hub.archive.backup import age_format

class Dump:
    left = 200_000_000
    def read(self, size):
        size = min(size, self.left)
        self.left -= size
        return bytes(size)

class Nowhere:
    def write(self, data):
        return len(data)

recipient = age_format.parse_recipient(age_format.generate_keys().recipient)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
age_format.encrypt(Dump(), Nowhere(), [recipient])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", measured], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10_000


def test_keys_prints_a_pair_that_age_reads_and_says_where_to_keep_it(home: Settings) -> None:
    done = run(home, "keys")
    public, secret = done.stdout.splitlines()
    assert public == f"# public key: {Identity.from_str(secret).to_public()}"
    assert "IOT_HUB_BACKUP_RECIPIENT=age1" in done.stderr and "Without it nobody can read the backups" in done.stderr
    assert secret not in done.stderr


@pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")
def test_age_and_pg_restore_alone_restore_a_backup(home: Settings, empty_settings: Settings, tmp_path: Path) -> None:
    manifest = make(with_recipient(home, PAIR.recipient))
    key_file = tmp_path / "key.txt"
    key_file.write_text(run(home, "keys").stdout.splitlines()[0] + f"\n{PAIR.key}\n")
    dump = tmp_path / "hub.dump"
    opened = ["age", "--decrypt", "--identity", key_file, "--output", dump, stored_file(home, manifest)]
    assert subprocess.run(opened, capture_output=True).returncode == 0
    assert empty_settings.database_url
    where = empty_settings.database_url.get_secret_value()
    program = find_binaries()["pg_restore"]
    restored = subprocess.run(
        [program, "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={where}", dump],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (restored.returncode, restored.stderr) == (0, "")
    counted = subprocess.run(
        ["psql", where, "-Atc", "SELECT count(*) FROM iot_personal_hub.raw_devices_properties"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert counted.stdout.strip() == str(manifest.events)
