"""What a reader makes of a file: events, what could not become one, and what never was to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ParamSpec

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import reason_of
from iot_hub.transfer.imports.stream import Stream

LARGEST_REJECTED = 65_536
"""Bytes that are stored of what can't be read: the rest of a broken file may be a gigabyte."""


class OwnEvent(Event, frozen=True, gc=False):
    """An event that a hub exported: ``device`` is the name of its device there."""


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """Records that are no readings: a place without a time, a planned route, a file of settings."""

    reason: str
    records: int = 1


P = ParamSpec("P")
ImportResult = Event | Rejected | Ignored
Reader = Callable[[Stream, ParseContext], Iterator[ImportResult]]
FindTags = Callable[[Stream, ParseContext], Iterator[str]]


class BrokenFileError(Exception):
    """From here on a file can't be read; the arguments are the reason's code and what was there."""

    def __init__(self, reason: str, rest: bytes = b"") -> None:
        """Raise with the reason's code, and what can't be read from its beginning."""
        super().__init__(reason)
        self.reason = reason
        self.rest = rest[:LARGEST_REJECTED]


# What reading a record may raise; what msgspec raises is a ValueError too.
UNREADABLE = (RecursionError, ValueError, OverflowError)


def rejected(index: int, payload: bytes, error: Exception) -> Rejected:
    """Reject a record for what reading it raised."""
    return Rejected(index, payload[:LARGEST_REJECTED], reason_of(error))


def event_of(
    index: int, payload: bytes, read: Callable[P, ImportResult], *args: P.args, **kwargs: P.kwargs
) -> ImportResult:
    """Return what a record becomes; one that can't be read is rejected, with the reason."""
    try:
        return read(*args, **kwargs)
    except UNREADABLE as error:
        return rejected(index, payload, error)


def events_of(
    index: int, payload: bytes, read: Callable[P, Iterable[ImportResult]], *args: P.args, **kwargs: P.kwargs
) -> Iterator[ImportResult]:
    """Yield all that a record becomes; one that can't be read is rejected, after what could be."""
    try:
        yield from read(*args, **kwargs)
    except UNREADABLE as error:
        yield rejected(index, payload, error)
