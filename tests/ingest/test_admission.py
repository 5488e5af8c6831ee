"""The receivers hold so much and no more; who is turned away hears it before sending a body."""

from __future__ import annotations

import contextlib
import gzip
from concurrent.futures import ThreadPoolExecutor

import pytest
from events import Connection, rows
from slow_bodies import LARGEST, fill, head, opened, post, serving
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.api.app import LARGEST_BODIES
from iot_hub.errors import OverloadedError
from iot_hub.ingest.http.admission import Admission
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

TIME = 1755861753


@pytest.fixture
def token(owner: Connection) -> str:
    return add_device(owner, "phone", "smartphone")[1]


def test_bodies_on_their_way_are_bounded_and_room_comes_back(settings: Settings, token: str) -> None:
    with serving(settings.model_copy(update={"max_body_bytes": LARGEST}), token) as api:
        with contextlib.ExitStack() as stack:
            fill(api, token, stack)
            refused = post(api, token, b"[]")
            assert (refused.headers["retry-after"], refused.json()["error"]["code"]) == ("1", "overloaded")
        wait_until(lambda: post(api, token, b"[]").status_code == 200)


def test_one_device_takes_no_more_than_half_of_the_room(settings: Settings, token: str, owner: Connection) -> None:
    other = add_device(owner, "other phone", "smartphone")[1]
    with serving(settings.model_copy(update={"max_body_bytes": LARGEST}), token) as api:
        wait_until(lambda: post(api, other, b"[]").status_code == 200)
        with contextlib.ExitStack() as stack:
            fill(api, token, stack)
            assert post(api, other, b"[]" + b" " * (LARGEST - 2)).status_code == 200


def test_who_is_refused_before_its_body_goes_on_with_the_same_connection(settings: Settings, token: str) -> None:
    with serving(settings.model_copy(update={"max_body_bytes": LARGEST}), token) as api:
        with contextlib.ExitStack() as stack:
            fill(api, token, stack)
            late = opened(api, token, 500)
            assert late.recv(1000).startswith(b"HTTP/1.1 503")
        wait_until(lambda: post(api, token, b"[]").status_code == 200)
        with late:
            late.sendall(b" " * 500 + head(token, 2) + b"[]")
            assert late.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_packed_body_counts_as_large_as_it_is_unpacked(settings: Settings, token: str) -> None:
    packed = gzip.compress(b"[" + b" " * (LARGEST - 2) + b"]")
    with (
        serving(settings.model_copy(update={"max_body_bytes": LARGEST}), token) as api,
        contextlib.ExitStack() as stack,
    ):
        assert post(api, token, packed, **{"Content-Encoding": "gzip"}).status_code == 200
        stack.enter_context(opened(api, token, LARGEST * LARGEST_BODIES // 2 - LARGEST // 2))
        wait_until(lambda: post(api, token, packed, **{"Content-Encoding": "gzip"}).status_code == 503)
        assert post(api, token, b"[]").status_code == 200


def test_while_too_much_waits_for_a_commit_clients_are_turned_away_unheard_and_then_no_more(
    settings: Settings, token: str, owner: Connection
) -> None:
    with serving(settings, token) as api, ThreadPoolExecutor(3) as threads:
        with owner.transaction():
            owner.execute("LOCK TABLE iot_personal_hub.raw_devices_properties IN ACCESS EXCLUSIVE MODE")
            # Both connections are busy with a commit; then as much as may wait, waits.
            sent = [
                threads.submit(post, api, token, reading(TIME + 1)),
                threads.submit(post, api, token, reading(TIME)),
            ]
            wait_until(lambda: len(rows(owner, COMMITS_THAT_WAIT)) == 2)
            many = b"\n".join(reading(TIME + 2 + place) for place in range(20_000))
            sent.append(threads.submit(post, api, token, many))
            wait_until(lambda: b"iot_hub_events_waiting 20000.0" in api.get("/metrics").content)
            with opened(api, token, 1_000_000) as late:
                assert late.recv(1000).startswith(b"HTTP/1.1 503")
        # 202 where the machine was so slow that the hub called the database away.
        assert {answer.result().status_code for answer in sent} <= {200, 202}
        wait_until(lambda: post(api, token, reading(TIME - 1)).status_code == 200)
        wait_until(lambda: len(rows(owner, RAW)) == 20_003)


RAW = "SELECT device_time FROM iot_personal_hub.raw_devices_properties"
COMMITS_THAT_WAIT = "SELECT DISTINCT lock.pid FROM pg_locks AS lock WHERE NOT lock.granted"


def reading(time: int) -> bytes:
    return b'{"device_timestamp":%d,"properties":{}}' % time


def test_a_body_alone_finds_room_however_large_it_is() -> None:
    admission = Admission(10)
    admission.acquire(1, 1000)
    with pytest.raises(OverloadedError):
        admission.acquire(2, 1)
    admission.release(1, 1000)
    admission.acquire(1, 10)
