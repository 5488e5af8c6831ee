"""How HTTP clients of the field send a body: waiting for a 100, in chunks of a byte, two requests at once, cut short."""

from __future__ import annotations

import gzip
import json
import re
import socket
import zlib
from collections.abc import Callable

import httpx
import pytest
from events import Connection, rows
from hub_server import api, new_phone
from paths import ROOT
from waiting import wait_until

pytestmark = pytest.mark.hub

__all__ = ["api"]

CASES = ROOT / "tests" / "fixtures" / "field"
READINGS = (CASES / "14-http-clients" / "body.ndjson").read_bytes().splitlines(keepends=True)
OWNTRACKS = CASES / "10-owntracks-answers"
COUNT = "SELECT count(*) AS n FROM iot_personal_hub.raw_devices_properties"


def stored(owner: Connection) -> int:
    return int(rows(owner, COUNT)[0]["n"])


def test_a_body_is_stored_however_a_client_sends_it(api: httpx.Client, owner: Connection) -> None:
    token = new_phone(api, owner, "smartphone")
    port = api.base_url.port
    assert port is not None

    def head(version: str = "1.1", **fields: object) -> bytes:
        named = {"Host": "localhost", "X-API-Key": token} | {
            name.replace("_", "-"): each for name, each in fields.items()
        }
        lines = [f"POST /v1/events HTTP/{version}", *(f"{name}: {each}" for name, each in named.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def statuses(connection: socket.socket, wanted: int) -> list[int]:
        answer = b""
        while answer.count(b"HTTP/1.") < wanted:
            part = connection.recv(65_536)
            if not part:
                break
            answer += part
        return [int(status) for status in re.findall(rb"HTTP/1\.. (\d+)", answer)]

    def spoken(*steps: bytes | Callable[[socket.socket], None], wanted: int = 1) -> list[int]:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            for step in steps:
                if isinstance(step, bytes):
                    connection.sendall(step)
                else:
                    step(connection)
            return statuses(connection, wanted)

    def wait_for_100(connection: socket.socket) -> None:
        assert statuses(connection, 1) == [100]

    one, two, three, four, five, cut, *rest = READINGS
    assert spoken(head(Content_Length=len(one), Expect="100-continue"), wait_for_100, one) == [200]
    assert spoken(head("1.0", Content_Length=len(two)), two) == [200]
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in three) + b"0\r\n\r\n"
    assert spoken(head(Transfer_Encoding="chunked") + chunks) == [200]
    both = head(Content_Length=len(four)) + four + head(Content_Length=len(five)) + five
    assert spoken(both, wanted=2) == [200, 200]
    assert stored(owner) == 5

    # Cut short of its length: nothing of it, and no 200.
    assert 200 not in spoken(
        head(Content_Length=len(cut) + 10) + cut, lambda connection: connection.shutdown(socket.SHUT_WR)
    )
    assert stored(owner) == 5

    raw = zlib.compressobj(wbits=-15)
    bodies = {
        None: gzip.compress(rest[0]), "GZIP": gzip.compress(rest[1]), "deflate": raw.compress(rest[2]) + raw.flush(),
    }  # fmt: skip
    for encoding, body in bodies.items():
        more = {"Content_Encoding": encoding} if encoding else {}
        [status] = spoken(head(Content_Length=len(body), **more) + body)
        assert status == 200, encoding
    assert stored(owner) == 8


def test_owntracks_is_answered_an_array_whatever_it_sends(api: httpx.Client, owner: Connection) -> None:
    token = new_phone(api, owner, "smartphone")
    sent = sorted(OWNTRACKS.glob("[!e]*.json"))
    for body in [*(file.read_bytes() for file in sent), b""]:
        answer = api.post(f"/owntracks/{token}", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()) == (200, []), body
    assert {file.stem for file in sent} == {"cmd", "dump", "location", "request", "status"}
    wait_until(lambda: stored(owner) > 0)
    kept = rows(owner, "SELECT properties::text AS kept FROM iot_personal_hub.raw_devices_properties")
    kept += rows(owner, "SELECT convert_from(payload, 'UTF8') AS kept FROM iot_personal_hub.quarantine")
    assert json.loads((OWNTRACKS / "dump.json").read_bytes())["configuration"]["password"] == "secret"
    assert [row for row in kept if "secret" in row["kept"]] == []
