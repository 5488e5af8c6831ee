"""Messages of apps, as the tests have them, each harmed in a few places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from iot_hub.ingest.http.endpoints import ENDPOINTS

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
MOST_HARMS = 4
VALUES = (
    b"null", b"-1", b"0", b"1e999", b"NaN", b"-0", b"true", b'""', b'"nan"', b'"a\\u0000b"', b'"\xff"', b"[]", b"{}",
    b"[[", b"9" * 400, b"0." + b"9" * 400, b"1755861753", b'"2025-02-30T25:61:00Z"', b"[" * 200,
)  # fmt: skip
_value = re.compile(rb'-?\d+\.?\d*|"[^"]*"|null|true|false')

Message = tuple[str, bytes]
"""The path that it is posted to, and its bytes."""


def harmed_messages(random: Random) -> Iterator[Message]:
    """Yield damaged messages of every app in turn, forever; a few are still what an app would send."""
    # Without the fields that it needs, a path is no address.
    paths = [endpoint for endpoint in ENDPOINTS if not endpoint.needs_field]
    whole = [message for endpoint in paths for message in _messages(endpoint.source, endpoint.path)]
    while True:
        for path, body in whole:
            yield path, _harmed(body, random)


def _messages(source: str, path: str) -> Iterator[Message]:
    for file in sorted((FIXTURES / source).iterdir()):
        if not file.name.endswith((".expected.json", ".jsonl")):
            yield path, file.read_bytes()


def _harmed(body: bytes, random: Random) -> bytes:
    for _ in range(random.randint(1, MOST_HARMS)):
        start = random.randrange(len(body) + 1)
        end = min(len(body), start + random.randint(1, 20))
        found = _value.search(body, start)
        if found and random.random() < 0.6:
            body = body[: found.start()] + random.choice(VALUES) + body[found.end() :]
        elif random.random() < 0.5:
            body = body[:start] + body[end:]
        else:
            body = body[:start] + random.randbytes(random.randint(1, 8)) + body[start:end] + body[start:]
    return body
