"""The agent before a real hub: a reading is forgotten for a receipt alone, and what fails is said plainly."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from agent_world import AT, NOBODY, Machine, reading, readings
from events import Connection as Owner
from events import rows
from hub_server import running_api
from waiting import wait_until

from iot_hub.access.devices import add_device, revoke_tokens
from iot_hub.agent.connection import Connection, parse_response
from iot_hub.agent.errors import AgentError, AwayError
from iot_hub.agent.queue import Queue
from iot_hub.agent.receipts import Accepted, Response, RetryLater, TooLarge, outcome_of
from iot_hub.agent.upload import Sent, Uploader
from iot_hub.operations.nginx import certificate
from iot_hub.settings import Settings
from iot_hub.waiting.backoff import Backoff

pytestmark = pytest.mark.hub

RAW = "SELECT device_time, properties FROM iot_personal_hub.raw_devices_properties ORDER BY device_time"


def receipt(status: int = 200, **more: Any) -> Response:
    return Response(status, json.dumps({"stored": 0, "duplicates": 0, "rejected": [], **more}).encode())


def rejected(*indices: int) -> list[dict[str, Any]]:
    return [{"index": index, "reason": "too_deep"} for index in indices]


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (receipt(stored=3), Accepted({})),
        (receipt(stored=1, duplicates=2), Accepted({})),
        (receipt(202, spooled=3), Accepted({})),
        (receipt(stored=2, rejected=rejected(1)), Accepted({1: "too_deep"})),
        (receipt(422, rejected=rejected(0, 1, 2)), Accepted(dict.fromkeys(range(3), "too_deep"))),
        (Response(413, b""), TooLarge("too_large")),
        (Response(400, b'{"error": {"code": "unreadable", "message": ""}}'), TooLarge("unreadable")),
        # Hubs before 1.2 say it with another status.
        (Response(422, b'{"error": {"code": "unreadable", "message": ""}}'), TooLarge("unreadable")),
        (Response(503, b"", "30"), RetryLater("the hub can't keep anything now", 30)),
        (Response(429, b"", "1"), RetryLater("the hub asks to slow down", 1)),
        (Response(503, b"", "Wed, 21 Oct 2026 07:28:00 GMT"), RetryLater("the hub can't keep anything now")),
        (Response(429, b"", "999999999"), RetryLater("the hub asks to slow down", 3600)),
    ],
)
def test_an_answer_to_three_readings_means(answer: Response, means: object) -> None:
    assert outcome_of(answer, 3) == means


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, b"<html>Welcome to our hotel</html>"), Response(200, b""), Response(200, b"[]"), Response(200, b"null"), receipt(),
        receipt(stored=2), receipt(stored=4), receipt(stored=-1, duplicates=4), receipt(stored=True, duplicates=2),
        receipt(stored=2, rejected=rejected(7)), receipt(stored=2, rejected=[{"index": 1}]), receipt(stored="3"), receipt(201, stored=3),
        Response(204, b""), Response(400, b"<html>"), Response(400, b'{"error": {"code": "client_gone"}}'), Response(301, b""), Response(401, b""), Response(403, b""), Response(404, b""), Response(500, b""), Response(502, b""),
    ],
)  # fmt: skip
def test_an_answer_without_a_receipt_for_each_reading_forgets_nothing(answer: Response) -> None:
    assert isinstance(outcome_of(answer, 3), RetryLater)


@pytest.mark.parametrize("reply", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 OK\r\n\r\n", b"\xff" * 100])
def test_who_does_not_answer_as_http_has_it_is_no_hub(reply: bytes) -> None:
    with pytest.raises(AwayError, match="as HTTP"):
        parse_response(reply)


def test_an_answers_head_is_read_whatever_the_case_of_its_names() -> None:
    reply = b"HTTP/1.1 503 Service Unavailable\r\nServer: x\r\nRETRY-AFTER:  7\r\n\r\n{}\r\n\r\n"
    assert parse_response(reply) == Response(503, b"{}\r\n\r\n", "7")


def test_pauses_double_up_to_their_bound_and_start_over_after_a_success() -> None:
    backoff = Backoff(5, 900)
    assert [backoff.pause() for _ in range(100)] == [min(5 * 2**number, 900) for number in range(100)]
    backoff.reset()
    assert backoff.pause() == 5


def test_with_jitter_a_pause_is_cut_by_half_at_most_and_is_never_shorter_than_requested() -> None:
    backoff = Backoff(5, 900, jitter=True)
    pauses = [backoff.pause() for _ in range(30)]
    assert all(min(5 * 2**n, 900) / 2 <= pause <= min(5 * 2**n, 900) for n, pause in enumerate(pauses))
    assert pauses != [Backoff(5, 900).pause() for _ in range(30)]
    assert 30 <= backoff.pause(30) <= 60


@pytest.fixture
def token(settings: Settings, owner: Owner) -> str:
    return add_device(owner, "phone", "smartphone")[1]


@pytest.fixture
def machine(tmp_path: Path, token: str) -> Machine:
    return Machine(tmp_path, token=token)


@pytest.fixture
def queue(machine: Machine) -> Iterator[Queue]:
    queue = machine.queue()
    yield queue
    queue.close()


def uploader(machine: Machine, queue: Queue, api: httpx.Client | None = None, most: int = 500) -> Uploader:
    if api is not None:
        machine.address = str(api.base_url).rstrip("/")
    return Uploader(queue, Connection(machine.configuration), most)


def test_what_waits_is_stored_once_at_its_own_microsecond_and_forgotten(
    settings: Settings, owner: Owner, machine: Machine, queue: Queue
) -> None:
    queue.append(readings(7))
    with running_api(settings) as api:
        assert uploader(machine, queue, api, most=5).send_batch() == Sent(delivered=5)
        queue.append(readings(5))  # As a crash between answer and forgetting would leave them.
        assert uploader(machine, queue, api).send_batch() == Sent(delivered=7)
        assert uploader(machine, queue, api).send_batch() == Sent()
    assert queue.stats().readings == 0
    assert [row["properties"] for row in rows(owner, RAW)] == [{"test": {"number": number}} for number in range(7)]
    [first, *_] = rows(owner, RAW)
    assert round(first["device_time"].timestamp() * 1e6) == AT


def test_a_reading_that_the_hub_refuses_is_put_aside_and_holds_up_no_other(
    settings: Settings, owner: Owner, machine: Machine, queue: Queue
) -> None:
    queue.append([reading(0), reading(1, text="\0"), reading(2)])
    with running_api(settings) as api:
        assert uploader(machine, queue, api).send_batch() == Sent(delivered=2, rejected=1)
        queue.append([reading(3, text="\0")])
        assert uploader(machine, queue, api).send_batch() == Sent(rejected=1)
    assert queue.rejected() == {"nul_character": 2}
    assert queue.stats().readings == 0
    assert len(rows(owner, "SELECT * FROM iot_personal_hub.quarantine")) == 2


def test_a_batch_that_is_too_large_is_halved_and_a_reading_that_is_too_large_is_put_aside(
    settings: Settings, owner: Owner, machine: Machine, queue: Queue
) -> None:
    queue.append([reading(number, text="x" * (3000 if number == 5 else 300)) for number in range(9)])
    with running_api(settings.model_copy(update={"max_body_bytes": 2000})) as api:
        sender = uploader(machine, queue, api)
        while queue.stats().readings:
            assert sender.send_batch().failure is None
    assert queue.rejected() == {"too_large": 1}
    assert len(rows(owner, RAW)) == 8


def test_without_a_valid_token_everything_stays_and_it_is_said_what_to_do(
    settings: Settings, owner: Owner, machine: Machine, queue: Queue
) -> None:
    revoke_tokens(owner, "phone")
    queue.append(readings(3))
    with running_api(settings) as api:
        sender = uploader(machine, queue, api)
        # Until the API has read the tokens it answers 503.
        wait_until(lambda: "token rotate" in (sender.send_batch().failure or RetryLater("none")).reason)
    assert queue.stats().readings == 3
    assert "token rotate" in str(queue.notes()["last_error"])


def test_without_a_hub_everything_stays(machine: Machine, queue: Queue) -> None:
    queue.append(readings(3))
    sent = uploader(machine, queue).send_batch()
    assert sent.failure and "does not answer" in sent.failure.reason
    assert (queue.stats().readings, machine.address) == (3, NOBODY)


@contextmanager
def answering(status: int, body: bytes = b"") -> Iterator[str]:
    """Somebody at the hub's address who is not the hub."""

    class Somebody(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Somebody) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "said"), [(200, "without a receipt"), (404, "is it the hub's"), (308, "redirects")])
