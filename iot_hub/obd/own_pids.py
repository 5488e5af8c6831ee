"""The owner's file of parameters that no standard has: what a PID or a name means in this one car.

Torque sends them as ``k`` and their PID (``k222613``), logs have their names, and the agent asks for them.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iot_hub.obd.formula import Formula, FormulaError, parse_formula

_PID = re.compile(r"(?:k|0x)?([0-9a-f]{1,8})", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9a-f]{2}){1,8}|[0-9a-f]{3}", re.IGNORECASE)
_PROPERTY = re.compile(r"[a-z][a-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*")
_KEYS = frozenset({"pid", "name", "names", "property", "unit", "formula", "limits", "unknown", "request", "header"})
_TABLE = re.compile(r"\s*\[\[\s*[\"']?pid[\"']?\s*\]\]")


class OwnPidsError(ValueError):
    """What is wrong with a file, and in which line: one sentence."""


@dataclass(frozen=True)
class OwnPid:
    """A parameter: its PID and names, its property in the catalogue, and how a value of it is read.

    ``unit`` is that of the result, '' for the property's own. ``line`` is where the file has it.
    """

    path: str
    pid: int | None = None
    names: tuple[str, ...] = ()
    unit: str = ""
    formula: Formula | None = None
    least: float = -math.inf
    most: float = math.inf
    unknown: frozenset[float] = frozenset()
    request: str = ""
    """What asks a car for it, in hexadecimal; '' where only an app has it."""
    header: str = ""
    """The address of the computer to ask, in hexadecimal; '' for all of them."""
    line: int = 0

    def of_value(self, value: float) -> float | None:
        """Return what a number that an app has sent means; None beyond the limits.

        An app has computed by its own formula: one about bytes is for raw answers.
        """
        if value in self.unknown:
            return None
        if self.formula is None or self.formula.is_of_bytes:
            return self._within(value)
        return self._within(self.formula.of_value(value))

    def of_bytes(self, data: bytes) -> float | None:
        """Return what the bytes of a raw answer mean, behind its PID; without a formula they are one number."""
        number = float(int.from_bytes(data[:8], "big"))
        if not data or number in self.unknown:
            return None
        if self.formula is None:
            return self._within(number)
        return self._within(self.formula.of_bytes(data) if self.formula.is_of_bytes else self.formula.of_value(number))

    def _within(self, value: float | None) -> float | None:
        if value is None or not self.least <= value <= self.most:
            return None
        # A formula's thirds have no end; a number that was sent stays as it is.
        return value if self.formula is None else round(value, 9)


@dataclass(frozen=True)
class OwnPids:
    """The owner's parameters, by PID and by name."""

    pids: tuple[OwnPid, ...] = ()
    by_pid: Mapping[int, OwnPid] = field(init=False, repr=False, compare=False)
    by_name: Mapping[str, OwnPid] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index them."""
        object.__setattr__(self, "by_pid", {each.pid: each for each in self.pids if each.pid is not None})
        object.__setattr__(self, "by_name", {simple(name): each for each in self.pids for name in each.names})

    def named(self, name: str) -> OwnPid | None:
        """Return the parameter of a name; neither case nor spaces matter."""
        return self.by_name.get(simple(name)) if self.by_name else None


NO_PIDS = OwnPids()


def simple(name: str) -> str:
    """Return a name as names are compared."""
    return " ".join(name.casefold().split())


def read_own_pids(content: bytes, file: str) -> OwnPids:
    """Read a file. Raises OwnPidsError, with the line."""
    try:
        text = content.decode()
        described = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise OwnPidsError(f"{file}, line {line}: it is no UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise OwnPidsError(f"{file}: it is no TOML: {error}.") from error
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _TABLE.match(line)]
    tables = described.pop("pid", [])
    if described:
        raise OwnPidsError(f"{file}: {next(iter(described))!r} is not known there. Each parameter is a table [[pid]].")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise OwnPidsError(f"{file}: each parameter is a table [[pid]].")
    found = []
    for index, table in enumerate(tables):
        line = lines[index] if len(lines) == len(tables) else 0
        try:
            found.append(_own_pid(table, line))
        except ValueError as error:
            where = f", line {line}" if line else f", parameter {index + 1}"
            raise OwnPidsError(f"{file}{where}: {error}.") from error
    _check_unambiguous(found, file)
    return OwnPids(tuple(found))


def _check_unambiguous(found: list[OwnPid], file: str) -> None:
    known: dict[object, OwnPid] = {}
    for each in found:
        for mark in (*({each.pid} - {None}), *map(simple, each.names)):
            if mark in known:
                shown = f"PID {mark:X}" if isinstance(mark, int) else repr(mark)
                raise OwnPidsError(f"{file}, line {each.line}: {shown} is in line {known[mark].line} already.")
            known[mark] = each


def _own_pid(table: dict[str, Any], line: int) -> OwnPid:
    """Build a parameter. Raises ValueError with what is wrong."""
    wrong = next((key for key in table if key not in _KEYS), None)
    if wrong is not None:
        raise ValueError(f"there is no key {wrong!r}; keys: {', '.join(sorted(_KEYS))}")
    path = _text(table, "property")
    if not _PROPERTY.fullmatch(path):
        raise ValueError("property is missing" if not path else f"{path!r} is no property, such as vehicle.speed_kmh")
    pid, names = _pid(table.get("pid")), _names(table)
    if pid is None and not names:
        raise ValueError("neither a pid nor a name is given")
    least, most = _limits(table.get("limits"))
    return OwnPid(
        path=path,
        pid=pid,
        names=names,
        unit=_text(table, "unit"),
        formula=_formula(table),
        least=least,
        most=most,
        unknown=_unknown(table.get("unknown", [])),
        request=_hexadecimal(table, "request") or _request(pid),
        header=_hexadecimal(table, "header"),
        line=line,
    )


def _text(table: dict[str, Any], key: str) -> str:
    found = table.get(key, "")
    if not isinstance(found, str):
        raise ValueError(f"{key} is a text, in quotation marks")
    return found.strip()


def _pid(value: object) -> int | None:
    if value is None:
        return None
    found = _PID.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'pid is a text in hexadecimal, such as "222613", and not {value!r}')
    return int(found[1], 16)


def _request(pid: int | None) -> str:
    """Return what asks for a PID: one of service 01, or one that names its service itself (222613)."""
    if pid is None:
        return ""
    if pid <= 0xFF:
        return f"01{pid:02X}"
    # Torque's own PIDs are the app's: no car knows them.
    return "" if pid >> 16 == 0xFF else f"{pid:0{2 * ((pid.bit_length() + 7) // 8)}X}"


def _names(table: dict[str, Any]) -> tuple[str, ...]:
    more = table.get("names", [])
    if not isinstance(more, list) or not all(isinstance(name, str) for name in more):
        raise ValueError('names is a list of texts, ["SOC", "State of charge"]')
    return tuple(filter(None, (_text(table, "name"), *(name.strip() for name in more))))


def _formula(table: dict[str, Any]) -> Formula | None:
    text = _text(table, "formula")
    if not text:
        return None
    try:
        return parse_formula(text)
    except FormulaError as error:
        raise ValueError(f"formula {text[:60]!r}: {error}") from error


def _limits(value: object) -> tuple[float, float]:
    if value is None:
        return -math.inf, math.inf
    if not (isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and value[0] <= value[1]):
        raise ValueError("limits are the least and the most, [0, 100]")
    return float(value[0]), float(value[1])


def _unknown(value: object) -> frozenset[float]:
    if not isinstance(value, list) or not all(map(_is_number, value)):
        raise ValueError("unknown is a list of numbers, [255, 65535]")
    return frozenset(map(float, value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _hexadecimal(table: dict[str, Any], key: str) -> str:
    text = _text(table, key)
    if text and not _HEX.fullmatch(text):
        raise ValueError(f'{key} is a text in hexadecimal, such as "{"7E4" if key == "header" else "222613"}"')
    return text.upper()
