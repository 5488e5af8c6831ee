"""The texts of a page in the visitor's language, and its formats of numbers and times."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from iot_hub.database.aggregates import aggregates
from iot_hub.properties.catalogue import catalogue

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("en", "pl")


@cache
def load(language: str) -> dict[str, Any]:
    """Return a language's texts by key, such as ``card.chart``, with what it calls metrics, in the order of a page."""
    texts = dict(_flat("", tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))))
    for each in catalogue():
        if each.kind == "number":
            texts[f"metric.{each.metric}"] = each.label[language]
        if each.increase:
            texts |= {
                f"metric.{each.metric}.increase": each.increase[language],
                f"about.{each.metric}.increase": texts["card.about_increase"],
            }
        if each.is_state and each.kind == "boolean":
            texts |= {
                f"metric.{each.metric}.true": texts["card.state_time"].format(label=each.label[language]),
                f"about.{each.metric}.true": texts["card.about_state"],
            }
    for aggregate in aggregates():
        for measure in aggregate.measures:
            if text := measure.texts.get(language):
                texts |= {f"metric.{measure.metric}": text.title, f"about.{measure.metric}": text.about}
    return texts


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, Any]]:
    texts: list[tuple[str, Any]] = []
    for name, value in table.items():
        texts += _flat(f"{prefix}{name}.", value) if isinstance(value, dict) else [(prefix + name, value)]
    return texts


def choose_language(asked: str | None, setting: str, browser: str | None) -> str:
    """Return the language that the visitor chose, else the hub's setting, else the browser's, else English."""
    for wanted in (asked, setting, browser):
        language = (wanted or "").replace("_", "-").partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"


def plural_form(language: str, n: int) -> int:
    """Return the index of the plural form that a number takes in a language."""
    if n == 1:
        return 0
    if language == "pl":
        return 1 if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else 2
    return 1


@dataclass(frozen=True)
class Translator:
    """Texts and formats of a language, with times in the owner's time zone."""

    language: str
    zone: ZoneInfo
    _texts: dict[str, Any] = field(init=False, repr=False, compare=False)
    _number_marks: dict[int, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        texts = load(self.language)
        marks = {",": texts["thousands_mark"], ".": texts["decimal_mark"], "-": "\u2212"}
        object.__setattr__(self, "_texts", texts)
        object.__setattr__(self, "_number_marks", str.maketrans(marks))

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with the values filled in."""
        text: str = self._texts[key]
        return text.format(**values) if values else text

    def get(self, key: str, default: str) -> str:
        """Return the text of a key, or the default where there is none."""
        text: str = self._texts.get(key, default)
        return text

    def order_of(self, key: str) -> int:
        """Return the position of a key among all keys; an unknown one comes last."""
        return list(self._texts).index(key) if key in self._texts else len(self._texts)

    def plural(self, key: str, n: int) -> str:
        """Return the plural form of a text that goes with a number."""
        form: str = self._texts[key][plural_form(self.language, n)]
        return form.format(n=self.format_number(n, 0))

    def format_number(self, value: float, decimals: int) -> str:
        """Format a number, with a true minus sign."""
        return f"{value:,.{decimals}f}".translate(self._number_marks)

    def format_day(self, day: date) -> str:
        """Format a day without its year, short enough for an axis."""
        return f"{day.day} {self._texts['months'][day.month - 1]}"

    def format_month(self, day: date) -> str:
        """Format a month with its year."""
        return f"{self._texts['months'][day.month - 1]} {day.year}"

    def format_month_name(self, month: int) -> str:
        """Return the short name of a month, 1 to 12."""
        name: str = self._texts["months"][month - 1]
        return name

    def format_weekday(self, day: date) -> str:
        """Return the short name of a weekday."""
        name: str = self._texts["days"][day.weekday()]
        return name

    def format_datetime(self, at: datetime) -> str:
        """Format an instant to the minute in the owner's time zone."""
        local = at.astimezone(self.zone)
        return f"{self.format_day(local)} {local:%Y, %H:%M}"

    def format_datetime_seconds(self, at: datetime) -> str:
        """Format an instant to the second in the owner's time zone, with its offset from UTC."""
        local = at.astimezone(self.zone)
        # One call for time and offset: a map has thousands of these.
        clock = local.isoformat(timespec="seconds").partition("T")[2]
        day = f"{self.format_weekday(local)} {self.format_day(local)} {local.year}"
        return f"{day}, {clock[:8]} (UTC{clock[8:]})"

    def format_relative(self, at: datetime, now: datetime) -> str:
        """Format how long ago an instant was."""
        elapsed = now - at
        if elapsed < timedelta(minutes=1):
            return self("now.just_now")
        if elapsed < timedelta(hours=1):
            return self("now.minutes_ago", n=elapsed // timedelta(minutes=1))
        if elapsed < timedelta(days=2):
            return self("now.hours_ago", n=elapsed // timedelta(hours=1))
        return self.plural("now.days_ago", elapsed.days)

    @property
    def number_locale(self) -> dict[str, object]:
        """The number format as a Vega locale."""
        return {
            "decimal": self._texts["decimal_mark"],
            "thousands": self._texts["thousands_mark"],
            "grouping": [3],
            "currency": ["", ""],
        }


def utc_offset(local: datetime) -> str:
    """Format a local time's offset, such as UTC+02:00."""
    return f"UTC{local.isoformat()[-6:]}"
