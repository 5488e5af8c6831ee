"""Sends one device's readings to a hub by HTTP, with retries until the hub has stored them."""

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

from iot_hub.errors import UserError
from iot_hub.operations.demo.device import Reading
from iot_hub.waiting.backoff import Backoff

TIMEOUT_SECONDS = 30
FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 30.0
WORTH_PACKING_BYTES = 1400  # What fits into one packet is faster uncompressed.
ACCEPTED = (200, 202)
RETRYABLE = (408, 425, 429, 500, 502, 503, 504)

log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class Receipt:
    """How many events were stored, duplicates and rejected; how many messages a broker has acknowledged."""

    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    published: int = 0

    def __add__(self, other: Receipt) -> Receipt:
        """Add two receipts."""
        return Receipt(
            self.stored + other.stored,
            self.duplicates + other.duplicates,
            self.rejected + other.rejected,
            self.published + other.published,
        )


class Response(NamedTuple):
    """A hub's response: status, seconds to wait before the next attempt if given, body."""

    status: int
    retry_after: float | None
    body: bytes


class Delivery:
    """Sends one device's events with its token."""

    def __init__(self, url: str, name: str, token: str) -> None:
        """Parse the hub's address. Raises UserError if it is not one."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UserError(f"{url} is not a hub's address, such as http://localhost:8080")
        self._name = name
        self._address = (parts.hostname, parts.port)
        self._connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._path = parts.path.rstrip("/") + "/v1/events"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def deliver(self, readings: Sequence[Reading]) -> Receipt:
        """Send the readings; retry while the hub is unavailable or asks to wait.

        Raises UserError if the hub rejects them permanently.
        """
        body, headers = pack([reading.event() for reading in readings])
        backoff = Backoff(FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS)
        while True:
            try:
                response = await self._post(body, self._headers | headers)
            except (OSError, HTTPException) as error:
                reason, pause = type(error).__name__, backoff.pause()
            else:
                if response.status not in RETRYABLE:
                    return self._receipt(response)
                reason = f"HTTP {response.status}"
                pause = backoff.pause() if response.retry_after is None else response.retry_after
            log.warning("%s: the hub can't accept readings now (%s); next attempt in %.1f s", self._name, reason, pause)
            await asyncio.sleep(pause)

    async def _post(self, body: bytes, headers: dict[str, str]) -> Response:
        # One connection per request: a phone that reports every five minutes keeps none open.
        connection = self._connection_class(*self._address, timeout=TIMEOUT_SECONDS)
        try:
            return await asyncio.to_thread(_exchange, connection, self._path, body, headers)
        except asyncio.CancelledError:
            _hang_up(connection)
            raise

    def _receipt(self, response: Response) -> Receipt:
        if response.status in (401, 403):
            raise UserError(f"The hub does not accept the token of {self._name}. Issue a new one: iot-hub token rotate")
        if response.status not in ACCEPTED:
            raise UserError(
                f"The hub rejected the readings of {self._name} (HTTP {response.status}). See the hub's log."
            )
        counts = json.loads(response.body or b"{}")
        receipt = Receipt(counts.get("stored", 0), counts.get("duplicates", 0), len(counts.get("rejected", ())))
        if receipt.rejected:
            log.warning("%s: the hub rejected %d readings; see iot-hub quarantine list", self._name, receipt.rejected)
        return receipt


def pack(events: Sequence[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
    """Encode events as a body and its headers: one as JSON, several as NDJSON, compressed if large."""
    if len(events) == 1:
        body, headers = _encoder.encode(events[0]), {"Content-Type": "application/json"}
    else:
        body, headers = _encoder.encode_lines(events), {"Content-Type": "application/x-ndjson"}
    if len(body) > WORTH_PACKING_BYTES:
        return gzip.compress(body, compresslevel=1), headers | {"Content-Encoding": "gzip"}
    return body, headers


def _exchange(connection: HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> Response:
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        named = response.getheader("Retry-After", "")
        return Response(response.status, float(named) if named.isdecimal() else None, response.read())
    finally:
        connection.close()


def _hang_up(connection: HTTPConnection) -> None:
    """Wake the thread that waits for a response, so that stopping is immediate."""
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # Already closed.
