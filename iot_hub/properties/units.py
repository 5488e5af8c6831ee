"""Units as devices write them, and how a number gets from one to another.

One unit has many spellings: ``µ`` is two characters of Unicode, a cubic metre is ``m³``, ``m3``, ``m^3`` or ``㎥``.
Each is known by the spelling that normalise() makes of it. A conversion is linear, within one dimension:
``value * factor + offset`` is the value in the dimension's first unit.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import msgspec

_NAUTICAL_MILE_M = 1852
_MILE_M = 1609.344
_FOOT_M = 0.3048
_INCH_MM = 25.4


class Unit(msgspec.Struct, frozen=True):
    """A unit: what it measures, and how it becomes that dimension's first unit."""

    dimension: str
    factor: float = 1
    offset: float = 0


# By dimension, the first of each is the one that the others are converted through.
_DIMENSIONS: Mapping[str, Mapping[tuple[str, ...], float | tuple[float, float]]] = {
    "temperature": {
        ("°C", "C", "℃", "degC", "deg C", "Celsius"): 1,
        ("°F", "F", "℉", "degF", "deg F", "Fahrenheit"): (1 / 1.8, -32 / 1.8),
        ("K", "Kelvin"): (1, -273.15),
    },
    "pressure": {
        ("hPa", "mbar", "mb"): 1,
        ("Pa",): 0.01,
        ("kPa", "kpa"): 10,
        ("bar",): 1000,
        ("cbar",): 10,
        ("inHg", "in Hg"): 33.863886666667,
        ("mmHg", "Torr", "mm Hg"): 1.3332236842105,
        ("psi", "PSI"): 68.947572931684,
    },
    "power": {
        ("W", "watt"): 1,
        ("mW",): 0.001,
        ("kW",): 1000,
        ("MW",): 1e6,
        ("hp", "HP", "bhp"): 745.69987158227,
        ("PS", "ps", "KM"): 735.49875,
    },
    "apparent_power": {("VA",): 1, ("kVA",): 1000},
    "reactive_power": {("var", "VAr", "VAR"): 1, ("kvar", "kVAr", "kVAR"): 1000},
    "energy": {
        ("Wh",): 1,
        ("mWh",): 0.001,
        ("kWh",): 1000,
        ("MWh",): 1e6,
        ("W·min", "Wmin", "W min"): 1 / 60,
        ("J",): 1 / 3600,
        ("kJ",): 1 / 3.6,
        ("MJ",): 1e6 / 3600,
        ("GJ",): 1e9 / 3600,
    },
    "voltage": {("V", "v", "volt", "volts", "Volts"): 1, ("mV",): 0.001, ("kV",): 1000, ("µV",): 1e-6},
    "current": {("A", "amp"): 1, ("mA",): 0.001, ("µA",): 1e-6},
    "frequency": {("Hz",): 1, ("kHz",): 1000, ("MHz",): 1e6, ("GHz",): 1e9},
    "volume": {
        ("L", "l", "litre", "litres", "liter", "liters", "Litres", "Liters", "dm³"): 1,
        ("mL", "ml", "cm³"): 0.001,
        ("m³", "m3", "m^3", "cbm"): 1000,
        ("ft³", "ft3", "ft^3", "cf"): 28.316846592,
        ("CCF",): 2831.6846592,
        ("gal", "gal."): 3.785411784,
    },
    "volume_flow": {
        ("L/min", "l/min", "lpm"): 1,
        ("L/h", "l/h", "L/hr", "l/hr", "L/hour", "l/hour", "lph"): 1 / 60,
        ("L/s", "l/s"): 60,
        ("mL/s", "ml/s"): 0.06,
        ("mL/min", "ml/min", "cc/min"): 0.001,
        ("m³/h", "m3/h", "m^3/h"): 1000 / 60,
        ("m³/min", "m3/min"): 1000,
        ("m³/s", "m3/s"): 60_000,
        ("gal/min", "gpm"): 3.785411784,
        ("gal/h", "gal/hr", "gph"): 3.785411784 / 60,
        ("ft³/min", "ft3/min", "cfm"): 28.316846592,
    },
    "speed": {
        ("m/s", "mps", "m s-1"): 1,
        ("km/h", "kmh", "kph", "km/hr", "KPH", "KM/H"): 1 / 3.6,
        ("mph", "mi/h", "MPH"): _MILE_M / 3600,
        ("kn", "kt", "knot", "knots"): _NAUTICAL_MILE_M / 3600,
        ("ft/s",): _FOOT_M,
    },
    "depth": {("mm", "l/m²", "L/m²"): 1, ("cm",): 10, ("in", "inch", "inches", '"'): _INCH_MM},
    "depth_rate": {("mm/h", "mm/hr"): 1, ("in/h", "in/hr"): _INCH_MM, ("mm/d", "mm/day"): 1 / 24},
    "length": {
        ("m",): 1,
        ("mm",): 0.001,
        ("cm",): 0.01,
        ("km", "Km", "KM", "kilometers", "kilometres"): 1000,
        ("in", "inch", "inches", '"'): _INCH_MM / 1000,
        ("ft",): _FOOT_M,
        ("yd",): 3 * _FOOT_M,
        ("mi", "mile", "miles"): _MILE_M,
    },
    "duration": {
        ("s", "sec", "seconds"): 1,
        ("ms",): 0.001,
        ("min", "minutes"): 60,
        ("h", "hr", "hours"): 3600,
        ("d", "days"): 86_400,
    },
    "mass_concentration": {
        ("µg/m³", "µg/m3", "ug/m3", "µg/m^3", "ug/m³", "ug/m^3"): 1,
        ("mg/m³", "mg/m3", "mg/m^3"): 1000,
    },
    "parts": {("ppm",): 1, ("ppb",): 0.001},
    "absolute_humidity": {("g/m³", "g/m3", "g/m^3"): 1},
    "mass": {("kg",): 1, ("g",): 0.001, ("lb", "lbs"): 0.45359237, ("oz",): 0.45359237 / 16, ("st",): 6.35029318},
    "mass_flow": {("g/s", "g/sec", "gm/s"): 1, ("kg/h", "kg/hr"): 1 / 3.6, ("lb/min",): 453.59237 / 60},
    "torque": {("N·m", "Nm", "N m", "N-m", "N*m"): 1, ("lb·ft", "lb-ft", "ft-lb", "lbf·ft"): 1.3558179483314},
    "acceleration": {("g", "G"): 1, ("m/s²", "m/s2", "m/s^2"): 1 / 9.80665},
    "consumption": {("L/100 km", "L/100km", "l/100km", "l/100 km"): 1},
    "conductivity": {("µS/cm", "uS/cm"): 1, ("mS/cm",): 1000, ("S/m",): 10_000},
    "irradiance": {("W/m²", "W/m2", "W/m^2"): 1, ("BTU/(h·ft²)",): 3.1545907},
    "illuminance": {("lx", "lux"): 1, ("klx",): 1000},
    "colour_temperature": {("K", "Kelvin"): 1},
    "share": {("%", "percent", "%RH", "% RH", "RH%"): 1},
    "signal": {("dBm", "dBm."): 1},
    "sound": {("dB", "dBA", "dB(A)", "dBa"): 1},
    "angle": {("°", "deg", "degrees"): 1, ("rad",): 180 / math.pi},
    "data_rate": {("Mbps", "Mbit/s", "Mb/s"): 1, ("kbps", "kbit/s"): 0.001, ("Gbps", "Gbit/s"): 1000},
    "charge": {("mAh",): 1, ("Ah",): 1000},
    "radioactivity": {("Bq/m³", "Bq/m3", "Bq/m^3"): 1, ("pCi/L",): 37},
    "rotation": {("1/min", "/min", "rpm", "RPM", "U/min"): 1},
    "count": {("1", ""): 1},
}


