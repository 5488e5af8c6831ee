"""The owner's own PIDs as properties of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from iot_hub import sentinels
from iot_hub.errors import UserError
from iot_hub.obd.names import is_vague, property_named
from iot_hub.obd.own_pids import NO_PIDS, OwnPid, OwnPids, OwnPidsError, read_own_pids
from iot_hub.properties.units import conversion
from iot_hub.sources.fields import KINDS, UNITS, Field, field

__all__ = ["NO_PIDS", "OwnPid", "OwnPids", "checked_pids", "named_field", "named_fields", "own_field"]


def checked_pids(content: bytes, file: str) -> OwnPids:
    """Read the owner's file, and check that its properties and units are those of the catalogue. Raises UserError."""
    try:
        found = read_own_pids(content, file)
    except OwnPidsError as error:
        raise UserError(str(error)) from error
    for each in found.pids:
        where = f"{file}, line {each.line}"
        if KINDS.get(each.path) != "number":
            raise UserError(f"{where}: {each.path!r} is no number of the catalogue (docs/reference/properties.md).")
        if each.unit and conversion(each.unit, UNITS[each.path]) is None:
            raise UserError(f"{where}: {each.unit!r} can't be converted to {UNITS[each.path]}.")
    return found


@lru_cache(maxsize=1_000)
def own_field(pid: OwnPid, unit: str = "") -> Field | None:
    """Return how a value of an own PID is read, sent in a unit where the owner's file names none."""
    found = field(pid.path, pid.unit or unit)
    if found is None:
        return None
    return Field(found.group, found.key, lambda value: _read(value, pid, found))


def named_field(name: str, unit: str, own: OwnPids) -> Field | None:
    """Return how a value is read that an app calls by a name, in a unit; None for one that is not known.

    What the owner's file says of a name counts before the names that everybody uses.
    """
    if described := own.named(name):
        return own_field(described, unit)
    path = property_named(name)
    return field(path, unit) if path else None


def named_fields(headings: Mapping[str, tuple[str, str]], own: OwnPids) -> dict[str, Field]:
    """Return how the columns of a table are read, by their headings, each with its name and its unit."""
    fields = {heading: found for heading, named in headings.items() if (found := named_field(*named, own))}
    vague = {each for each in fields if is_vague(headings[each][0]) and not own.named(headings[each][0])}
    clear = {(found.group, found.key) for heading, found in fields.items() if heading not in vague}
    return {
        heading: found
        for heading, found in fields.items()
        if heading not in vague or (found.group, found.key) not in clear
    }


def _read(value: object, pid: OwnPid, found: Field) -> object:
    # Before the formula, which may make an ordinary number of one that means nothing.
    sent = sentinels.quantity(value)
    meant = None if sent is None else pid.of_value(sent)
    return None if meant is None else found.read(meant)
