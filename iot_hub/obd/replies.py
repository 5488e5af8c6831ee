"""An ELM327 adapter's replies: the bytes of its line in, a car's messages out.

Facts: the ELM327 data sheet (ELM Electronics), ISO 15765-2 for the frames of long messages, SAE J1979 for what a
message begins with; public reports of what cheap copies do. A reply is lines that end with a carriage return, and a
prompt ``>``. A copy may repeat the request although it was asked not to, leave out headers or the prompt, and send
NULs or noise. Which form a line has follows from the line and the request, never from what the adapter was asked to
do.

What can't be read is no message, and never an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from iot_hub.obd.requests import Request

PROMPT = b">"
MAX_REPLY_BYTES = 65_536
"""More is noise: the longest message of ISO 15765-2 has 4,095 bytes."""

_NEGATIVE = 0x7F
_SINGLE, _FIRST, _NEXT = 0, 1, 2  # Kinds of frames: the upper half of the first byte.
_LEGACY_HEADERS = (3, 4)  # Priority, receiver, sender, and of some KWP messages the length.


class Problem(StrEnum):
    """Why there is no message, in a word for people."""

    UNKNOWN_COMMAND = "the adapter does not know the command"
    NO_DATA = "the car does not answer"
    UNABLE_TO_CONNECT = "the adapter finds no car"
    BUS = "the adapter has an error on the car's wires"
    STOPPED = "the adapter was interrupted"
    BUFFER_FULL = "the adapter's memory is full"
    RESET = "the adapter has restarted"
    REFUSED = "the car refuses the request"
    UNREADABLE = "what the adapter answers can't be read"
    SILENT = "the adapter does not answer"


_PROBLEMS = (
    ("UNABLETOCONNECT", Problem.UNABLE_TO_CONNECT),
    ("NODATA", Problem.NO_DATA),
    ("STOPPED", Problem.STOPPED),
    ("BUFFERFULL", Problem.BUFFER_FULL),
    ("LVRESET", Problem.RESET),
    ("LPALERT", Problem.RESET),
    ("ACTALERT", Problem.RESET),
    ("BUSINIT", Problem.BUS),  # What is left of "BUS INIT: ...ERROR".
    ("BUSBUSY", Problem.BUS),
    ("BUSERROR", Problem.BUS),
    ("CANERROR", Problem.BUS),
    ("DATAERROR", Problem.BUS),
    ("FBERROR", Problem.BUS),
    ("RXERROR", Problem.BUS),
    ("FCRXTIMEOUT", Problem.BUS),
    ("ERR", Problem.BUS),
)

_NOISE = bytes(each for each in range(256) if not (32 <= each < 127 or each in b"\r\n"))
_PROGRESS = re.compile(r"^(?:SEARCHING\.*|BUS ?INIT: ?\.*(?:OK)?(?!\.*ERR))\s*")
_SEGMENT = re.compile(r"([0-9A-F]):([0-9A-F]*)")
_LENGTH = re.compile(r"[0-9A-F]{3}")
_HEX = re.compile(r"[0-9A-F]+")


class Message(NamedTuple):
    """What one control unit says: its address as the adapter shows it (empty without headers), service and data."""

    unit: str
    data: bytes


class Reply(NamedTuple):
    """The messages of a reply, by unit; ``frames`` is how many lines they took."""

    messages: tuple[Message, ...] = ()
    problem: Problem | None = None
    frames: int = 0


class ReplyReader:
    """Cuts what an adapter sends into replies."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._received = bytearray()

    def feed(self, part: bytes) -> bytes | None:
        """Add bytes; return the reply that is complete with them, without its prompt."""
        self._received += part
        end = self._received.find(PROMPT)
        if end < 0:
            # Of noise without end the newest is kept: a prompt may follow.
            del self._received[:-MAX_REPLY_BYTES]
            return None
        reply = bytes(self._received[:end])
        self._received.clear()
        return reply

    def without_prompt(self) -> bytes:
        """Return what there is without a prompt, and start over."""
        reply = bytes(self._received)
        self._received.clear()
        return reply

    def may_be_complete(self, sent: str) -> bool:
        """Return whether a line of an answer has ended: what a copy without a prompt ends with."""
        return self._received.endswith((b"\r", b"\n")) and bool(lines_of(bytes(self._received), sent))


def lines_of(reply: bytes, sent: str) -> list[str]:
    """Return a reply's lines in capitals, without the echo of what was sent, notices of progress and noise."""
    text = reply.translate(None, _NOISE).decode("ascii").upper()
    lines = []
    for line in text.replace("\n", "\r").split("\r"):
        line = _PROGRESS.sub("", _without_echo(line.strip(), sent)).strip()
        if line:
            lines.append(line)
    return lines


