"""The owner's file of PIDs: what it means, and which line is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.obd.own_pids import OwnPidsError, read_own_pids

pytestmark = pytest.mark.pure

FILE = """
# A car on Volkswagen's platform for electric cars.
[[pid]]
pid = "22028C"
names = ["SOC BMS", "State of charge"]
property = "vehicle.battery_percent"
formula = "A/2.5"
limits = [0, 100]
header = "fc007b"

[[pid]]
pid = "k222613"
property = "vehicle.inside_temperature_C"
unit = "°F"
formula = "x * 1.8 + 32"
limits = [-40, 140]
unknown = [255]
"""


def read(text: str) -> list[object]:
    return list(read_own_pids(text.encode(), "pids.toml").pids)


def test_a_pid_is_known_by_its_number_and_by_its_names() -> None:
    pids = read_own_pids(FILE.encode(), "pids.toml")
    charge, cabin = pids.pids
    assert pids.by_pid == {0x22028C: charge, 0x222613: cabin}
    assert pids.named("  state  OF charge ") is charge and pids.named("SOC BMS") is charge
    assert pids.named("anything else") is None
    assert (charge.line, cabin.line) == (3, 11)
    assert (charge.request, charge.header, cabin.request) == ("22028C", "FC007B", "222613")


def test_a_formula_of_bytes_is_for_raw_answers_and_an_app_has_computed_already() -> None:
    charge = read_own_pids(FILE.encode(), "pids.toml").by_pid[0x22028C]
    assert charge.of_bytes(bytes([200])) == 80
    assert charge.of_value(80.5) == 80.5
    assert charge.of_bytes(b"") is None


def test_what_lies_outside_the_limits_or_is_called_unknown_is_absent() -> None:
    cabin = read_own_pids(FILE.encode(), "pids.toml").by_pid[0x222613]
    assert cabin.of_value(20) == 68
    assert cabin.of_value(255) is None
    assert cabin.of_value(61) is None  # 141.8 °F
    assert cabin.of_value(-41) is None
    charge = read_own_pids(FILE.encode(), "pids.toml").by_pid[0x22028C]
    assert (charge.of_value(100), charge.of_value(100.1), charge.of_bytes(b"\xff")) == (100, None, None)


@pytest.mark.parametrize(
    ("pid", "asked"), [("5b", "015B"), ("0x0C", "010C"), ("k222613", "222613"), ("2203ca", "2203CA"), ("ff1238", "")]
)
def test_what_asks_a_car_follows_from_the_pid(pid: str, asked: str) -> None:
    [found] = read_own_pids(f'[[pid]]\npid = "{pid}"\nproperty = "vehicle.voltage_V"'.encode(), "f").pids
    assert found.request == asked


def test_without_a_formula_an_answer_s_bytes_are_one_number() -> None:
    [found] = read_own_pids(b'[[pid]]\npid = "22295A"\nproperty = "vehicle.odometer_km"', "f").pids
    assert found.of_bytes(bytes.fromhex("00e33e")) == 58174


GOOD = '[[pid]]\npid = "5b"\nproperty = "vehicle.battery_percent"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pid = 3", r"pids.toml: each parameter is a table"),
        ("[[pid]", r"pids.toml: it is no TOML: .*line 1"),
        (GOOD + "\n[[pid]]\npid = = 3", r"it is no TOML: .*line 6"),
        ('[other]\nname = "x"', r"'other' is not known there"),
        (GOOD + '\n[[pid]]\npid = "zz"\nproperty = "a.b"', r"pids.toml, line 5: pid is a text in hexadecimal"),
        (GOOD + '\n[[pid]]\npid = 5\nproperty = "a.b"', r"line 5: pid is a text in hexadecimal"),
        (GOOD + '\n\n[[pid]]\npid = "0"', r"line 6: property is missing"),
        (GOOD + '\n[[pid]]\nproperty = "vehicle.speed_kmh"', r"line 5: neither a pid nor a name"),
        (GOOD + '\n[[pid]]\npid = "6"\nproperty = "speed"', r"line 5: 'speed' is no property"),
        (GOOD + "colour = 3", r"line 1: there is no key 'colour'"),
        (GOOD + 'formula = "A +"', r"line 1: formula 'A \+': it ends too early"),
        (GOOD + 'formula = "import os"', r"line 1: formula 'import os'"),
        (GOOD + "formula = 3", r"line 1: formula is a text"),
        (GOOD + "limits = [100, 0]", r"line 1: limits are the least and the most"),
        (GOOD + "limits = [0]", r"line 1: limits"),
        (GOOD + 'limits = ["0", "1"]', r"line 1: limits"),
        (GOOD + "limits = [nan, 1]", r"line 1: limits"),
        (GOOD + "unknown = 255", r"line 1: unknown is a list of numbers"),
        (GOOD + 'names = "SOC"', r"line 1: names is a list"),
        (GOOD + 'header = "7E"\nrequest = "5b5"\nunit = 1', r"line 1: unit is a text"),
        (GOOD + 'header = "computer"', r"line 1: header is a text in hexadecimal"),
        (GOOD + GOOD, r"line 4: PID 5B is in line 1 already"),
        (GOOD + 'name = "A  b"\n\n[[pid]]\nname = "a B"\nproperty = "vehicle.speed_kmh"', r"line 6: 'a b' is in line 1 already"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_with_the_line(text: str, words: str) -> None:
    with pytest.raises(OwnPidsError, match=words):
        read(text)


def test_a_file_that_is_no_utf_8_is_refused_with_the_line() -> None:
    with pytest.raises(OwnPidsError, match="line 2: it is no UTF-8"):
        read_own_pids(b"# one\n# caf\xe9\n", "pids.toml")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_does_anything_but_be_read_or_refused(content: bytes) -> None:
    try:
        read_own_pids(content, "f")
    except OwnPidsError as error:
        assert "\n" not in str(error)
