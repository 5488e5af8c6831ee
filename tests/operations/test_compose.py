"""compose.yaml and Dockerfile: what can be held true of them without a container engine."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from paths import ROOT
from typer.main import get_command

from iot_hub.cli.main import app
from iot_hub.settings import Settings

TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
HUBS_OWN = {name: service for name, service in SERVICES.items() if service["image"] == "iot-personal-hub"}
MEGABYTES = {"m": 1, "g": 1024}
MOST_MB = 900


def test_compose_yaml_is_valid_by_the_compose_specification() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*checker, str(ROOT / "compose.yaml")], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_every_service_has_a_limit_and_the_base_set_fits_into_900_mb() -> None:
    limits = {
        name: int(service["mem_limit"][:-1]) * MEGABYTES[service["mem_limit"][-1]] for name, service in SERVICES.items()
    }
    # Migrations are over before the rest starts.
    stays = [name for name, service in SERVICES.items() if "profiles" not in service and service.get("restart") != "no"]
    assert set(stays) == {"database", "api", "worker", "dashboard", "nginx"}
    assert sum(limits[name] for name in stays) <= MOST_MB


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_an_image_is_pinned_by_its_tag(name: str) -> None:
    assert SERVICES[name]["image"] == "iot-personal-hub" or re.search(r":\d+[\w.-]*$", SERVICES[name]["image"])


@pytest.mark.parametrize("name", sorted(HUBS_OWN))
def test_a_role_of_the_hub_runs_with_no_right_on_a_root_that_nobody_can_write(name: str) -> None:
    service = HUBS_OWN[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", sorted(HUBS_OWN))
def test_a_role_is_a_command_of_the_hub_with_options_that_it_has(name: str) -> None:
    command, *options = HUBS_OWN[name]["command"]
    group = get_command(app)
    found = group.get_command(typer.Context(group), command)  # type: ignore[attr-defined]
    known = {option for parameter in found.params for option in parameter.opts}
    assert {option.partition("=")[0] for option in options} <= known


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate", "s3", "airflow"}))
def test_every_part_that_stays_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_each_part_starts_when_what_it_needs_is_well() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            ends = SERVICES[needed].get("restart") == "no"
            wanted = "service_completed_successfully" if ends else "service_healthy"
            assert how == {"condition": wanted}, f"{name} needs {needed}"
    assert set(SERVICES["nginx"]["depends_on"]) == {"api", "dashboard"}


def test_nginx_proxies_to_the_addresses_that_the_roles_have() -> None:
    asked = dict(option.removeprefix("--").split("=") for option in SERVICES["nginx"]["command"][1:])
    ports = {"api": 8081, "dashboard": 8501, "public": 8501}
    assert asked == {
        name: f"{SERVICES[name]['networks']['inside']['ipv4_address']}:{port}" for name, port in ports.items()
    }


def test_every_setting_named_exists() -> None:
    named = re.findall(r"IOT_HUB_([A-Z0-9_]+)|target: iot_hub_([a-z0-9_]+)", TEXT + (ROOT / "Dockerfile").read_text())
    assert {(upper or lower).lower() for upper, lower in named} <= set(Settings.model_fields)


def test_no_secret_stands_in_a_file_that_is_committed() -> None:
    assert not re.search(r"://[^@/\s]*:[^@/\s]*@", TEXT)
    variables = [line for service in SERVICES.values() for line in service.get("environment", {}).items()]
    assert [name for name, _ in variables if re.search(r"(PASSWORD|SECRET|KEY|TOKEN)$", name)] == []
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/secrets/", "/hub.env", "/tls/"} <= set(ignored)


def test_make_secrets_makes_each_file_that_compose_names_and_none_twice(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    for _ in range(2):
        subprocess.run([ROOT / "scripts" / "make-secrets", folder], check=True, capture_output=True)
        made = {path.name: path.read_text() for path in folder.iterdir()}
        assert {f"secrets/{name}" for name in made} == {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert subprocess.run([ROOT / "scripts" / "make-secrets", folder], capture_output=True).stdout == b""
    assert {path.name: path.read_text() for path in folder.iterdir()} == made
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len({made[name] for name in ("database-owner-password", "database-viewer-password", "backup-key")}) == 3
    assert len(made["backup-key"]) >= 32


def test_the_public_dashboard_has_no_secret_of_the_owner() -> None:
    assert SERVICES["public"]["secrets"] == ["database-viewer-password", "database-guest-password"]
    assert "volumes" not in SERVICES["public"]


def test_only_nginx_and_the_broker_are_reached_from_outside() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.pop("airflow") == ["127.0.0.1:8088:8080"]
    assert published.pop("broker") == ["8883:8883"]
    assert set(published) == {"nginx"}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["database"]["networks"] == ["inside"]


def test_the_image_is_of_a_pinned_base_without_root_and_without_a_compiler() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = {line.split()[1] for line in lines if line.startswith("FROM")}
    assert bases == {"python:3.11-slim-bookworm"}
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users[-1:] == ["iot-hub"]
    assert not re.search(r"\b(gcc|build-essential|make)\b", "\n".join(lines))
    # What is not there when the image is built can't be copied into it.
    copied = [
        word for line in lines if line.startswith("COPY") and "--from" not in line for word in shlex.split(line)[1:-1]
    ]
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_airflow_and_the_dags_in_compose_are_those_of_the_tests() -> None:
    [locked] = re.findall(
        r"^apache-airflow==([\d.]+)", (ROOT / "requirements" / "airflow.lock").read_text(), re.MULTILINE
    )
    assert SERVICES["airflow"]["image"].startswith(f"apache/airflow:{locked}-")
    assert (ROOT / "iot_hub" / "dags" / "agg_hourly.py").exists()
