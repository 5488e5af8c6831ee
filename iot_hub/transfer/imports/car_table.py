"""A car's log as a wide table: a row a moment, a column a value, its heading ``name (unit)``.

OBD Fusion, OBDLink and Car Scanner write such tables, with the columns that their user chose. None of them is described
by its vendor, so they are read as they can be: the time may be a date and time, a time of day, or seconds since the
start, which a comment before the headings (``# StartTime = 05/13/2025 06:41:25.9040 PM``) or the file's name says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePath

import msgspec

from iot_hub import sentinels
from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.local_times import LocalTimes
from iot_hub.obd.names import is_vague, parted, property_named
from iot_hub.properties.units import convert, is_unit
from iot_hub.sources.canonical import Location, Timestamp, build_event, make_location, number, typed_groups
from iot_hub.sources.fields import Field, Groups
from iot_hub.sources.own_pids import OwnPids, named_fields
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.timestamps import Microseconds, from_datetime
from iot_hub.transfer.imports.columns import decimal, grouped
from iot_hub.transfer.imports.day_seconds import DaySeconds, midnight
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.table import Table
from iot_hub.transfer.imports.times import time_of

_TIMES = ("time", "timestamp", "date time", "datetime", "date/time", "date and time", "absolute time", "local time",
          "device time", "time stamp", "elapsed time", "seconds")  # fmt: skip
_DATES = ("date",)
_PLACES: Mapping[str, tuple[str, ...]] = {
    "latitude": ("latitude", "gps latitude", "lat"),
    "longitude": ("longitude", "longtitude", "gps longitude", "lon", "lng"),
    "altitude": ("altitude", "gps altitude", "elevation"),
    "bearing": ("bearing", "gps bearing", "heading", "gps heading", "course"),
    "speed": ("speed gps", "gps speed", "speed (gps)", "vehicle speed (gps)"),
    "accuracy": ("gps accuracy", "accuracy", "horizontal accuracy"),
}
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "secs": 1.0, "seconds": 1.0, "ms": 0.001, "msec": 0.001, "min": 60.0}
_SENDER = re.compile(r"\[[^\]]*\]\s*")
_UNIT_BEHIND = re.compile(r"(.*\S)\s*\[([^\[\]]+)\]\s*")
_START = re.compile(r"#\s*Start\s*Time\s*[=:]\s*(.+)", re.IGNORECASE)
_CLOCK = re.compile(r"(\d\d?):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*([AP]M)?", re.IGNORECASE)
_TIME_OF_DAY = re.compile(r"\d\d?:\d\d")
_DATED = re.compile(
    r"(\d{1,4})([-./])(\d\d?)\2(\d{4}|\d\d?)[ ,T]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([AP]M)?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[ _T-](\d\d)[-:_.]?(\d\d)[-:_.]?(\d\d)")
_NEAR = timedelta(minutes=2)
"""By how much the first row may follow the start in the file's name, to be a time of day."""
_UNIX = 100_000_000
_DAY = timedelta(days=1)
_encode = msgspec.json.Encoder().encode


def is_wide(columns: Sequence[str]) -> bool:
    """Return whether a table's columns are those of a car's log: a time, and a value that cars have, with its unit."""
    parts = [_named(each) for each in columns]
    has_time = any(name in _TIMES for name, _ in parts)
    known = [(name, unit) for name, unit in parts if (property_named(name) or "").startswith("vehicle.")]
    clear = [unit for name, unit in known if not is_vague(name)]
    # A speed alone may be anything's, and anybody's log of positions has one.
    return has_time and (any(clear) or len(clear) > 1 or (bool(clear) and any(unit for _, unit in known)))


def read_wide(stream: Stream, context: ParseContext, source: str) -> Iterator[ImportResult]:
    """Read a log. Raises UserError where nothing says when it began."""
    table = Table(stream)
    columns = _Columns(table.columns, context.pids, number_in=grouped if table.separator == "," else decimal)
    clock = _Clock(columns, table.comments, context)
    for row in table.rows():
        if isinstance(row, Rejected):
            yield row
        elif row.cells.get(table.columns[0], "").strip() == table.columns[0]:
            yield Ignored("headings")
        else:
            yield event_of(row.number, row.text, _event, row.cells, columns, clock, source)


