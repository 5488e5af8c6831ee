"""Which source reads the messages of a topic, and whose they are.

The hub's own topics name a device of the hub, whose account alone may publish there: ``iot-hub/DEVICE/events``, in the
hub's own format, and OwnTracks' ``owntracks/USER/DEVICE`` (owntracks/booklet, docs/guide/topics.md), whose user is the
device's account. At another broker OwnTracks' users have other names: there the device of the hub may be called as the
whole, ``USER/DEVICE``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from iot_hub.ingest.tokens import AuthenticatedDevice

_COMMANDS = ("cmd",)
"""What OwnTracks' topics say to an app, not of it."""
_OWN_LEVELS = 3

FindSender = Callable[[int | str], AuthenticatedDevice | None]


class Route(NamedTuple):
    """A source, and the names that the device of the hub may have, the likeliest first; none: nothing to store."""

    source: str
    devices: tuple[str, ...]
    trust_payload_device: bool = False

    def sender(self, find: FindSender) -> AuthenticatedDevice | None:
        """Return the device of the hub that is meant."""
        return next((found for name in self.devices if (found := find(name))), None)


def route(topic: str) -> Route | None:
    """Return who reads a topic; None for one that means nothing to the hub."""
    levels = topic.split("/")
    if len(levels) < _OWN_LEVELS:
        return None
    if levels[0] == "iot-hub" and levels[2:] == ["events"]:
        return Route("hub", (levels[1],), trust_payload_device=True)
    if levels[0] == "owntracks":
        if levels[3:4] and levels[3] in _COMMANDS:
            return Route("owntracks", ())
        return Route("owntracks", (f"{levels[1]}/{levels[2]}", levels[1]))
    return None
