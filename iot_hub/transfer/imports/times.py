"""The time of a record in a file: it may be old, but it is the record's own or there is no event."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec

from iot_hub.local_times import LocalTimes
from iot_hub.sources.canonical import Timestamp, number
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.timestamps import DeviceTimeError, Microseconds, from_datetime, from_unix, isoformat

# "2025-03-24 20:07:24 +0100": ISO 8601 but for the space. "… UTC" is what people and databases write.
_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d*$)")
_LEAP_SECOND = re.compile(r"(?<=\d\d:\d\d:)60(?!\d)")
_DATE_SIGNS = frozenset("-/")
_UTC = re.compile(r"\s*(?:UTC|GMT|z)$")


def time_of(value: object, context: ParseContext) -> Microseconds:
    """Parse a time: Unix (s, ms, µs, ns; a number or its text) or ISO 8601, in the owner's zone without offset.

    Raises NotStorableError where there is none, DeviceTimeError where it can't be a reading's.
    """
    if isinstance(value, str):
        stamp = None if value[4:5] in _DATE_SIGNS else number(value)
        if stamp is None and value.strip():
            return from_datetime(_datetime(value, context), context.latest)
    else:
        stamp = number(value)
    if stamp is None:
        raise NotStorableError("time_missing")
    return from_unix(stamp, context.latest)


def moment_of(value: object, context: ParseContext) -> Timestamp:
    """Parse a time as ``time_of`` does, as the timestamp of an event."""
    return Timestamp(time_of(value, context), "measured")


def _datetime(text: str, context: ParseContext) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _unusual(text.strip())
    return moment if moment.tzinfo else (context.local_times or LocalTimes()).instant(moment, context.time_zone)


def _unusual(text: str) -> datetime:
    usual = _UTC.sub("Z", _SPACED_OFFSET.sub("", text)).replace("/", "-")
    leap = _LEAP_SECOND.search(usual)
    try:
        if leap:
            return datetime.fromisoformat(f"{usual[: leap.start()]}59{usual[leap.end() :]}") + timedelta(seconds=1)
        return datetime.fromisoformat(usual)
    except ValueError as error:
        raise DeviceTimeError("time_unreadable") from error


def utc_of(value: object, context: ParseContext) -> str | None:
    """Write a time that a record tells besides its own, in UTC; None where none can be understood."""
    if context.local_times:  # It is out of the order of the records' own.
        context = msgspec.structs.replace(context, local_times=None)
    try:
        return isoformat(time_of(value, context))
    except (ValueError, OverflowError):
        return None
