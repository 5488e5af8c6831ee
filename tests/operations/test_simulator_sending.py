"""What simulated devices measure reaches a hub, each reading once, whatever the hub does meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from waiting import until

from iot_hub.errors import UserError
from iot_hub.operations.demo import Reading, Receipt, SimulatedDevice, delivery, demo_devices, run
from iot_hub.operations.demo.delivery import pack
from iot_hub.operations.demo.sending import Pace

WARSAW = ZoneInfo("Europe/Warsaw")
SINCE = datetime(2025, 6, 2, tzinfo=WARSAW)
UNTIL = SINCE + timedelta(days=3)


@dataclass
class Receiver:
    """A hub for tests: keeps what it answers 200 for, after the answers that it was told to give first."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[str, str, int, float]] = field(default_factory=list)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, token: str, kind: str, events: list[dict[str, Any]]) -> int:
        with self.lock:
            self.requests.append((token, kind, len(events), time.time()))
            status = self.answers.pop(0) if self.answers else 200
            if status == 200:
                self.events.setdefault(token, []).extend(events)
            return status

    def count(self) -> int:
        return sum(len(events) for events in self.events.values())


class Handler(BaseHTTPRequestHandler):
    """Speaks the hub's contract; status 0 hangs up without an answer."""

    receiver: Receiver

    def do_POST(self) -> None:
        assert self.path == "/v1/events"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        events = [json.loads(line) for line in body.splitlines()]
        token = self.headers["Authorization"].removeprefix("Bearer ")
        status = self.hub.take(token, self.headers["Content-Type"], events)
        if status:
            self.answer(status, json.dumps({"stored": len(events), "duplicates": 0, "rejected": []}).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("HubHandler", (Handler,), {"hub": receiver})) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_WAIT_SECONDS", 0.01)


class Ticker(SimulatedDevice):
    """Measures ten times a second, without end."""

    def day(self, day: date) -> list[Reading]:
        raise NotImplementedError(day)

    def readings(self, since: float, until: float) -> Iterator[Reading]:
        number = 0
        while since + number / 10 < until:
            yield Reading(since + number / 10, since + number / 10, {"n": number})
            number += 1


def ticker() -> Ticker:
    return Ticker(name="Ticker", type="sensor", home=(0.0, 0.0), seed="", zone=WARSAW)


def with_tokens(devices: list[SimulatedDevice]) -> list[tuple[SimulatedDevice, str]]:
    return [(device, f"token of {device.name}") for device in devices]


def expected(devices: list[SimulatedDevice]) -> dict[str, list[dict[str, Any]]]:
    window = SINCE.timestamp(), UNTIL.timestamp()
    return {token: [reading.event() for reading in device.readings(*window)] for device, token in with_tokens(devices)}


@pytest.mark.parametrize("answers", [[], [503, 429, 502], [0, 0, 500]], ids=["well", "busy", "broken"])
def test_history_arrives_once_and_in_order_whatever_the_hub_answers_first(
    receiver: Receiver, answers: list[int]
) -> None:
    receiver.answers = list(answers)
    devices = demo_devices(WARSAW)
    receipt = asyncio.run(run(url=receiver.url, devices=with_tokens(devices), since=SINCE, until=UNTIL))
    assert receiver.events == expected(devices)
    assert receipt == Receipt(stored=receiver.count())
    assert len(receiver.requests) > len(answers) + len(devices)
    assert {kind for _, kind, count, _ in receiver.requests if count > 1} == {"application/x-ndjson"}


def test_progress_rises_to_the_total(receiver: Receiver) -> None:
    told: list[tuple[int, int]] = []
    devices = demo_devices(WARSAW)
    asyncio.run(
        run(
            url=receiver.url,
            devices=with_tokens(devices),
            since=SINCE,
            until=UNTIL,
            on_progress=lambda done, total: told.append((done, total)),
        )
    )
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert {total for _, total in told} == {len(devices) * 3 * 86_400}
    assert told[-1][0] == told[-1][1]


def test_a_second_run_sends_the_same_events_again(receiver: Receiver) -> None:
    devices = demo_devices(WARSAW)[:1]
    for _ in range(2):
        asyncio.run(run(url=receiver.url, devices=with_tokens(devices), since=SINCE, until=UNTIL))
    sent = Counter(json.dumps(event) for event in receiver.events["token of Ana's phone"])
    assert set(sent.values()) == {2}


