"""Values of a car's computer: out of its messages, and into properties of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from iot_hub.obd.limits import LIMITS
from iot_hub.obd.pids import PIDS
from iot_hub.obd.replies import Message

VIN_LENGTH = 17
_HUB_UNITS: Mapping[tuple[str, str], float] = {("climate.pressure_hPa", "kPa"): 10}
"""What a unit of the table is multiplied by where the catalogue has another one."""

Groups = dict[str, dict[str, object]]


def data_by_pid(messages: Iterable[Message], pids: Sequence[int]) -> dict[int, bytes]:
    """Return what messages say of the parameters that were asked for; the first unit that says something real counts.

    A message with several has them one after the other, each of its own size. It is read up to where that fails.
    """
    found: dict[int, bytes] = {}
    for message in messages:
        for pid, data in _parted(message.data[1:], pids).items():
            if pid not in found or (value_of(pid, found[pid]) is None and value_of(pid, data) is not None):
                found[pid] = data
    return found


def _parted(data: bytes, pids: Sequence[int]) -> dict[int, bytes]:
    if len(pids) == 1:
        size = PIDS[pids[0]].size if pids[0] in PIDS else 4
        return {pids[0]: data[1 : 1 + size]} if len(data) > size else {}
    found: dict[int, bytes] = {}
    while data and data[0] in pids and data[0] in PIDS and len(data) > PIDS[data[0]].size:
        end = 1 + PIDS[data[0]].size
        found[data[0]] = data[1:end]
        data = data[end:]
    return found


def value_of(pid: int, data: bytes) -> float | None:
    """Return a value in the catalogue's unit; None where it is unknown, or what no car has."""
    known = PIDS.get(pid)
    value = known.value(data) if known else None
    if known is None or value is None:
        return None
    scaled = value * _HUB_UNITS.get((known.path, known.unit), 1)
    limit = LIMITS.get(known.path)
    return scaled if limit is None else limit(scaled)


def groups_of(data: Mapping[int, bytes]) -> Groups:
    """Return the groups of properties that parameters make."""
    groups: Groups = {}
    for pid, each in data.items():
        value = value_of(pid, each)
        if value is not None:
            group, _, key = PIDS[pid].path.partition(".")
            groups.setdefault(group, {})[key] = value
    return groups


def vin_of(messages: Iterable[Message]) -> str | None:
    """Return the car's identification number; older wires say it in five numbered messages of four letters."""
    parts: dict[str, list[bytes]] = {}
    for message in messages:
        parts.setdefault(message.unit, []).append(message.data[2:])
    for found in parts.values():
        if len(found) > 1:
            found.sort(key=lambda part: part[:1])
        # Zeros in front fill up a short message; what is behind fills up the last frame.
        text = b"".join(part[1:] for part in found).lstrip(b"\0")[:VIN_LENGTH].decode("ascii", "replace")
        if len(text) == VIN_LENGTH and text.isalnum():
            return text
    return None
