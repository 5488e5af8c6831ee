"""The private cluster: made once, refused clearly, reachable from odd places."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from iot_hub.database import binaries
from iot_hub.database.binaries import find_binaries
from iot_hub.database.connections import connect, owner_conninfo, scalar
from iot_hub.errors import UserError
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.operations.postgres_server import running_server
from iot_hub.operations.up import check_disk, check_ports
from iot_hub.settings import Settings


def test_a_long_home_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / ("deep" * 20))
    assert len(str(settings.socket_folder / ".s.PGSQL.5432")) <= 107


@pytest.mark.slow
def test_a_cluster_works_where_only_its_owner_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    settings = Settings(home=closed / "hub")
    with running_server(settings), connect(owner_conninfo(settings, "tests")) as owner:
        assert scalar(owner, "SELECT current_database()") == "iot_hub"
    with running_server(settings), connect(owner_conninfo(settings, "tests")) as owner:
        assert scalar(owner, "SHOW listen_addresses") == ""


def test_only_its_user_can_read_the_passwords(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    owner_conninfo(settings, "tests")
    [password] = (tmp_path / "secrets").iterdir()
    assert password.stat().st_mode & 0o077 == 0
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_a_cluster_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / "postgresql"
    data.mkdir()
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(UserError, match="postgresql-12"):
        Cluster(Settings(home=tmp_path)).create()


def test_a_home_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be used"):
        Cluster(Settings(home=tmp_path / "file" / "hub")).create()


def test_a_machine_without_postgis_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_has_postgis", lambda _: False)
    with pytest.raises(UserError, match="postgis-3"):
        find_binaries()


def test_a_full_disk_is_refused_before_anything_starts(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small]).returncode != 0:
        pytest.skip("this machine mounts nothing")
    try:
        with pytest.raises(UserError, match="are free"):
            check_disk(small)
    finally:
        subprocess.run(["umount", small], check=True)


def test_an_address_that_is_not_this_machines_is_refused() -> None:
    with pytest.raises(UserError, match="does not have the address"):
        check_ports(Settings(host="192.0.2.1", port=8080))


def test_a_newer_postgresql_beside_it_does_not_keep_a_cluster_from_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = find_binaries().version
    (tmp_path / "extension").mkdir()
    (tmp_path / "extension" / "postgis.control").touch()
    for name, says in (("postgres", "postgres (PostgreSQL) 99.1"), ("pg_config", str(tmp_path))):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{says}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert find_binaries(99).version == 99
    assert find_binaries(own).version == own
    assert find_binaries(98).version == own


def test_a_socket_folder_that_another_user_made_first_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("another user's folder takes root")
    (tmp_path / "run").mkdir()
    os.chown(tmp_path / "run", 65534, 65534)
    with pytest.raises(UserError, match="another user"):
        Cluster(Settings(home=tmp_path)).create()
