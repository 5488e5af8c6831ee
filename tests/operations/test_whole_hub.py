"""The whole hub as a user starts it: one command, one port, one clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from browser_world import MAP, chromium
from hub_process import PASSWORD, Hub, alive, events_listed, free_port, hub_environment, post, running_hub
from playwright.sync_api import expect
from psycopg.rows import dict_row
from waiting import wait_until

pytestmark = pytest.mark.hub

BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running_hub(first_start=True, IOT_HUB_REQUEST_RATE="10") as running:
        yield running


@pytest.fixture(scope="module")
def device(hub: Hub) -> dict[str, Any]:
    return json.loads(hub.command("device", "add", "My phone", "--json").stdout)


def test_a_sent_point_is_published_within_seconds(hub: Hub, device: dict[str, Any]) -> None:
    assert post(hub, device, 1755861753, latitude=52.2301, longitude=21.0102).status_code == 200
    hub.command("device", "publish", "My phone")
    reader = {"Authorization": f"Bearer {hub.command('reader', 'add', 'a test').stdout.strip()}"}
    span = {"from": "2025-08-22T00:00:00Z", "to": "2025-08-23T00:00:00Z"}

    def published() -> bool:
        track = httpx.get(f"{hub.url}/v1/devices/{device['id']}/track", params=span, headers=reader).json()
        return "21.0102" in json.dumps(track)

    # The worker looks twice a second; what it overlooks waits for a minute.
    wait_until(published, 30)
    asked = {**span, "metric": "battery.level"}
    hours = httpx.get(f"{hub.url}/v1/devices/{device['id']}/hourly", params=asked, headers=reader).json()
    assert [(hour["hour"], hour["avg"]) for hour in hours["hours"]] == [("2025-08-22T11:00:00Z", 80)]


def test_the_first_betas_path_goes_through_nginx(hub: Hub, device: dict[str, Any]) -> None:
    body = {"device_id": device["id"], "device_timestamp": 1755861800, "properties": {}}
    answer = httpx.post(f"{hub.url}/mobile_location", json=body, headers={"X-API-Key": device["token"]})
    assert answer.status_code == 200


def test_one_port_serves_dashboard_api_and_documentation(hub: Hub) -> None:
    hub.set_password()
    with httpx.Client(base_url=hub.url, headers=BROWSER) as browser:
        assert browser.get("/").headers["location"].endswith("/login?next=/")
        browser.post("/login", data={"password": PASSWORD}, headers={"Origin": hub.url})
        wait_until(lambda: browser.get("/").status_code == 200, 60)
        assert "text/html" in browser.get("/").headers["content-type"]
    assert httpx.get(f"{hub.url}/docs").status_code == 200
    assert httpx.get(f"{hub.url}/openapi.json").json()["paths"]["/v1/events"]
    assert "iot_hub_events_total" in hub.metrics().text
    assert httpx.get(f"{hub.url}/healthz").json()["status"] == "alive"


def test_a_page_of_another_origin_can_not_use_the_dashboards_socket(hub: Hub) -> None:
    assert httpx.get(f"{hub.url}/", headers=BROWSER | {"Origin": "https://evil.example"}).status_code == 403
    assert httpx.get(f"{hub.url}/_stcore/health", headers={"Origin": hub.url}).status_code == 401


def test_the_public_dashboard_is_off(hub: Hub) -> None:
    for path in ("/public", "/public/", "/s/abcdefghijklmnopqrstuvwxyz"):
        answer = httpx.get(f"{hub.url}{path}")
        assert (answer.status_code, "Nothing is public here" in answer.text) == (404, True)
    assert not [line for line in hub.children().values() if "public_app" in line]


@pytest.fixture(scope="module")
def public_hub() -> Iterator[Hub]:
    """A hub whose public dashboard is on."""
    with running_hub(IOT_HUB_PUBLIC_DASHBOARD="yes", IOT_HUB_BACKUP_KEY="b" * 32) as hub:
        wait_until(lambda: httpx.get(f"{hub.url}/public/").status_code == 200, 60)
        yield hub


def test_the_public_dashboard_has_no_credential_of_the_owner(public_hub: Hub) -> None:
    hub = public_hub
    [pid] = [pid for pid, line in hub.children().items() if "public_app.py" in line]
    environment = Path(f"/proc/{pid}/environ").read_text()
    secrets = {
        path.name: path.read_text().strip() for path in Path(hub.environment["IOT_HUB_HOME"], "secrets").iterdir()
    }
    assert secrets["database-viewer-password"] in environment
    assert secrets["database-owner-password"] not in environment
    assert hub.environment["IOT_HUB_HOME"] + "/secrets" not in environment
    assert "IOT_HUB_BACKUP_KEY" not in environment
    link = httpx.get(f"{hub.url}/s/abcdefghijklmnopqrstuvwxyz")
    assert link.headers["location"].endswith("/public/?share=abcdefghijklmnopqrstuvwxyz")
    # The owner's own page stays closed.
    assert httpx.get(f"{hub.url}/", headers=BROWSER).status_code == 302


@pytest.mark.browser
def test_a_share_link_opens_in_a_browser_as_it_was_printed(public_hub: Hub) -> None:
    hub = public_hub
    device = json.loads(hub.command("device", "add", "My phone", "--json").stdout)
    hub.command("device", "publish", "My phone")
    for minutes in (10, 5, 1):
        assert post(hub, device, time.time() - 60 * minutes, latitude=52.2301, longitude=21.0102).status_code == 200
    hub.command("device", "publish", "My phone")
    made = hub.command("share", "add", "mum", "--device", "My phone", "--live", "24h", "--json").stdout
    address = json.loads(made)["url"]
    assert address.startswith(f"{hub.url}/s/")
    with chromium() as browser:
        page = browser.new_page(locale="en-GB")
        errors: list[str] = []
        page.on("console", lambda said: said.type == "error" and errors.append(said.text))
        page.goto(address)
        expect(page.get_by_text("Shared by the owner: mum")).to_be_visible(timeout=40_000)
        expect(page.locator(MAP).first).to_be_visible(timeout=40_000)
        assert errors == []


def test_a_body_over_the_limit_is_413_from_nginx_in_the_hubs_words(hub: Hub, device: dict[str, Any]) -> None:
    answer = httpx.post(f"{hub.url}/v1/events", content=b"x" * 8_000_001, headers={"X-API-Key": device["token"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_answers_are_gzipped_for_who_asks(hub: Hub) -> None:
    assert httpx.get(f"{hub.url}/openapi.json").headers["content-encoding"] == "gzip"


def test_a_stranger_is_slowed_down_and_this_machine_is_not(hub: Hub, device: dict[str, Any]) -> None:
    def flood(address: str) -> set[int]:
        transport = httpx.HTTPTransport(verify=False, local_address=address)
        with httpx.Client(transport=transport) as client:
            return {client.get(f"{hub.url}/healthz").status_code for _ in range(300)}

    assert flood("127.0.0.1") == {200}
    assert 429 in flood("127.0.0.2")


def test_the_viewers_url_reads_published_views_only(hub: Hub) -> None:
    url = hub.command("db", "url", "--viewer").stdout.strip()
    with psycopg.connect(url, row_factory=dict_row) as viewer:
        viewer.execute("SELECT * FROM iot_personal_hub.view_devices_smartphone_battery_level")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            viewer.execute("SELECT * FROM iot_personal_hub.raw_devices_properties")


def test_the_owners_url_reads_the_raw_events(hub: Hub, device: dict[str, Any]) -> None:
    with psycopg.connect(hub.command("db", "url").stdout.strip()) as owner:
        owner.execute("SELECT * FROM iot_personal_hub.raw_devices_properties")
        durable = [owner.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit", "jit")]
        assert durable == [("on",), ("on",), ("off",)]


def test_no_log_holds_a_token_a_coordinate_or_a_body(hub: Hub, device: dict[str, Any]) -> None:
    httpx.post(f"{hub.url}/v1/events?token={device['token']}", content=b'{"secret": 12.345678')
    post(hub, device, 1755861753, latitude=52.2301, longitude=21.0102)
    logs = "".join(path.read_text() for path in Path(hub.environment["IOT_HUB_HOME"], "log").iterdir())
    assert device["token"] not in logs
    assert "52.2301" not in logs
    assert "12.345678" not in logs


def test_a_second_hub_in_the_same_home_is_refused_in_one_line(hub: Hub) -> None:
    second = hub.command("up", check=False)
    assert second.returncode == 1
    assert second.stderr.startswith("iot-hub: A hub is already running in")
    assert len(second.stderr.splitlines()) == 1


def test_a_taken_port_is_refused_in_one_line(hub: Hub, tmp_path: Path) -> None:
    environment = hub_environment(str(tmp_path), int(hub.environment["IOT_HUB_PORT"]))
    refused = subprocess.run(
        [sys.executable, "-m", "iot_hub", "up"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 1
    assert "is taken" in refused.stderr
    assert "IOT_HUB_PORT=" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "victim", ["iot_hub api", "iot_hub worker", "nginx: master", "nginx: worker", "app.py", "bin/postgres -D"]
)
def test_what_is_killed_comes_back(hub: Hub, device: dict[str, Any], victim: str) -> None:
    killed = hub.pids(victim)
    below = {child.pid for pid in killed for child in psutil.Process(pid).children()}
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: hub.pids(victim) - killed and hub.ready())
    assert alive(below) == set()
    # 202: a database that has just come back takes the spool in first.
    assert post(hub, device, 1755861900, latitude=52.2, longitude=21.0).status_code in (200, 202)


def test_ctrl_c_stops_every_process_and_a_second_start_finds_the_data() -> None:
    with running_hub() as hub:
        device = json.loads(hub.command("device", "add", "My phone", "--json").stdout)
        assert post(hub, device, 1755861753, latitude=52.2, longitude=21.0).status_code == 200
        wait_until(lambda: events_listed(hub) == [("My phone", 1)])
        running = hub.children()
        assert len(running) > 5
        hub.process.send_signal(signal.SIGINT)
        assert hub.process.wait(timeout=60) == 0
        assert alive(running) == set()
        # With the hub down a command starts the database for itself.
        assert events_listed(hub) == [("My phone", 1)]


def test_a_killed_hub_leaves_no_process_behind() -> None:
    with running_hub() as hub:
        running = hub.children()
        hub.process.kill()
        wait_until(lambda: alive(running) == set())


def test_the_demo_shows_a_week_of_phones_a_sensor_a_car_and_a_home_behind_the_hubs_own_broker() -> None:
    with running_hub("--demo", IOT_HUB_MQTT_PORT=str(free_port())) as hub:

        def seen() -> bool:
            devices = httpx.get(f"{hub.url}/v1/devices").json()
            return {device["name"] for device in devices if not device["last_seen"]} == {"Home gateway"}

        wait_until(seen, 180)
        assert "text/html" in httpx.get(f"{hub.url}/", headers=BROWSER).raise_for_status().headers["content-type"]
        assert len(hub.command("area", "list", "--json").stdout.splitlines()) > 1
        # What others see is to be shown of it, too; a home tells who is there.
        listed = json.loads(hub.command("device", "list", "--json").stdout)
        assert [row["name"] for row in listed if row["published"]] == [
            "Ana's phone", "Jan's phone", "Mia's phone", "Living room", "Family car",
        ]  # fmt: skip
        assert {row["status"] for row in json.loads(hub.command("discovery", "list", "--json").stdout)} == {"approved"}
