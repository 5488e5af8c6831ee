"""Files that are written whole or not at all, for their owner alone."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from iot_hub.files.own_secrets import own_secret
from iot_hub.files.private_files import create_private, write_private


@pytest.fixture(autouse=True)
def wide_umask() -> None:
    """The test's umask takes nothing away; it is given back by the fixture ``umask``."""
    os.umask(0)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_whole_and_its_owners_alone(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    write_private(path, b"new", durable=durable)
    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)
    write_private(path, b"public", mode=0o644)
    assert (path.read_bytes(), mode(path), os.listdir(tmp_path)) == (b"public", 0o644, ["secret"])


def test_what_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"new", durable=True)
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["secret"])


def test_a_file_is_created_once_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert create_private(path, b"first") is True
    assert create_private(path, b"second") is False
    assert (path.read_bytes(), mode(path), os.listdir(tmp_path)) == (b"first", 0o600, ["secret"])


def test_a_link_in_the_place_of_a_draft_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / f".secret.{threading.get_native_id()}.draft").symlink_to(elsewhere)
    write_private(tmp_path / "secret", b"new")
    assert not elsewhere.exists()


def test_threads_that_generate_a_secret_at_once_use_the_same_one(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    found: list[str] = []

    def generate() -> None:
        together.wait()
        found.append(own_secret(tmp_path, "a-secret"))

    threads = [threading.Thread(target=generate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (8, 1)
