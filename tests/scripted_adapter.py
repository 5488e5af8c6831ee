"""An ELM327 adapter in a car that drives, as a script: its values move, and it misbehaves as it is asked to.

It speaks over TCP and over a pseudo-terminal. ``python tests/scripted_adapter.py`` serves it as a program of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import select
import socket
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

UNANSWERED_SECONDS = 0.05
"""What an adapter waits for further answers, where it is not said how many there are."""


def _bits(first: int, pids: frozenset[int]) -> bytes:
    later = any(pid > first + 0x20 for pid in pids)
    bits = sum(1 << (32 - (pid - first)) for pid in pids if first < pid < first + 0x20) | later
    return bits.to_bytes(4, "big")


@dataclass
class Car:
    """A car: what its units answer, by the time that it has driven."""

    running: bool = True
    volts: float | None = 14.1
    vin: str = "WBA00000000000001"
    stored: tuple[str, ...] = ("P0133",)
    pending: tuple[str, ...] = ()
    unsupported: frozenset[int] = frozenset()
    announced_only: frozenset[int] = frozenset()
    """Announced, and never answered."""
    gearbox: bool = False
    """Whether a second unit answers too: what it knows differs."""
    constant: bool = False
    started: float = field(default_factory=time.monotonic)
    asked: int = 0
    """How many requests reached the car itself."""

    @property
    def seconds(self) -> float:
        return 600.0 if self.constant else time.monotonic() - self.started + 600

    def values(self) -> dict[int, bytes]:
        """Return every value that the engine's unit knows now."""
        t = self.seconds
        speed = 50 + 30 * math.sin(t / 20) if self.running else 0
        rpm = 800 + speed * 30 if self.running else 0

        def number(value: float, size: int) -> bytes:
            return max(0, min(round(value), 256**size - 1)).to_bytes(size, "big")

        found = {
            0x01: bytes((0x80 * bool(self.stored) + len(self.stored), 7, 0x65, 4)),
            0x04: number(speed * 2, 1), 0x05: number(40 + 88, 1), 0x0B: number(40 + speed / 2, 1),
            0x0C: number(rpm * 4, 2), 0x0D: number(speed, 1), 0x0F: number(40 + 25, 1), 0x10: number(rpm / 3, 2),
            0x11: number(speed, 1), 0x1F: number(t, 2), 0x2F: number(128, 1), 0x31: number(1000 + t / 70, 2),
            0x33: number(101, 1), 0x46: number(40 + 12, 1), 0x5C: number(255, 1), 0x5E: number(speed * 2, 2),
            0xA6: number(1_234_560 + t / 7, 4),
        }  # fmt: skip
        return {pid: data for pid, data in found.items() if pid not in self.unsupported}

    def engine(self, request: bytes) -> bytes | None:
        """Return what the engine's unit answers."""
        values = self.values()
        match request[0]:
            case 0x01:
                known = frozenset(values) | self.announced_only
                parts = [
                    bytes((pid,)) + (_bits(pid, known) if pid % 0x20 == 0 else values[pid])
                    for pid in request[1:]
                    if pid in values or pid == 0 or (pid % 0x20 == 0 and any(each > pid for each in known))
                ]
                return b"\x41" + b"".join(parts) if parts else None
            case 0x03:
                return bytes((0x43, len(self.stored))) + _codes(self.stored)
            case 0x07:
                return bytes((0x47, len(self.pending))) + _codes(self.pending)
            case 0x09 if request[1:] == b"\x02":
                return b"\x49\x02\x01" + self.vin.encode()
            case service:
                return bytes((0x7F, service, 0x11))

    def transmission(self, request: bytes) -> bytes | None:
        """Return what the gearbox's unit answers, of what it knows: 0x0C and 0x0D, the latter unknown to it."""
        if request[:1] != b"\x01" or not self.gearbox:
            return None
        known = {0x00: _bits(0, frozenset({0x0C, 0x0D})), 0x0C: self.values()[0x0C], 0x0D: b"\xff"}
        parts = [bytes((pid,)) + known[pid] for pid in request[1:] if pid in known]
        return b"\x41" + b"".join(parts) if parts else None


def _codes(codes: tuple[str, ...]) -> bytes:
    return b"".join(
        bytes(("PCBU".index(code[0]) << 6 | int(code[1]) << 4 | int(code[2], 16), int(code[3:], 16))) for code in codes
    )


