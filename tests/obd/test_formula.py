"""A formula of the owner's is arithmetic and nothing else."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.obd.formula import LONGEST, Formula, FormulaError, parse_formula

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ("x", 7, 7), ("x - 40", 100, 60), ("x/2.5", 200, 80), ("-x", 3, -3), ("- (x+1)*2", 3, -8), ("2-3-4", 0, -5),
        ("100/10/5", 0, 2), ("2+3*4", 0, 14), ("(2+3)*4", 0, 20), ("x*0x10", 2, 32), ("x--1", 1, 2), ("(x-32)/1.8", 212, 100),
    ],
)  # fmt: skip
def test_a_formula_of_a_number_is_computed_as_people_compute(text: str, value: float, result: float) -> None:
    assert parse_formula(text).of_value(value) == pytest.approx(result)


@pytest.mark.parametrize(
    ("text", "answer", "result"),
    [
        ("A", "ff", 255), ("(A*256+B)/4", "1af8", 1726), ("A*100/255", "80", pytest.approx(50.196, abs=0.001)),
        ("signed(A)", "ff", -1), ("signed(A,B)/100", "ff38", -2), ("signed(A, B, C)", "00ffff", 65535), ("bit(A, 7)", "80", 1),
        ("bit(B,0)", "00fe", 0), ("A*65536+B*256+C", "00e33e", 58174), ("C", "0000", None), ("A", "", None),
    ],
)  # fmt: skip
def test_a_formula_of_bytes_is_computed_from_an_answer(text: str, answer: str, result: float | None) -> None:
    assert parse_formula(text).of_bytes(bytes.fromhex(answer)) == result


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ends too early"), ("x +", "ends too early"), ("(x", r"'\)' is missing"), ("x)", "not expected"), ("x y", "not expected"),
        ("x ** 2", "not expected"), ("__import__('os')", "has no meaning"), ("open(x)", "not expected"), ("x if x else 1", "not expected"),
        ("x.real", "has no meaning"), ("[x]", "has no meaning"), ("lambda", "not expected"), ("x;x", "has no meaning"),
        ("A + x", "either about x or about bytes"), ("signed(x)", "about bytes"), ("signed()", "about bytes"),
        ("bit(A, 8)", "from 0 to 7"), ("bit(A)", "',' is missing"), ("AB", "not expected"), ("a", "not expected"), ("1e5", "not expected"),
        ("signed(A,B,C,D,E,F,G,H,I)", "at most 8"), ("1" * (LONGEST + 1), f"at most {LONGEST}"), ("x,x", "not expected"),
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(FormulaError, match=words):
        parse_formula(text)


@pytest.mark.parametrize("text", ["1/x", "x/(x-x)", "1/(x*0)"])
def test_a_division_by_0_has_no_result(text: str) -> None:
    assert parse_formula(text).of_value(0) is None


def test_numbers_beyond_all_bounds_have_no_result() -> None:
    assert parse_formula("*".join(["x"] * 100)).of_value(1e300) is None
    assert parse_formula("x-x*10").of_value(1e308) is None


@pytest.mark.parametrize("text", ["(" * 99 + "x" + ")" * 99, "-" * 199 + "x", "+".join(["x"] * 100)])
def test_a_deep_formula_is_computed_too(text: str) -> None:
    assert parse_formula(text).of_value(1) in (1, -1, 100)


@given(st.text("xABC0123456789.+-*/(), signedbt", max_size=60))
def test_no_text_does_anything_but_compute_or_be_refused(text: str) -> None:
    try:
        found = parse_formula(text)
    except FormulaError:
        return
    for result in (found.of_value(3.5), found.of_bytes(b"\x01\xff\x7f")):
        assert result is None or math.isfinite(result)


NUMBERS = st.integers(0, 999).map(str)
EXPRESSIONS = st.recursive(
    NUMBERS | st.just("x"),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=12,
)


@given(EXPRESSIONS, st.integers(-100, 100))
def test_a_formula_s_result_is_python_s(text: str, value: int) -> None:
    formula: Formula = parse_formula(text)
    expected = eval(text, {"__builtins__": {}}, {"x": value})
    assert formula.of_value(value) == pytest.approx(expected)
