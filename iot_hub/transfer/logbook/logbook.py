"""What a logbook says: its lines, and what they add up to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
Kind = Literal["business", "private", "unmarked"]

LANGUAGES = ("en", "pl")
KINDS: tuple[Kind, ...] = ("business", "private", "unmarked")


@dataclass(frozen=True)
class Line:
    """A drive as a line of the logbook. Times are in the owner's zone, distances in kilometres."""

    number: int
    starts: datetime
    ends: datetime
    start: str
    end: str
    reason: str
    odometer_start_km: float | None
    odometer_end_km: float | None
    km: float | None
    kind: Kind


@dataclass(frozen=True)
class Logbook:
    """The logbook of a car and a time."""

    car: str
    since: datetime
    until: datetime
    zone: ZoneInfo
    language: str
    lines: Sequence[Line]

    def km(self, kind: Kind | None = None) -> float:
        """Return what the drives of a kind add up to, to the tenth of a kilometre that each line shows."""
        return round(sum(line.km or 0 for line in self.lines if kind in (None, line.kind)), 1)

    def drives(self, kind: Kind) -> int:
        """Return how many drives are of a kind."""
        return sum(line.kind == kind for line in self.lines)

    @property
    def unaccounted_km(self) -> float | None:
        """How far the odometer went between drives; None where it has no two readings.

        A tax office adds them up: whoever keeps a logbook must know of a drive that it lacks.
        """
        read = [line for line in self.lines if line.odometer_start_km is not None and line.odometer_end_km is not None]
        if len(read) < 2:
            return None
        between = ((later.odometer_start_km or 0) - (earlier.odometer_end_km or 0) for earlier, later in pairwise(read))
        unread = sum(line.km or 0 for line in self.lines[read[0].number : read[-1].number] if line not in read)
        return round(max(0.0, sum(max(0.0, km) for km in between) - unread), 1)

    @property
    def has_measured(self) -> bool:
        """Whether a distance is not the odometer's."""
        return any(line.km is not None and line.odometer_end_km is None for line in self.lines)

    @property
    def last_day(self) -> datetime:
        """The last day of the time, in the owner's zone."""
        return (self.until - timedelta(microseconds=1)).astimezone(self.zone)


def logbook_of(
    rows: Iterable[Row], car: str, since: datetime, until: datetime, zone: ZoneInfo, language: str
) -> Logbook:
    """Return the logbook of the rows of ``logbook_drives``, oldest first."""
    lines = [_line(number, row, zone) for number, row in enumerate(rows, 1)]
    return Logbook(car, since, until, zone, language, lines)


def _line(number: int, row: Row, zone: ZoneInfo) -> Line:
    return Line(
        number=number,
        starts=row["starts"].astimezone(zone),
        ends=row["ends"].astimezone(zone),
        start=row["start_name"] or "",
        end=row["end_name"] or "",
        reason=row["name"] or "",
        odometer_start_km=_tenth(row["odometer_start_km"]),
        odometer_end_km=_tenth(row["odometer_end_km"]),
        km=None if row["distance_m"] is None else round(row["distance_m"] / 1000, 1),
        kind=row["purpose"] or "unmarked",
    )


def _tenth(km: float | None) -> float | None:
    return None if km is None else round(km, 1)


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return a language's texts by key."""
    shipped = tomllib.loads((files(__package__) / "texts.toml").read_text(encoding="utf-8"))
    found: Mapping[str, str] = shipped[language if language in LANGUAGES else "en"]
    return found


def number(value: float | None, language: str) -> str:
    """Format a distance to a tenth of a kilometre; an empty text where it is unknown."""
    return "" if value is None else f"{value:.1f}".replace(".", texts(language)["decimal"])
