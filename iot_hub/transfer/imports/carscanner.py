"""Car Scanner ELM OBD2's recordings: a row a value, by its name; or a row a moment (``car_table``).

Facts: public recordings; the app has no description of them. ``SECONDS`` counts from midnight of the day in the file's
name (``2026-01-31 10-56-07.csv``, local time), and goes on after the next one. The position's column is ``LONGTITUDE``.
Names are in the user's language, and units in the user's system.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import PurePath

import msgspec

from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.local_times import LocalTimes
from iot_hub.sources.canonical import Timestamp, build_event, make_location, number, typed_groups
from iot_hub.sources.fields import Groups
from iot_hub.sources.own_pids import named_field
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.timestamps import from_datetime
from iot_hub.transfer.imports.car_table import read_wide
from iot_hub.transfer.imports.columns import decimal
from iot_hub.transfer.imports.day_seconds import DaySeconds
from iot_hub.transfer.imports.record import ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.table import Table, columns_of

SOURCE = "carscanner"
COLUMNS = frozenset({"SECONDS", "PID", "VALUE", "UNITS"})
_START = re.compile(r"(\d{4}-\d\d-\d\d)[ _](\d\d-\d\d-\d\d)")
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a recording of either layout. Raises UserError where the file's name has no date."""
    if not set(columns_of(_first_line(stream))) >= COLUMNS:
        yield from read_wide(stream, context, SOURCE)
        return
    clock = DaySeconds(_start(context.file), context.local_times or LocalTimes(), context.time_zone)
    for row in Table(stream).rows():
        if isinstance(row, Rejected):
            yield row
        else:
            yield event_of(row.number, row.text, _event, row.cells, clock, context)


def _first_line(stream: Stream) -> str:
    return head_of(stream).removeprefix(BOM_UTF8).lstrip().partition(b"\n")[0].decode("utf-8", "replace").strip()


def _start(file: str) -> datetime:
    """Return the local time at which a recording began. Raises UserError."""
    found = _START.search(PurePath(file).name)
    try:
        # Local: the zone comes with each time.
        return datetime.strptime(" ".join(found.groups()), "%Y-%m-%d %H-%M-%S") if found else _undated(file)  # noqa: DTZ007
    except ValueError:
        return _undated(file)


def _undated(file: str) -> datetime:
    raise UserError(
        f"{PurePath(file).name or 'The file'}: the day of a recording is in its name alone. Name it as Car Scanner did:"
        ' "2026-01-31 10-56-07.csv".'
    )


def _event(cells: Mapping[str, str], clock: DaySeconds, context: ParseContext) -> Event:
    seconds = number(decimal(cells.get("SECONDS")))
    if seconds is None:
        raise NotStorableError("time_missing")
    at = clock.instant(timedelta(microseconds=round(seconds * 1_000_000)))
    groups: Groups = {}
    if found := named_field(cells.get("PID", ""), cells.get("UNITS", ""), context.pids):
        found.put(decimal(cells.get("VALUE")), groups)
    typed = typed_groups(groups)
    typed["location"] = make_location(
        decimal(cells.get("LATITUDE")), decimal(cells.get("LONGTITUDE") or cells.get("LONGITUDE"))
    )
    return build_event(SOURCE, _encode(cells), Timestamp(from_datetime(at, context.latest), "measured"), **typed)
