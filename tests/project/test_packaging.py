"""The wheel: all that the hub is, and nothing else, running where there is no source tree."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hub_process import free_port
from installed_hub import (
    ROOT,
    Installation,
    build_wheel,
    clean_variables,
    metadata,
    needed_by,
    new_environment,
    package_files,
    run,
)
from waiting import wait_until

from iot_hub import __version__

pytestmark = [pytest.mark.hub, pytest.mark.slow]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def server(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The server alone, without the dashboard."""
    installation = new_environment(tmp_path_factory.mktemp("server"))
    installation.unpack(wheel, "server")
    return installation


@pytest.fixture(scope="module")
def agent(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The agent alone, as pip installs it where there is no index."""
    installation = new_environment(tmp_path_factory.mktemp("agent"))
    pip = (sys.executable, "-m", "pip", "--python", str(installation.python), "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-index", f"iot-personal-hub[agent] @ file://{wheel}")
    return installation


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    known = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "iot_hub", folder=ROOT).split("\n")
    plain = {name for name in known if name and (ROOT / name).is_file()}
    linked = {
        name.replace(str(folder.relative_to(ROOT)), link)
        for link, folder in ((name, (ROOT / name).resolve()) for name in known if (ROOT / name).is_symlink())
        for name in plain
        if (ROOT / name).is_relative_to(folder)
    }
    assert linked
    assert set(package_files(wheel)) == plain | linked


def test_the_wheel_is_of_this_version_and_has_the_licence(wheel: Path) -> None:
    assert wheel.name == f"iot_personal_hub-{__version__}-py3-none-any.whl"
    assert "License-Expression: MIT" in metadata(wheel)


def test_two_builds_are_the_same(wheel: Path, tmp_path: Path) -> None:
    assert build_wheel(tmp_path).read_bytes() == wheel.read_bytes()


def test_the_server_imports_all_of_its_modules_without_the_dashboards_packages(server: Installation) -> None:
    tried = """
import importlib, pkgutil, iot_hub
apart = ("iot_hub.dashboard.", "iot_hub.worker.dags.", "iot_hub.dags.", "iot_hub.__main__")
for module in pkgutil.walk_packages(iot_hub.__path__, "iot_hub."):
    if not (module.name + ".").startswith(apart):
        importlib.import_module(module.name)
import iot_hub.dashboard.command
print(iot_hub.__file__)
"""
    found = run(str(server.python), "-c", tried)
    assert found.startswith(str(server.folder))


def test_the_server_without_the_dashboard_says_what_to_install(server: Installation, tmp_path: Path) -> None:
    done = subprocess.run(
        [server.program, "dashboard"], env=clean_variables(tmp_path, free_port()), cwd=tmp_path, capture_output=True, text=True
    )  # fmt: skip
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "iot-personal-hub[dashboard]" in done.stderr


def test_the_agent_is_installed_without_anything_else(agent: Installation) -> None:
    listed = "from importlib.metadata import distributions; print(*(found.name for found in distributions()))"
    assert run(str(agent.python), "-c", listed) == "iot-personal-hub\n"


def test_the_agent_runs_where_it_is_alone_and_the_hub_says_what_to_install(agent: Installation, tmp_path: Path) -> None:
    program = str(agent.program)
    variables = clean_variables(tmp_path, free_port(), HOME=str(tmp_path))
    assert "install-service" in run(program, "agent", "--help", environment=variables, folder=tmp_path)
    begun = ("--address", "https://hub.example", "--token", "t")
    run(program, "agent", "init", *begun, environment=variables, folder=tmp_path)
    assert json.loads(run(program, "agent", "status", "--json", environment=variables, folder=tmp_path))["waiting"] == 0
    done = subprocess.run([program, "up"], env=variables, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "pip install 'iot-personal-hub[dashboard]'" in done.stderr


def test_the_dashboards_extra_brings_the_server_and_the_base_nothing(wheel: Path) -> None:
    def names(*extras: str) -> set[str]:
        return {needed.name for needed in needed_by(wheel, *extras)}

    assert names() == names("agent") == set()
    assert "typer" in names("server") < names("dashboard")


def test_an_installed_hub_runs_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    installation = new_environment(tmp_path / "venv")
    installation.unpack(wheel, "dashboard")
    folder = tmp_path / "empty"
    folder.mkdir()
    variables = clean_variables(tmp_path / "home", port := free_port(), IOT_HUB_PUBLIC_DASHBOARD="yes")
    url = f"http://127.0.0.1:{port}"
    assert installation.hub("--version", environment=variables, folder=folder) == f"{__version__}\n"
    with subprocess.Popen(
        [installation.program, "up"], env=variables, cwd=folder, stdout=subprocess.DEVNULL
    ) as process:
        try:
            wait_until(lambda: process.poll() is not None or answers(f"{url}/readyz"), 90)
            added = installation.hub("device", "add", "My phone", "--json", environment=variables, folder=folder)
            event = {"device_timestamp": 1755861753, "properties": {"battery": {"remaining_percent": 51}}}
            token = json.loads(added)["token"]
            stored = httpx.post(f"{url}/v1/events", json=event, headers={"X-API-Key": token})
            assert stored.json() == {"stored": 1, "duplicates": 0, "rejected": []}
            wait_until(lambda: answers(f"{url}/public/_stcore/health"), 60)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    assert list(folder.iterdir()) == []


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, verify=False).status_code == 200
    except httpx.TransportError:
        return False
