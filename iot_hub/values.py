"""Values as devices write them: numbers as text, and every way of saying that one is unknown.

The agent reads with these too, so they need nothing but Python.
"""

from __future__ import annotations

import math
import re

_LARGEST = 1 << 1023
"""Integers beyond it do not fit into a double precision."""

_NOTHING = frozenset({
    "", "-", "nan", "null", "none", "nil", "unknown", "unavailable", "undefined", "n/a",
    "\\n", "<null>", "[null]", "(null)",  # NULL in tables of PostgreSQL, DataGrip, DBeaver and others.
})  # fmt: skip
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+", re.ASCII)
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
"""A comma that may separate thousands: 1,234 is one or over a thousand."""
_GROUPED = re.compile(
    r"([-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+)(\.[0-9]+)|([-+]?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,})"
    r"|([-+]?[1-9][0-9]{0,2}(?:[.'\u00a0\u202f\u2019][0-9]{3})+)(,[0-9]+)"
    r"|([-+]?[1-9][0-9]{0,2}(?:['\u00a0\u202f\u2019][0-9]{3})+)(\.[0-9]+)?",
    re.ASCII,
)
"""Thousands that are surely separated: there is another sign for the decimals, or several of them."""
_NO_DIGITS = re.compile(r"[^-+0-9]")


def number(value: object) -> float | int | None:
    """Return a number that is written as one or as text; None for every way of saying that there is none."""
    # By the type itself: a dozen values of each event come this way, and True is no number.
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None  # type: ignore[arg-type,return-value]
    if kind is int:
        return value if -_LARGEST < value < _LARGEST else None  # type: ignore[operator,return-value]
    return _number_of(value) if kind is str else None  # type: ignore[arg-type]


def _number_of(text: str) -> float | int | None:
    try:
        return number(float(text) if "." in text or not text.strip().lstrip("-").isdecimal() else int(text))
    except ValueError:
        return _with_signs(text.strip())


def _with_signs(text: str) -> float | None:
    """Return a number with signs between its digits; None where they may mean two."""
    if grouped := _GROUPED.fullmatch(text):
        whole, *rest = filter(None, grouped.groups())
        decimals = f".{rest[0][1:]}" if rest else ""
        return number(float(_NO_DIGITS.sub("", whole) + decimals))
    return None if "," not in text or _THOUSANDS.fullmatch(text) else _with_comma(text)


def _with_comma(text: str) -> float | None:
    return number(float(text.strip().replace(",", "."))) if _DECIMAL_COMMA.fullmatch(text.strip()) else None


def not_negative(value: object) -> float | int | None:
    """Return a number that apps make negative to say that it is unknown: a speed, a bearing, a level."""
    found = number(value)
    return None if found is None or found < 0 else found


def positive(value: object) -> float | int | None:
    """Return a number of which 0 means unknown: an accuracy. Stored as 0, it would make the worst fix the best."""
    found = number(value)
    return None if found is None or found <= 0 else found


def convert_unit(value: float | int | None, factor: float, digits: int = 6) -> float | None:
    """Convert a number to the hub's unit, without the noise of binary fractions."""
    return None if value is None else number(round(value * factor, digits))


def text(value: object) -> str | None:
    """Return a text without its outer spaces; None for an empty one."""
    return value.strip() or None if isinstance(value, str) else None


def is_given(value: object) -> bool:
    """Return whether a value says anything: not null, empty, NaN, or a word for "unknown"."""
    if isinstance(value, str):
        return value.strip().lower() not in _NOTHING
    return value is not None and value == value


def degrees(value: object) -> float | int | None:
    """Return degrees, with a point or a comma: of degrees no comma separates thousands."""
    return _with_comma(value) if isinstance(value, str) and "," in value else number(value)


def wrap_longitude(east: float) -> float:
    """Return a longitude from -180 up to, but not including, 180, of one that is at most a turn off.

    A step over the antimeridian takes some apps to -180.096, which is 179.904, and others to 359.
    """
    # To a billionth of a degree, a tenth of a millimetre: the subtraction leaves noise behind it.
    return east if -180 <= east < 180 else round(east - math.copysign(360, east), 9)


def position(latitude: object, longitude: object) -> tuple[float, float] | None:
    """Return a position; None where there is none, or none on Earth. Exactly (0, 0) is a receiver without a fix."""
    # The usual case: nearly every event comes this way.
    if type(latitude) is float and type(longitude) is float and -90 <= latitude <= 90 and -180 <= longitude < 180:
        return None if latitude == longitude == 0 else (latitude, longitude)
    north, east = degrees(latitude), degrees(longitude)
    if north is None or east is None or not (-90 <= north <= 90 and -360 <= east <= 360):
        return None
    east = wrap_longitude(east)
    return None if north == east == 0 else (north, east)


def is_position_given(latitude: object, longitude: object) -> bool:
    """Return whether somebody meant to say where, be it half of it or nonsense; not (0, 0), which says nowhere."""
    if not (is_given(latitude) or is_given(longitude)):
        return False
    return not (degrees(latitude) == 0 and degrees(longitude) == 0)
