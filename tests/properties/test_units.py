"""A unit has many spellings and one meaning."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.properties.catalogue import catalogue
from iot_hub.properties.units import SPELLINGS, conversion, convert, normalise

pytestmark = pytest.mark.pure

DIMENSIONS = {dimension: [each for of, each in SPELLINGS if of == dimension] for dimension, _ in SPELLINGS}
PAIRS = [(one, two) for units in DIMENSIONS.values() for one in units for two in units]


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "found"),
    [
        (72.5, "°F", "°C", 22.5),
        (300, "K", "°C", 26.85),
        (29.92, "inHg", "hPa", 1013.207),
        (32, "psi", "kPa", 220.632),
        (1013.2, "mbar", "hPa", 1013.2),
        (36, "km/h", "m/s", 10),
        (10, "mph", "m/s", 4.4704),
        (10, "kn", "m/s", 5.14444),
        (1, "in", "mm", 25.4),
        (1.5, "kWh", "Wh", 1500),
        (12345, "W·min", "Wh", 205.75),
        (3.6, "MJ", "Wh", 1000),
        (2965, "mV", "V", 2.965),
        (1, "㎥", "L", 1000),
        (400, "ppb", "ppm", 0.4),
        (0.05, "mg/m³", "µg/m³", 50),
        (1, "m³/h", "L/min", 16.666667),
    ],
)
def test_a_number_is_converted(value: float, unit: str, wanted: str, found: float) -> None:
    converted = convert(value, unit, wanted)
    assert converted is not None
    assert math.isclose(converted, found, rel_tol=1e-4)


def test_the_two_micro_signs_are_one_and_a_cubic_metre_is_written_in_four_ways() -> None:
    assert normalise("\N{MICRO SIGN}g/m³") == normalise("\N{GREEK SMALL LETTER MU}g/m^3") == normalise("ug/㎥")
    assert normalise("m³") == normalise("m3") == normalise("m^3") == normalise("㎥")


@pytest.mark.parametrize(("unit", "wanted"), [("kWh", "W"), ("furlong", "m"), ("%", "°C"), ("", "hPa")])
def test_what_measures_something_else_is_not_converted(unit: str, wanted: str) -> None:
    assert convert(1, unit, wanted) is None


@given(st.sampled_from(PAIRS), st.floats(-1e6, 1e6))
def test_every_spelling_leads_to_each_other_of_its_dimension_and_back(pair: tuple[str, str], value: float) -> None:
    there, back = conversion(*pair), conversion(*reversed(pair))
    assert there and back
    returned = (value * there[0] + there[1]) * back[0] + back[1]
    assert math.isclose(returned, value, rel_tol=1e-9, abs_tol=1e-9 * max(1, abs(back[1])))


@given(st.text(max_size=8), st.text(max_size=8), st.floats(allow_nan=False))
def test_no_text_is_a_unit_that_makes_an_infinity(unit: str, wanted: str, value: float) -> None:
    converted = convert(value, unit, wanted)
    assert converted is None or math.isfinite(converted) or converted == value


def test_every_unit_of_the_catalogue_is_known() -> None:
    others = {"dBFS", "mWh", "mAh", "MHz"}
    units = {each.unit for each in catalogue() if each.kind == "number"} - others
    assert {unit for unit in units if conversion(unit, unit) is None} == set()
