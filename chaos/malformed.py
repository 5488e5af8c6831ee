"""``python -m chaos.malformed``: floods a hub with malformed payloads, good events beside them.

Then with messages of every app, each harmed somewhere. Every request must be answered for what it is, every good
event stored, and the API's memory bounded.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from chaos.app_messages import Message, harmed_messages
from chaos.books import Books
from chaos.clients import FIRST_TIME, NUMBERS_EACH, Client, Way
from chaos.experiment import Findings, api_memory, conduct, new_phone
from chaos.hub import Hub
from chaos.ledger import Ledger

LINES = 200
GOOD_LINES = 10
GOOD: tuple[bytes, ...] = (
    b'{"device_timestamp":%d,"properties":{"number":%d}}',
    # Repaired: what is no number is absent, and a comma too many is none.
    b'{"device_timestamp":%d,"properties":{"number":%d,}}',
    b'{"device_timestamp":%d,"properties":{"number":%d,"altitude":NaN}}',
    b'{"device_timestamp":%d,"properties":{"number":%d,"altitude":-Infinity,"speed":None}}',
    b'{"device_timestamp":%d,"properties":{"number":%d,"altitude":,"speed":undefined}}',
)
SINGLE_SHARE = 5
"""One payload in this many requests is a body of its own."""

BROKEN: tuple[bytes, ...] = (
    b'{"device_timestamp":1755861753,"properties":{"n":%d}',
    b'{"device_timestamp":1755861753,"properties":{"n":%d,"m":{]}}',
    b'{"device_timestamp":1755861753,"properties":{"n":%d,"m":[1,',
    b'{"device_timestamp":"%d-13-45","properties":{}}',
    b'{"device_timestamp":-%d,"properties":{}}',
    b'{"device_timestamp":4e18,"properties":{"n":%d}}',
    b'{"device_timestamp":null,"properties":{"n":%d}}',
    b'{"device_timestamp":NaN,"properties":{"n":%d}}',
    b'{"device_timestamp":1755861753,"properties":[%d]}',
    b'{"device_timestamp":1755861753,"properties":"%d"}',
    b'{"device_timestamp":1755861753,"properties":{"n":%d,"text":"a\\u0000b"}}',
    b'{"device_timestamp":1755861753,"properties":{"n":%d,"text":"\xff\xfe"}}',
    b'{"device_timestamp":1755861753,"properties":{"n":1e999,"m":%d}}',
    b'{"device_timestamp":1755861753,"properties":{"n":%d,"deep":' + b"[" * 200 + b"]" * 200 + b"}}",
    b'{"device_timestamp":1755861753,"properties":{"n":%d' + b"9" * 400 + b"}}",
    b'[[[%d', b'"%d"', b"%d", b"<xml>%d</xml>", b"number=%d", b"\x00\x01\x02%d", b"{%d}", b"[]%d",
)  # fmt: skip


@dataclass
class Flood(Findings):
    """What came of it."""

    malformed: int = 0
    harmed: int = 0
    """Messages of apps."""
    rejected: int = 0
    good: int = 0
    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    memory_most: int = 0


def broken_payloads(random: Random) -> Iterator[bytes]:
    """Yield malformed payloads forever, hardly any twice; none holds a line break."""
    while True:
        number = random.randrange(10**12)
        if random.random() < 0.1:
            yield random.randbytes(random.randint(1, 80)).replace(b"\n", b"") or b"?"
        else:
            yield random.choice(BROKEN) % number


def flood(hub: Hub, count: int, harmed: int, seed: int) -> Flood:
    """Send this many malformed payloads and damaged messages, and compare."""
    ledger, found = Ledger(), Flood()
    _, token = new_phone(hub, "broken phone")
    device_id, good_token = new_phone(hub, "good phone")
    neighbour = Client(1, device_id, good_token, Way("a good phone", lambda: hub.port), ledger)
    api = hub.leader("api").pid
    neighbour.start()
    neighbour.go_on()
    found.memory_before = found.memory_most = api_memory(hub)
    started = time.monotonic()
    _send_all(hub, token, broken_payloads(Random(seed)), count, found)
    _send_harmed(hub, token, itertools.islice(harmed_messages(Random(seed)), harmed), found)
    found.seconds = round(time.monotonic() - started, 1)
    neighbour.pause()
    neighbour.idle.wait(60)
    neighbour.end()
    found.memory_after = api_memory(hub)
    found.violations += ledger.take_complaints()
    if hub.leader("api").pid != api:
        found.violations.append("the API was restarted")
    promised = ledger.acknowledged | set(range(found.good))
    found.good += ledger.tally.acknowledged
    found.violations += Books(hub.settings).compare(promised)
    return found


def _send_all(hub: Hub, token: str, payloads: Iterator[bytes], count: int, found: Flood) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=60)
    while found.malformed < count:
        if found.requests % SINGLE_SHARE == 1:
            _send(connection, token, next(payloads), 0, found)
        else:
            wanted = min(LINES, count - found.malformed)
            _send(connection, token, _mixed([next(payloads) for _ in range(wanted)], found.good), GOOD_LINES, found)
        if found.requests % 20 == 0:
            found.memory_most = max(found.memory_most, api_memory(hub))


def _send_harmed(hub: Hub, token: str, messages: Iterable[Message], found: Flood) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=60)
    for found.harmed, (path, body) in enumerate(messages, 1):
        connection.request("POST", path, body, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        text = answer.read()
        found.requests += 1
        found.statuses[answer.status] = found.statuses.get(answer.status, 0) + 1
        # Apps get "delivered" for what is in quarantine; 201: a sensor of Home Assistant's app is known;
        # 403: a reading that now names another device; 400: its first bytes say that it is packed, and it is not.
        if answer.status not in (200, 201, 400, 403, 422):
            found.violations.append(f"{path}: status {answer.status}: {text[:200]!r} for {body!r}")
        if found.harmed % 1000 == 0:
            found.memory_most = max(found.memory_most, api_memory(hub))


def _mixed(payloads: list[bytes], first_number: int) -> bytes:
    for place in range(GOOD_LINES):
        number = first_number + place
        event = GOOD[number % len(GOOD)] % (FIRST_TIME + number % NUMBERS_EACH, number)
        payloads.insert(place * 97 % len(payloads), event)
    return b"\n".join(payloads)


def _send(connection: http.client.HTTPConnection, token: str, body: bytes, good: int, found: Flood) -> None:
    kind = "application/x-ndjson" if good else "application/json"
    connection.request("POST", "/v1/events", body, {"X-API-Key": token, "Content-Type": kind})
    answer = connection.getresponse()
    text = answer.read()
    found.requests += 1
    found.statuses[answer.status] = found.statuses.get(answer.status, 0) + 1
    lines = body.count(b"\n") + 1 if good else 1
    found.malformed += lines - good
    if answer.status == 400 and not good:  # Random bytes that begin as something packed does.
        return
    if answer.status not in ((200,) if good else (200, 422)):
        found.violations.append(f"status {answer.status}: {text[:200]!r}")
        return
    receipt = json.loads(text)
    # A payload made of random bytes may be an empty array or white space: nothing to store, nothing to reject.
    found.rejected += len(receipt["rejected"])
    found.good += good
    if receipt["stored"] != good:
        found.violations.append(f"of {good} good events {receipt['stored']} were stored")


def main() -> int:
    """Flood a hub of its own; the exit status is 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m chaos.malformed", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="malformed payloads (default: 100,000)")
    parser.add_argument("--harmed", type=int, default=10_000, help="harmed messages of apps (default: 10,000)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    return conduct(lambda hub: flood(hub, arguments.count, arguments.harmed, arguments.seed))


if __name__ == "__main__":
    sys.exit(main())
