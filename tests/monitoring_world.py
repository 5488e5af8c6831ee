"""A hub that is watched: everything in it, and Prometheus's own programs."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml
from hub_process import Hub, free_port, running_hub
from paths import ROOT
from waiting import wait_until

MONITORING = ROOT / "monitoring"
LATITUDE, LONGITUDE = 45.271828, 13.314159
SECRET_TOKEN = "a-token-of-nobody-that-must-not-be-logged"
METRIC = re.compile(r"\biot_hub_[a-z_]+\b")


def alerts() -> list[dict[str, Any]]:
    """Every alert rule."""
    groups = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    return board


def targets(key: str) -> list[tuple[str, str]]:
    """Every query of the dashboard of a kind (``expr`` or ``rawSql``), with its panel's title."""
    found = [(panel["title"], target) for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    return [(title, target[key]) for title, target in found if key in target]


def promtool(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], input=given, capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def watched_hub() -> Iterator[Hub]:
    """A running hub with a device, three days of events, an archive, a backup and a payload in quarantine."""
    with running_hub(IOT_HUB_LOG_LEVEL="debug", IOT_HUB_MQTT_PORT=str(free_port())) as hub:
        device = json.loads(hub.command("device", "add", "My phone", "--json").stdout)
        hub.environment["DEVICE_TOKEN"] = device["token"]
        hub.command("device", "publish", "My phone", "--yes")
        assert send(hub, json.dumps(_history())).status_code == 200
        assert send(hub, f'{{"broken": {LATITUDE}').status_code == 422
        assert send(hub, "{}", token=SECRET_TOKEN).status_code == 401
        wait_until(lambda: "iot_hub_roll_ups_stale 0.0" in scrape(hub), 60)
        hub.command("archive", "run")
        hub.command("backup")
        wait_until(lambda: 'timestamp_seconds{role="worker"}' in scrape(hub), 60)
        wait_until(lambda: 'timestamp_seconds{role="mqtt"}' in scrape(hub), 60)
        wait_until(lambda: 'iot_hub_role_up{role="nginx"} 1.0' in scrape(hub), 60)
        yield hub


def send(hub: Hub, body: str, token: str = "", **headers: str) -> httpx.Response:
    own = {"X-API-Key": token or hub.environment["DEVICE_TOKEN"], **headers}
    return httpx.post(f"{hub.url}/v1/events", content=body, headers=own, timeout=60)


def scrape(hub: Hub) -> str:
    return hub.metrics().raise_for_status().text


def _history() -> list[dict[str, Any]]:
    start = time.time() - 3 * 86_400
    return [
        {
            "device_timestamp": start + 1200 * step,
            "properties": {
                "battery": {"remaining_percent": 50 + step % 40, "temperature_C": 28.5, "voltage_V": 3.9},
                "location": {"latitude": LATITUDE + step * 0.01, "longitude": LONGITUDE, "altitude_m": 12 + step % 9},
            },
        }
        for step in range(150)
    ]


@contextlib.contextmanager
def prometheus(hub: Hub, folder: Path) -> Iterator[httpx.Client]:
    """Debian's Prometheus with the alert rules, which scrapes a hub; a client of its API."""
    targets = [{"targets": [hub.url.removeprefix("http://")]}]
    token = {"credentials_file": str(Path(hub.environment["IOT_HUB_HOME"], "secrets", "metrics-token"))}
    configuration = {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
        "rule_files": [str(MONITORING / "alerts.yaml")],
        "scrape_configs": [{"job_name": "iot-hub", "static_configs": targets, "authorization": token}],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    port = free_port()
    command = [
        "prometheus", f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
    ]  # fmt: skip
    with (
        subprocess.Popen(command, cwd=folder) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=20) as client,
    ):
        try:
            wait_until(lambda: _answers(client), 30)
            yield client
        finally:
            server.terminate()


def _answers(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/query", params={"query": "up"}).status_code == 200
    return False
