"""A formula of a parameter: a small arithmetic over what was received, read and never evaluated as code.

``x`` is a number that an app has sent, ``A``, ``B`` … ``Z`` the bytes of a raw answer behind its PID. Numbers are
decimal or ``0x…``; there are ``+ - * /``, brackets, ``signed(A, B)``, which is bytes as one signed number, and
``bit(A, 3)``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LONGEST = 200
MOST_BYTES = 8

_PART = re.compile(r"\s*(?:(?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)|(?P<name>[A-Za-z]+)|(?P<sign>[-+*/(),]))")

Values = Mapping[str, float]
Compute = Callable[[Values], float]


class FormulaError(ValueError):
    """What is wrong with a formula."""


@dataclass(frozen=True)
class Formula:
    """A formula: its text, the names of what it needs, and what computes it."""

    text: str
    names: frozenset[str]
    compute: Compute

    @property
    def is_of_bytes(self) -> bool:
        """Whether it is about the bytes of a raw answer, instead of a number that was sent."""
        return bool(self.names) and "x" not in self.names

    def of_value(self, value: float) -> float | None:
        """Return the result for a number; None where there is none, as of a division by 0."""
        return self._result({"x": value})

    def of_bytes(self, data: bytes) -> float | None:
        """Return the result for the bytes of an answer; None where it has too few of them."""
        return self._result({chr(ord("A") + index): byte for index, byte in enumerate(data[:26])})

    def _result(self, values: Values) -> float | None:
        if not self.names <= values.keys():
            return None
        try:
            found = self.compute(values)
        except (ArithmeticError, ValueError):
            return None
        return found if math.isfinite(found) else None


def parse_formula(text: str) -> Formula:
    """Read a formula. Raises FormulaError."""
    if len(text) > LONGEST:
        raise FormulaError(f"a formula has at most {LONGEST} characters")
    parser = _Parser(_parts_of(text))
    compute = parser.sum()
    if parser.has_more:
        raise FormulaError(f"{parser.next_part!r} is not expected there")
    if "x" in parser.names and len(parser.names) > 1:
        raise FormulaError("it is either about x or about bytes")
    return Formula(text, frozenset(parser.names), compute)


def _parts_of(text: str) -> list[str]:
    parts, at = [], 0
    while text[at:].strip():
        found = _PART.match(text, at)
        if found is None:
            raise FormulaError(f"{text[at:].strip()[0]!r} has no meaning in a formula")
        parts.append(found[0].strip())
        at = found.end()
    return parts


class _Parser:
    """Reads sums of products of factors; each method returns what computes its part."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self._at = 0
        self.names: set[str] = set()

    @property
    def has_more(self) -> bool:
        return self._at < len(self._parts)

    @property
    def next_part(self) -> str:
        return self._parts[self._at] if self.has_more else ""

    def sum(self) -> Compute:
        found = self._product()
        while self.next_part in ("+", "-"):
            sign, other = self._next(), self._product()
            found = _added(found, other) if sign == "+" else _subtracted(found, other)
        return found

    def _product(self) -> Compute:
        found = self._factor()
        while self.next_part in ("*", "/"):
            sign, other = self._next(), self._factor()
            found = _multiplied(found, other) if sign == "*" else _divided(found, other)
        return found

    def _factor(self) -> Compute:
        part = self._next()
        if part == "-":
            return _subtracted(_constant(0), self._factor())
        if part == "(":
            found = self.sum()
            self._expect(")")
            return found
        if part[0].isdigit():
            return _constant(float(int(part, 16)) if part[:2] in ("0x", "0X") else float(part))
        if part in ("signed", "bit"):
            return self._function(part)
        return self._variable(part)

    def _function(self, name: str) -> Compute:
        self._expect("(")
        first = self._next()
        found = [self._byte(first)]
        if name == "bit":
            self._expect(",")
            number = self._next()
            if number not in tuple("01234567"):
                raise FormulaError("bit(A, n): n is from 0 to 7")
            self._expect(")")
            return _bit(found[0], int(number))
        while self.next_part == ",":
            self._next()
            found.append(self._byte(self._next()))
        self._expect(")")
        if len(found) > MOST_BYTES:
            raise FormulaError(f"signed() joins at most {MOST_BYTES} bytes")
        return _signed(tuple(found))

    def _byte(self, part: str) -> str:
        if not (len(part) == 1 and "A" <= part <= "Z"):
            raise FormulaError("signed() and bit() are about bytes, A to Z")
        self.names.add(part)
        return part

    def _variable(self, part: str) -> Compute:
        if part != "x" and not (len(part) == 1 and "A" <= part <= "Z"):
            raise FormulaError(f"{part!r} is not expected there; there are x, A to Z, signed() and bit()")
        self.names.add(part)
        return lambda values: values[part]

    def _next(self) -> str:
        if not self.has_more:
            raise FormulaError("it ends too early")
        self._at += 1
        return self._parts[self._at - 1]

    def _expect(self, wanted: str) -> None:
        if self.next_part != wanted:
            raise FormulaError(f"{wanted!r} is missing")
        self._at += 1


def _constant(number: float) -> Compute:
    return lambda _: number


def _added(a: Compute, b: Compute) -> Compute:
    return lambda values: a(values) + b(values)


def _subtracted(a: Compute, b: Compute) -> Compute:
    return lambda values: a(values) - b(values)


def _multiplied(a: Compute, b: Compute) -> Compute:
    return lambda values: a(values) * b(values)


def _divided(a: Compute, b: Compute) -> Compute:
    return lambda values: a(values) / b(values)


def _signed(names: tuple[str, ...]) -> Compute:
    return lambda values: float(int.from_bytes(bytes(int(values[name]) for name in names), "big", signed=True))


def _bit(name: str, number: int) -> Compute:
    return lambda values: float(int(values[name]) >> number & 1)
