"""Where the car is, by gpsd: the newest fix whenever a round wants one, without waiting for it."""

from __future__ import annotations

import contextlib
import json
import socket
import time

from iot_hub.agent.clock import Clock
from iot_hub.agent.reading import Properties
from iot_hub.agent.sensors import gpsd
from iot_hub.agent.sensors.sensor import Options
from iot_hub.timestamps import SECOND

FRESH_SECONDS = 3.0
RETRY_SECONDS = 60.0
CONNECT_SECONDS = 0.5


class Position:
    """A connection to gpsd that stays open while the car runs."""

    def __init__(self, options: Options | None, clock: Clock) -> None:
        """Use the options of the sensor ``gpsd``; without them there is no position."""
        self._options = options
        self._clock = clock
        self._socket: socket.socket | None = None
        self._not_before = 0.0
        self._received = b""
        self._fix: Properties | None = None
        self._fixed_at = 0.0

    def close(self) -> None:
        """Close the connection."""
        if self._socket:
            self._socket.close()
        self._socket, self._received, self._fix = None, b"", None

    def newest(self) -> Properties | None:
        """Return the newest fix (the group ``location``), where it is fresh."""
        if self._options is None:
            return None
        now = time.monotonic()
        try:
            self._read(now)
        except (OSError, ValueError, RecursionError):
            self.close()
            self._not_before = now + RETRY_SECONDS
        return self._fix if self._fix and now - self._fixed_at <= FRESH_SECONDS else None

    def _read(self, now: float) -> None:
        if self._socket is None:
            if now < self._not_before:
                return
            self._socket = self._connected()
        with contextlib.suppress(BlockingIOError):
            while part := self._socket.recv(gpsd.MAX_LINE_BYTES):
                *lines, self._received = (self._received + part).split(b"\n")
                if len(self._received) > gpsd.MAX_LINE_BYTES:
                    raise ValueError("a line without end")
                for line in filter(bytes.strip, lines):
                    self._take(json.loads(line), now)
            raise OSError("gpsd has closed the connection")

    def _connected(self) -> socket.socket:
        options = self._options or {}
        connection = socket.create_connection((options["host"], options["port"]), CONNECT_SECONDS)
        connection.sendall(gpsd.WATCH)
        connection.setblocking(False)
        return connection

    def _take(self, report: object, now: float) -> None:
        fix = gpsd.location(report) if isinstance(report, dict) else None
        if fix:
            self._fix, self._fixed_at = fix, now
            if fix["fix_timestamp"] is not None:
                self._clock.learn(round(fix["fix_timestamp"] * SECOND))
