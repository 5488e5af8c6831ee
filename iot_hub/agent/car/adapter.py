"""An ELM327 adapter on its line: a command, and the reply to it.

Facts: the ELM327 data sheet. Its copies, of which most adapters are one, differ: commands that they do not know, an
echo that stays on, replies without a prompt or with noise. So no command is relied on but that a request is answered.
"""

from __future__ import annotations

import re
import time

from iot_hub.agent.car.line import SPEEDS, Line, is_serial
from iot_hub.agent.errors import AdapterError
from iot_hub.obd.replies import Problem, Reply, ReplyReader, lines_of, parse, problem_in
from iot_hub.obd.requests import Request

PROBE_SECONDS = 1.0
RESET_SECONDS = 3.0
MOST_LATE_PARTS = 16
"""An adapter that sends without end is interrupted by the next command."""
FIRST_QUIET, LATER_QUIET = 1.5, 0.3
"""Seconds of silence after a line that end a reply without a prompt: the first such reply, and those that follow."""
_PASSING = (Problem.STOPPED, Problem.BUFFER_FULL, Problem.UNREADABLE)
_VOLTAGE = re.compile(r"([0-9]{1,2}\.[0-9]{1,2})V?")

_NAMES = ("ELM", "STN", "OBD")

RESET = "ATZ"
SETTINGS = ("ATE0", "ATL0", "ATS0", "ATH1", "ATAT1", "ATCAF1")
"""No echo, no line feeds, no spaces; with headers, timed by what the car needs, frames put together."""


class Adapter:
    """An adapter. Methods raise AdapterError where it does not answer at all, and Stopped."""

    def __init__(self, line: Line, timeout: float) -> None:
        """Use an open line; wait this many seconds for a reply."""
        self._line = line
        self._timeout = timeout
        self._reader = ReplyReader()
        self._quiet = FIRST_QUIET
        self.requests = 0
        """How many requests were answered."""

    def command(self, text: str, timeout: float | None = None) -> list[str]:
        """Send a command of the adapter's own; return the lines of its reply."""
        return lines_of(self._reply(text, timeout or self._timeout), text)

    def ask(self, request: Request, frames: int = 0, timeout: float | None = None) -> Reply:
        """Send a request to the car; with the number of frames to wait for, where it is known.

        A reply that an interruption or noise has spoilt is asked for once more.
        """
        sent = f"{request.text}{frames:X}" if frames else request.text
        reply = parse(self._reply(sent, timeout or self._timeout), request, sent)
        if reply.problem in _PASSING and not reply.messages:
            reply = parse(self._reply(sent, timeout or self._timeout), request, sent)
        return reply

    def voltage(self) -> float | None:
        """Return the voltage of the car's socket; None where the adapter does not measure it. Asks the car nothing."""
        for _ in range(2):
            lines = self.command("ATRV")
            for line in lines:
                if found := _VOLTAGE.fullmatch(line.replace(" ", "")):
                    return float(found[1]) or None
            if problem_in(lines):
                break
        return None

    def is_there(self, timeout: float) -> bool:
        """Return whether the adapter answers with text: at another speed its answer is noise."""
        try:
            reply = self._reply("ATI", timeout)
        except AdapterError:
            return False
        return reply.replace(b"\0", b"").isascii() and bool(lines_of(reply, "ATI"))

    def reset(self, protocol: str) -> str:
        """Restart the adapter and set it up; return what it calls itself."""
        try:
            name = self.command(RESET, RESET_SECONDS)
        except AdapterError:
            # Some copies restart without a word.
            name = []
        for setting in (*SETTINGS, f"ATSP{protocol}"):
            self.command(setting)
        return next((line for line in name if any(word in line for word in _NAMES)), "an adapter without a name")

    def _reply(self, sent: str, timeout: float) -> bytes:
        """Return the reply to what is sent. An adapter that is silent is asked a second time."""
        for _ in range(2):
            self._drop_what_is_late()
            self._line.send(sent.encode("ascii") + b"\r")
            reply = self._receive(sent, timeout)
            if reply is not None:
                self.requests += 1
                return reply
        raise AdapterError("the adapter does not answer")

    def _receive(self, sent: str, timeout: float) -> bytes | None:
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            is_complete = self._quiet < left and self._reader.may_be_complete(sent)
            part = self._line.receive(self._quiet if is_complete else left)
            if part:
                if (reply := self._reader.feed(part)) is not None:
                    return reply
            elif is_complete:
                break
        if self._reader.may_be_complete(sent):
            self._quiet = LATER_QUIET
            return self._reader.without_prompt()
        self._reader.without_prompt()
        return None

    def _drop_what_is_late(self) -> None:
        """Forget what came after a reply was given up: it would be taken for the next one."""
        self._reader.without_prompt()
        for _ in range(MOST_LATE_PARTS):
            if not self._line.received():
                break


def connect_adapter(line: Line, address: str, speed: int, timeout: float) -> tuple[Adapter, int]:
    """Find the speed at which an adapter answers; return it, and the speed (0 where a line has none).

    Raises AdapterError where it answers at none.
    """
    adapter = Adapter(line, timeout)
    if not is_serial(address):
        return adapter, 0
    for each in (speed,) if speed else SPEEDS:
        line.set_speed(each)
        # A device of Bluetooth is open before its adapter is connected, which takes some seconds.
        if adapter.is_there(timeout if speed else PROBE_SECONDS):
            return adapter, each
    raise AdapterError("the adapter does not answer")