@dataclass
class Quirks:
    """How an adapter differs from a good one."""

    protocol: str = "6"
    """6 is CAN with headers of 11 bits, 7 of 29 bits, 3 is older than CAN (ISO 9141)."""
    echo_stays: bool = False
    no_headers: bool = False
    spaces_stay: bool = False
    no_prompt: bool = False
    nuls: bool = False
    one_at_once: bool = False
    """Answers ``?`` to several parameters in one request."""
    first_only: bool = False
    """Answers the first of several parameters alone."""
    counts: bool = True
    """Understands how many frames to wait for."""
    answers_late: bool = False
    """The car answers too late for an adapter that waits for as short as it can (ATAT2)."""
    no_voltage: bool = False
    garbage_every: int = 0
    stopped_every: int = 0
    silent_every: int = 0
    disconnects_every: int = 0
    chunk: int = 0
    latency: float = 0.0
    says: Callable[[], bytes] | None = None
    """What it replies to anything, in place of all else."""


class Adapter:
    """One connection to the adapter."""

    def __init__(self, car: Car, quirks: Quirks) -> None:
        self.car, self.quirks = car, quirks
        self.echo, self.headers, self.spaces, self.line_feeds = True, False, True, True
        self.number = 0
        self.searched = False
        self.hasty = False

    def reply(self, command: str) -> bytes | None:
        """Return the reply to a command; None where there is none. Raises EOFError where the adapter hangs up."""
        quirks = self.quirks
        self.number += 1
        if _is_turn(self.number, quirks.disconnects_every):
            raise EOFError
        if _is_turn(self.number, quirks.silent_every):
            return None
        if quirks.says:
            return quirks.says()
        echo = command + "\r" if self.echo or quirks.echo_stays else ""
        text = "".join(command.upper().split())
        if _is_turn(self.number, quirks.stopped_every) and not text.startswith("AT"):
            lines = ["STOPPED"]
        else:
            lines = self._command(text[2:]) if text.startswith("AT") else self._request(text)
        end = "\r\n" if self.line_feeds else "\r"
        body = echo + "".join(line + end for line in lines) + end + ("" if quirks.no_prompt else ">")
        raw = body.encode("ascii")
        if quirks.nuls:
            raw = raw.replace(b"\r", b"\0\r\0")
        if _is_turn(self.number, quirks.garbage_every):
            raw = b"\xfe\x80@@4Z" + raw[: len(raw) // 2] + b"\r" + (b"" if quirks.no_prompt else b">")
        return raw

    def _command(self, text: str) -> list[str]:
        if text == "Z":
            self.echo, self.headers, self.spaces, self.line_feeds = True, False, True, True
            return ["", "", "ELM327 v1.5"]
        if text.startswith("AT"):
            self.hasty = text == "AT2"
        match text[:1], text[1:]:
            case "E", state:
                self.echo = state == "1"
            case "H", state:
                self.headers = state == "1" and not self.quirks.no_headers
            case "S", "0" | "1" as state:
                self.spaces = state == "1" or self.quirks.spaces_stay
            case "L", state:
                self.line_feeds = state == "1"
        match text:
            case "I":
                return ["ELM327 v1.5"]
            case "RV":
                known = self.car.volts is not None and not self.quirks.no_voltage
                return [f"{self.car.volts:.1f}V"] if known else ["?"]
            case "DPN":
                return ["A" + self.quirks.protocol]
            case "DP":
                return ["AUTO, ISO 15765-4 (CAN 11/500)" if self.quirks.protocol == "6" else "AUTO, OTHER"]
            case "TRASH":
                return ["?"]
        return ["OK"]

    def _request(self, text: str) -> list[str]:
        wait = UNANSWERED_SECONDS if self.quirks.latency else 0
        if len(text) % 2:
            if not self.quirks.counts:
                return ["?"]
            text, wait = text[:-1], 0
        try:
            request = bytes.fromhex(text)
        except ValueError:
            return ["?"]
        if self.quirks.latency:
            time.sleep(self.quirks.latency + wait)
        self.car.asked += 1
        lines = []
        if not self.searched:
            lines.append("SEARCHING...")
            self.searched = True
        if self.hasty and self.quirks.answers_late:
            return [*lines, "NO DATA"]
        if not self.car.running and not self.car.constant:
            return [*lines, "UNABLE TO CONNECT"]
        if len(request) > 2 and request[0] == 1:
            if self.quirks.one_at_once or not self._is_can:
                return ["?"]
            if self.quirks.first_only:
                request = request[:2]
        answers = [("7E8", self.car.engine(request)), ("7E9", self.car.transmission(request))]
        frames = [line for unit, data in answers if data for line in self._frames(unit, data)]
        return [*lines, *(frames or ["NO DATA"])]

    @property
    def _is_can(self) -> bool:
        return self.quirks.protocol in "6789"

    def _frames(self, unit: str, data: bytes) -> list[str]:
        if not self._is_can:
            return list(self._legacy(data))
        header = {"6": unit, "7": "18 DA F1 1" + unit[-1]}[self.quirks.protocol] if self.headers else ""
        if len(data) <= 7:
            frame = bytes((len(data),)) + data
            return [self._line(header, frame.ljust(8, b"\xaa") if header else data)]
        if not header:
            parts = [data[:6], *(data[at : at + 7] for at in range(6, len(data), 7))]
            lines = [f"{number % 16:X}: " + part.hex(" ").upper() for number, part in enumerate(parts)]
            return [f"{len(data):03X}", *(line if self.spaces else line.replace(" ", "") for line in lines)]
        first = bytes((0x10 | len(data) >> 8, len(data) & 255)) + data[:6]
        rest = [data[at : at + 7] for at in range(6, len(data), 7)]
        following = [bytes((0x20 | (number + 1) % 16,)) + part for number, part in enumerate(rest)]
        return [self._line(header, frame.ljust(8, b"\xaa")) for frame in (first, *following)]

    def _legacy(self, data: bytes) -> Iterator[str]:
        """Yield messages of at most seven bytes: a long one is numbered, codes have no count."""
        if data[0] == 0x49:
            text = data[3:].rjust(20, b"\0")
            parts = [bytes((0x49, 2, number + 1)) + text[number * 4 : number * 4 + 4] for number in range(5)]
        elif data[0] in (0x43, 0x47):
            codes = data[2:]
            parts = [data[:1] + codes[at : at + 6].ljust(6, b"\0") for at in range(0, max(len(codes), 1), 6)]
        else:
            parts = [data]
        for part in parts:
            message = b"\x48\x6b\x10" + part
            yield self._line("", message + bytes((sum(message) & 255,)) if self.headers else part)

    def _line(self, header: str, data: bytes) -> str:
        line = f"{header} {data.hex(' ').upper()}".strip()
        return line if self.spaces else line.replace(" ", "")


def _is_turn(number: int, every: int) -> bool:
    return every > 0 and number % every == 0


def converse(
    car: Car, quirks: Quirks, receive: Callable[[], bytes], send: Callable[[bytes], object]
) -> None:  # fmt: skip
    """Answer what is received until it ends."""
    adapter, received = Adapter(car, quirks), b""
    while part := receive():
        received += part
        while b"\r" in received:
            command, _, received = received.partition(b"\r")
            try:
                reply = adapter.reply(command.decode("ascii", "replace").strip())
            except EOFError:
                return
            for at in range(0, len(reply or b""), quirks.chunk or 1_000_000):
                send((reply or b"")[at : at + (quirks.chunk or 1_000_000)])


@contextlib.contextmanager
def tcp_adapter(car: Car, quirks: Quirks | None = None, port: int = 0) -> Iterator[str]:
    """Serve an adapter over TCP, a connection at a time as a dongle does; yield its address."""
    clients: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", port)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    clients[:] = [client]
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    with contextlib.suppress(OSError), client:
                        converse(car, quirks or Quirks(), lambda client=client: client.recv(4096), client.sendall)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for client in clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextlib.contextmanager
def serial_adapter(car: Car, quirks: Quirks | None = None) -> Iterator[str]:
    """Serve an adapter at a pseudo-terminal; yield the path of its device."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    ended, end = os.pipe()

    def receive() -> bytes:
        return os.read(ours, 4096) if ended not in select.select([ours, ended], [], [])[0] else b""

    thread = threading.Thread(
        target=converse, args=(car, quirks or Quirks(), receive, lambda data: os.write(ours, data)), daemon=True
    )
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.write(end, b"\0")
        thread.join()
        for file in (ours, theirs, ended, end):
            os.close(file)


def main() -> None:
    """Serve over TCP until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    asked = parser.parse_args()
    car = Car()
    with tcp_adapter(car, Quirks(latency=asked.latency_ms / 1000), asked.port):
        # Each line on standard input is answered with the requests that reached the car so far, and when that was.
        for _ in sys.stdin:
            print(car.asked, time.monotonic(), flush=True)


if __name__ == "__main__":
    main()
