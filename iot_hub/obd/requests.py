"""What is asked of a car: a service and its parameters, as an adapter is sent them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

CURRENT, STORED_CODES, PENDING_CODES, VEHICLE = 0x01, 0x03, 0x07, 0x09
"""Services of SAE J1979."""

VIN = 0x02
"""Of the service VEHICLE."""

POSITIVE = 0x40
"""What a response adds to the service that it answers."""


class Request(NamedTuple):
    """A request; several parameters in one are for CAN alone, at most six."""

    service: int
    pids: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The request as it is sent to the adapter."""
        return bytes((self.service, *self.pids)).hex().upper()

    @property
    def beginnings(self) -> tuple[bytes, ...]:
        """What a response to it begins with, one of these."""
        answered = self.service + POSITIVE
        return tuple(bytes((answered, pid)) for pid in self.pids) or (bytes((answered,)),)


def current(pids: Sequence[int]) -> Request:
    """Ask for present values."""
    return Request(CURRENT, tuple(pids))