@pytest.mark.slow
def test_a_stretch_offline_is_caught_up_in_one_batch(receiver: Receiver) -> None:
    ana = demo_devices(WARSAW)[0]
    sizes = Counter(reading.sent_at for reading in ana.readings(SINCE.timestamp(), UNTIL.timestamp()))
    # Played fast, but not so fast that readings one minute apart are due together.
    asyncio.run(run(url=receiver.url, devices=[(ana, "ana")], since=SINCE, until=UNTIL, speed=3 * 86_400 / 2))
    largest = max(count for _, _, count, _ in receiver.requests)
    assert max(sizes.values()) > 5
    assert largest >= max(sizes.values())
    assert len(receiver.requests) > 20
    assert receiver.events["ana"] == [r.event() for r in ana.readings(SINCE.timestamp(), UNTIL.timestamp())]


def test_following_sends_each_reading_when_it_is_due_until_it_is_cancelled(receiver: Receiver) -> None:
    async def follow() -> None:
        task = asyncio.create_task(run(url=receiver.url, devices=[(ticker(), "ticker")], follow=True))
        await until(lambda: receiver.count() >= 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(follow())
    events = receiver.events["ticker"]
    assert [event["properties"]["n"] for event in events] == list(range(len(events)))
    assert all(when >= events[n]["device_timestamp"] for n, (*_, when) in enumerate(receiver.requests))


def test_stopping_takes_no_time_while_the_hub_owes_an_answer() -> None:
    asked, leave = threading.Event(), threading.Event()

    class Mute(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.set()
            leave.wait(20)

        def log_message(self, *_: object) -> None:
            pass

    async def stop_while_waiting(url: str) -> float:
        task = asyncio.create_task(run(url=url, devices=[(ticker(), "ticker")], follow=True))
        await until(asked.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic()

    with ThreadingHTTPServer(("127.0.0.1", 0), Mute) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        cancelled = asyncio.run(stop_while_waiting(f"http://127.0.0.1:{server.server_port}"))
        # asyncio.run has waited for the thread that sent the request, too.
        took = time.monotonic() - cancelled
        leave.set()
        server.shutdown()
        thread.join()
    assert took < 5


def test_readings_wait_while_nothing_listens(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    async def start_hub_late() -> Receipt:
        reserved = ThreadingHTTPServer(("127.0.0.1", 0), type("Late", (Handler,), {"hub": receiver}))
        port = reserved.server_port
        reserved.server_close()
        ana = demo_devices(WARSAW)[0]
        sending = asyncio.create_task(
            run(url=f"http://127.0.0.1:{port}", devices=[(ana, "ana")], since=SINCE, until=UNTIL)
        )
        await until(lambda: "next attempt" in caplog.text)
        with ThreadingHTTPServer(("127.0.0.1", port), type("Late", (Handler,), {"hub": receiver})) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            receipt = await sending
            server.shutdown()
            thread.join()
        return receipt

    receipt = asyncio.run(start_hub_late())
    assert receipt.stored == receiver.count() > 500


def test_no_log_line_has_a_token_or_a_coordinate(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answers = [503]
    ana = demo_devices(WARSAW)[0]
    caplog.set_level("DEBUG")
    asyncio.run(run(url=receiver.url, devices=[(ana, "SECRET")], since=SINCE, until=UNTIL))
    assert "Ana's phone" in caplog.text
    assert "SECRET" not in caplog.text and "45.77" not in caplog.text


@pytest.mark.parametrize(("status", "words"), [(401, "iot-hub token rotate"), (413, "HTTP 413")])
def test_a_refusal_ends_the_run_with_one_clear_line(receiver: Receiver, status: int, words: str) -> None:
    receiver.answers = [status] * 50
    with pytest.raises(UserError, match=words):
        asyncio.run(run(url=receiver.url, devices=with_tokens(demo_devices(WARSAW)), since=SINCE, until=UNTIL))


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(UserError, match="localhost:8080 is not a hub's address"):
        asyncio.run(run(url="localhost:8080", devices=with_tokens(demo_devices(WARSAW)), since=SINCE, until=UNTIL))


def test_one_event_goes_as_a_phone_sends_it_and_many_as_compressed_lines() -> None:
    event = {"device_timestamp": 1, "properties": {"a": None}}
    assert pack([event]) == (b'{"device_timestamp":1,"properties":{"a":null}}', {"Content-Type": "application/json"})
    body, headers = pack([event] * 100)
    assert headers == {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    assert [json.loads(line) for line in gzip.decompress(body).splitlines()] == [event] * 100


def test_the_past_is_due_at_once_or_at_the_speed_asked_for_and_the_future_never_early() -> None:
    now = datetime(2025, 6, 2, tzinfo=UTC).timestamp()
    assert Pace(since=now - 100, began=now).due(now - 50) == now - 50
    assert Pace(since=now - 100, began=now, speed=10).due(now - 50) == now + 5
    assert Pace(since=now - 100, began=now, speed=10).due(now + 500) == now + 500
