"""The owner's mapping of topics that no protocol reads: which device a message is of, and what its values mean.

A file in TOML, a table ``[[mapping]]`` for each kind of topic. docs/sources/mqtt/mapping.md explains it to people.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Literal

import msgspec

from iot_hub.errors import UserError
from iot_hub.properties.catalogue import catalogue
from iot_hub.properties.units import conversion
from iot_hub.sources.fields import KINDS, UNITS, Field, field, inverted, truth, word
from iot_hub.values import number

_NAME = r"^[a-z][a-z0-9_]*$"
_PROPERTY = re.compile(r"[a-z][A-Za-z0-9_]*\.[a-z][A-Za-z0-9_]*")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_GROUPS = frozenset(each.group for each in catalogue())
Path = tuple[str | int, ...]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value of a message, as the file describes it."""

    path: str = ""
    """Where it stands in the payload: ``outside.temp``, ``sensors[0].value``. Empty: the payload itself."""
    unit: str = ""
    """In which unit it comes; none: the property's."""
    factor: float = 1
    kind: Literal["number", "boolean", "text"] | None = None
    """Of a property that is not in the catalogue."""
    inverted: bool = False
    on: str | None = None
    """What a boolean is called where it is true; anything else is false."""
    unknown: list[float | str] = []
    """What says that there is no value: 65535, ``---``."""


