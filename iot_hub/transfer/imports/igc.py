"""IGC: a flight recorder's file, a fix a line.

    HFDTE151025
    B0800005248600N02118600EA0010000110

Facts: FAI, Technical Specification for GNSS Flight Recorders, appendix A. Times are UTC, without a date; positions are
degrees and thousandths of minutes. The I record says what else a line holds: an accuracy (FXA, m), satellites (SIU),
ground speed (GSP, km/h), track (TRT), fractions of seconds (TDS) and more digits of the position (LAD, LOD). A fix of
two dimensions (V) has no altitude.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, time

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.sources.canonical import (
    KMH_MS,
    Timestamp,
    build_checked_event,
    convert_unit,
    make_location,
    number,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.timestamps import from_datetime
from iot_hub.transfer.imports.day_clock import DayClock
from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream

SOURCE = "igc"

_date = re.compile(r"HFDTE(?:DATE)?:?\s*(\d\d)(\d\d)(\d\d)").match
_fix = re.compile(
    r"B(?P<clock>\d{6})(?P<north>\d{7})(?P<n>[NS])(?P<east>\d{8})(?P<e>[EW])(?P<validity>[AV])"
    r"(?P<pressure>[-\d]\d{4})(?P<altitude>[-\d]\d{4})"
).match
_extension = re.compile(r"(\d\d)(\d\d)([A-Z]{3})").findall
_encode = msgspec.json.Encoder().encode

Extensions = Mapping[str, slice]


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read the fixes of a file."""
    clock = DayClock()
    extensions: Extensions = {}
    for index, content in enumerate(lines_of(stream)):
        line = content.decode(errors="replace").strip()
        if told := _date(line):
            day, month, year = map(int, told.groups())
            try:
                clock.tell(date(year + (1900 if year >= 80 else 2000), month, day))
            except ValueError:
                clock = DayClock()  # What follows has no date.
        elif line.startswith("I"):
            extensions = {name: slice(int(start) - 1, int(end)) for start, end, name in _extension(line[3:])}
        if line.startswith("B"):
            yield event_of(index, content, _event, line, extensions, clock, context)
        else:
            yield Ignored("no_reading")


def _event(line: str, extensions: Extensions, clock: DayClock, context: ParseContext) -> Event:
    found = _fix(line)
    if not found:
        raise NotStorableError("position_unreadable")

    def extension(name: str) -> float | int | None:
        return number(line[extensions[name]]) if name in extensions else None

    try:
        hours, minutes, seconds = (int(found["clock"][at : at + 2]) for at in (0, 2, 4))
        told = time(hours, minutes, seconds)
    except ValueError as error:
        raise NotStorableError("time_unreadable") from error
    moment = clock.at(told)
    if moment is None:
        raise NotStorableError("time_missing")
    is_whole = found["validity"] == "A"
    fraction = _fraction(line, extensions, "TDS")
    measured = from_datetime(moment, context.latest) + round(fraction * 1_000_000)
    location = make_location(
        _degrees(found["north"], 2, found["n"], _fraction(line, extensions, "LAD")),
        _degrees(found["east"], 3, found["e"], _fraction(line, extensions, "LOD")),
        altitude_m=sentinels.altitude(found["altitude"]) if is_whole else None,
        bearing=sentinels.bearing(extension("TRT")),
        fix_speed_ms=convert_unit(sentinels.speed(extension("GSP")), KMH_MS),
        fix_accuracy_m=sentinels.accuracy(extension("FXA")),
        satellites=sentinels.satellites(extension("SIU")),
    )
    message = _encode({"record": line, "date": moment.date()})
    return build_checked_event(SOURCE, message, Timestamp(measured, "measured"), location=location)


def _fraction(line: str, extensions: Extensions, name: str) -> float:
    """Return further digits of a number as a fraction of its last one."""
    digits = line[extensions[name]] if name in extensions else ""
    return int(digits) / 10 ** len(digits) if digits.isdecimal() else 0


def _degrees(digits: str, whole: int, side: str, more: float) -> float:
    degrees = int(digits[:whole]) + (int(digits[whole:]) + more) / 60_000
    return round(-degrees if side in "SW" else degrees, 8)
