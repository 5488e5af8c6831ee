"""Whatever bytes a request is made of, it gets an answer of the contract: never a 500, which apps send again for ever."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import pytest
from events import Connection, rows
from hub_server import new_phone, running_api
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.types import Message

from iot_hub.ingest.batch import Receipt, StoredEvent
from iot_hub.ingest.http.admission import Admission
from iot_hub.ingest.http.endpoints import ENDPOINTS, Endpoint
from iot_hub.ingest.http.large_bodies import LargeBodies
from iot_hub.ingest.http.receiver import Receiver
from iot_hub.ingest.quarantine import QuarantinedPayload
from iot_hub.ingest.tokens import AuthenticatedDevice, TokenCache, hash_token
from iot_hub.settings import Settings

TOKEN = b"a-token"
ANSWERS = {200, 201, 400, 401, 403, 405, 413, 415, 422}


class InMemory:
    """Stands for the database: whatever is stored is safe."""

    overloaded = False

    async def store(self, events: Sequence[StoredEvent]) -> Receipt:
        return Receipt(len(events), 0)

    async def quarantine(self, payloads: Sequence[QuarantinedPayload]) -> None:
        assert all(payload.reason for payload in payloads)


def receiver_of(endpoint: Endpoint) -> Receiver:
    tokens = TokenCache("", {})
    tokens.is_current = True
    hashed = hash_token(TOKEN)
    tokens._senders[hashed] = AuthenticatedDevice(1, True, hashed, "key")
    return Receiver(
        endpoint, tokens=tokens, delivery=InMemory(), admission=Admission(1_000_000),  # type: ignore[arg-type]
        large_bodies=LargeBodies(), zone=UTC, most_bytes=100_000, most_items=100,
    )  # fmt: skip


RECEIVERS = [receiver_of(endpoint) for endpoint in ENDPOINTS]


def status_of(receiver: Receiver, scope: dict[str, Any], body: bytes) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(receiver({"type": "http", **scope}, receive, send))
    return int(sent[0]["status"])


bytes_of_any_kind = st.binary(max_size=30) | st.text(max_size=15).map(str.encode) | st.sampled_from(
    [b"", b"%C5%81%C3%B3d%C5%BA", "Łódź".encode(), b"%FF", b"%", b"%00", b"\0", b"\xed\xa0\x80", "٥٢".encode()]
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request with its token at one of the places that an app may have for it, or with another text there."""
    some = draw(bytes_of_any_kind)
    token = draw(st.sampled_from([TOKEN, TOKEN, some]))
    way = draw(st.sampled_from(["key", "bearer", "basic", "unencoded basic", "query", "path"]))
    headers = [(name, draw(bytes_of_any_kind)) for name in draw(st.lists(st.sampled_from(HEADERS), max_size=4))]
    query = b"&".join(draw(st.lists(pairs, max_size=5)))
    if way == "query":
        query += b"&" + draw(st.sampled_from([b"token", b"access_token", b"api_key", b"%74oken"])) + b"=" + token
    headers += {
        "key": [(b"x-api-key", token)],
        "bearer": [(b"authorization", b"Bearer " + token)],
        "basic": [(b"authorization", b"Basic " + b64encode(some + b":" + token))],
        "unencoded basic": [(b"authorization", b"Basic " + token + b":")],
    }.get(way, [])
    path = {"token_in_path": token} if way == "path" else {}
    method = draw(st.sampled_from(["POST", "GET", "PUT", "DELETE"]))
    return {"method": method, "path": "/", "headers": headers, "query_string": query, **path}


HEADERS = [
    b"content-type", b"content-encoding", b"content-length", b"authorization", b"x-api-key", b"x-limit-u", b"x-limit-d",
]  # fmt: skip
names = st.sampled_from([b"lat", b"lon", b"desc", b"id", b"time", b"timestamp", b"u", b"d"]) | bytes_of_any_kind
pairs = st.tuples(names, bytes_of_any_kind).map(b"=".join)
bodies = bytes_of_any_kind | st.sampled_from([b"{}", b"[]", b"null", b" ", b"x=1", b"\xff\xfe{", b"\x1f\x8b\x08"])


