"""Which of a device's entities is the device's own value of a property, where several report the same.

One temperature is the device's. Of two, neither is: each belongs to a part of the device, so that no two series
become one. Which is which depends on the entities that there are, and not on the order in which they were heard of.
"""

from __future__ import annotations

from iot_hub.sources.mqtt.classes import is_of_a_period


class Places:
    """The entities of each device, by what they report."""

    def __init__(self) -> None:
        self._entities: dict[tuple[str, str], set[str]] = {}

    def add(self, device: str, path: str, entity: str) -> bool:
        """Add an entity of a device; return whether it was unknown."""
        known = self._entities.setdefault((device, path), set())
        is_new = entity not in known
        known.add(entity)
        return is_new

    def remove(self, device: str, path: str, entity: str) -> None:
        """Remove an entity."""
        self._entities.get((device, path), set()).discard(entity)

    def part(self, device: str, path: str, entity: str) -> str | None:
        """Return the part of the device that an entity is of, "" for the device; None for one that is not counted.

        The energy of today is part of the energy of all days: beside that it is no counter of its own.
        """
        known = self._entities.get((device, path), set())
        lasting = {each for each in known if not is_of_a_period(each)}
        if lasting and entity in known and entity not in lasting:
            return None
        return "" if len(lasting or known) <= 1 else entity