@lru_cache(maxsize=4_096)
def normalise(unit: str) -> str:
    """Return one spelling for all ways to write a unit: compatible characters are one, without spaces around."""
    # NFKC makes µ of two characters one (a Greek mu), ³ a 3, ㎥ "m3", ℃ "°C".
    # "º" is a letter to it.
    text = unicodedata.normalize("NFKC", unit.strip().replace("º", "°")).replace("μ", "u").replace("^", "")
    text = text.replace("° ", "°")
    return text.removeprefix("°") if text in ("°C", "°F") else text


def _table() -> dict[str, dict[str, Unit]]:
    found: dict[str, dict[str, Unit]] = {}
    for dimension, units in _DIMENSIONS.items():
        for spellings, scale in units.items():
            factor, offset = scale if isinstance(scale, tuple) else (scale, 0)
            for spelling in spellings:
                found.setdefault(normalise(spelling), {})[dimension] = Unit(dimension, factor, offset)
    return found


_UNITS = _table()

SPELLINGS: tuple[tuple[str, str], ...] = tuple(
    (dimension, spelling) for dimension, units in _DIMENSIONS.items() for spellings in units for spelling in spellings
)
"""Every spelling that is known, with the dimension it is of."""


def is_unit(text: str) -> bool:
    """Return whether a text is a unit that is known."""
    return normalise(text) in _UNITS


@lru_cache(maxsize=4_096)
def conversion(unit: str, wanted: str) -> tuple[float, float] | None:
    """Return factor and offset that lead from one unit to another; None where they measure different things."""
    mine, theirs = _UNITS.get(normalise(unit), {}), _UNITS.get(normalise(wanted), {})
    for dimension, source in mine.items():
        target = theirs.get(dimension)
        if target is not None:
            return source.factor / target.factor, (source.offset - target.offset) / target.factor
    return None


def convert(value: float, unit: str, wanted: str) -> float | None:
    """Return a number in the unit that is wanted, without the noise of binary fractions; None where it can't be."""
    found = conversion(unit, wanted)
    return None if found is None else scaled(value, *found)


def scaled(value: float, factor: float, offset: float) -> float | None:
    """Return a number times a factor plus an offset, to nine significant decimals; None where it is infinite."""
    if factor == 1 and offset == 0:
        return value
    result = value * factor + offset
    return round(result, 6 if abs(result) >= 1 else 9) if math.isfinite(result) else None
