"""Reads the catalogue of properties, ``catalogue.toml`` beside this file."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

FILE = Path(__file__).with_name("catalogue.toml")

Kind = Literal["number", "boolean", "enumeration", "text"]
Disclosure = Literal["measurement", "charge", "counter"]

_NAME = re.compile(r"[a-z][A-Za-z0-9_]*")


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    label: dict[str, str]
    kind: Kind = "number"
    unit: str = ""
    range: tuple[int, int] | None = None
    words: list[str] | None = None
    disclosure: Disclosure | None = None
    rolled_up: bool = False
    published: bool = False
    metric: str | None = None
    aliases: list[str] = []
    state: bool = False
    increase: dict[str, str] | None = None


class Property(msgspec.Struct, frozen=True):
    """A property of events: ``{group: {key: value}}``. ``label`` is what people call it, by language."""

    group: str
    key: str
    label: dict[str, str]
    kind: Kind
    unit: str
    least: int | None
    most: int | None
    words: list[str] | None
    disclosure: Disclosure | None
    rolled_up: bool
    published: bool
    metric: str
    aliases: list[str]
    """Other keys of the group under which it has arrived. The first that is there counts."""
    is_state: bool
    """Whether it lasts until it changes."""
    increase: dict[str, str] | None
    """What people call the growth of a counter, by language. None: it is no counter."""

    @property
    def path(self) -> tuple[str, str]:
        """Return where it stands in an event."""
        return self.group, self.key

    @property
    def is_stored(self) -> bool:
        """Whether the database has a row of it: it rolls up or publishes nothing without one."""
        return self.rolled_up or self.published or self.is_state


@cache
def catalogue() -> tuple[Property, ...]:
    """Return every property, in the order of the file. Raise ValueError where the file does not define one."""
    return read_catalogue(FILE.read_bytes())


def read_catalogue(text: bytes) -> tuple[Property, ...]:
    """Read a catalogue. Raise ValueError where it contradicts itself."""
    try:
        groups = msgspec.toml.decode(text, type=dict[str, dict[str, _Definition]])
    except msgspec.DecodeError as error:
        raise ValueError(f"{FILE.name}: {error}") from error
    properties = tuple(
        _property(group, key, definition) for group, keys in groups.items() for key, definition in keys.items()
    )
    _check_unique("path", [(each.group, key) for each in properties for key in (each.key, *each.aliases)])
    _check_unique("metric", [each.metric for each in properties])
    return properties


def _property(group: str, key: str, definition: _Definition) -> Property:
    least, most = definition.range or (None, None)
    found = Property(
        group=group,
        key=key,
        label=definition.label,
        kind=definition.kind,
        unit=definition.unit,
        least=least,
        most=most,
        words=definition.words,
        disclosure=definition.disclosure,
        rolled_up=definition.rolled_up,
        published=definition.published,
        metric=definition.metric or f"{group}.{key}",
        aliases=definition.aliases,
        is_state=definition.state,
        increase=definition.increase,
    )
    for is_so, problem in _contradictions(found):
        if is_so:
            raise ValueError(f"{FILE.name}, {group}.{key}: {problem}")
    return found


def _contradictions(found: Property) -> list[tuple[bool, str]]:
    is_number = found.kind == "number"
    return [
        (not all(_NAME.fullmatch(name) for name in (found.group, found.key, *found.aliases)), "is no name"),
        ((found.kind == "enumeration") != bool(found.words), "an enumeration has words, and nothing else has"),
        ((found.kind == "text") != (found.disclosure is None), "everything but text has a disclosure"),
        (found.kind == "text" and found.published, "text is never published"),
        (not is_number and (found.rolled_up or found.unit != "" or found.least is not None), "is no number"),
        (is_number and found.published and found.least is None, "a published number has a range"),
        (found.least is not None and found.most is not None and found.least > found.most, "its range is empty"),
        (found.rolled_up and found.unit == "", "a number that is rolled up has a unit"),
        (found.increase is not None and not found.rolled_up, "a counter is rolled up"),
        (found.increase is not None and found.aliases != [], "a counter has no aliases"),
        (is_number and found.is_state, "a number is no state"),
        (found.is_state and found.aliases != [], "a state has no aliases"),
        # Masking reads the position, and knows it by one name.
        (found.group == "location" and found.aliases != [], "a location has no aliases"),
        (found.group == "network" and found.published, "a network gives its place away"),
    ]


def _check_unique(what: str, values: list[str] | list[tuple[str, str]]) -> None:
    if twice := {value for value in values if values.count(value) > 1}:  # type: ignore[arg-type]
        raise ValueError(f"{FILE.name}: each {what} stands once, but not {sorted(twice)[0]}")
