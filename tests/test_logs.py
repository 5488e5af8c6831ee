"""The logs: a request can be followed in them, and nothing private stands there."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from database_faults import database_away
from events import Connection
from hub_process import free_port
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.access.readers import add_reader
from iot_hub.ingest.http.request_ids import id_of
from iot_hub.settings import Settings

TIME = 1755861753
PRIVATE = ("52.229675", "21.012228", "a-guessed-token", "my-secret-note")


@dataclass
class Api:
    """The API as a process of its own, and its log."""

    client: httpx.Client
    log: Path

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """Every line, each of which must be JSON, or those of an event."""
        found = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in found if not event or line["event"] == event]

    def post(self, token: str, body: bytes, **headers: str) -> httpx.Response:
        return self.client.post("/v1/events", content=body, headers={"X-API-Key": token, **headers})


@pytest.fixture
def api(settings: Settings, tmp_path: Path) -> Iterator[Api]:
    assert settings.database_url and settings.viewer_database_url
    port = free_port()
    environment = {
        **os.environ,
        "IOT_HUB_HOME": str(tmp_path / "home"),
        "IOT_HUB_DATABASE_URL": settings.database_url.get_secret_value(),
        "IOT_HUB_VIEWER_DATABASE_URL": settings.viewer_database_url.get_secret_value(),
        "IOT_HUB_LOG_LEVEL": "debug",
    }
    log = tmp_path / "api.log"
    with log.open("wb") as file, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        command = [sys.executable, "-m", "iot_hub", "api", "--port", str(port)]
        with subprocess.Popen(command, env=environment, stdout=file, stderr=file) as process:
            try:
                wait_until(lambda: _ready(client), 60)
                yield Api(client, log)
            finally:
                process.terminate()


def _ready(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/readyz").json()["status"] == "ready"
    return False


@pytest.fixture
def token(owner: Connection) -> str:
    return add_device(owner, "phone", "smartphone")[1]


def reading(second: int = 0, note: str = "") -> bytes:
    place = {"latitude": 52.229675, "longitude": 21.012228}
    return json.dumps({"device_timestamp": TIME + second, "properties": {"location": place, "note": note}}).encode()


@pytest.mark.slow
def test_a_request_is_followed_from_its_answer_to_its_commit(api: Api, token: str, owner: Connection) -> None:
    wait_until(lambda: api.post(token, b"[]").status_code == 200)
    stored = api.post(token, b"[" + reading(1) + b"," + reading(2) + b"]", **{"X-Request-ID": "0123456789abcdef"})
    assert stored.headers["x-request-id"] == "0123456789abcdef"
    [commit] = api.lines("committed")
    assert (commit["requests"], commit["events"], commit["request_ids"]) == (1, 2, ["0123456789abcdef"])
    refused = api.post("a-guessed-token", reading())
    assert api.lines("refused")[-1]["request_id"] == refused.headers["x-request-id"]
    with database_away(owner):
        spooled = api.post(token, reading(3))
    assert spooled.status_code == 202
    [failed] = api.lines("commit_failed")
    assert failed["request_ids"] == [spooled.headers["x-request-id"]]
    assert (failed["requests"], failed["events"], failed["level"]) == (1, 1, "error")
    assert failed["batch_id"] != commit["batch_id"]
    assert all(line["role"] == "api" and line["timestamp"] for line in api.lines())


@pytest.mark.slow
def test_every_answer_has_an_id_of_its_own(api: Api) -> None:
    paths = ["/healthz", "/readyz", "/metrics", "/v1/devices", "/v1/devices/7", "/login", "/nowhere", "/v1/events"]
    ids = [api.client.get(path).headers.get_list("x-request-id") for path in paths]
    assert [len(each) for each in ids] == [1] * len(paths)
    assert len({each[0] for each in ids}) == len(paths)


@pytest.mark.parametrize("unfit", [b"", b"short", b"x" * 65, b"two words here", b'"quotes"-and-more', b"\xc4\x85" * 8])
def test_an_id_that_is_unfit_for_a_log_is_replaced(unfit: bytes) -> None:
    own = id_of({"headers": [(b"x-request-id", unfit)]})
    assert re.fullmatch(rb"[0-9a-f]{16}-\d+", own)
    assert own != id_of({"headers": []})
    assert id_of({"headers": [(b"x-request-id", b"0123-4567_89ab")]}) == b"0123-4567_89ab"


@pytest.mark.slow
def test_no_line_holds_a_token_a_body_a_coordinate_or_a_query(api: Api, token: str, owner: Connection) -> None:
    reader = add_reader(owner, "grafana")
    wait_until(lambda: api.post(token, b"[]").status_code == 200)
    statuses = [
        api.post(token, reading(1, "my-secret-note")).status_code,
        api.post(token, reading(2)[:-3]).status_code,
        # The database refuses a zero byte in a text, in words that quote what stands around it.
        api.post(token, reading(3, "my-secret-note\0")).status_code,
        api.client.post("/v1/events?token=a-guessed-token", content=reading(4)).status_code,
        api.client.get("/osmand/a-guessed-token?lat=52.229675&lon=21.012228").status_code,
        api.client.get(f"/osmand/{token}?lat=52.229675&lon=21.012228&note=my-secret-note").status_code,
        api.client.post(f"/owntracks/{token}", content=b"my-secret-note").status_code,
        api.client.get("/v1/devices/1/events", params={"from": "52.229675", "limit": "my-secret-note"}).status_code,
        *(
            api.client.get(path, headers={"Authorization": f"{scheme} {sent}"}).status_code
            for path in ("/v1/devices/1/events?from=52.229675&limit=my-secret-note", "/v1/devices/21.012228/last")
            for scheme, sent in (("Bearer", reader), ("Basic", b64encode(f"x:{reader}".encode()).decode()))
        ),
        api.client.get(f"/v1/devices/{reader}?token={reader}", headers={"Authorization": "Bearer wrong"}).status_code,
    ]
    assert statuses == [200, 422, 422, 401, 401, 200, 200, 401, 422, 422, 422, 422, 401]
    with database_away(owner):
        assert api.post(token, reading(5, "my-secret-note")).status_code == 202
        asked = {"note": "my-secret-note"}
        assert (
            api.client.get("/v1/devices", params=asked, headers={"Authorization": f"Bearer {reader}"}).status_code
            == 503
        )
    text = api.log.read_text()
    assert len(api.lines()) > 5
    assert [
        secret for secret in (*PRIVATE, token, reader, b64encode(f"x:{reader}".encode()).decode()) if secret in text
    ] == []


def test_of_an_error_the_log_tells_where_it_was_raised_and_not_what_it_says(tmp_path: Path) -> None:
    script = """
import logging, structlog
from iot_hub.logs import set_up_logs
set_up_logs("api")
log = structlog.get_logger()
for tell in (lambda: log.exception("failed"), lambda: logging.getLogger("a library").exception("its output")):
    try:
        float("52.229675N")
    except ValueError:
        tell()
log.debug("too fine for info")
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr
    lines = [json.loads(line) for line in told.splitlines()]
    assert [(line["event"], line["error"], line["role"]) for line in lines] == [
        ("failed", "ValueError", "api"),
        ("its output", "ValueError", "api"),
    ]
    assert all(line["where"] == ["<string>:8"] for line in lines)
    assert "52.229675" not in told
