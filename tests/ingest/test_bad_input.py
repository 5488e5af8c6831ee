"""Whatever comes in, no 5xx, no crash, bounded memory, and the good events beside it stored."""

from __future__ import annotations

import contextlib
import gzip
import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest
import schemathesis
import zstandard
from events import Connection
from hub_process import Hub, post, running_hub
from hub_server import running_api
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from paths import ROOT
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.event import Event, Rejected
from iot_hub.settings import Settings
from iot_hub.sources import SOURCES, ParseContext

NOW = 1_758_000_000_000_000
VALID = [
    b'{"device_timestamp":1755861753,"properties":{"battery":{"temperature_C":28.7}}}',
    b'{"device_id":1,"device_timestamp":1755861753.25,"properties":{"location":{"latitude":52.23,"longitude":21.01}}}',
    b'[{"device_time":"2025-08-22T13:22:33+02:00","properties":{"a":"\\u0105"}},{"device_timestamp":1,"properties":{}}]',
    b'{"device_timestamp":1755861753,"properties":{}}\n{"device_timestamp":1755861754,"properties":{"n":1e3}}',
    b'{"_type":"location","lat":52.23,"lon":21.01,"tst":1755861753,"vel":36,"bs":2,"batt":81,"p":100.2}',
    b'{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[21.01,52.23]},'
    b'"properties":{"timestamp":"2025-08-22T13:22:33+02:00","speed":-1,"battery_level":0.5,"motion":["driving"]}}]}',
    b'{"deviceId":"d","payload":[{"name":"location","time":1755861753000000000,"values":{"latitude":52.2,"longitude":21}}]}',
    b"id=1&lat=52.23&lon=21.01&timestamp=1755861753&speed=10&batt=5&charge=true&alarm=sos",
    b'{"location":{"timestamp":"2025-05-09T04:11:30.579Z","coords":{"latitude":52.2,"longitude":21.0},"battery":{"level":1}}}',
    b'{"type":"update_sensor_states","data":[{"unique_id":"battery_level","state":62,"type":"sensor"}]}',
]
CONTENT_TYPES = ["application/json", "application/x-ndjson", "text/plain", ""]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid payload with bytes changed, dropped, repeated and put in."""
    payload = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(payload)))
        end = min(start + draw(st.integers(0, 12)), len(payload))
        new = draw(st.one_of(st.binary(max_size=6), st.just(bytes(payload[start:end]) * 3), st.sampled_from(TOKENS)))
        payload[start:end] = new
    return bytes(payload)


TOKENS = [
    b"{",
    b"[",
    b'"',
    b"null",
    b"1e999",
    b"-",
    b"\\u0000",
    b"\\ud800",
    b"\xff",
    b"\n",
    b"9" * 400,
    b"NaN",
    b"[" * 90,
]


@pytest.mark.slow
@pytest.mark.parametrize("source", sorted(SOURCES))
@given(
    payload=st.one_of(st.binary(max_size=300), mutated(), mutated(), st.text(max_size=200).map(str.encode)),
    content_type=st.sampled_from(CONTENT_TYPES),
)
@example(payload=b"[" * 100_000, content_type="application/json")
@example(payload=b'{"device_timestamp":1,"properties":' + b'{"a":' * 5_000, content_type="application/x-ndjson")
@hypothesis_settings(max_examples=200, deadline=None)
def test_a_source_gives_events_or_reasons_for_any_bytes(source: str, payload: bytes, content_type: str) -> None:
    parsed = SOURCES[source](payload, ParseContext(NOW, content_type))
    for item in parsed:
        assert isinstance(item, Event | Rejected)
        if isinstance(item, Event):
            json.loads(item.properties)
            assert item.device_time <= NOW + 86_400_000_000
        else:
            assert item.reason


@contextlib.contextmanager
def documented_api(settings: Settings, owner: Connection) -> Iterator[tuple[httpx.Client, str]]:
    _, token = add_device(owner, "phone", "smartphone")
    with running_api(settings) as api:
        wait_until(lambda: api.post("/v1/events", headers={"X-API-Key": token}, content=b"[]").status_code == 200)
        body = b'{"device_timestamp":1755861753,"properties":{"location":{"latitude":52.2,"longitude":21.0}}}'
        assert api.post("/v1/events", headers={"X-API-Key": token}, content=body).status_code == 200
        yield api, token


@pytest.mark.hub
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(300)
def test_the_served_openapi_document_holds_for_generated_requests(settings: Settings, owner: Connection) -> None:
    with documented_api(settings, owner) as (api, token):
        schema = schemathesis.openapi.from_url(f"{api.base_url}/openapi.json".replace("//openapi", "/openapi"))
        operations = [found.ok() for found in schema.get_all_operations()]
        assert len(operations) >= 9
        for operation in operations:
            check_operation(operation, token)


def check_operation(operation: Any, token: str) -> None:
    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=20, deadline=None, database=None, derandomize=True,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def conforms(case: Any) -> None:
        headers = {"X-API-Key": token}
        case.call_and_validate(headers=headers, checks=CHECKS)

    conforms()


CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


@pytest.fixture(scope="module")
def device(hub: Hub) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(hub.command("device", "add", "My phone", "--json").stdout)
    wait_until(lambda: post(hub, told, 1755861753, latitude=52.2).status_code == 200)
    return told


def api_memory(hub: Hub) -> int:
    [api] = [pid for pid, line in hub.children().items() if "iot_hub api" in line]
    return int(psutil.Process(api).memory_full_info().pss)


@pytest.mark.hub
def test_bombs_are_refused_and_leave_no_trace_in_memory(hub: Hub, device: dict[str, Any]) -> None:
    zeros = bytes(2_000_000)
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    zstd_bomb = b"".join(packer.compress(zeros) for _ in range(1_000)) + packer.flush()
    gzip_bomb = gzip.compress(zeros * 100, 9)
    nested = gzip.compress(gzip_bomb)
    before = api_memory(hub)
    for bomb, encoding, expected in (
        (gzip_bomb, "gzip", 413), (zstd_bomb, "zstd", 413), (nested, "gzip", 413), (gzip_bomb[:-9], "deflate", 413),
    ) * 5:  # fmt: skip
        headers = {"X-API-Key": device["token"], "Content-Encoding": encoding}
        assert httpx.post(f"{hub.url}/v1/events", content=bomb, headers=headers).status_code == expected
    assert api_memory(hub) < before + 60_000_000
    assert post(hub, device, 1755861800, latitude=52.2).status_code == 200


@pytest.mark.hub
def test_slow_and_endless_requests_keep_no_good_one_waiting(hub: Hub, device: dict[str, Any]) -> None:
    before = api_memory(hub)
    port = int(hub.url.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        drips = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(300)]
        for place, drip in enumerate(drips):
            drip.sendall(
                b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n" + (b"X-Slow: " if place % 2 else BODY_BEGUN)
            )
        sent, answer = endless_body(port, device["token"])
        for drip in drips:
            drip.sendall(b"a")
        started = time.monotonic()
        assert post(hub, device, 1755861801, latitude=52.2).status_code == 200
        assert time.monotonic() - started < 2
    assert answer == b"HTTP/1.1 413"
    assert sent < 20_000_000
    assert api_memory(hub) < before + 30_000_000


BODY_BEGUN = b"Content-Length: 100000\r\n\r\n["


def endless_body(port: int, token: str) -> tuple[int, bytes]:
    """Send a body without end; give how much went out before the hub had enough, and what it said."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = (
            f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(head.encode())
        sent = 0
        while sent < 100_000_000 and not select.select([connection], [], [], 0)[0]:
            connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            sent += 0x10000
        return sent, connection.recv(12)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_flood_of_malformed_payloads_harms_no_good_event() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chaos.malformed", "--count", "20000", "--harmed", "2000"],
        cwd=ROOT, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert found["violations"] == []
    assert (found["malformed"], found["harmed"]) == (20_000, 2_000)
    assert found["good"] > 300
    assert set(found["statuses"]) <= {"200", "201", "403", "422"}
    assert found["memory_most"] < found["memory_before"] + 60_000_000
