"""What a file holds of places."""

from __future__ import annotations

from dataclasses import dataclass, field

from iot_hub.errors import UserError
from iot_hub.places.place import MOST_LETTERS, Place, kind_named


@dataclass
class Found:
    """The places of a file, and how many entries of it have no name or no position."""

    places: list[Place] = field(default_factory=list)
    without_position: int = 0

    def add(self, name: object, latitude: object, longitude: object, *words: str | None) -> None:
        """Add a place whose kind is what a word or its name says; or count an entry that is none."""
        try:
            # Google writes 0,0 where it does not know.
            at = float(str(latitude)), float(str(longitude))
            shortened = str(name or "").strip()[:MOST_LETTERS]
            place = Place(shortened, *at, kind_named(*words, shortened)) if any(at) else None
        except (ValueError, UserError):
            place = None
        if place is None:
            self.without_position += 1
        else:
            self.places.append(place)
