"""What a poster shows, and on which sheet. Plain data, which crosses to the process that draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Format = Literal["pdf", "png"]
Size = Literal["a2", "a3"]
Orientation = Literal["portrait", "landscape"]
Theme = Literal["light", "dark"]

Line = list[tuple[float, float]]
"""Web Mercator, metres."""

_SHORT_AND_LONG_MM: Mapping[Size, tuple[float, float]] = {"a3": (297, 420), "a2": (420, 594)}


class Sheet(msgspec.Struct, frozen=True):
    """The paper."""

    size: Size = "a3"
    orientation: Orientation = "portrait"
    theme: Theme = "light"

    @property
    def width_mm(self) -> float:
        """Its width."""
        return _SHORT_AND_LONG_MM[self.size][self.orientation == "landscape"]

    @property
    def height_mm(self) -> float:
        """Its height."""
        return _SHORT_AND_LONG_MM[self.size][self.orientation == "portrait"]


class Figure(msgspec.Struct, frozen=True):
    """A number and what it counts, as written on the sheet; of a mode of travel in that mode's colour."""

    value: str
    label: str
    mode: str | None = None


class Poster(msgspec.Struct, frozen=True):
    """The sheet and all that is on it."""

    sheet: Sheet
    title: str
    subtitle: str
    figures: list[Figure]
    lines: dict[str, list[Line]]
    """By mode; a line of equal points is a dot."""
    attribution: str
    nothing: str
    """What stands on the map where there are no lines."""
    ends: tuple[tuple[float, float], tuple[float, float]] | None = None
    """Where a single trip began and ended."""
