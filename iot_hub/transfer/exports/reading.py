"""Reads what an export holds from the database: month after month, so that no more than a page is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import psycopg
from psycopg.rows import DictRow, kwargs_row

from iot_hub.database.queries import query
from iot_hub.sources.canonical import not_negative, position, positive
from iot_hub.transfer.exports.record import Fix, Record, fix_time
from iot_hub.worker.recompute import months_between

Connection = psycopg.Connection[DictRow]

PAGE = 250
"""Rows at a time: one may hold a second of an accelerometer."""

EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)


class Wanted(NamedTuple):
    """Whose events, from one instant (included) to another (left out), and whether only what is published of them."""

    device_id: int
    device: str
    since: datetime = EARLIEST
    until: datetime = LATEST
    published: bool = False

    @property
    def schema(self) -> Literal["iot_hub_owner", "iot_hub_public"]:
        """The audience's schema, whose views are read."""
        return "iot_hub_public" if self.published else "iot_hub_owner"


class Statements(NamedTuple):
    """Two named statements: the rows of a range, and the first and the last instant that has one."""

    rows: str
    span: str


class Content(NamedTuple):
    """What a format is made of: the statements for the owner, and those for what is published."""

    owner: Statements
    published: Statements

    def of(self, wanted: Wanted) -> Statements:
        """Choose the statements."""
        return self.published if wanted.published else self.owner


_EVENTS = Statements("exported_events", "span_of_events")
_MEASURED_EVENTS = Statements("exported_measured_events", "span_of_events")

EVENTS = Content(_EVENTS, _EVENTS)
"""Events alone, which is half the work."""

MEASURED_EVENTS = Content(_MEASURED_EVENTS, _MEASURED_EVENTS)
"""Events, each with its fix and the other numbers that a format shows."""

TRACK = Content(_MEASURED_EVENTS, Statements("exported_fixes", "span_of_fixes"))
"""The same of one's own; of what is published the track: distinct fixes without outliers."""


class Span(NamedTuple):
    """The first and the last instant of what there is to read."""

    first: datetime
    last: datetime


@contextmanager
def one_moment(connection: Connection, wanted: Wanted) -> Iterator[None]:
    """See the audience's views as they are now, whatever comes in meanwhile."""
    with connection.transaction():
        connection.execute(query("read_one_moment"))
        connection.execute(query("read_as_audience"), {"schema": wanted.schema})
        yield


def span_of(connection: Connection, statements: Statements, wanted: Wanted) -> Span | None:
    """Return from when to when there is something to read; None where there is nothing."""
    row = connection.execute(query(statements.span), wanted._asdict(), prepare=False).fetchone()
    return Span(row["first"], row["last"]) if row and row["first"] else None


def dropped_days(connection: Connection, wanted: Wanted) -> int:
    """Count the days (UTC) of which events are in the archive only, so that no export holds them."""
    row = connection.execute(query("count_dropped_days"), wanted._asdict()).fetchone()
    return int(row["days"]) if row else 0


def read_records(connection: Connection, statements: Statements, wanted: Wanted, span: Span) -> Iterator[Record]:
    """Yield the records of a span, oldest first. For use in ``one_moment``."""
    for start, end in months_between(span.first, span.last + timedelta(microseconds=1)):
        with connection.cursor("export", row_factory=kwargs_row(_record)) as cursor:
            cursor.itersize = PAGE
            asked = {"device_id": wanted.device_id, "since": start, "until": end}
            cursor.execute(query(statements.rows), asked, binary=True)
            try:
                yield from cursor
            except KeyboardInterrupt:
                # Amid an answer the connection could not even be asked to roll back.
                connection.close()
                raise


def _record(
    *,
    device_time: datetime,
    source: str | None = None,
    properties: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    fix_timestamp: float | None = None,
    altitude_m: float | None = None,
    accuracy_m: float | None = None,
    speed_ms: float | None = None,
    bearing_deg: float | None = None,
    satellites: float | None = None,
    hdop: float | None = None,
    battery_percent: float | None = None,
    pressure_hpa: float | None = None,
) -> Record:
    found = position(latitude, longitude)
    fix = found and Fix(
        fix_time(device_time, fix_timestamp),
        *found,
        altitude_m,
        positive(accuracy_m),
        not_negative(speed_ms),
        not_negative(bearing_deg),
        not_negative(satellites),
        positive(hdop),
    )
    return Record(device_time, source, properties, fix, not_negative(battery_percent), positive(pressure_hpa))
