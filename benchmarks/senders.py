"""Parallel senders of bodies made beforehand: the clock sees the server work, not the client."""

from __future__ import annotations

import functools
import http.client
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import msgspec
from phone_events import BATCH

from iot_hub.ingest.http.responses import Receipts


def post_batches(address: str, token: str, bodies: Sequence[bytes], *, senders: int, encoding: str = "") -> float:
    """Post all bodies; give the seconds from the first byte to the last receipt.

    Raises RuntimeError when a receipt says anything but "all of them stored".
    """
    headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {token}"}
    if encoding:
        headers["Content-Encoding"] = encoding
    return in_parallel([functools.partial(_post, address, headers, bodies[n::senders]) for n in range(senders)])


def _post(address: str, headers: dict[str, str], bodies: Sequence[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    for body in bodies:
        connection.request("POST", "/v1/events", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200 or msgspec.json.decode(text, type=Receipts) != Receipts(BATCH, 0, []):
            raise RuntimeError(f"a batch was answered {answer.status}: {text[:200]!r}")
    connection.close()


def in_parallel(tasks: Sequence[Callable[[], None]]) -> float:
    """Run tasks in threads of their own; give the seconds until the last has ended."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        started = time.perf_counter()
        for running in [pool.submit(task) for task in tasks]:
            running.result()
        return time.perf_counter() - started
