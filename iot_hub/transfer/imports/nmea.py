"""NMEA 0183: what a receiver says, a sentence a line; those of one instant are one fix.

    $GPRMC,080000.00,A,5248.6000,N,02118.6000,E,1.2,90.0,151025,,,A*6E
    $GPGGA,080000.00,5248.6000,N,02118.6000,E,1,07,1.0,100.0,M,38.0,M,,*5F

Facts: gpsd.gitlab.io/gpsd/NMEA.html. RMC and ZDA have a date, GGA and GLL the time of day alone; a speed is in knots,
an altitude in metres above mean sea level. A sentence whose checksum is wrong is damaged; V is no fix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, time
from functools import reduce
from operator import xor
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.sources.canonical import (
    KNOT_MS,
    Timestamp,
    build_checked_event,
    convert_unit,
    make_location,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.timestamps import from_datetime
from iot_hub.transfer.imports.day_clock import DayClock
from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of, rejected
from iot_hub.transfer.imports.stream import Stream

SOURCE = "nmea"

_sentence = re.compile(rb"\$([A-Z]{2}([A-Z]{3}),([^*\r\n]*))(?:\*([0-9A-Fa-f]{2}))?").search
_clock = re.compile(r"(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6})\d*)?").fullmatch
_angle = re.compile(r"(\d{1,3})(\d\d(?:\.\d+)?)").fullmatch
_date = re.compile(r"(\d\d)(\d\d)(\d\d)").fullmatch
_NO_FIX, _TYPED_IN, _SIMULATED = "0", "7", "8"
_encode = msgspec.json.Encoder().encode


class Instant(msgspec.Struct):
    """What sentences say of one time of day: the sentences, the date if one has it, and the fix."""

    clock: str
    sentences: list[str] = []
    date: date | None = None
    position: tuple[float, float] | None = None
    fix: dict[str, Any] = {}


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a log."""
    days = DayClock()
    waiting: Instant | None = None
    for index, line in enumerate(lines_of(stream)):
        found = _sentence(line)
        if found and found[4] and int(found[4], 16) != reduce(xor, found[1]):
            yield rejected(index, line, NotStorableError("checksum_wrong"))
            continue
        kind, said = (found[2], found[3].decode("latin-1").split(",")) if found else (b"", [])
        if kind not in _CLOCKS or len(said) < _LEAST[kind]:
            yield Ignored("no_reading")
            continue
        clock = said[_CLOCKS[kind]]
        if waiting and waiting.clock != clock:
            yield from _items(waiting, days, context)
            waiting = None
        waiting = waiting or Instant(clock)
        waiting.sentences.append(line.strip().decode("latin-1"))
        _READERS[kind](said, waiting)
    if waiting:
        yield from _items(waiting, days, context)


def _items(instant: Instant, days: DayClock, context: ParseContext) -> Iterator[ImportResult]:
    """Yield the event of an instant, and count the sentences that are stored with it."""
    original = _encode({"sentences": instant.sentences})
    if instant.position is None:
        yield Ignored("no_fix", len(instant.sentences))
        return
    yield event_of(0, original, _event, original, instant, days, context)
    if len(instant.sentences) > 1:
        yield Ignored("same_instant", len(instant.sentences) - 1)


def _event(original: bytes, instant: Instant, days: DayClock, context: ParseContext) -> Event:
    found = _clock(instant.clock)
    if not found:
        raise NotStorableError("time_unreadable" if instant.clock else "time_missing")
    hours, minutes, seconds, fraction = found.groups()
    try:
        clock = time(int(hours), int(minutes), int(seconds), int((fraction or "").ljust(6, "0")))
    except ValueError as error:
        raise NotStorableError("time_unreadable") from error
    if instant.date:
        days.tell(instant.date)
    moment = days.at(clock)
    if moment is None:
        raise NotStorableError("time_missing")
    measured = Timestamp(from_datetime(moment, context.latest), "measured")
    location = make_location(*(instant.position or (None, None)), **instant.fix)
    return build_checked_event(SOURCE, original, measured, location=location)


def _minimum(said: list[str], instant: Instant) -> None:
    """Read RMC: the position if it is valid, speed, course and date."""
    _, status, north, n, east, e, speed, course, day, *_ = said
    if told := _date(day):
        first, month, year = map(int, told.groups())
        with suppress(ValueError):  # A receiver without a fix may say the 0th of month 0.
            instant.date = date(year + (1900 if year >= 80 else 2000), month, first)
    if status == "A":
        instant.position = instant.position or _position(north, n, east, e)
        instant.fix["fix_speed_ms"] = convert_unit(sentinels.speed(speed), KNOT_MS)
        instant.fix["bearing"] = sentinels.bearing(course)


def _fix(said: list[str], instant: Instant) -> None:
    """Read GGA: the position if there is one, altitude, satellites and dilution."""
    _, north, n, east, e, quality, satellites, hdop, altitude, *_ = said
    if quality in ("", _NO_FIX):
        return
    instant.position = _position(north, n, east, e)
    instant.fix["altitude_m"] = sentinels.altitude(altitude)
    instant.fix["satellites"] = sentinels.satellites(satellites)
    instant.fix["hdop"] = sentinels.hdop(hdop)
    if quality in (_TYPED_IN, _SIMULATED):
        instant.fix["mock"] = True


def _place(said: list[str], instant: Instant) -> None:
    """Read GLL: the position, if it is valid."""
    north, n, east, e, _, status, *_ = said
    if status == "A":
        instant.position = instant.position or _position(north, n, east, e)


def _today(said: list[str], instant: Instant) -> None:
    """Read ZDA: the date."""
    with suppress(ValueError):
        instant.date = date(int(said[3]), int(said[2]), int(said[1]))


def _position(north: str, n: str, east: str, e: str) -> tuple[float, float] | None:
    latitude, longitude = _degrees(north, n == "S"), _degrees(east, e == "W")
    return None if latitude is None or longitude is None else (latitude, longitude)


def _degrees(angle: str, is_negative: bool) -> float | None:
    found = _angle(angle)
    if not found:
        return None
    degrees = round(int(found[1]) + float(found[2]) / 60, 8)
    return -degrees if is_negative else degrees


# Which field of each sentence is the time of day, how many fields there are at least, and who reads it.
_CLOCKS = {b"RMC": 0, b"GGA": 0, b"GLL": 4, b"ZDA": 0}
_LEAST = {b"RMC": 9, b"GGA": 9, b"GLL": 6, b"ZDA": 4}
_READERS = {b"RMC": _minimum, b"GGA": _fix, b"GLL": _place, b"ZDA": _today}
