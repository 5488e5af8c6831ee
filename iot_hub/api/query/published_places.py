"""Cities, regions and countries in which published trips began or ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

_NAMES = {"country": (), "region": ("region",), "city": ("region", "city"), "place": ("region", "city")}
_UNKNOWN = (
    "place_id", "place_kind", "visits", "stops", "seconds", "nights", "first_visit", "last_visit",
)  # fmt: skip

Name = dict[str, Any]


def places_of_ends(ends: Iterable[tuple[Sequence[str], Name | None]], level: str) -> list[dict[str, Any]]:
    """Return what has a name at a level, with on how many days a trip began or ended there, the most first.

    ``ends``: the days of trips' ends at a position, and what is there. What stays alone tell is None.
    """
    columns = ("country_code", "country", *_NAMES[level])
    days: dict[tuple[str | None, ...], set[str]] = defaultdict(set)
    for of_position, name in ends:
        if name is not None:
            days[tuple(name[column] for column in columns)].update(of_position)
    rows = [
        {
            "region": None,
            "city": None,
            **dict(zip(columns, key, strict=True)),
            **dict.fromkeys(_UNKNOWN),
            "days": len(found),
        }
        for key, found in days.items()
    ]
    for row in rows:
        row["name"] = (row["city"] if level in ("city", "place") else None) or row["region"] or row["country"]
    return sorted(rows, key=lambda row: (-row["days"], row["country"] or "", row["name"] or ""))
