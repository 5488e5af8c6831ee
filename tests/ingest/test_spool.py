"""While the database is away, what was accepted is safe in the spool, and drains when it is back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from database_faults import database_away
from events import Connection, rows
from hub_server import running_api
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paths import ROOT
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.errors import SpoolFullError
from iot_hub.ingest.spool import Record, Spool
from iot_hub.settings import Settings

RAW = "SELECT * FROM iot_personal_hub.raw_devices_properties ORDER BY device_time"
TIME = 1755861753


@pytest.fixture
def token(settings: Settings, owner: Connection) -> str:
    return add_device(owner, "phone", "smartphone")[1]


def post(api: httpx.Client, token: str, *times: float, path: str = "/v1/events") -> httpx.Response:
    body = [{"device_timestamp": time, "properties": {"n": time}} for time in times]
    return api.post(path, headers={"X-API-Key": token}, json=body if path == "/v1/events" else body[0])


def spooled(api: httpx.Client) -> int:
    return int(api.get("/readyz").json()["spool"]["events"])


@pytest.mark.hub
def test_an_event_sent_while_the_database_is_away_is_202_and_stored_when_it_is_back(
    settings: Settings, token: str, owner: Connection
) -> None:
    with running_api(settings) as api:
        wait_until(lambda: post(api, token, TIME).status_code == 200)
        with database_away(owner):
            answer = post(api, token, TIME, TIME + 1)
            assert answer.status_code == 202
            assert answer.json() == {"stored": 0, "duplicates": 0, "rejected": [], "spooled": 2}
            assert post(api, token, TIME + 2, path="/mobile_location").json() == {"message": "Lokalizacja odbierana"}
            assert api.get("/readyz").json()["status"] == "spooling"
            assert spooled(api) == 3
            assert "iot_hub_spool_events 3.0" in api.get("/metrics").text
        wait_until(lambda: spooled(api) == 0)
        assert [row["device_timestamp"] for row in rows(owner, RAW)] == [TIME, TIME + 1, TIME + 2]
        assert post(api, token, TIME + 2).json()["duplicates"] == 1


@pytest.mark.hub
def test_a_rejected_payload_goes_to_quarantine_by_way_of_the_spool(
    settings: Settings, token: str, owner: Connection
) -> None:
    with running_api(settings) as api:
        wait_until(lambda: post(api, token, TIME).status_code == 200)
        with database_away(owner):
            assert api.post("/v1/events", headers={"X-API-Key": token}, content=b"{broken").status_code == 422
        wait_until(lambda: spooled(api) == 0)
        [kept] = rows(owner, "SELECT payload, reason FROM iot_personal_hub.quarantine")
        assert (bytes(kept["payload"]), kept["reason"]) == (b"{broken", "not_json")


@pytest.mark.hub
def test_the_spool_and_the_tokens_outlive_a_restart_without_the_database(
    settings: Settings, token: str, owner: Connection
) -> None:
    with running_api(settings) as api:
        wait_until(lambda: post(api, token, TIME).status_code == 200)
    with database_away(owner):
        with running_api(settings) as api:
            assert post(api, token, TIME + 1).status_code == 202
        with running_api(settings) as api:
            assert post(api, token, TIME + 2).status_code == 202
            assert spooled(api) == 2
            assert post(api, "unknown", TIME).status_code == 401
    with running_api(settings) as api:
        wait_until(lambda: spooled(api) == 0)
    assert len(rows(owner, RAW)) == 3


@pytest.mark.hub
def test_before_any_token_is_known_the_answer_is_503_not_401(settings: Settings, token: str, owner: Connection) -> None:
    with database_away(owner), running_api(settings) as api:
        assert post(api, token, TIME).status_code == 503
        assert api.get("/readyz").status_code == 503


@pytest.mark.hub
def test_a_full_spool_is_503_and_loses_nothing_that_it_took(settings: Settings, token: str, owner: Connection) -> None:
    small = settings.model_copy(update={"spool_bytes": 100_000})
    with running_api(small) as api:
        wait_until(lambda: post(api, token, TIME).status_code == 200)
        with database_away(owner):
            taken = 0
            for number in range(1, 1000):
                answer = api.post(
                    "/v1/events",
                    headers={"X-API-Key": token},
                    json={"device_timestamp": TIME + number, "properties": {"text": "x" * 2000}},
                )
                if answer.status_code != 202:
                    break
                taken += 1
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
            assert answer.json()["error"]["code"] == "nowhere_to_keep"
            assert taken > 10
            assert api.get("/readyz").status_code == 503
        wait_until(lambda: spooled(api) == 0)
        assert len(rows(owner, RAW)) == taken + 1
        assert post(api, token, TIME + 5000).status_code == 200


@pytest.mark.hub
def test_what_no_spool_could_hold_is_stored_when_the_database_is_back(
    settings: Settings, token: str, owner: Connection
) -> None:
    small = settings.model_copy(update={"spool_bytes": 100_000})
    large = {"device_timestamp": TIME, "properties": {"text": "x" * 200_000}}
    with running_api(small) as api:
        wait_until(lambda: post(api, token, TIME).status_code == 200)

        def send() -> int:
            return api.post("/v1/events", headers={"X-API-Key": token}, json=large).status_code

        with database_away(owner):
            assert send() == 503
        # The spool is empty, and still the database is probed.
        wait_until(lambda: send() == 200)


@pytest.mark.hub
def test_a_server_that_hangs_is_away_after_a_few_seconds(settings: Settings, token: str, owner: Connection) -> None:
    with running_api(settings) as api:
        wait_until(lambda: post(api, token, TIME).status_code == 200)
        [victims] = rows(
            owner, "SELECT array_agg(pid) AS them FROM pg_stat_activity WHERE application_name = 'iot-hub api'"
        )
        for pid in victims["them"]:
            os.kill(pid, signal.SIGSTOP)
        try:
            with ThreadPoolExecutor(8) as clients:
                answers = list(clients.map(lambda n: post(api, token, TIME + n).status_code, range(1, 41)))
            assert set(answers) <= {200, 202}
            assert 202 in answers
        finally:
            for pid in victims["them"]:
                os.kill(pid, signal.SIGCONT)
        wait_until(lambda: spooled(api) == 0)
        assert [row["device_timestamp"] for row in rows(owner, RAW)] == [TIME + n for n in range(41)]


@pytest.mark.hub
def test_traffic_goes_on_while_the_spool_drains(settings: Settings, token: str, owner: Connection) -> None:
    with running_api(settings) as api:
        wait_until(lambda: post(api, token, TIME).status_code == 200)
        with database_away(owner):
            for block in range(20):
                assert post(api, token, *range(TIME + 1000 * block + 1, TIME + 1000 * block + 501)).status_code == 202
        wait_until(lambda: post(api, token, TIME - 1).status_code == 200)
        wait_until(lambda: spooled(api) == 0)
        assert len(rows(owner, RAW)) == 20 * 500 + 2


# The queue itself


def use(path: Path, work: Any, most_bytes: int = 10_000_000) -> Any:
    async def run() -> Any:
        spool = Spool(path, most_bytes)
        await spool.open()
        try:
            return await work(spool)
        finally:
            await spool.close()

    return asyncio.run(run())


async def _append_all(spool: Spool, payloads: list[bytes]) -> None:
    await asyncio.gather(*[spool.append(Record("events", 1, payload)) for payload in payloads])


steps = st.lists(st.one_of(st.lists(st.binary(max_size=20), max_size=5), st.integers(1, 7), st.just("restart")))


@given(steps=steps)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_queue_gives_each_entry_once_in_order_across_restarts(tmp_path: Path, steps: list[Any]) -> None:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}" / "spool.sqlite"
    expected: list[bytes] = []
    given_out: list[bytes] = []

    async def apply(spool: Spool, part: list[Any]) -> None:
        for step in part:
            if isinstance(step, list):
                await _append_all(spool, step)
                expected.extend(step)
            elif records := await spool.peek(step):
                given_out.extend(record.payload for record in records)
                await spool.remove(records)
            assert spool.stats.events == len(expected) - len(given_out)

    part: list[Any] = []
    for step in [*steps, "restart"]:
        if step != "restart":
            part.append(step)
            continue
        use(path, lambda spool, part=part: apply(spool, part))
        part = []
    assert given_out == expected[: len(given_out)]


def test_what_was_not_removed_is_given_again(tmp_path: Path) -> None:
    use(tmp_path / "spool", lambda spool: _append_all(spool, [b"1", b"2"]))
    [first, second] = use(tmp_path / "spool", lambda spool: spool.peek(10))
    assert (first.payload, second.payload) == (b"1", b"2")


def test_a_flush_is_asked_of_the_disk(tmp_path: Path) -> None:
    use(tmp_path / "spool", lambda spool: _append_all(spool, [b"1"]))
    with contextlib.closing(sqlite3.connect(tmp_path / "spool")) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert "synchronous = FULL" in (ROOT / "iot_hub/database/sql/queries/sqlite_queue.sql").read_text()


def test_a_bound_spool_refuses_and_goes_on_after_it_was_emptied(tmp_path: Path) -> None:
    async def fill(spool: Spool) -> None:
        with pytest.raises(SpoolFullError):
            for _ in range(1000):
                await spool.append(Record("events", 1, b"x" * 1000))
        while records := await spool.peek(10):
            await spool.remove(records)
        await spool.append(Record("events", 1, json.dumps({}).encode()))

    use(tmp_path / "spool", fill, 100_000)
