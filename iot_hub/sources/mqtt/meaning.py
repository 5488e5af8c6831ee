"""What an MQTT message is, and what it can mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from iot_hub.event import ParseResult
from iot_hub.timestamps import Microseconds

State = Literal["online", "offline", "unknown"]


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message as the broker delivered it.

    ``retained`` is the flag of the delivery: the broker repeats what it keeps, at a subscription. A live message never
    has it, even if its sender asked the broker to keep it (MQTT 5, 3.3.1.3, without Retain As Published).
    """

    topic: str
    payload: bytes
    received_at: Microseconds
    retained: bool = False


class Reading(msgspec.Struct, frozen=True, gc=False):
    """An event of a device, or the reason why there is none.

    ``device`` is its identity. ``is_provisional``: the protocol has not said yet which device has this name; the
    identity is made of the topic, and a description that comes later has it among its aliases.
    """

    device: str
    result: ParseResult
    is_provisional: bool = False


class Entity(msgspec.Struct, frozen=True, gc=False):
    """One value that a device says it has. ``path`` is where it stands among the properties, if anywhere."""

    name: str
    unit: str = ""
    device_class: str = ""
    path: str = ""


class Description(msgspec.Struct, frozen=True, gc=False):
    """What a device says about itself. Its identity lasts, its label may change."""

    device: str
    protocol: str
    label: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    area: str | None = None
    parent: str | None = None
    """The device that this is a part of: a probe, a channel."""
    aliases: tuple[str, ...] = ()
    """The provisional identities under which it has been read."""
    entities: tuple[Entity, ...] = ()
    is_removed: bool = False
    """The description was withdrawn: the device is gone, what it has reported stays."""


class Availability(msgspec.Struct, frozen=True, gc=False):
    """Whether a device can be reached. Unknown is not offline."""

    device: str
    state: State


class Meaning(msgspec.Struct, frozen=True, gc=False):
    """What one message means; most have one reading and nothing else."""

    readings: tuple[Reading, ...] = ()
    descriptions: tuple[Description, ...] = ()
    availability: tuple[Availability, ...] = ()
    has_taught: bool = False
    """Messages that meant something else, or nothing, until now may mean more: read those again that were held."""
    is_undescribed: bool = False
    """Nothing is known of the topic yet. A description may come: hold the message, and read it again then."""


NOTHING = Meaning()
TAUGHT = Meaning(has_taught=True)
UNDESCRIBED = Meaning(is_undescribed=True)

Handler = Callable[[Message], Meaning]
"""Reads the messages of one topic."""

PART = "#"
"""Parts a device from a part of it in an identity: no topic has this character."""


def label_of(device: str) -> str | None:
    """Return what a device is called that has not said its label: the name in its topic, or None for an address."""
    return device.partition("/")[2] or None


def part_of(device: str, part: str) -> str:
    """Return the identity of a device's part; of an empty part, the device's."""
    return f"{device}{PART}{part}" if part else device
