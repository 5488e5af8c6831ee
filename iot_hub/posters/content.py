"""What a poster says: rows of ``posters.sql`` and of statistics in, a ``Poster`` out. Pure."""

from __future__ import annotations

import struct
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from iot_hub.geography.base_map import ATTRIBUTION
from iot_hub.posters.frame import WORLD_M
from iot_hub.posters.palette import MODES
from iot_hub.posters.poster import Figure, Line, Poster, Sheet

Row = Mapping[str, Any]

LANGUAGES = ("en", "pl")
MOST_LINES = 60_000
"""Of different lines; ten years of four people have a tenth."""
LONGEST_TITLE = 120
_FINEST_STEP_M, _STEPS_ACROSS = 0.5, 4_000.0


def step_of(totals: Row) -> float:
    """Return how far lines may be moved: less than a reader of the sheet sees. Metres in Web Mercator."""
    return float(max(_FINEST_STEP_M, min(totals["extent_m"] or 0, WORLD_M) / _STEPS_ACROSS))


@dataclass(frozen=True)
class Wanted:
    """A poster of the trips that start in a range, in a language."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    """The owner's."""
    language: str
    device: str | None
    """Its name; None: all."""
    sheet: Sheet
    title: str | None = None

    def compose(self, totals: Row, lines: Iterable[Row], ends: Row | None = None, of_year: Row | None = None) -> Poster:
        """Return the poster. ends: of a single trip; of_year: what statistics say of the owner's countries."""
        by_mode: dict[str, list[Line]] = {}
        for row in lines:
            by_mode.setdefault(row["mode"], []).append(line_of(row["line"]))
        trip = totals if totals["trips"] == 1 else None
        return Poster(
            sheet=self.sheet,
            title=self._title(totals, ends)[:LONGEST_TITLE],
            subtitle=self._subtitle(totals, ends),
            figures=self._figures(totals, of_year),
            lines=by_mode,
            attribution=ATTRIBUTION,
            nothing=self._text("nothing"),
            ends=_ends(by_mode) if trip else None,
        )

    def _title(self, totals: Row, ends: Row | None) -> str:
        if self.title:
            return " ".join(self.title.split())
        if self.year:
            return str(self.year)
        if ends and (names := dict.fromkeys(name for name in (ends["start_name"], ends["end_name"]) if name)):
            return " – ".join(names)
        if not totals["trips"]:
            return self._days(self.since, self.until - timedelta(microseconds=1))
        return self._days(totals["starts"], totals["ends"])

    def _subtitle(self, totals: Row, ends: Row | None) -> str:
        parts: list[str] = []
        if totals["trips"] == 1:
            # In the zone of each place, as the map shows it.
            starts, finishes = (
                at.astimezone(ZoneInfo(zone) if zone else self.zone)
                for at, zone in (
                    (totals["starts"], ends and ends["start_zone"]),
                    (totals["ends"], ends and (ends["end_zone"] or ends["start_zone"])),
                )
            )
            last = f"{finishes:%H:%M}" if starts.date() == finishes.date() else self._moment(finishes)
            parts.append(f"{self._moment(starts)} – {last}")
        elif self.title and not self.year and totals["trips"]:
            parts.append(self._days(totals["starts"], totals["ends"]))
        elif self.title and self.year:
            parts.append(str(self.year))
        return " · ".join([*parts, self.device or self._text("all_devices")])

    def _figures(self, totals: Row, of_year: Row | None) -> list[Figure]:
        if not totals["trips"]:
            return []
        modes = totals["modes"]
        figures = [Figure(self._distance(sum(modes.values())), self._text("distance"))]
        if totals["trips"] == 1:
            figures.append(Figure(_duration(totals["ends"] - totals["starts"]), self._text("time")))
        else:
            figures += [self._counted("trips", totals["trips"]), self._counted("days", totals["days"])]
        if of_year:
            figures += [self._counted(what, of_year[what]) for what in ("countries", "cities") if of_year[what]]
        return figures + [
            Figure(self._distance(modes[mode]), self._text(mode), mode) for mode in MODES if modes.get(mode)
        ]

    @property
    def first_day(self) -> date:
        """The owner's day on which the range begins."""
        return self.since.astimezone(self.zone).date()

    @property
    def year(self) -> int | None:
        """The calendar year that the range is, if it is one."""
        first, after = self.since.astimezone(self.zone), self.until.astimezone(self.zone)
        is_year = (first.month, first.day, after.month, after.day) == (1, 1, 1, 1) and after.year == first.year + 1
        return first.year if is_year and first.hour == after.hour == 0 else None

    def _counted(self, what: str, number: int) -> Figure:
        tens = number % 100
        form = "one" if number == 1 else "few" if 2 <= number % 10 <= 4 and not 12 <= tens <= 14 else "many"
        return Figure(self._number(number), self._text(f"{what}_{form}"))

    def _distance(self, metres: float) -> str:
        if metres < 1_000:
            return f"{self._number(metres)} m"
        return f"{self._number(metres / 1000, 1 if metres < 100_000 else 0)} km"

    def _number(self, value: float, decimals: int = 0) -> str:
        return f"{value:,.{decimals}f}".replace(",", "\u00a0").replace(".", self._text("decimal"))

    def _moment(self, at: datetime) -> str:
        return f"{self._day(at.date())}, {at:%H:%M}"

    def _days(self, since: datetime, until: datetime) -> str:
        first, last = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        if first == last:
            return self._day(first)
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}–{self._day(last)}"
        begins = self._day(first) if first.year != last.year else self._day(first).rsplit(" ", 1)[0]
        return f"{begins} – {self._day(last)}"

    def _day(self, day: date) -> str:
        return f"{day.day} {_texts()[self.language]['months'][day.month - 1]} {day.year}"

    def _text(self, key: str) -> str:
        text: str = _texts()[self.language][key]
        return text


def line_of(wkb: bytes) -> Line:
    """Return the points of a line, or of the point that it has shrunk to, from well-known binary."""
    order = "<" if wkb[0] else ">"
    kind, count = struct.unpack_from(f"{order}II", wkb, 1)
    if kind != 2 or not count:
        raise ValueError("not a line")
    values = struct.unpack_from(f"{order}{2 * count}d", wkb, 9)
    return list(zip(values[::2], values[1::2], strict=True))


def _ends(lines: Mapping[str, Sequence[Line]]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return where a trip made in one piece began and ended; of several pieces the order is not known."""
    of_all = [line for of_mode in lines.values() for line in of_mode]
    return (of_all[0][0], of_all[0][-1]) if len(of_all) == 1 else None


def _duration(time: timedelta) -> str:
    hours, minutes = divmod(round(time.total_seconds() / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


@cache
def _texts() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("iot_hub.posters") / "texts.toml").read_text(encoding="utf-8"))
