"""The receiver: a 2xx is a promise, and every part of a body gets its receipt."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest
import zstandard
from events import FIRST_BETA_PROPERTIES, Connection, rows
from hub_server import running_api
from waiting import until, wait_until

from iot_hub.access.devices import add_device, revoke_tokens, rotate_token
from iot_hub.database.connections import owner_conninfo
from iot_hub.errors import DatabaseAwayError
from iot_hub.ingest.batch import Receipt, StoredEvent
from iot_hub.ingest.writer import Writer
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

RAW = "SELECT * FROM iot_personal_hub.raw_devices_properties ORDER BY device_time"
TIME = 1755861753


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    with running_api(settings) as client:
        yield client


@pytest.fixture
def token(api: httpx.Client, owner: Connection) -> str:
    _, token = add_device(owner, "phone", "smartphone")
    wait_until(lambda: api.post("/v1/events", headers={"X-API-Key": token}, content=b"[]").status_code == 200)
    return token


def event(time: float = TIME, **properties: Any) -> dict[str, Any]:
    return {"device_timestamp": time, "properties": properties or {"battery": {"temperature_C": 28.7}}}


def post(api: httpx.Client, token: str, body: object, path: str = "/v1/events", **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.post(path, headers={"X-API-Key": token, **headers}, content=content)


def test_the_first_betas_request_works_unchanged(api: httpx.Client, token: str, owner: Connection) -> None:
    body = {"device_id": 1, "device_timestamp": TIME, "properties": FIRST_BETA_PROPERTIES}
    answer = post(api, token, body, "/mobile_location")
    assert answer.status_code == 200
    assert list(answer.json()) == ["message"]
    [row] = rows(owner, RAW)
    assert (row["device_id"], row["device_timestamp"], row["source"]) == (1, TIME, "automate")
    assert row["properties"] == FIRST_BETA_PROPERTIES


def test_a_token_given_only_as_the_first_betas_environment_variable_is_known(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("device5_apikey", hashlib.sha256(b"the beta's key").hexdigest())
    body = {"device_id": 5, "device_timestamp": TIME, "properties": {}}
    with running_api(settings) as api:
        wait_until(lambda: post(api, "the beta's key", body, "/mobile_location").status_code == 200)
        assert post(api, "another key", body, "/mobile_location").status_code == 401
        assert post(api, "the beta's key", {**body, "device_id": 1}, "/mobile_location").status_code == 403
    assert [row["device_id"] for row in rows(owner, RAW)] == [5]


@pytest.mark.parametrize(
    "auth",
    [
        lambda token: {"headers": {"X-API-Key": token}},
        lambda token: {"headers": {"Authorization": f"Bearer {token}"}},
        lambda token: {"auth": ("anyone", token)},
        lambda token: {"params": {"token": token}},
        lambda token: {"params": {"access_token": token}},
    ],
)
def test_a_token_is_taken_in_any_way_an_app_can_send_it(api: httpx.Client, token: str, auth: Any) -> None:
    assert api.post("/v1/events", json=event(), **auth(token)).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"X-API-Key": "x"}, {"Authorization": "Basic !!"}, {"Authorization": "Bearer"}]
)
def test_no_token_or_a_wrong_one_is_401(api: httpx.Client, token: str, headers: dict[str, str]) -> None:
    answer = api.post("/v1/events", headers=headers, json=event())
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"


def test_a_revoked_token_ends_and_a_rotated_one_begins(api: httpx.Client, token: str, owner: Connection) -> None:
    revoke_tokens(owner, "phone")
    wait_until(lambda: post(api, token, event()).status_code == 401)
    _, renewed = rotate_token(owner, "phone")
    wait_until(lambda: post(api, renewed, event()).status_code == 200)


def test_only_hashes_of_tokens_are_kept(api: httpx.Client, token: str, owner: Connection) -> None:
    [row] = rows(owner, "SELECT token_hash FROM iot_personal_hub.device_tokens")
    assert bytes(row["token_hash"]) == hashlib.sha256(token.encode()).digest()


def test_a_retry_is_a_duplicate_and_stored_once(api: httpx.Client, token: str, owner: Connection) -> None:
    assert post(api, token, event()).json() == {"stored": 1, "duplicates": 0, "rejected": []}
    spaced = b'{"properties": {"battery" : {"temperature_C": 28.7 } }, "device_timestamp": %d.0}' % TIME
    assert post(api, token, spaced).json() == {"stored": 0, "duplicates": 1, "rejected": []}
    assert len(rows(owner, RAW)) == 1


def test_a_mixed_batch_gets_exact_receipts(api: httpx.Client, token: str, owner: Connection) -> None:
    post(api, token, event(TIME))
    body = [event(TIME), event(TIME + 1), event(TIME + 1), {"device_timestamp": TIME}, event(0), event(TIME, other=1)]
    answer = post(api, token, body)
    assert answer.status_code == 200
    assert answer.json() == {
        "stored": 2,
        "duplicates": 2,
        "rejected": [{"index": 3, "reason": "properties_missing"}, {"index": 4, "reason": "time_too_old"}],
    }
    kept = rows(owner, "SELECT payload, reason FROM iot_personal_hub.quarantine ORDER BY id")
    assert [json.loads(bytes(row["payload"])) for row in kept] == [body[3], body[4]]


def test_a_body_with_nothing_to_store_is_422_and_kept(api: httpx.Client, token: str, owner: Connection) -> None:
    answer = post(api, token, b'{"device_timestamp": 1755861753, "properties": {"a": 1e999}}')
    assert answer.status_code == 422
    assert answer.json()["rejected"] == [{"index": 0, "reason": "number_too_large"}]
    for _ in range(2):
        post(api, token, b'{"device_timestamp": 1755861753, "properties": {"a": 1e999}}')
    [row] = rows(owner, "SELECT times, device_id, source FROM iot_personal_hub.quarantine")
    assert row == {"times": 3, "device_id": 1, "source": "hub"}


def test_what_only_the_database_refuses_fails_no_neighbour(api: httpx.Client, token: str, owner: Connection) -> None:
    body = [event(TIME), event(TIME + 1, weight=1), event(TIME + 2)]
    text = json.dumps(body).encode().replace(b'"weight": 1', b'"weight": 1e-99999')
    answer = post(api, token, text)
    assert answer.json() == {"stored": 2, "duplicates": 0, "rejected": [{"index": 1, "reason": "not_storable"}]}
    assert len(rows(owner, RAW)) == 2


def test_ndjson_gzip_and_zstd_are_understood(api: httpx.Client, token: str, owner: Connection) -> None:
    lines = "\n".join(json.dumps(event(TIME + second)) for second in range(100)).encode()
    ndjson = {"Content-Type": "application/x-ndjson"}
    assert post(api, token, gzip.compress(lines), **ndjson, **{"Content-Encoding": "gzip"}).json()["stored"] == 100
    packed = zstandard.ZstdCompressor().compress(lines)
    assert post(api, token, packed, **ndjson, **{"Content-Encoding": "zstd"}).json()["duplicates"] == 100
    assert len(rows(owner, RAW)) == 100


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (gzip.compress(b" " * 20_000_000), "gzip", 413),
        (zstandard.ZstdCompressor().compress(b" " * 20_000_000), "zstd", 413),
        (b"x" * 8_000_001, "identity", 413),
        (b"no gzip", "gzip", 400),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", 400),
        (b"no zstd", "zstd", 400),
        (b"{}", "br", 415),
    ],
)
def test_bombs_and_broken_packings_are_refused(
    api: httpx.Client, token: str, content: bytes, encoding: str, status: int
) -> None:
    answer = post(api, token, content, **{"Content-Encoding": encoding})
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message"}


def test_a_token_of_another_device_is_403(api: httpx.Client, token: str, owner: Connection) -> None:
    add_device(owner, "other", "smartphone")
    answer = post(api, token, {**event(), "device_id": 2})
    assert answer.status_code == 403
    mixed = post(api, token, [{**event(), "device_id": 2}, {**event(), "device_id": 1}])
    assert mixed.json() == {"stored": 1, "duplicates": 0, "rejected": [{"index": 0, "reason": "wrong_device"}]}


def test_a_gateway_may_report_for_many_devices(api: httpx.Client, token: str, owner: Connection) -> None:
    _, gateway = add_device(owner, "gateway", "gateway")
    body = [{**event(), "device_id": 1}, {**event(), "device_id": "phone", "device_timestamp": TIME + 1}, event()]
    wait_until(lambda: post(api, gateway, body).status_code == 200)
    assert [row["device_id"] for row in rows(owner, RAW)] == [1, 2, 1]
    assert post(api, gateway, {**event(), "device_id": "nobody"}).json()["rejected"][0]["reason"] == "unknown_device"


def test_microseconds_survive(api: httpx.Client, token: str, owner: Connection) -> None:
    post(api, token, event(TIME + 0.123456))
    [row] = rows(owner, RAW)
    assert row["device_time"].isoformat() == "2025-08-22T11:22:33.123456+00:00"
    assert row["device_timestamp"] == TIME


def test_a_get_on_a_receiver_is_405(api: httpx.Client) -> None:
    answer = api.get("/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_many_clients_at_once_each_get_their_own_receipt(api: httpx.Client, token: str, owner: Connection) -> None:
    bodies = [[event(TIME + number), event(TIME + number // 2)] for number in range(200)]
    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda body: post(api, token, body).json(), bodies))
    stored = len(rows(owner, RAW))
    assert stored == len({item["device_timestamp"] for body in bodies for item in body})
    assert sum(answer["stored"] for answer in answers) == stored
    assert sum(answer["duplicates"] for answer in answers) == 400 - stored


def test_health_and_metrics_tell_the_state(api: httpx.Client, token: str) -> None:
    post(api, token, event())
    assert api.get("/healthz").json()["status"] == "alive"
    assert api.get("/readyz").json() == {
        "status": "ready", "spool": {"events": 0, "bytes": 0, "oldest_seconds": 0.0}
    }  # fmt: skip
    metrics = api.get("/metrics").text
    assert 'iot_hub_events_total{receipt="stored",source="hub"}' in metrics
    assert "iot_hub_roll_ups_stale 1.0" in metrics
    assert token not in metrics


def test_requests_that_wait_share_a_commit(settings: Settings, owner: Connection) -> None:
    add_device(owner, "phone", "smartphone")

    async def submit() -> int:
        writer = Writer(owner_conninfo(settings, "tests"), connections=1)
        await writer.start()
        await asyncio.gather(
            *[writer.store([StoredEvent(1, (TIME + n) * 1_000_000, b"{}", "hub")]) for n in range(500)]
        )
        await writer.stop()
        return writer.commits

    assert asyncio.run(submit()) <= 3
    assert len(rows(owner, RAW)) == 500


def test_the_writer_turns_clients_away_before_it_drowns(settings: Settings) -> None:
    async def submit() -> None:
        writer = Writer(owner_conninfo(settings, "tests"), most_waiting=2)
        one = [StoredEvent(1, TIME * 1_000_000, b"{}", "hub")]
        writer.store(one)
        writer.store(one)
        with pytest.raises(Exception, match="waiting"):
            writer.store(one)

    asyncio.run(submit())


def test_a_partition_is_made_for_any_month_by_many_writers_at_once(settings: Settings, owner: Connection) -> None:
    add_device(owner, "phone", "smartphone")

    async def submit() -> None:
        writer = Writer(owner_conninfo(settings, "tests"), connections=4, largest_batch=1)
        await writer.start()
        months = range(946_684_800, 1_700_000_000, 30 * 86_400)
        receipts = await asyncio.gather(
            *[writer.store([StoredEvent(1, second * 1_000_000, b'{"n": %d}' % n, "hub")])
              for second in months for n in range(4)]
        )  # fmt: skip
        await writer.stop()
        assert all(receipt.stored == 1 for receipt in receipts)

    asyncio.run(submit())
    assert len(rows(owner, RAW)) == 4 * len(range(946_684_800, 1_700_000_000, 30 * 86_400))


def test_a_commit_that_is_cut_is_not_acknowledged_and_its_retry_is_stored_once(
    settings: Settings, owner: Connection
) -> None:
    add_device(owner, "phone", "smartphone")
    event = StoredEvent(1, TIME * 1_000_000, b"{}", "hub")
    victims = "FROM pg_stat_activity WHERE application_name = 'victim' AND wait_event_type = 'Lock'"

    async def submit() -> None:
        writer = Writer(owner_conninfo(settings, "victim"), connections=1)
        await writer.start()
        async with await psycopg.AsyncConnection.connect(owner_conninfo(settings, "killer")) as killer:
            # The event is inserted, its hour not marked yet: the transaction is half done.
            await killer.execute("LOCK TABLE iot_personal_hub.stale_hours IN ACCESS EXCLUSIVE MODE")
            cut = writer.store([event])
            await until(lambda: rows(owner, f"SELECT pg_terminate_backend(pid) {victims}"))
        with pytest.raises(DatabaseAwayError):
            await cut
        assert rows(owner, RAW) == []
        assert writer.breaker.is_open
        assert await writer.probe()
        assert await writer.store([event]) == Receipt(1, 0)
        assert await writer.store([event]) == Receipt(0, 1)
        await writer.stop()

    asyncio.run(submit())
    assert len(rows(owner, RAW)) == 1
