"""One device's way to a hub: HTTP, again and again until the hub has taken what is sent."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from iot_hub.backoff import Backoff
from iot_hub.errors import UserError

TIMEOUT_SECONDS = 30
FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 30.0
WORTH_PACKING_BYTES = 1400  # What fits into one packet goes faster as it is.
TAKEN = (200, 202)
TRY_AGAIN = (408, 425, 429, 500, 502, 503, 504)

log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class Receipt:
    """What became of the readings sent: numbers of events."""

    stored: int = 0
    duplicates: int = 0
    rejected: int = 0

    def __add__(self, other: Receipt) -> Receipt:
        """Count both."""
        return Receipt(self.stored + other.stored, self.duplicates + other.duplicates, self.rejected + other.rejected)


class Answer(NamedTuple):
    """A hub's answer: status, seconds to wait before the next try where it names them, body."""

    status: int
    retry_after: float | None
    body: bytes


class Delivery:
    """Sends one device's events with its token."""

    def __init__(self, url: str, name: str, token: str) -> None:
        """Take the hub's address. Raises UserError where that is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UserError(f"{url} is not a hub's address. Give one such as http://localhost:8080")
        self._name = name
        self._address = (parts.hostname, parts.port)
        self._connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._path = parts.path.rstrip("/") + "/v1/events"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def deliver(self, events: Sequence[dict[str, Any]]) -> Receipt:
        """Send the events, and again for as long as the hub is away or asks to wait.

        Raises UserError where the hub refuses them for good.
        """
        body, headers = pack(events)
        backoff = Backoff(FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS)
        while True:
            try:
                answer = await self._post(body, self._headers | headers)
            except (OSError, HTTPException) as error:
                reason, pause = type(error).__name__, backoff.pause()
            else:
                if answer.status not in TRY_AGAIN:
                    return self._receipt(answer)
                reason = f"HTTP {answer.status}"
                pause = backoff.pause() if answer.retry_after is None else answer.retry_after
            log.warning("%s: the hub can't take readings now (%s); next try in %.1f s", self._name, reason, pause)
            await asyncio.sleep(pause)

    async def _post(self, body: bytes, headers: dict[str, str]) -> Answer:
        # A connection for each request: a phone that reports every five minutes keeps none open.
        connection = self._connection_class(*self._address, timeout=TIMEOUT_SECONDS)
        try:
            return await asyncio.to_thread(_exchange, connection, self._path, body, headers)
        except asyncio.CancelledError:
            _hang_up(connection)
            raise

    def _receipt(self, answer: Answer) -> Receipt:
        if answer.status in (401, 403):
            raise UserError(f"The hub does not accept the token of {self._name}. Issue a new one: iot-hub token rotate")
        if answer.status not in TAKEN:
            raise UserError(f"The hub refused the readings of {self._name} (HTTP {answer.status}). See the hub's log.")
        told = json.loads(answer.body or b"{}")
        receipt = Receipt(told.get("stored", 0), told.get("duplicates", 0), len(told.get("rejected", ())))
        if receipt.rejected:
            log.warning("%s: the hub rejected %d readings; see iot-hub quarantine list", self._name, receipt.rejected)
        return receipt


def pack(events: Sequence[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
    """Write events as a body and its headers: one as JSON, more as NDJSON, much of it compressed."""
    if len(events) == 1:
        body, headers = _encoder.encode(events[0]), {"Content-Type": "application/json"}
    else:
        body, headers = _encoder.encode_lines(events), {"Content-Type": "application/x-ndjson"}
    if len(body) > WORTH_PACKING_BYTES:
        return gzip.compress(body, compresslevel=1), headers | {"Content-Encoding": "gzip"}
    return body, headers


def _exchange(connection: HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        named = response.getheader("Retry-After", "")
        return Answer(response.status, float(named) if named.isdecimal() else None, response.read())
    finally:
        connection.close()


def _hang_up(connection: HTTPConnection) -> None:
    """Wake the thread that waits for an answer, so that stopping takes no time."""
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # It has ended by itself.
