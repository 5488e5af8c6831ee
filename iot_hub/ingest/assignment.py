"""Whose an event is: the token's device, or the one that a gateway names."""

from __future__ import annotations

from collections.abc import Callable

from iot_hub.event import EventWarning, Parsed, Rejected
from iot_hub.ingest.delivery import refused
from iot_hub.ingest.tokens import Sender
from iot_hub.ingest.writer import StoredEvent

WRONG_DEVICE = "wrong_device"


def assign(
    parsed: Parsed, sender: Sender, device_of: Callable[[int | str], int | None], *, own_names: bool
) -> tuple[list[StoredEvent], list[int], list[Rejected], list[tuple[int, EventWarning]]]:
    """Give each event its device, by the token; note each one's place in the body, and what its sender should mend.

    What an app calls itself (``own_names`` false) matters for a gateway's token alone.
    """
    events: list[StoredEvent] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    warned: list[tuple[int, EventWarning]] = []
    own = (None, sender.device_id, str(sender.device_id))
    for place, item in enumerate(parsed):
        if isinstance(item, Rejected):
            rejected.append(item)
            continue
        if item.device in own or not (own_names or sender.is_gateway):
            device_id: int | None = sender.device_id
        elif sender.is_gateway and item.device is not None:
            device_id = device_of(item.device)
        else:
            device_id = None
        if device_id is None:
            reason = "unknown_device" if sender.is_gateway else WRONG_DEVICE
            unplaced = StoredEvent(sender.device_id, item.device_time, item.properties, item.source)
            rejected.append(Rejected(place, refused(unplaced, reason).payload, reason))
        else:
            events.append(StoredEvent(device_id, item.device_time, item.properties, item.source))
            places.append(place)
            if item.warning is not None:
                warned.append((place, item.warning))
    return events, places, rejected, warned
