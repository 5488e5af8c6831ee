"""The devices of the home: what each measured last, and what needs its owner's attention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.data import CACHE_SECONDS, Row
from iot_hub.database.audiences import Audience
from iot_hub.properties.catalogue import Property, catalogue

GROUPS = ("climate", "air", "energy", "motion", "contact", "water", "light", "state", "weather", "battery")
"""The groups of properties that are shown."""
LOW_BATTERY_PERCENT = 15
_OF_BATTERIES = frozenset({"remaining_percent", "low", "charging"})
"""What of a battery is shown: its currents and charges are of interest on the device's own page."""

_NEWEST_EVENTS = 40
"""Newest events of a device that are searched: a gateway reports its sensors one by one."""
_BATTERY_LEVEL, _BATTERY_LOW = ("battery", "remaining_percent"), ("battery", "low")

Path = tuple[str, str]


@dataclass(frozen=True)
class Value:
    """The newest value of a property, as it was sent."""

    property: Property
    value: float | bool | str
    measured_at: datetime


@dataclass(frozen=True)
class HomeDevice:
    """A device of the home. ``availability`` is online, offline or unknown; unknown is not offline."""

    device_id: int
    name: str
    room: str | None
    last_seen: datetime | None
    is_silent: bool
    """Whether nothing has come for longer than is normal for it; ``silent_after.sql`` says what is."""
    availability: str
    values: tuple[Value, ...]

    @property
    def has_low_battery(self) -> bool:
        """Whether its battery has to be changed or charged soon."""
        found = {value.property.path: value.value for value in self.values}
        level = found.get(_BATTERY_LEVEL)
        is_low = isinstance(level, int | float) and level <= LOW_BATTERY_PERCENT
        return is_low or found.get(_BATTERY_LOW) is True

    @property
    def needs_attention(self) -> bool:
        """Whether something is wrong with it."""
        return self.is_silent or self.availability == "offline" or self.has_low_battery


@st.cache_data(ttl=CACHE_SECONDS, max_entries=4, show_spinner=False)
def fetch_devices(audience: Audience) -> list[HomeDevice]:
    """Return all devices by name, at most a few seconds old. Raises DatabaseAwayError."""
    rows = data.fetch(audience, "home_devices")
    seen = {row["device_id"]: row["last_seen"] for row in rows if row["last_seen"]}
    events: dict[int, list[Row]] = defaultdict(list)
    for event in data.fetch(
        audience, "home_events", devices=list(seen), last_seen=list(seen.values()), most=_NEWEST_EVENTS
    ):
        events[event["device_id"]].append(event)
    return [HomeDevice(**row, values=newest_values(events[row["device_id"]])) for row in rows]


def newest_values(events: Iterable[Row]) -> tuple[Value, ...]:
    """Return the newest value of each known property, in the catalogue's order, given events, the newest first."""
    known, found = _properties(), dict[Path, Value]()
    for event in events:
        for group in GROUPS:
            content = event["properties"].get(group)
            if not isinstance(content, Mapping):
                continue
            for key, value in content.items():
                definition = known.get((group, key))
                if definition and definition.path not in found and isinstance(value, bool | int | float | str):
                    found[definition.path] = Value(definition, value, event["device_time"])
    order = {path: number for number, path in enumerate(known)}
    return tuple(sorted(found.values(), key=lambda value: order[value.property.path]))


@cache
def _properties() -> dict[Path, Property]:
    """Return the known properties by their paths, also those under which they arrived earlier."""
    found = {
        each.path: each
        for each in catalogue()
        if each.group in GROUPS and (each.group != "battery" or each.path[1] in _OF_BATTERIES)
    }
    aliases = {(each.group, alias): each for each in found.values() for alias in each.aliases}
    return found | aliases
