"""The hub as a service of systemd: what is written, how it is protected, what is the owner's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from iot_hub.cli.main import app
from iot_hub.errors import UserError
from iot_hub.operations.service import environment_file, files
from iot_hub.operations.service.files import SYSTEM, File, Places, service_files, users_places
from iot_hub.operations.service.installing import install, remove

MOST_EXPOSED = 2.0


@pytest.fixture(autouse=True)
def _installed_where_a_service_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UNSEEN", ())


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """The places of a machine's service, in a folder of the test's."""
    return Places(
        unit=tmp_path / "systemd/iot-hub.service", settings=tmp_path / "etc/settings.env", state=Path("/var/lib/iot-hub"),
        sysusers=tmp_path / "sysusers.d/iot-hub.conf", command=tmp_path / "bin/iot-hub",
    )  # fmt: skip


def installed(places: Places, **settings: str) -> Path:
    install(service_files(places, settings), lambda _: False, lambda _: None)
    return places.unit


def analyze(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("port", ["8443", "443"])
def test_systemd_takes_the_unit_and_finds_it_well_protected(places: Places, port: str) -> None:
    unit = installed(places, IOT_HUB_PORT=port)
    verified = analyze("verify", unit)
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED * 10:.0f}", unit)
    assert judged.returncode == 0, judged.stdout


def test_systemd_takes_a_users_own_unit(tmp_path: Path) -> None:
    unit = installed(users_places(tmp_path / "config", tmp_path / "state"))
    verified = analyze("verify", "--user", unit, XDG_RUNTIME_DIR=str(tmp_path))
    assert (verified.returncode, verified.stderr) == (0, "")


def test_only_a_port_below_1024_brings_a_right(places: Places, tmp_path: Path) -> None:
    lines = installed(places, IOT_HUB_PORT="8443").read_text().splitlines()
    assert {"CapabilityBoundingSet=", "AmbientCapabilities=", "PrivateUsers=yes"} <= set(lines)
    places.settings.write_text("IOT_HUB_PORT='8443'\nIOT_HUB_HTTP_PORT='80'\n")
    low = next(file.text for file in service_files(places, {}) if file.path == places.unit)
    assert {"AmbientCapabilities=CAP_NET_BIND_SERVICE", "PrivateUsers=no"} <= set(low.splitlines())


def test_settings_are_taken_once_and_then_the_owners(places: Places) -> None:
    installed(places, IOT_HUB_PORT="8443", IOT_HUB_HOME="/elsewhere", PATH="/bin")
    assert environment_file.parse(places.settings.read_text()) == {"IOT_HUB_PORT": "8443"}
    assert places.settings.stat().st_mode & 0o777 == 0o600
    places.settings.write_text("IOT_HUB_PORT=9000\n")
    installed(places, IOT_HUB_PORT="8443")
    assert places.settings.read_text() == "IOT_HUB_PORT=9000\n"


def test_a_shell_reads_the_settings_as_systemd_does(places: Places) -> None:
    odd = {"IOT_HUB_BACKUP_KEY": 'a "b" $HOME `c` \\ #d', "IOT_HUB_ADDRESS": "https://hub.example"}
    installed(places, **odd)
    sourced = subprocess.run(
        ["sh", "-c", f"set -a; . {places.settings}; env -0"], capture_output=True, text=True, env={}, check=True
    )
    seen = dict(line.split("=", 1) for line in sourced.stdout.split("\0") if line)
    assert {name: seen[name] for name in odd} == odd
    assert environment_file.parse(places.settings.read_text()) == odd
    with pytest.raises(UserError, match="IOT_HUB_ADDRESS"):
        environment_file.render({"IOT_HUB_ADDRESS": "it's"})


def test_a_second_installation_changes_nothing_and_one_over_changes_asks(places: Places) -> None:
    installed(places)
    said: list[str] = []
    install(service_files(places, {}), _never, said.append)
    assert all("unchanged" in line for line in said)
    places.unit.write_text("# my own\n")
    install(service_files(places, {}), lambda _: False, said.append)
    assert places.unit.read_text() == "# my own\n"
    install(service_files(places, {}), lambda question: str(places.unit) in question, said.append)
    assert "ExecStart" in places.unit.read_text()


def test_what_is_taken_away_leaves_the_settings(places: Places) -> None:
    installed(places)
    remove(service_files(places, {}), lambda _: None)
    assert [file.path for file in service_files(places, {}) if file.path.exists()] == [places.settings]


def test_print_shows_every_file_and_writes_none() -> None:
    before = [path.exists() for path in (SYSTEM.unit, SYSTEM.settings, SYSTEM.command)]
    shown = CliRunner().invoke(app, ["install-service", "--print"], catch_exceptions=False).stdout
    assert [path for path in (SYSTEM.unit, SYSTEM.settings, SYSTEM.command) if f"# {path}\n" not in shown] == []
    assert [path.exists() for path in (SYSTEM.unit, SYSTEM.settings, SYSTEM.command)] == before


def test_a_hub_where_the_service_can_not_look_is_refused(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UNSEEN", (str(Path(os.path.realpath(files.__file__)).parents[2]),))
    with pytest.raises(UserError, match="/opt/iot-personal-hub"):
        service_files(places, {})


def test_a_folder_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be written"):
        install([File(tmp_path / "file" / "unit", "text")], _never, lambda _: None)


def test_the_services_command_line_is_a_shell_script_that_names_its_user(places: Places) -> None:
    installed(places)
    assert places.command is not None
    assert subprocess.run(["sh", "-n", places.command]).returncode == 0
    assert places.command.stat().st_mode & 0o111
    assert "--reuid=iot-hub" in places.command.read_text()


def _never(question: str) -> bool:
    raise AssertionError(question)
