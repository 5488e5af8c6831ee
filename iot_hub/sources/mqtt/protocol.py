"""What every protocol has: it says which topics are its own, learns how devices describe themselves, and reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import msgspec

from iot_hub.sources.mqtt.meaning import Handler
from iot_hub.sources.mqtt.settings import HomeSettings

MOST_DEVICES = 20_000
"""Devices that a protocol knows at once. No home has as many; whoever writes to the broker can name more."""


class Protocol(ABC):
    """The reader of one protocol."""

    name: ClassVar[str]

    def __init__(self, settings: HomeSettings) -> None:
        self.settings = settings

    @abstractmethod
    def route(self, topic: str) -> Handler | None:
        """Return what reads the messages of a topic; None for one that is not this protocol's.

        The answer is kept until a message has taught something new.
        """

    def knowledge(self) -> Any:  # noqa: ANN401 - each protocol has a type of its own
        """Return what has been learned of devices, as a struct or None."""
        return None

    def restore(self, knowledge: bytes) -> None:  # noqa: B027 - some learn nothing
        """Restore what was learned before, as JSON. Raises msgspec.DecodeError for what is none."""


def dump(knowledge: object) -> bytes:
    """Write what a protocol has learned as JSON."""
    return msgspec.json.encode(knowledge)
