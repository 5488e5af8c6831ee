"""A device that publishes: it counts what the broker acknowledged, and never publishes anything twice."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import mqtt5

ANSWER_SECONDS = 20.0


class RefusedError(Exception):
    """The broker refuses the connection."""


class Publisher:
    """One connection to a broker."""

    def __init__(self, where: Path | tuple[str, int], user: str, password: str, *, client_id: str = "") -> None:
        """Connect. Raises RefusedError and OSError."""
        if isinstance(where, Path):
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(str(where))
        else:
            self._socket = socket.create_connection(where, timeout=ANSWER_SECONDS)
        self._socket.settimeout(ANSWER_SECONDS)
        hello = mqtt5.ConnectPacket(
            client_id or f"device-{user}-{time.monotonic_ns()}",
            username=user,
            password=password.encode(),
            clean_start=True,
        )
        self._socket.sendall(hello.write())
        self._rest = b""
        welcome = self._receive()[0]
        assert isinstance(welcome, mqtt5.ConnAckPacket)
        if int(welcome.reason_code):
            self._socket.close()
            raise RefusedError(welcome.reason_code.name)
        self._packet_id = 0
        self._answered = threading.Condition()
        self.acknowledged = 0
        self.reasons: set[int] = set()
        self.is_cut_off = threading.Event()
        self._socket.settimeout(None)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(ANSWER_SECONDS)
        self._socket.close()

    def publish(self, messages: Sequence[tuple[str, bytes]], *, qos: int = 1, retain: bool = False) -> None:
        """Publish messages at once, without waiting for the broker."""
        packets = []
        for topic, payload in messages:
            packet_id = None
            if qos:
                self._packet_id = self._packet_id % 65_535 + 1
                packet_id = self._packet_id
            packets.append(
                mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS(qos), retain=retain, packet_id=packet_id).write()
            )
        self._socket.sendall(b"".join(packets))

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def wait_for(self, acknowledged: int, seconds: float = ANSWER_SECONDS) -> None:
        """Wait until this many messages were acknowledged. Raises TimeoutError."""
        with self._answered:
            if not self._answered.wait_for(lambda: self.acknowledged >= acknowledged, seconds):
                raise TimeoutError(f"{self.acknowledged} of {acknowledged} messages were acknowledged")

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while packets := self._receive():
                answers = [packet for packet in packets if isinstance(packet, mqtt5.PubAckPacket)]
                with self._answered:
                    self.acknowledged += len(answers)
                    self.reasons |= {int(answer.reason_code) for answer in answers}
                    self._answered.notify_all()
        self.is_cut_off.set()

    def _receive(self) -> list[mqtt5.Packet]:
        packets: list[mqtt5.Packet] = []
        while not packets:
            data = self._socket.recv(65_536)
            if not data:
                return []
            view, start = memoryview(self._rest + data), 0
            with contextlib.suppress(IndexError):
                while start < len(view):
                    packet, size = mqtt5.read(view[start:])
                    packets.append(packet)
                    start += size
            self._rest = bytes(view[start:])
        return packets