def _without_echo(line: str, sent: str) -> str:
    if line.replace(" ", "") == sent:
        return ""
    # Without a line end between the echo and the answer, as some copies send it.
    return line[len(sent) :] if line.startswith(sent) and sent else line


def problem_in(lines: list[str]) -> Problem | None:
    """Return the problem that an adapter reports in words."""
    for line in lines:
        if line.strip("? ") == "" and "?" in line:
            return Problem.UNKNOWN_COMMAND
        packed = line.replace(" ", "").lstrip("<")
        for word, problem in _PROBLEMS:
            if word in packed:
                return problem
    return None


@lru_cache(maxsize=256)
def parse(reply: bytes, request: Request, sent: str = "") -> Reply:
    """Return the messages that answer a request.

    ``sent`` is what the adapter was sent where it differs from the request's text: with the number of frames behind it.
    """
    lines = lines_of(reply, sent or request.text)
    assembly = _Assembly(request)
    for line in lines:
        assembly.add(line.replace(" ", ""))
    messages = tuple(sorted(assembly.messages(), key=lambda message: message.unit))
    problem = problem_in(lines)
    if not messages and problem is None:
        problem = Problem.REFUSED if assembly.refused else Problem.UNREADABLE if lines else Problem.NO_DATA
    return Reply(messages, problem, assembly.frames)


class _Long:
    """A message of several frames in the making."""

    def __init__(self, unit: str, length: int | None, data: bytes) -> None:
        self.unit, self.length, self.data, self.next = unit, length, data, 1

    def takes(self, number: int) -> bool:
        return number == self.next % 16 and not (self.length is not None and len(self.data) >= self.length)

    def add(self, data: bytes) -> None:
        self.data += data
        self.next += 1

    def message(self) -> Message | None:
        if self.length is not None and len(self.data) < self.length:
            return None
        return Message(self.unit, self.data[: self.length])


class _Assembly:
    """Puts the lines of one reply together."""

    def __init__(self, request: Request) -> None:
        self._beginnings = request.beginnings
        self._refusal = bytes((_NEGATIVE, request.service))
        self._whole: list[Message] = []
        self._long: list[_Long] = []
        self._lengths: list[int] = []
        self.frames = 0
        self.refused = False

    def messages(self) -> Iterator[Message]:
        """Yield the complete messages that answer the request."""
        yield from self._whole
        for each in self._long:
            message = each.message()
            if message and message.data.startswith(self._beginnings):
                yield message

    def add(self, line: str) -> None:
        """Add a line without its spaces."""
        if segment := _SEGMENT.fullmatch(line):
            self._add_segment(int(segment[1], 16), _data(segment[2]))
        elif _LENGTH.fullmatch(line):
            self._lengths.append(int(line, 16))
        elif _HEX.fullmatch(line):
            self._add_frame(line)

    def _add_segment(self, number: int, data: bytes) -> None:
        """Add a line of a long message that the adapter has numbered itself, without headers."""
        self.frames += 1
        pending = next((each for each in self._long if each.takes(number)), None)
        # The first one is 0; after 15 comes another 0.
        if pending:
            pending.add(data)
        elif number == 0:
            self._long.append(_Long("", self._lengths.pop(0) if self._lengths else None, data))

    def _add_frame(self, line: str) -> None:
        if len(line) % 2:
            # A header of 11 bits is three digits.
            self._add_can(line[:3], _data(line[3:]))
            return
        data = _data(line)
        if self._is_answer(data):
            self._add_whole("", data)
        elif data[:1] == b"\x18" and len(data) > 4:
            self._add_can(line[:8], data[4:])
        else:
            for header in _LEGACY_HEADERS:
                if self._is_answer(data[header:]):
                    # The last byte is a checksum.
                    self._add_whole(line[4:6], data[header:-1])
                    return

    def _add_can(self, unit: str, frame: bytes) -> None:
        if not frame:
            return
        kind, low = frame[0] >> 4, frame[0] & 15
        if kind == _SINGLE and 0 < low < len(frame):
            self._add_whole(unit, frame[1 : 1 + low])
        elif kind == _FIRST and len(frame) > 2:
            self.frames += 1
            self._long.append(_Long(unit, low << 8 | frame[1], frame[2:]))
        elif kind == _NEXT:
            self.frames += 1
            for each in self._long:
                if each.unit == unit and each.takes(low):
                    each.add(frame[1:])
                    break

    def _add_whole(self, unit: str, data: bytes) -> None:
        self.frames += 1
        if data.startswith(self._beginnings):
            self._whole.append(Message(unit, data))
        elif data.startswith(self._refusal):
            self.refused = True

    def _is_answer(self, data: bytes) -> bool:
        return data.startswith(self._beginnings) or data.startswith(self._refusal)


def _data(digits: str) -> bytes:
    return bytes.fromhex(digits if len(digits) % 2 == 0 else digits[:-1])
