"""What becomes of a body that holds too much, or many parts that are no events."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import zstandard
from events import Connection, rows
from hub_server import running_api
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings
from iot_hub.transfer.replay import Replayed, replay

pytestmark = pytest.mark.hub

TIME = 1755861753
QUARANTINE = "SELECT source, reason, items, times, payload FROM iot_personal_hub.quarantine ORDER BY id"


def array(item: bytes, count: int) -> bytes:
    return b"[" + b",".join([item] * count) + b"]"


@pytest.mark.parametrize(
    "path", ["/v1/events", "/mobile_location", "/owntracks", "/overland", "/sensorlogger", "/gpslogger", "/osmand",
             "/homeassistant"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_more_items_than_allowed_are_refused_whole_with_the_reason(
    settings: Settings, owner: Connection, path: str, encoding: str
) -> None:
    body = {
        "/overland": b'{"locations":' + array(b"{}", 51) + b"}",
        "/sensorlogger": b'{"payload":' + array(b"{}", 51) + b"}",
    }.get(path, array(b"{}", 51))
    packed = {"identity": bytes, "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}[encoding](body)
    token = add_device(owner, "phone", "smartphone")[1]
    with running_api(settings.model_copy(update={"max_body_items": 50})) as api:
        wait_until(lambda: api.get("/readyz").json()["status"] == "ready")
        headers = {"X-API-Key": token, "Content-Encoding": encoding}
        wait_until(lambda: api.post("/v1/events", headers=headers | {"Content-Encoding": ""}, content=b"[]").is_success)
        answer = api.post(path, headers=headers, content=packed)
    assert answer.status_code == 413
    told = answer.json()
    code, message = (
        (told["code"], told["error"])
        if path == "/mobile_location"
        else (told["error"]["code"], told["error"]["message"])
    )
    assert (code, message) == (
        "too_many_items",
        "The body contains too many events or values. Send it in smaller parts.",
    )
    assert rows(owner, QUARANTINE) == []


@pytest.fixture
def sender(settings: Settings, owner: Connection) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    token = {"X-API-Key": add_device(owner, "phone", "smartphone")[1]}
    with running_api(settings) as client:
        wait_until(lambda: client.post("/v1/events", headers=token, content=b"[]").status_code == 200)
        yield client, token


Sender = tuple[httpx.Client, dict[str, str]]
RAW = "SELECT device_id, device_timestamp, source FROM iot_personal_hub.raw_devices_properties ORDER BY device_time"


def good(second: int) -> bytes:
    return b'{"device_timestamp":%d,"properties":{"a":1}}' % (TIME + second)


@pytest.mark.parametrize("count", [30, 3_000])
def test_many_rejects_of_a_body_are_one_entry_that_holds_the_body(
    sender: Sender, owner: Connection, count: int
) -> None:
    client, token = sender
    body = (
        b"[" + b",".join([good(0), *([b'{"a":1}'] * count), b'{"device_timestamp":1,"properties":{}}', good(1)]) + b"]"
    )
    for times in (1, 2):
        packed, encoding = (gzip.compress(body), "gzip") if times == 2 else (body, "identity")
        answer = client.post("/v1/events", headers={**token, "Content-Encoding": encoding}, content=packed)
        assert len(answer.json()["rejected"]) == count + 1
        [row] = rows(owner, QUARANTINE)
        assert (row["reason"], row["items"], row["times"]) == ("properties_missing", count + 1, times)
        assert bytes(row["payload"]) == body
    assert len(rows(owner, RAW)) == 2


def test_few_rejects_of_a_body_are_kept_one_by_one(sender: Sender, owner: Connection) -> None:
    client, token = sender
    client.post("/v1/events", headers=token, content=b"[" + b",".join([b'{"b":%d}' % n for n in range(20)]) + b"]")
    assert [row["items"] for row in rows(owner, QUARANTINE)] == [1] * 20


def test_a_body_that_only_the_database_refuses_is_one_entry_and_the_rest_is_stored(
    sender: Sender, owner: Connection
) -> None:
    client, token = sender
    bad = [b'{"device_timestamp":%d,"properties":{"a":1e-99999}}' % (TIME + at) for at in range(19_000)]
    body = b"[" + b",".join([good(0), *bad, good(1)]) + b"]"
    answer = client.post("/v1/events", headers=token, content=body)
    assert (answer.status_code, answer.json()["stored"], len(answer.json()["rejected"])) == (200, 2, 19_000)
    [row] = rows(owner, QUARANTINE)
    assert (row["reason"], row["items"], bytes(row["payload"]) == body) == ("not_storable", 19_000, True)


@pytest.mark.parametrize("path", ["/v1/events", "/owntracks", "/overland", "/sensorlogger", "/osmand", "/gpslogger"])
def test_a_kept_body_is_replayed_as_it_came(sender: Sender, owner: Connection, path: str) -> None:
    client, _ = sender
    # Understood when it came, but of a device that the hub did not know yet; some of it is of no time.
    gateway = {"X-API-Key": add_device(owner, "gateway", "gateway")[1]}
    wait_until(lambda: client.post("/v1/events", headers=gateway, content=b"[]").status_code == 200)
    parts = {
        "/v1/events": lambda at: b'{"device_id":"car","device_timestamp":%d,"properties":{"n":%d}}' % (TIME + at, at),
        "/owntracks": lambda at: b'{"_type":"location","topic":"owntracks/car/1","lat":1,"lon":%d}' % at,
        "/overland": lambda at: b'{"properties":{"device_id":"car/1","n":%d}}' % at,
        "/sensorlogger": lambda at: (
            b'{"name":"battery","time":%d,"values":{"batteryLevel":0.%d}}' % (at * 10**9, at + 1)
        ),
        "/osmand": lambda at: b'{"id":"car/1","lat":"1","lon":"%d"}' % at,
        "/gpslogger": lambda at: b'{"id":"car/1","lat":"1","lon":"%d"}' % at,
    }[path]
    whole = b"[" + b",".join(parts(at) for at in range(40)) + b"]"
    body = {
        "/overland": b'{"locations":%b}' % whole, "/sensorlogger": b'{"deviceId":"car/1","payload":%b}' % whole
    }.get(path, whole)  # fmt: skip
    client.post(path, headers=gateway, content=body)
    [row] = rows(owner, "SELECT id, items, reason, payload FROM iot_personal_hub.quarantine")
    assert (row["items"], row["reason"], bytes(row["payload"])) == (40, "unknown_device", body)
    assert replay(owner, [row["id"]]) == [Replayed(row["id"], 0, 0, "unknown_device")]
    car = add_device(owner, "car" if path == "/v1/events" else "car/1", "smartphone")[0]
    assert replay(owner, [row["id"]]) == [Replayed(row["id"], 40, 0, None)]
    assert {stored["device_id"] for stored in rows(owner, RAW)} == {car}
    assert rows(owner, QUARANTINE) == []


def test_what_can_be_stored_of_a_kept_body_is_and_the_rest_stays(sender: Sender, owner: Connection) -> None:
    client, _ = sender
    gateway = {"X-API-Key": add_device(owner, "gateway", "gateway")[1]}
    wait_until(lambda: client.post("/v1/events", headers=gateway, content=b"[]").status_code == 200)
    named = [b'{"device_id":"car","device_timestamp":%d,"properties":{}}' % (TIME + at) for at in range(30)]
    lines = b"\n".join([b"no json", good(50), *named])
    client.post("/v1/events", headers={**gateway, "Content-Type": "application/x-ndjson"}, content=lines)
    add_device(owner, "car", "smartphone")
    [kept] = rows(owner, "SELECT id FROM iot_personal_hub.quarantine")
    assert replay(owner, [kept["id"]]) == [Replayed(kept["id"], 30, 1, "not_json")]
    [left] = rows(owner, QUARANTINE)
    assert (left["items"], left["reason"], bytes(left["payload"])) == (1, "not_json", lines)
    assert replay(owner, [kept["id"]]) == [Replayed(kept["id"], 0, 31, "not_json")]


def test_rejects_that_wait_for_the_database_keep_nobody_from_the_login(sender: Sender, owner: Connection) -> None:
    client, token = sender
    with owner.transaction(), ThreadPoolExecutor(6) as threads:
        owner.execute("LOCK TABLE iot_personal_hub.quarantine IN ACCESS EXCLUSIVE MODE")
        sent = [threads.submit(client.post, "/v1/events", headers=token, content=b'[{"a":%d}]' % at) for at in range(6)]
        wait_until(lambda: len(rows(owner, WAITING)) == 2)
        for path, status in (("/login", 200), ("/session", 401), ("/readyz", 200)):
            assert client.get(path).status_code == status
            assert client.get(path).elapsed.total_seconds() < 2
        # Their statements end by themselves, and what they brought is safe in the spool.
        assert {answer.result().status_code for answer in sent} == {422}
    wait_until(lambda: len(rows(owner, QUARANTINE)) == 6)


WAITING = "SELECT DISTINCT lock.pid FROM pg_locks AS lock WHERE NOT lock.granted"


def test_what_waits_for_its_turn_is_given_up_when_its_client_goes(sender: Sender, owner: Connection) -> None:
    client, token = sender
    body = array(b'{"a":1}', 1_500)
    with owner.transaction(), ThreadPoolExecutor(1) as threads:
        owner.execute("LOCK TABLE iot_personal_hub.quarantine IN ACCESS EXCLUSIVE MODE")
        first = threads.submit(client.post, "/v1/events", headers=token, content=body)
        wait_until(lambda: len(rows(owner, WAITING)) == 1)
        for _ in range(8):
            with pytest.raises(httpx.TimeoutException):
                client.post("/v1/events", headers=token, content=body + b" ", timeout=0.2)
        # Those who went are in line no more: else there were no room for another.
        wait_until(lambda: "client_gone" in client.get("/metrics").text)
        assert first.result().status_code == 422
    wait_until(lambda: len(rows(owner, QUARANTINE)) == 1)
    assert client.post("/v1/events", headers=token, content=body).status_code == 422
    assert [bytes(row["payload"]) for row in rows(owner, QUARANTINE)] == [body]