def _event(cells: Mapping[str, str], columns: _Columns, clock: _Clock, source: str) -> Event:
    at = clock.at(cells)
    groups: Groups = {}
    for heading, found in columns.values.items():
        if heading in cells:
            found.put(columns.number_in(cells[heading]), groups)
    typed = typed_groups(groups)
    typed["location"] = _location(cells, columns)
    return build_event(source, _encode(cells), Timestamp(at, "measured"), **typed)


class _Columns:
    """What a log's columns hold: the time, the position, and values of the catalogue."""

    def __init__(
        self, headings: Sequence[str], own: OwnPids, *, number_in: Callable[[str | None], str | None] = decimal
    ) -> None:
        """Find them. A value's text becomes that of a number with a point by ``number_in``."""
        self.number_in = number_in
        parts = {heading: _named(heading) for heading in headings}
        self.time = next((each for name in _TIMES for each in headings if parts[each][0] == name), "")
        self.date = next((each for each in headings if parts[each][0] in _DATES), "")
        self.time_unit = parts[self.time][1] if self.time else ""
        self.places: dict[str, tuple[str, str]] = {}
        for meaning, names in _PLACES.items():
            for heading in headings:
                if _whole(heading) in names or parts[heading][0] in names:
                    self.places.setdefault(meaning, (heading, parts[heading][1]))
        places = {heading for heading, _ in self.places.values()}
        self.values: dict[str, Field] = named_fields(
            {heading: named for heading, named in parts.items() if heading not in places}, own
        )


def _whole(heading: str) -> str:
    return " ".join(_SENDER.sub("", heading).casefold().split())


def _named(heading: str) -> tuple[str, str]:
    """Return a column's name in lower case, and its unit; which computer of the car says it stands before the name."""
    behind = _UNIT_BEHIND.fullmatch(heading)
    if behind and is_unit(behind[2]):
        heading = f"{behind[1]} ({behind[2]})"
    name, unit = parted(_SENDER.sub("", heading))
    return " ".join(name.casefold().split()), unit


def _location(cells: Mapping[str, str], columns: _Columns) -> Location | None:
    def value(meaning: str, unit: str = "") -> float | None:
        heading, written = columns.places.get(meaning, ("", ""))
        found = sentinels.quantity(decimal(cells.get(heading)))
        return convert(found, written, unit) if found is not None and unit and written else found

    speed = sentinels.speed(value("speed"))
    unit = columns.places.get("speed", ("", ""))[1]
    return make_location(
        value("latitude"),
        value("longitude"),
        altitude_m=sentinels.altitude(value("altitude", "m")),
        bearing=sentinels.bearing(value("bearing")),
        fix_speed_ms=convert(speed, unit or "km/h", "m/s") if speed is not None else None,
        fix_accuracy_m=sentinels.accuracy(value("accuracy", "m")),
    )


