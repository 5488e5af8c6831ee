"""What tells that a program was replaced: its files by name, and what the kernel has mapped into its process."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import zoneinfo
from pathlib import Path

import pytest
from waiting import wait_until

from iot_hub.operations import installation
from iot_hub.operations.package_manager import is_busy
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.operations.program_files import changed_since, replaced_in, states_of
from iot_hub.settings import Settings


def test_a_program_replaced_under_its_process_is_seen_by_the_kernels_list(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "sleep"
    program.parent.mkdir()
    shutil.copy2(shutil.which("sleep") or "", program)
    with subprocess.Popen([program, "60"]) as process:
        try:
            # It is started before the kernel has mapped it.
            wait_until(lambda: str(program) in Path(f"/proc/{process.pid}/maps").read_text())
            assert replaced_in(process.pid) == set()
            shutil.copy2(program, tmp_path / "new")
            (tmp_path / "new").rename(program)
            assert replaced_in(process.pid) == {program}
        finally:
            process.kill()
    assert replaced_in(process.pid) == set()


@pytest.mark.parametrize("change", ["replaced", "written", "removed", "made"])
def test_every_way_of_changing_a_named_file_counts(tmp_path: Path, change: str) -> None:
    file, new = tmp_path / "library.so", tmp_path / "new"
    if change != "made":
        file.write_bytes(b"old")
    before = states_of([file])
    assert changed_since(before) == set()
    if change == "removed":
        file.unlink()
    elif change == "written":
        file.write_bytes(b"longer")
    else:
        new.write_bytes(b"new")
        new.rename(file)
    assert changed_since(before) == {file}


def test_the_owners_time_zone_and_every_module_count_as_the_hubs_own_files() -> None:
    files = installation.files("Europe/Warsaw")
    assert Path(zoneinfo.TZPATH[0], "Europe/Warsaw") in files
    assert Path(installation.__file__) in files
    assert [file for file in files if file.parent.name.startswith("psycopg-")]
    assert not [file for file in files if "__pycache__" in file.parts]


def test_the_server_is_known_by_its_program_and_every_library_that_it_may_load(tmp_path: Path) -> None:
    names = {file.name for file in Cluster(Settings(home=tmp_path)).binaries.files()}
    assert {"postgres", "plpgsql.so", "postgis-3.so"} <= names


def test_the_package_manager_is_busy_while_somebody_holds_its_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch(mode=0o600)
    assert not is_busy((lock, tmp_path / "none"))
    with lock.open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        assert is_busy((lock,))
    assert not is_busy((lock,))
