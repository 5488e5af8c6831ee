"""The base of the simulated home's devices: what they publish depends on seed, zone and time alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

INSTALLED = date(2025, 1, 1)
"""When the home got its devices: counters begin here, so that they never fall whenever the demo starts."""

_encode = msgspec.json.Encoder().encode


class HomeMessage(NamedTuple):
    """A message as a device publishes it: when (unix seconds), topic, payload, and whether the broker keeps it."""

    sent_at: float
    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True, kw_only=True)
class HomeDevice(ABC):
    """A device of the home, by the name of its protocol and the identity that the protocol guarantees."""

    name: str
    room: str
    identity: str
    zone: ZoneInfo
    protocol: ClassVar[str]
    model: ClassVar[str]

    @abstractmethod
    def day(self, day: date) -> list[HomeMessage]:
        """Return what it publishes on a day, each with a time of its own, so that a repetition is recognised."""

    def introduction(self, at: float) -> list[HomeMessage]:
        """Return what it says of itself when it connects. What has no time of its own is no reading."""
        return []


def message(sent_at: float, topic: str, payload: Any, *, retain: bool = False) -> HomeMessage:  # noqa: ANN401 - JSON
    """Return a message with a payload as JSON."""
    return HomeMessage(sent_at, topic, _encode(payload), retain)