def test_somebody_else_at_the_hubs_address_gets_no_reading_forgotten(
    status: int, said: str, machine: Machine, queue: Queue
) -> None:
    queue.append(readings(3))
    with answering(status, b"<html></html>") as machine.address:
        sent = uploader(machine, queue).send_batch()
    assert sent.failure and said in sent.failure.reason
    assert queue.stats().readings == 3


@pytest.fixture
def pair(tmp_path: Path) -> certificate.Pair:
    """The certificate that a hub makes for its first hour."""
    return certificate.renewed(Settings(home=tmp_path / "home", tls="self-signed"))


def test_a_hubs_own_certificate_is_trusted_by_file_or_fingerprint_and_not_without(
    settings: Settings, owner: Owner, machine: Machine, queue: Queue, pair: certificate.Pair
) -> None:
    queue.append(readings(3))
    shown = certificate.fingerprint(pair.certificate)
    other = ("B" if shown[0] == "A" else "A") + shown[1:]
    with running_api(settings, pair) as api:
        for tables, delivered in (
            ({}, 0), ({"fingerprint": other}, 0), ({"ca": str(pair.certificate)}, 1), ({"fingerprint": shown}, 1)
        ):  # fmt: skip
            machine.tables = tables
            sent = uploader(machine, queue, api, most=1).send_batch()
            assert sent.delivered == delivered, sent
            assert delivered or (sent.failure and "certificate" in sent.failure.reason)
    assert len(rows(owner, RAW)) == 2


def test_who_shows_another_certificate_never_sees_the_token_nor_a_reading(
    settings: Settings, owner: Owner, machine: Machine, queue: Queue, pair: certificate.Pair
) -> None:
    queue.append(readings(1))
    machine.tables = {"fingerprint": "00" * 32}
    with running_api(settings, pair) as api:
        sent = uploader(machine, queue, api).send_batch()
    assert sent.failure and "fingerprint" in sent.failure.reason
    assert rows(owner, RAW) == []
    assert queue.stats().readings == 1


def test_a_file_of_no_certificates_is_one_line(machine: Machine, queue: Queue, tmp_path: Path) -> None:
    machine.address = "https://hub.example"
    for name in ("missing.pem", "empty.pem"):
        (tmp_path / "empty.pem").write_text("")
        machine.tables = {"ca": str(tmp_path / name)}
        with pytest.raises(AgentError, match=name):
            uploader(machine, queue)
