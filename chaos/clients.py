"""Devices that follow the protocol: they send a thing again until it is acknowledged, and only then the next."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from chaos.ledger import Ledger

NUMBERS_EACH = 10**9
FIRST_TIME = 1_735_689_600  # 2025-01-01
STEP_SECONDS = 30
PATIENCE_SECONDS = 10
TRY_LATER = (None, 429, 503)
JUMPS = (-20 * 365 * 86_400, -400 * 86_400, -86_400, 3_600, 30 * 86_400)
"""How far a device's clock may be off, in seconds."""


@dataclass(frozen=True)
class Way:
    """How a client sends: where to, how many events at once, how often."""

    name: str
    port: Callable[[], int]
    path: str = "/v1/events"
    batch: int = 1
    packed: bool = False
    pause_seconds: float = 0.02


class Client(threading.Thread):
    """One device with a token, sending numbered events until it is stopped."""

    def __init__(self, index: int, device_id: int, token: str, way: Way, ledger: Ledger) -> None:
        """Prepare the client; its index decides its numbers, its device, and its path."""
        super().__init__(name=way.name, daemon=True)
        self._index = index
        self._next = 0
        self._device_id = device_id
        self._headers = {"X-API-Key": token, "Content-Type": "application/json"}
        if way.batch > 1:
            self._headers["Content-Type"] = "application/x-ndjson"
        if way.packed:
            self._headers["Content-Encoding"] = "gzip"
        self.way = way
        self._ledger = ledger
        self._random = Random(index)
        self._connection: http.client.HTTPConnection | None = None
        self._cuts = 0
        self._clock_error = 0
        self._in_present = False
        self._allowed = threading.Event()
        self._is_new = True
        self._ended = False
        self.idle = threading.Event()

    def cut_connections(self, count: int) -> None:
        """Cut the connection right after sending, for this many requests."""
        self._cuts = count

    def set_clock(self, error_seconds: int) -> None:
        """Set the device's clock wrong by this many seconds, or right again."""
        self._clock_error, self._in_present = error_seconds, False

    def set_to_present(self) -> None:
        """Send true times until the device's clock is set again."""
        self._in_present = True

    def go_on(self) -> None:
        """Resume sending."""
        self.idle.clear()
        self._allowed.set()

    def pause(self) -> None:
        """Stop once everything sent is acknowledged, then set ``idle``."""
        self._allowed.clear()

    def end(self) -> None:
        """Stop the thread after a pause."""
        self._ended = True
        self._allowed.set()

    def run(self) -> None:
        """Send until ended."""
        while True:
            if not self._allowed.is_set():
                self.idle.set()
                self._allowed.wait()
            if self._ended:
                return
            self._deliver()
            time.sleep(self._random.uniform(0, 2 * self.way.pause_seconds))

    def _deliver(self) -> None:
        first = self._index * NUMBERS_EACH + self._next
        numbers = range(first, first + self.way.batch)
        self._next += self.way.batch
        body = self._body(numbers)
        while (status := self._send(body, len(numbers))) not in (200, 202):
            # The receivers hear of a new token a moment after it is issued.
            if status not in TRY_LATER and not (status == 401 and self._is_new):
                self._ledger.complain(f"{self.name}: a good request was answered {status}")
            self._ledger.retry()
            time.sleep(self._random.uniform(0.05, 0.4))
        self._is_new = False
        self._ledger.acknowledge(self.name, numbers, spooled=status == 202)

    def _body(self, numbers: range) -> bytes:
        lines = [json.dumps(self._event(number)) for number in numbers]
        body = "\n".join(lines).encode()
        return gzip.compress(body, 1) if self.way.packed else body

    def _event(self, number: int) -> dict[str, Any]:
        place = number % NUMBERS_EACH
        passing = FIRST_TIME + place * STEP_SECONDS + self._clock_error + 0.25
        return {
            "device_id": self._device_id,
            "device_timestamp": time.time() if self._in_present else passing,
            "properties": {
                "number": number,
                "battery": {"remaining_percent": place % 100, "temperature_C": 20 + place % 90 / 10},
                "location": {"latitude": 50 + place % 1000 / 1e4, "longitude": 20 + place % 777 / 1e4},
            },
        }

    def _send(self, body: bytes, events: int) -> int | None:
        """Send one request; give the status, or None where the connection broke."""
        try:
            connection = self._connected()
            connection.request("POST", self.way.path, body, self._headers)
            if self._cuts > 0:
                self._cuts -= 1
                self._reset(connection)
                return None
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._disconnect()
            return None
        if answer.status in (200, 202):
            self._check_receipt(json.loads(text), events)
        return answer.status

    def _check_receipt(self, receipt: dict[str, Any], events: int) -> None:
        if "message" in receipt:
            return
        kept = receipt["stored"] + receipt["duplicates"] + receipt.get("spooled", 0)
        if kept != events or receipt["rejected"]:
            self._ledger.complain(f"{self.name}: of {events} good events {kept} were kept: {receipt['rejected'][:3]}")

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.way.port(), timeout=PATIENCE_SECONDS)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _reset(self, connection: http.client.HTTPConnection) -> None:
        # No lingering: the peer gets a reset instead of a polite end.
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._disconnect()