class _Described(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    device: str
    values: dict[str, Value | str]
    name: Annotated[str, msgspec.Meta(pattern=_NAME)] = "mqtt"
    label: str = ""
    time: str = ""
    unless: str = ""
    """Where a message says that it only repeats what is known; such a message is no reading."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mapping: list[_Described] = []
    keys: dict[str, str] = {}


class Mapped(msgspec.Struct, frozen=True):
    """A value that a mapping reads: where it stands, and what it becomes."""

    path: Path
    field: Field
    unknown: tuple[float | str, ...] = ()


class Mapping(msgspec.Struct, frozen=True):
    """A mapping that was checked."""

    name: str
    topic: str
    device: str
    label: str
    time: Path | None
    values: tuple[Mapped, ...]
    unless: Path | None = None

    def levels_of(self, topic: str) -> tuple[str, ...] | None:
        """Return what the wildcards stand for in a topic; None for a topic that is not the mapping's."""
        found = _pattern(self.topic).fullmatch(topic)
        return None if found is None else tuple(each or "" for each in found.groups())

    def fill(self, template: str, levels: tuple[str, ...], payload: object) -> str | None:
        """Return a text with its placeholders filled: ``{1}`` is the first wildcard, ``{id}`` a path of the payload."""
        missing = False

        def value(found: re.Match[str]) -> str:
            nonlocal missing
            name = found[1]
            one = (
                levels[int(name) - 1]
                if name.isdecimal() and int(name) <= len(levels)
                else look_up(payload, steps_of(name))
            )
            if not isinstance(one, str | int) or one == "":
                missing = True
                return ""
            return str(one)

        text = _PLACEHOLDER.sub(value, template)
        return None if missing or not text else text


def read_mappings(text: bytes, name: str) -> tuple[Mapping, ...]:
    """Read the mappings of a file. Raises UserError, which names the file, the table and the key."""
    described = _decoded(text, name).mapping
    return tuple(_checked(each, f"{name}, mapping {index}") for index, each in enumerate(described, 1))


def read_keys(text: bytes, name: str) -> dict[str, str]:
    """Read the keys of encrypted payloads of a file, by device. Raises UserError."""
    return dict(_decoded(text, name).keys)


def _decoded(text: bytes, name: str) -> _File:
    try:
        return msgspec.toml.decode(text, type=_File)
    except msgspec.ValidationError as error:
        raise UserError(f"{name}: {_readable(str(error))}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise UserError(f"{name} is not TOML: {error}.") from error


def _readable(error: str) -> str:
    """Return msgspec's error with its path as the file has it: ``$.mapping[0].topic`` is ``topic`` of mapping 1."""
    text, _, path = error.partition(" - at `$")
    found = re.match(r"\.mapping\[(\d+)\]\.?(.*)`", path)
    if found is None:
        return f"{text}."
    key = f", key {found[2]}" if found[2] else ""
    return f"mapping {int(found[1]) + 1}{key}: {text[:1].lower()}{text[1:]}."


def _checked(described: _Described, where: str) -> Mapping:
    levels = described.topic.split("/")
    if not described.topic or any(("#" in each and each != "#") or ("+" in each and each != "+") for each in levels):
        raise UserError(f"{where}, key topic: + and # each stand for whole levels.")
    if "#" in levels[:-1]:
        raise UserError(f"{where}, key topic: # is the last level.")
    if described.name in _GROUPS:
        raise UserError(f"{where}, key name: {described.name} is a group of the catalogue.")
    wildcards = sum(each in ("+", "#") for each in levels)
    for key in ("device", "label"):
        for placeholder in _PLACEHOLDER.findall(getattr(described, key)):
            if placeholder.isdecimal() and not 1 <= int(placeholder) <= wildcards:
                raise UserError(f"{where}, key {key}: the topic has {wildcards} wildcards, not {placeholder}.")
            if not placeholder.isdecimal():
                _steps(placeholder, f"{where}, key {key}")
    if not described.device:
        raise UserError(f"{where}, key device: no value given.")
    if not described.values:
        raise UserError(f"{where}, key values: no value given.")
    return Mapping(
        described.name,
        described.topic,
        described.device,
        described.label,
        _steps(described.time, f"{where}, key time") if described.time else None,
        tuple(_value(name, each, f"{where}, values.{name}") for name, each in described.values.items()),
        _steps(described.unless, f"{where}, key unless") if described.unless else None,
    )


def _value(name: str, described: Value | str, where: str) -> Mapped:
    value = Value(path=described) if isinstance(described, str) else described
    if not _PROPERTY.fullmatch(name):
        raise UserError(f"{where}: a property is a group and a key, climate.temperature_C.")
    return Mapped(_steps(value.path, f"{where}, key path"), _field(name, value, where), tuple(value.unknown))


def _field(name: str, value: Value, where: str) -> Field:
    group, _, key = name.partition(".")
    known = KINDS.get(name)
    if known is None and value.kind is None:
        raise UserError(f"{where}: it is not in the catalogue of properties; say its kind: number, boolean or text.")
    kind = known or value.kind
    if value.kind is not None and known is not None and (value.kind == "number") != (known == "number"):
        raise UserError(f"{where}, key kind: the catalogue has it as {known}.")
    if kind != "number" and (value.unit or value.factor != 1):
        raise UserError(f"{where}: a {kind} has no unit and no factor.")
    if kind != "boolean" and (value.inverted or value.on is not None):
        raise UserError(f"{where}: a {kind} is not on or off.")
    if kind == "boolean":
        return _truth(name, group, key, value, is_known=known is not None)
    if kind != "number":
        return Field(group, key, word)
    if known is None:
        return Field(group, key, _scaled(value.factor))
    if value.unit and conversion(value.unit, UNITS[name]) is None:
        raise UserError(f"{where}, key unit: {value.unit!r} can't be converted to {UNITS[name]}.")
    found = field(name, value.unit, value.factor)
    assert found is not None  # noqa: S101 - just checked
    return found


def _truth(name: str, group: str, key: str, value: Value, *, is_known: bool) -> Field:
    if value.on is None:
        if is_known and value.inverted:
            return inverted(name)
        return Field(
            group, key, (lambda given: None if truth(given) is None else not truth(given)) if value.inverted else truth
        )
    wanted, is_inverted = value.on, value.inverted

    def read(given: object) -> bool | None:
        return None if given is None else (_text_of(given) == wanted) != is_inverted

    return Field(group, key, read)


def _text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _scaled(factor: float) -> Callable[[object], object]:
    def read(value: object) -> float | int | None:
        found = number(value)
        return found if found is None or factor == 1 else number(round(found * factor, 9))

    return read


def _steps(path: str, where: str) -> Path:
    found = steps_of(path)
    if path and _written(found) != path:
        raise UserError(f"{where}: {path!r} is no path. Join keys by dots, and number the items of lists: a.b[0].")
    return found


def steps_of(path: str) -> Path:
    """Return the keys and numbers of a path."""
    return tuple(int(index) if index else key for key, index in _STEP.findall(path))


def _written(steps: Path) -> str:
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in steps).removeprefix(".")


def look_up(payload: object, steps: Path) -> object:
    """Return what stands at a path of a decoded payload; None where nothing does."""
    for each in steps:
        if isinstance(payload, dict) and isinstance(each, str):
            payload = payload.get(each)
        elif isinstance(payload, list) and isinstance(each, int) and each < len(payload):
            payload = payload[each]
        else:
            return None
    return payload


@cache
def _pattern(topic: str) -> re.Pattern[str]:
    levels = []
    for each in topic.split("/"):
        levels.append("([^/]*)" if each == "+" else "(.*)" if each == "#" else re.escape(each))
    return re.compile("/".join(levels))
