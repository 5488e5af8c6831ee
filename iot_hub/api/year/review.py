"""What a year's page says: figures in, HTML out."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from iot_hub.api.year.drawing import MODES, map_picture, months_picture, on_the_ground
from iot_hub.geography.base_map import ATTRIBUTION

Row = Mapping[str, Any]
_MOST_LISTED = 8


@cache
def _texts() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("iot_hub.api.year") / "texts.toml").read_text(encoding="utf-8"))


@cache
def _template() -> string.Template:
    return string.Template((files("iot_hub.api.year") / "page.template").read_text(encoding="utf-8"))


@cache
def style() -> str:
    """Return the page's style sheet, which it holds itself: a saved page needs nothing else."""
    return (files("iot_hub.api.year") / "style.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Figures:
    """The rows of the statements of statistics, of one year."""

    months: Sequence[Row]
    of_year: Row | None
    countries: Sequence[Row]
    places: Sequence[Row]
    trips: Sequence[Row]
    streaks: Sequence[Row]
    days: Row
    paths: Row | None


@dataclass(frozen=True)
class Review:
    """The page of a year in a language."""

    year: int
    years: range
    device: str | None
    """None: all."""
    device_parameter: str
    language: str
    zone: str

    def page(self, figures: Figures) -> str:
        """Return the page."""
        return _template().substitute(
            language=self.language,
            title=escape(self._text("title", year=self.year)),
            device=escape(self.device or self._text("all_devices")),
            style=style(),
            links=self._links(),
            content=self._content(figures) if figures.of_year else f"<p>{escape(self._text('nothing'))}</p>",
        )

    def _text(self, key: str, **values: object) -> str:
        text: str = _texts()[self.language][key]
        return text.format(**values)

    def _links(self) -> str:
        asked = f"lang={self.language}&amp;device={escape(self.device_parameter)}"
        links = f'<a href="/statistics?year={self.year}&amp;{asked}">{escape(self._text("statistics"))}</a>'
        for key, year in (("before", self.year - 1), ("after", self.year + 1)):
            if year in self.years:
                links += f'<a href="/map/year/{year}?{asked}">{escape(self._text(key, year=year))}</a>'
        if self.device is not None:
            links += f'<a href="/map?share={self.year}&amp;{asked}">{escape(self._text("share"))}</a>'
        return links

    def _content(self, figures: Figures) -> str:
        parts = [self._headline(figures)]
        if figures.paths and figures.paths["lines"]:
            visited = {row["country_code"] for row in figures.countries if row["visits"]}
            title = self._text("map")
            picture = map_picture(figures.paths, visited, title)
            parts.append(self._section(title, f"<figure>{picture}{self._legend(figures.paths['lines'])}</figure>"))
        title = self._text("months")
        picture = months_picture(figures.months, _texts()[self.language]["months_short"], title)
        on_ground = {
            mode: metres for month in figures.months for mode, metres in on_the_ground(month).items() if metres
        }
        parts.append(self._section(title, f"<figure>{picture}{self._legend(on_ground)}</figure>"))
        parts.append(
            '<div class="columns">'
            + self._section(self._text("where"), self._places(figures.places))
            + self._section(self._text("abroad"), self._countries(figures.countries))
            + self._section(self._text("longest"), self._trips(figures.trips))
            + "</div>"
        )
        return "".join(parts) + self._foot(figures)

    def _headline(self, figures: Figures) -> str:
        year, modes = figures.of_year or {}, (figures.of_year or {}).get("modes", {})
        figures_shown = [(
            f"{self._number((year['distance_m'] or 0) / 1000)} km",
            self._text("travelled"),
            self._text("trips", n=self._number(year["trips"])),
        )]  # fmt: skip
        if flown := modes.get("flight", {}).get("distance_m"):
            rest = self._number((year["distance_m"] - flown) / 1000)
            figures_shown[0] = (*figures_shown[0][:2], self._text("without_flights", km=rest))
        active = sum(modes.get(mode, {}).get("distance_m", 0) for mode in ("on_foot", "bicycle"))
        if active:
            days = max(
                (row["active_days"] for row in figures.streaks if row["mode"] in ("on_foot", "bicycle")), default=0
            )
            figures_shown.append(
                (f"{self._number(active / 1000)} km", self._text("active"), self._text("days", n=self._number(days)))
            )
        figures_shown.append(
            (
                self._number(year["countries"]),
                self._text("countries"),
                self._text("cities", n=self._number(year["cities"])),
            )
        )
        own = [row for row in figures.streaks if row["mode"] in ("on_foot", "bicycle")]
        if own:
            longest = max(own, key=lambda row: int(row["longest_days"]))
            about = (
                f"{self._text(longest['mode'])}, {self._day(longest['first_day'])} – {self._day(longest['last_day'])}"
            )
            figures_shown.append((self._number(longest["longest_days"]), self._text("streak"), about))
        items = "".join(
            f"<div><dt>{escape(value)}</dt><dd>{escape(name)}<br><small>{escape(about)}</small></dd></div>"
            for value, name, about in figures_shown
        )
        return f"<dl>{items}</dl>"

    def _legend(self, modes: Iterable[str]) -> str:
        shown = set(modes)
        items = "".join(f'<li class="{mode}">{escape(self._text(mode))}</li>' for mode in MODES if mode in shown)
        return f'<ul class="legend">{items}</ul>'

    def _places(self, rows: Sequence[Row]) -> str:
        shown = [row for row in rows if row["visits"]][:_MOST_LISTED]
        return _table(
            ("", self._text("visits"), self._text("time")),
            (
                (
                    self._name(row["name"], row),
                    self._number(row["visits"]),
                    escape(self._text("hours", n=self._number(row["seconds"] / 3600))),
                )
                for row in shown
            ),
        )

    def _countries(self, rows: Sequence[Row]) -> str:
        shown = sorted((row for row in rows if row["visits"]), key=lambda row: -row["days"])
        return (
            _table(
                ("", self._text("days_column"), self._text("nights_column")),
                (
                    (self._name(row["country"], row), self._number(row["days"]), self._number(row["nights"]))
                    for row in shown
                ),
            )
            + f'<p class="soft">{escape(self._text("rules", zone=self.zone))}</p>'
        )

    def _name(self, name: str | None, row: Row) -> str:
        shown = escape(name or self._text("unnamed"))
        is_new = (row["first_visit"] or "") >= f"{self.year}-01-01"
        return f'{shown} <small class="new">{escape(self._text("first"))}</small>' if is_new else shown

    def _trips(self, rows: Sequence[Row]) -> str:
        def ends(row: Row) -> str:
            names = dict.fromkeys(name for name in (row["start_name"], row["end_name"]) if name)
            about = f"{self._day(row['day'])} · {self._text(row['mode'] or 'unknown')}"
            return f"{escape(' – '.join(names))}<small>{escape(about)}</small>"

        return _table(("", "km"), ((ends(row), self._number(row["distance_m"] / 1000)) for row in rows))

    def _foot(self, figures: Figures) -> str:
        year = figures.of_year or {}
        unknown = year["unknown_s"]
        share = 100 * unknown / (unknown + year["moving_s"] + year["staying_s"])
        known = self._text(
            "known", days=figures.days["days"], percent=self._number(share, 0 if share >= 10 or not unknown else 1)
        )
        return (
            f'<p class="soft">{escape(known)} {escape(ATTRIBUTION)}.</p>'
            f'<p class="soft screen">{escape(self._text("print"))}</p>'
            f'<p class="soft screen">{escape(self._text("poster"))} {self._posters()}</p>'
        )

    def _posters(self) -> str:
        """Return links to the year as a poster."""
        zone = ZoneInfo(self.zone)
        asked: dict[str, str] = {
            "from": datetime(self.year, 1, 1, tzinfo=zone).isoformat(),
            "to": datetime(self.year + 1, 1, 1, tzinfo=zone).isoformat(),
            "lang": self.language,
        }
        if self.device is not None:
            asked["device"] = self.device_parameter
        return " · ".join(
            f'<a href="/v1/poster?{escape(urlencode(asked | {"theme": theme, "format": format}))}">'
            f"{escape(self._text(theme))}, {format.upper()}</a>"
            for theme in ("light", "dark")
            for format in ("pdf", "png")
        )

    def _section(self, title: str, content: str) -> str:
        return f"<section><h2>{escape(title)}</h2>{content}</section>"

    def _day(self, day: str) -> str:
        found = date.fromisoformat(day)
        return f"{found.day} {_texts()[self.language]['months_short'][found.month - 1]}"

    def _number(self, value: float, decimals: int = 0) -> str:
        return f"{value:,.{decimals}f}".replace(",", "\u202f").replace(".", self._text("decimal"))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"