@dataclass
class _Clock:
    """Tells when a row was measured: an instant by itself, or a count or a time of day that goes on from the start."""

    columns: _Columns
    comments: Sequence[str]
    context: ParseContext
    start: datetime | None = field(init=False)
    named: datetime | None = field(init=False)
    """When the log began by its file's name."""
    counter: Callable[[timedelta], datetime] | None = None
    """What tells the instant of a count of seconds."""
    last: datetime | None = None

    def __post_init__(self) -> None:
        """Find the start of the log. Raises UserError for a log without any time."""
        if not self.columns.time:
            raise UserError(f"No column of the log is a time. There are: {', '.join(self.columns.values)[:300]}.")
        told = next((found[1] for each in self.comments if (found := _START.match(each))), "")
        self.named = _of_name(self.context.file)
        self.start = _tried(lambda: _dated(told, self.named)) or _iso(told) or self.named

    def at(self, cells: Mapping[str, str]) -> Microseconds:
        """Return when a row was measured. Raises NotStorableError, or UserError where nothing says when it began."""
        text = cells.get(self.columns.time, "").strip()
        if not text:
            raise NotStorableError("time_missing")
        if self.columns.date and (date := cells.get(self.columns.date, "").strip()) and _TIME_OF_DAY.match(text):
            text = f"{date} {text}"
        seconds = number(decimal(text))
        if clock := _CLOCK.fullmatch(text):
            return self._instant(self._after_last(midnight(self._begun()) + _of_day(clock.groups())))
        if seconds is not None and abs(seconds) < _UNIX:
            factor = _SECONDS.get(self.columns.time_unit.casefold())
            if factor is None:
                raise NotStorableError("time_unreadable")
            return self._counted(timedelta(microseconds=round(seconds * factor * 1_000_000)))
        if (local := _dated(text, self.named)) is not None:
            return self._instant(local)
        return time_of(text, self.context)

    def _counted(self, since: timedelta) -> Microseconds:
        if self.counter is None:
            self.counter = self._counter(since)
        return from_datetime(self.counter(since), self.context.latest)

    def _counter(self, first: timedelta) -> Callable[[timedelta], datetime]:
        """Return what tells the instant of a count, by the first one: of the day, or since the start."""
        start, times, zone = self._begun(), self.context.local_times or LocalTimes(), self.context.time_zone
        if first >= _NEAR and abs(first - (start - midnight(start))) < _NEAR:
            return DaySeconds(start, times, zone).instant
        # An instant once: what is counted from it knows no change of the clocks.
        begun = times.instant(start, zone).astimezone(UTC)
        return lambda since: begun + since

    def _after_last(self, local: datetime) -> datetime:
        """Move a time of day behind midnight where it would be half a day before the last one."""
        while self.last is not None and self.last - local > _DAY / 2:
            local += _DAY
        self.last = local
        return local

    def _begun(self) -> datetime:
        if self.start is None:
            raise UserError(
                f"{PurePath(self.context.file).name or 'The file'} does not say when it begins. Put the start into its"
                ' name: "2026-01-31 10-56-07.csv".'
            )
        return self.start

    def _instant(self, local: datetime) -> Microseconds:
        times = self.context.local_times or LocalTimes()
        return from_datetime(times.instant(local, self.context.time_zone), self.context.latest)


def _of_day(parts: Sequence[str | None]) -> timedelta:
    """Return the time since midnight of hour, minute, second, fraction, AM or PM. Raises NotStorableError."""
    hour, minute, second = (int(each or 0) for each in parts[:3])
    if parts[4]:
        hour = hour % 12 + (12 if parts[4].upper() == "PM" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise NotStorableError("time_unreadable")
    fraction = int((parts[3] or "0")[:6].ljust(6, "0"))
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=fraction)


def _tried(read: Callable[[], datetime | None]) -> datetime | None:
    try:
        return read()
    except ValueError:
        return None


def _dated(text: str, named: datetime | None) -> datetime | None:
    """Read a date and a time of day that are not ISO 8601.

    Raises NotStorableError where nothing says which number is the month.
    """
    found = _DATED.fullmatch(text.strip())
    if found is None or (len(found[1]) == 4 and found[2] != "." and not found[9]):
        return None
    day = _day(found[1], found[2], found[3], found[4], named)
    return None if day is None else day + _of_day(found.groups()[4:])


def _day(first: str, sign: str, second: str, third: str, named: datetime | None) -> datetime | None:
    """Return the midnight of a date. With slashes the month is first, and with points the day.

    A number beyond 12 says otherwise, and so does the day in the file's name, or the one after it. Between hyphens
    people write both: there only these say. Raises NotStorableError where they do not.
    """
    if len(first) == 4:
        return _date(first, second, third)
    if len(third) != 4 and not (sign == "." and len(third) == 2):
        return None
    year = third if len(third) == 4 else f"20{third}"
    both = [_date(year, first, second), _date(year, second, first)]
    days = [day for day in (reversed(both) if sign == "." else both) if day]
    near = [day for day in days if named and abs(day - named) < 2 * _DAY]
    if sign == "-" and not near and len(set(days)) > 1:
        raise NotStorableError("time_unreadable")
    return next(iter(near or days), None)


def _date(year: str, month: str, day: str) -> datetime | None:
    # Local: the zone comes with each time.
    return _tried(lambda: datetime(int(year), int(month), int(day)))  # noqa: DTZ001


def _iso(text: str) -> datetime | None:
    return _tried(lambda: datetime.fromisoformat(text.strip()).replace(tzinfo=None)) if text.strip() else None


def _of_name(file: str) -> datetime | None:
    found = _NAMED.search(PurePath(file).name)
    return _tried(lambda: datetime(*map(int, found.groups()))) if found else None  # type: ignore[arg-type]  # noqa: DTZ001