@pytest.mark.pure
@given(request=requests(), body=bodies)
@example(
    request={
        "method": "GET", "path": "/", "headers": [], "token_in_path": TOKEN,
        "query_string": b"lat=52.77&lon=21.27&desc=%C5%81%C3%B3d%C5%BA",
    },
    body=b"",
)  # fmt: skip
@example(
    request={"method": "POST", "path": "/", "headers": [(b"content-length", b"\xb2")], "query_string": b"token=%C5%81"},
    body=b"{}",
)
@hypothesis_settings(max_examples=150, deadline=None)
def test_any_bytes_get_an_answer_of_the_contract(request: dict[str, Any], body: bytes) -> None:
    for receiver in RECEIVERS:
        assert status_of(receiver, request, body) in ANSWERS


def answer_to(port: int, request: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        head = connection.makefile("rb").readline()
    return int(head.split()[1])


PATHS = [endpoint.path.encode() for endpoint in ENDPOINTS] + [
    b"/api/mobile_app/registrations", b"/v1/devices", b"/v1/devices/1/last", b"/v1/devices/1/events",
    b"/v1/devices/1/hourly", b"/v1/devices/1/track", b"/login", b"/logout", b"/session", b"/healthz", b"/metrics", b"/docs",
]  # fmt: skip
ASKED = [b"from", b"to", b"metric", b"cursor", b"limit", b"next", b"token", b"lat", b"desc"]
SAID = [
    b"origin",
    b"cookie",
    b"host",
    b"accept",
    b"x-forwarded-for",
    b"authorization",
    b"content-type",
    b"x-request-id",
]
spoken = bytes_of_any_kind.map(lambda value: value.translate(None, b"\r\n\0")) | st.sampled_from(
    [b"http://[", b"[::1", b"[]:"]
)


@pytest.mark.hub
def test_every_address_answers_any_bytes_over_the_wire(settings: Settings, owner: Connection) -> None:
    with running_api(settings) as api:
        token = new_phone(api, owner, "smartphone").encode()
        port = int(str(api.base_url).rpartition(":")[2].strip("/"))
        assert (
            answer_to(
                port, b"GET /gpslogger/%b?lat=52.77&lon=21.27&desc=%%C5%%81%%C3%%B3d%%C5%%BA HTTP/1.1\r\n\r\n" % token
            )
            == 200
        )
        [row] = rows(owner, "SELECT properties FROM iot_personal_hub.raw_devices_properties")
        assert row["properties"]["event"]["text"] == "Łódź"

        @given(
            method=st.sampled_from([b"GET", b"POST", b"PATCH"]),
            path=st.sampled_from(PATHS),
            more=st.just(b"") | st.just(b"/" + token) | bytes_of_any_kind.map(lambda part: b"/" + part),
            query=st.lists(st.tuples(st.sampled_from(ASKED), bytes_of_any_kind).map(b"=".join), max_size=3),
            headers=st.lists(st.tuples(st.sampled_from(SAID), spoken), max_size=3),
            body=bodies | st.sampled_from([b'{"is_published":"\\ud800"}', b"password=%00%FF&again=\xff"]),
        )
        @hypothesis_settings(
            max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def is_answered(
            method: bytes, path: bytes, more: bytes, query: list[bytes], headers: list[tuple[bytes, bytes]], body: bytes
        ) -> None:
            target = path + more + b"?" + b"&".join(query)
            lines = [method + b" " + target + b" HTTP/1.1", *(b"%b: %b" % header for header in headers)]
            lines += [b"connection: close", b"x-api-key: " + token, b"content-length: %d" % len(body)]
            status = answer_to(port, b"\r\n".join(lines) + b"\r\n\r\n" + body)
            assert status < 500 or status == 503, lines

        is_answered()
        login = b"POST /login HTTP/1.1\r\nhost: localhost\r\norigin: http://[\r\ncontent-length: 0\r\n\r\n"
        assert answer_to(port, login) == 403
