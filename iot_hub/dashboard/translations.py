"""What the page says, in the visitor's language, and how it writes numbers and times."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from iot_hub.database.aggregates import aggregates

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("en", "pl")


@cache
def load(language: str) -> dict[str, Any]:
    """Read a language's texts, keyed as in ``card.chart``, and what it calls the metrics of aggregates."""
    texts = dict(_flat("", tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))))
    for aggregate in aggregates():
        for measure in aggregate.measures:
            if text := measure.texts.get(language):
                texts |= {f"metric.{measure.metric}": text.title, f"about.{measure.metric}": text.about}
    return texts


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        found += _flat(f"{prefix}{name}.", value) if isinstance(value, dict) else [(prefix + name, value)]
    return found


def choose_language(asked: str | None, setting: str, browser: str | None) -> str:
    """Choose what the visitor asked for, else the hub's setting, else the browser's, else English."""
    for wish in (asked, setting, browser):
        language = (wish or "").replace("_", "-").partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"


def plural(language: str, n: int) -> int:
    """Say which of a language's plural forms a number takes."""
    if n == 1:
        return 0
    if language == "pl":
        return 1 if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else 2
    return 1


@dataclass(frozen=True)
class Texts:
    """The texts of a language, with times in the owner's zone."""

    language: str
    zone: ZoneInfo
    _found: dict[str, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_found", load(self.language))

    def __call__(self, key: str, **values: object) -> str:
        """Give the text of that key with the values put in."""
        text: str = self._found[key]
        return text.format(**values) if values else text

    def given(self, key: str, otherwise: str) -> str:
        """Give the text of that key, or the other one where there is none."""
        text: str = self._found.get(key, otherwise)
        return text

    def place(self, key: str) -> int:
        """Say where a text stands among all; one that does not exist comes last."""
        return list(self._found).index(key) if key in self._found else len(self._found)

    def count(self, key: str, n: int) -> str:
        """Give the form of the text that goes with the number."""
        form: str = self._found[key][plural(self.language, n)]
        return form.format(n=self.number(n, 0))

    def number(self, value: float, decimals: int) -> str:
        """Write a number as the language does, with a true minus."""
        marks = {",": self._found["thousands_mark"], ".": self._found["decimal_mark"], "-": "\u2212"}
        plain = f"{value:,.{decimals}f}"
        return "".join(marks.get(sign, sign) for sign in plain)

    def day(self, day: date) -> str:
        """Write a day shortly, for an axis."""
        return f"{day.day} {self._found['months'][day.month - 1]}"

    def weekday(self, day: date) -> str:
        """Write a weekday shortly."""
        name: str = self._found["days"][day.weekday()]
        return name

    def moment(self, at: datetime) -> str:
        """Write an instant to the minute in the owner's zone."""
        local = at.astimezone(self.zone)
        return f"{self.day(local)} {local:%Y, %H:%M}"

    def exact(self, at: datetime) -> str:
        """Write an instant to the second in the owner's zone, with its offset from UTC."""
        local = at.astimezone(self.zone)
        return f"{self.weekday(local)} {self.day(local)} {local:%Y, %H:%M:%S} ({offset(local)})"

    def ago(self, at: datetime, now: datetime) -> str:
        """Say how long ago an instant was."""
        passed = now - at
        if passed < timedelta(minutes=1):
            return self("now.just_now")
        if passed < timedelta(hours=1):
            return self("now.minutes_ago", n=passed // timedelta(minutes=1))
        if passed < timedelta(days=2):
            return self("now.hours_ago", n=passed // timedelta(hours=1))
        return self.count("now.days_ago", passed.days)

    @property
    def number_locale(self) -> dict[str, object]:
        """How the language writes numbers, in the words of Vega."""
        return {
            "decimal": self._found["decimal_mark"],
            "thousands": self._found["thousands_mark"],
            "grouping": [3],
            "currency": ["", ""],
        }


def offset(local: datetime) -> str:
    """Write a local time's offset as in UTC+02:00."""
    return f"UTC{local.isoformat()[-6:]}"
