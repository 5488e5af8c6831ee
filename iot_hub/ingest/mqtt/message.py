"""A message as it came from the broker."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message: its topic, its payload, and how it came.

    ``retained`` is a replay of what the broker keeps of a topic, however old (MQTT 5.0, 3.3.1.3). ``packet_id`` is 0 at
    QoS 0, which nobody acknowledges.
    """

    topic: str
    payload: bytes
    retained: bool = False
    packet_id: int = 0
    is_repeated: bool = False
    """The broker sent it before, or wanted to: Mosquitto also sets the flag on what never reached this client."""
    is_readable: bool = True
    """Whether the codec could read it; else the payload is the packet as it came."""
