"""Whose an event is: the token's device, or the one that a gateway names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from iot_hub.event import EventWarning, ParseResult, Rejected
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.quarantine import quarantined_event
from iot_hub.ingest.tokens import AuthenticatedDevice

WRONG_DEVICE = "wrong_device"


class Assigned(NamedTuple):
    """The events of a body with their devices; ``indexes`` holds each one's index in the body, in the same order."""

    events: list[StoredEvent]
    indexes: list[int]
    rejected: list[Rejected]
    warnings: list[tuple[int, EventWarning]]


def assign(
    results: Iterable[ParseResult],
    sender: AuthenticatedDevice,
    device_of: Callable[[int | str], int | None],
    *,
    trust_payload_device: bool,
) -> Assigned:
    """Assign each event of a body to its device, by the token.

    What an app calls itself (``trust_payload_device`` false) matters for a gateway's token alone.
    """
    # One by one and not through the tuple: a body may hold thousands.
    events: list[StoredEvent] = []
    indexes: list[int] = []
    rejected: list[Rejected] = []
    warnings: list[tuple[int, EventWarning]] = []
    own = (None, sender.device_id, str(sender.device_id))
    for index, result in enumerate(results):
        if isinstance(result, Rejected):
            rejected.append(result)
            continue
        if result.device in own or not (trust_payload_device or sender.is_gateway):
            device_id: int | None = sender.device_id
        elif sender.is_gateway and result.device is not None:
            device_id = device_of(result.device)
        else:
            device_id = None
        if device_id is None:
            reason = "unknown_device" if sender.is_gateway else WRONG_DEVICE
            unassigned = StoredEvent(sender.device_id, result.device_time, result.properties, result.source)
            rejected.append(Rejected(index, quarantined_event(unassigned, reason).payload, reason))
        else:
            events.append(StoredEvent(device_id, result.device_time, result.properties, result.source))
            indexes.append(index)
            if result.warning is not None:
                warnings.append((index, result.warning))
    return Assigned(events, indexes, rejected, warnings)
