"""NDJSON: an event a line, whole. ``/v1/events`` of another hub takes the lines as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iot_hub.transfer.exports.record import Record, whole_event


def write(records: Iterable[Record], device: str) -> Iterator[bytes]:
    """Write a line for each event."""
    for record in records:
        if event := whole_event(record, device):
            yield event + b"\n"
