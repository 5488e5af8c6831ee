"""An export: from the database through a format into a file, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from iot_hub.errors import UserError
from iot_hub.transfer.exports.formats import Format
from iot_hub.transfer.exports.reading import Connection, Span, Wanted, one_moment, read_records, span_of
from iot_hub.transfer.exports.record import Record

OnProgress = Callable[[int, int], None]

TELL_EVERY = 5_000


@dataclass
class Exported:
    """How many events were written, and how many the format can't hold."""

    events: int = 0
    without_position: int = 0


def exported_span(connection: Connection, format: Format, wanted: Wanted) -> Span:
    """Return the span of an export. Raises UserError where it would be empty."""
    with one_moment(connection, wanted):
        return _span(connection, format, wanted)


def export(
    connection: Connection,
    format: Format,
    wanted: Wanted,
    target: BinaryIO,
    on_progress: OnProgress = lambda done, total: None,
) -> Exported:
    """Write a device's events to a file. ``on_progress`` gets the seconds of the span that are done, and all of them.

    The connection is the owner's, or for what is published the viewer's. Raises UserError where there is nothing.
    """
    done = Exported()
    with one_moment(connection, wanted):
        span = _span(connection, format, wanted)
        records = read_records(connection, format.content.of(wanted), wanted, span)
        for piece in format.write(_counted(records, format, span, done, on_progress), wanted.device):
            target.write(piece)
    # Only now: the span of what is published is that of whole hours.
    if not done.events + done.without_position:
        raise _nothing(wanted)
    return done


def _span(connection: Connection, format: Format, wanted: Wanted) -> Span:
    span = span_of(connection, format.content.of(wanted), wanted)
    if span is None:
        raise _nothing(wanted)
    return span


def _nothing(wanted: Wanted) -> UserError:
    what = "nothing published" if wanted.published else "no event"
    return UserError(f"There is {what} of {wanted.device!r} at that time. Give another --from and --to, or neither.")


def _counted(
    records: Iterator[Record], format: Format, span: Span, done: Exported, on_progress: OnProgress
) -> Iterator[Record]:
    total = int((span.last - span.first).total_seconds()) + 1
    for number, record in enumerate(records):
        if number % TELL_EVERY == 0:
            on_progress(int((record.device_time - span.first).total_seconds()), total)
        if record.fix is None and format.positions_only:
            done.without_position += 1
        else:
            done.events += 1
            yield record
    on_progress(total, total)
