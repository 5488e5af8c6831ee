"""Writes iot_hub/properties/groups.py, the types of an event's groups, from the catalogue of properties.

``make docs`` calls it; a test compares the file with what this would write.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from iot_hub.properties.catalogue import Property, catalogue

FILE = Path(__file__).parent.parent / "iot_hub" / "properties" / "groups.py"

TYPES = {"number": "float", "boolean": "bool", "enumeration": "str", "text": "str"}
# A tracker may name several activities at once; a state is what a sensor of any kind is in.
WIDER = {"motion.activity": "str | list[str]", "state.value": "float | str"}
# An Event is what holds the groups.
CLASSES = {"event": "EventDetails"}

HEAD = '''"""The types of an event's groups: a struct for each group of the catalogue, a field for each of its keys.

Written by scripts/write_groups.py; change catalogue.toml and run ``make docs``. A source that names a key which is not
in the catalogue does not type-check. What a payload does not report is None, and is not written: never 0, never null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import msgspec
'''


def text() -> str:
    """Return the module's text."""
    # The file of the catalogue may name a group twice over; a class has all of it.
    ordered = sorted(catalogue(), key=lambda each: each.group)
    groups = {group: list(members) for group, members in groupby(ordered, key=lambda each: each.group)}
    names = {group: CLASSES.get(group, group.capitalize()) for group in groups}
    lines = [HEAD]
    for group, members in groups.items():
        lines += ["", f"class {names[group]}(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):"]
        lines += [f'    """The group ``{group}`` of an event."""', ""]
        lines += [f"    {each.key}: {_type(each)} | None = None" for each in members]
        lines += [""]
    lines += ["", "class Groups(TypedDict, total=False):", '    """The groups of an event, by their names."""', ""]
    lines += [f"    {group}: {name} | None" for group, name in names.items()]
    lines += ["", "", "STRUCTS: Mapping[str, type[msgspec.Struct]] = {"]
    lines += [f'    "{group}": {name},' for group, name in names.items()]
    return "\n".join([*lines, "}", ""])


def _type(found: Property) -> str:
    return WIDER.get(".".join(found.path), TYPES[found.kind])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
