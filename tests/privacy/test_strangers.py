"""A new hub gives nothing to anybody but its owner: every path and method, asked by a stranger."""

from __future__ import annotations

import http.client
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from events import Connection, add_device, refresh, store
from hub_process import Hub, events_listed, post, running_hub
from hub_server import running_api
from waiting import wait_until

from iot_hub.ingest.http.endpoints import ENDPOINTS
from iot_hub.settings import Settings

NAME = "Quetzalcoatl's phone"
LATITUDE, LONGITUDE = 47.123456, 8.654321
METRIC = "unheard_of.number"
SECRETS = ("Quetzalcoatl", "47.12", "8.65", "unheard_of")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
STRANGE = (
    "/v1/devices", "/v1/devices/", "/v1/devices/1", "/v1/devices/1/last", "/v1/devices/99/last", "/v1/devices/x/last",
    "/v1/devices/1/events", "/v1/devices/1/events?cursor=WzIsMSwwXQ", "/v1/devices/1/events?limit=0",
    "/v1/devices/1/track?format=gpx", "/v1/devices/1/hourly", "/v1/devices/1/hourly?metric=events",
    "/v1/devices/99/hourly?metric=nothing", "/v1/nothing", "/v1/", "//v1/devices", "/v1//devices", "/v1/./devices",
    "/v1%2fdevices", "/V1/devices", "/v1/devices;x", "/v1/devices?token=x", "/docs/../v1/devices",
    "/openapi.json/../v1/devices",
)  # fmt: skip
"""What reads, and ways around it."""
BY_THE_DOCUMENTATION = ("/docs/assets/../../v1/devices", "/docs/assets/%2e%2e/%2e%2e/v1/devices")


def ask(client: httpx.Client, method: str, path: str, **headers: str) -> tuple[int, str]:
    """Send a path as it stands, which httpx would clean up; the status, and all of the answer."""
    at = urlsplit(str(client.base_url))
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, f"{answer.getheaders()}\n{answer.read().decode('utf-8', 'replace')}"
    finally:
        connection.close()


def secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture
def api(settings: Settings, owner: Connection) -> Iterator[httpx.Client]:
    """The API of a new hub, past nginx, with a device that its owner has not published."""
    add_device(owner, 1, NAME, published=False)
    place = {"latitude": LATITUDE, "longitude": LONGITUDE}
    store(owner, (1755861753, {"location": place, "unheard_of": {"number": 7}}))
    refresh(owner)
    with running_api(settings) as client:
        wait_until(lambda: client.get("/readyz").json()["status"] == "ready")
        yield client


def documented(client: httpx.Client) -> Iterator[str]:
    for path in client.get("/openapi.json").json()["paths"]:
        yield re.sub(r"\{\w+\}", "1", path)


@pytest.mark.hub
def test_no_path_and_no_method_of_the_api_gives_anything_away(api: httpx.Client) -> None:
    paths = [*documented(api), *(endpoint.path for endpoint in ENDPOINTS), *STRANGE, *BY_THE_DOCUMENTATION,
             "/docs", "/login", "/session"]  # fmt: skip
    found = {}
    for method, path in itertools.product(METHODS, paths):
        _, text = ask(api, method, path)
        if leaked := secrets_in(text):
            found[f"{method} {path}"] = leaked
    assert found == {}


@pytest.mark.hub
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Cookie": "iot_hub_session=x"}])
def test_every_reading_path_and_method_is_refused_in_the_same_words(api: httpx.Client, headers: dict[str, str]) -> None:
    answers = set()
    for method, path in itertools.product(METHODS, STRANGE):
        status, text = ask(api, method, path, **headers)
        body = "" if method == "HEAD" else text.partition("\n")[2]
        answers.add((status, body))
    texts = {text for _, text in answers if text}
    assert {status for status, _ in answers} == {401}
    assert len(texts) == 1
    assert json.loads(texts.pop())["error"]["code"] == "unauthorized"


@pytest.mark.hub
def test_a_hub_that_is_open_to_everyone_shows_published_devices_only(settings: Settings, owner: Connection) -> None:
    add_device(owner, 1, NAME, published=False)
    add_device(owner, 2, "bicycle")
    store(owner, (1755861753, {"location": {"latitude": LATITUDE, "longitude": LONGITUDE}}), device_id=1)
    refresh(owner)
    with running_api(settings.model_copy(update={"public_dashboard": "yes"})) as api:
        assert [device["name"] for device in api.get("/v1/devices").json()] == ["bicycle"]
        assert api.get("/v1/devices/1/last").json()["error"] == {
            "code": "unknown_device", "message": "There is no device 1. GET /v1/devices lists the devices.",
        }  # fmt: skip
        answers = [ask(api, method, path)[1] for method, path in itertools.product(METHODS, STRANGE)]
    assert [text for text in answers if secrets_in(text)] == []


# The whole hub, with nginx and the dashboards' own ports


STREAMLIT = (
    "/_stcore/health", "/_stcore/host-config", "/_stcore/script-health-check", "/_stcore/metrics", "/_stcore/stream",
    "/_stcore/upload_file/1/1", "/media/x", "/component/x", "/app/static/x", "/static/../x", "/devices", "/areas",
    "/?device=1", "/~/+/_stcore/health",
)  # fmt: skip


@pytest.fixture(scope="module", params=["no", "links"])
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    with running_hub(IOT_HUB_PUBLIC_DASHBOARD=request.param) as hub:
        device: dict[str, Any] = json.loads(hub.command("device", "add", NAME, "--json").stdout)
        assert post(hub, device, 1755861753, latitude=LATITUDE, longitude=LONGITUDE).status_code == 200
        wait_until(lambda: events_listed(hub) == [(NAME, 1)])
        yield hub


def own_ports(hub: Hub) -> set[int]:
    """The ports on which the hub's processes listen."""
    found = set()
    for pid in hub.children():
        for connection in psutil.Process(pid).net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                found.add(connection.laddr.port)
    return found


@pytest.mark.hub
def test_a_stranger_gets_nothing_of_a_new_hub_whichever_port_and_path(hub: Hub) -> None:
    paths = ["/", *STRANGE, *BY_THE_DOCUMENTATION, *STREAMLIT, *(f"/public{path}" for path in STREAMLIT), "/public", "/public/", "/s/" + "x" * 43,
             "/docs", "/openapi.json", "/login", "/session", "/healthz", "/readyz", "/robots.txt", "/_auth"]  # fmt: skip
    asked, found = 0, {}
    for port in own_ports(hub):
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=False) as client:
            for method, path in itertools.product(("GET", "HEAD", "POST", "OPTIONS"), paths):
                try:
                    status, text = ask(client, method, path)
                except (http.client.HTTPException, OSError):
                    continue  # Not everything that listens speaks HTTP.
                asked += 1
                # Streamlit answers any path with its page, in which nothing is yet.
                if secrets_in(text) or (status == 200 and "/v1" in path.lower() and "text/html" not in text):
                    found[f"{port} {method} {path}"] = (status, secrets_in(text))
    assert asked > 500
    assert found == {}
