"""A car's computer behind an adapter: what it has, and its values by as few requests as both of them can.

Two things make requests faster, and neither is known of an adapter before it is tried. Behind a request may stand how
many frames its answer has, so that the adapter does not wait for more; and on CAN six parameters fit into one request.
Where the plain way brings more than the fast one, the fast one is given up until the next connection.
"""

from __future__ import annotations

from collections.abc import Sequence

from iot_hub.agent.car.adapter import Adapter
from iot_hub.obd.pids import supported
from iot_hub.obd.replies import Message, Problem, Reply
from iot_hub.obd.requests import PENDING_CODES, STORED_CODES, VEHICLE, VIN, Request, current
from iot_hub.obd.trouble_codes import codes_of_all
from iot_hub.obd.values import data_by_pid, vin_of

FIRST_SECONDS = 20.0
"""For the adapter to find which of a dozen protocols a car speaks."""
MOST_PIDS = 6
MOST_FRAMES = 15
MOST_SHORT_ANSWERS = 2
MONITOR_STATUS = 0x01
_RANGES = tuple(range(0x00, 0xE0, 0x20))
_CAN = frozenset("6789ABC")
"""Numbers of the protocols that are CAN, as ATDPN has them."""


class CarComputer:
    """A connected car. Methods raise AdapterError where the adapter does not answer, and Stopped."""

    def __init__(self, adapter: Adapter) -> None:
        """Ask by an adapter that is set up."""
        self.adapter = adapter
        self.pids: tuple[int, ...] = ()
        """The parameters that it announces."""
        self.problem: Problem | None = None
        """Why it did not answer, if it did not."""
        self.at_once = 1
        """How many parameters go into a request."""
        self.counts_frames: bool | None = None
        """Whether the adapter understands how many frames to wait for; None until it is tried."""
        self._frames: dict[Request, int] = {}
        self._short_answers = 0
        self._is_hasty = False

    def connect(self) -> bool:
        """Ask what the car has; return whether it answers."""
        found: list[int] = []
        for first in _RANGES:
            reply = self.adapter.ask(current([first]), timeout=FIRST_SECONDS if first == 0 else None)
            announced = _announced(first, reply.messages)
            found += announced
            if first + 0x20 not in announced:
                if first == 0 and not announced:
                    self.problem = reply.problem or Problem.UNREADABLE
                    return False
                break
        self.pids = tuple(pid for pid in found if pid not in _RANGES)
        self.at_once = MOST_PIDS if self._is_can(reply.messages) else 1
        return True

    def protocol(self) -> str:
        """Return the adapter's name for the protocol that the car speaks."""
        return " ".join(self.adapter.command("ATDP")) or "unknown"

    def read(self, pids: Sequence[int]) -> dict[int, bytes]:
        """Return the bytes of each parameter that is answered."""
        found: dict[int, bytes] = {}
        left = list(pids)
        while left:
            # How many go into one may change on the way.
            together, left = left[: self.at_once], left[self.at_once :]
            found |= self._read_together(together)
        return found

    def _read_together(self, pids: Sequence[int]) -> dict[int, bytes]:
        reply = self._ask(current(pids))
        found = data_by_pid(reply.messages, pids)
        missing = [pid for pid in pids if pid not in found]
        if len(pids) == 1 or not missing:
            return found
        alone = {pid: data for pid in missing for data in [self._read_alone(pid)] if data is not None}
        if alone:
            # A frame may get lost once; what an adapter does not know, it never will.
            self._frames.pop(current(pids), None)
            self._short_answers += 1
            if reply.problem is Problem.UNKNOWN_COMMAND or self._short_answers >= MOST_SHORT_ANSWERS:
                self.at_once = 1
        return found | alone

    def _read_alone(self, pid: int) -> bytes | None:
        return data_by_pid(self._ask(current([pid])).messages, [pid]).get(pid)

    def _ask(self, request: Request) -> Reply:
        """Ask for what is asked again and again."""
        frames = self._frames.get(request, 0)
        if frames:
            reply = self.adapter.ask(request, frames)
            if reply.messages:
                self.counts_frames = True
                return reply
            del self._frames[request]
        reply = self.adapter.ask(request)
        if self._is_hasty and reply.problem is Problem.NO_DATA:
            # A unit that answers late: the adapter waits for 400 ms, and learns from it more carefully.
            self._is_hasty = False
            self.adapter.command("ATAT1")
            self.adapter.command("ATST64")
            reply = self.adapter.ask(request)
        if reply.messages:
            if frames and self.counts_frames is None:
                self.counts_frames = False
                # Each request has to wait for the adapter's own end: a shorter one.
                self.adapter.command("ATAT2")
                self._is_hasty = True
            if self.counts_frames is not False and 0 < reply.frames <= MOST_FRAMES:
                self._frames[request] = reply.frames
        return reply

    def vin(self) -> str | None:
        """Return the car's identification number."""
        return vin_of(self.adapter.ask(Request(VEHICLE, (VIN,))).messages)

    def monitor_status(self) -> tuple[bool, int] | None:
        """Return whether the engine lamp is on, and how many fault codes are stored; of any unit."""
        messages = self.adapter.ask(current([MONITOR_STATUS])).messages
        states = [message.data[2] for message in messages if len(message.data) > 2]
        return (any(state & 0x80 for state in states), sum(state & 0x7F for state in states)) if states else None

    def fault_codes(self, service: int = STORED_CODES) -> list[str] | None:
        """Return the stored fault codes, or the pending ones; None where nothing is known of them."""
        messages = self.adapter.ask(Request(service)).messages
        return codes_of_all(message.data[1:] for message in messages) if messages else None

    def pending_codes(self) -> list[str] | None:
        """Return the fault codes of this drive or the last one, which no lamp shows yet."""
        return self.fault_codes(PENDING_CODES)

    def _is_can(self, messages: Sequence[Message]) -> bool:
        number = "".join(self.adapter.command("ATDPN"))[-1:]
        if number.isalnum():
            return number in _CAN
        # A header of 11 or 29 bits, where the adapter does not say.
        return any(len(message.unit) in (3, 8) for message in messages)


def _announced(first: int, messages: Sequence[Message]) -> list[int]:
    """Return the parameters that any unit announces. A message that is cut off announces nothing."""
    whole = [message.data[2:6] for message in messages if len(message.data) >= 6]
    return sorted({pid for data in whole for pid in supported(first, data)})
