"""What a year of journeys adds up to, as lists in HTML: headline figures, places, countries, trips, streaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from urllib.parse import urlencode

from iot_hub.dashboard.charts.travel import colour_of_mode
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.translations import Translator

MOST_LISTED = 12
"""Rows of a list; its table has all."""


def headline(
    months: Sequence[Row], countries: Sequence[Row], cities: int, streaks: Sequence[Row], texts: Translator
) -> str:
    """Return the figures of a year at a glance."""
    moving, staying, unknown = (sum(month[name] for month in months) for name in ("moving_s", "staying_s", "unknown_s"))
    trips = sum(month["trips"] for month in months)
    figures = [(texts("statistics.distance"), _km(_distance(months), texts), texts.plural("statistics.trips", trips))]
    active = {row["mode"]: row["active_days"] for row in streaks}
    for mode in ("on_foot", "bicycle"):
        if mode in active:
            travelled = sum(month["modes"].get(mode, {}).get("distance_m", 0) for month in months)
            days = texts.plural("statistics.active_days", active[mode])
            figures.append((texts(f"statistics.{mode}"), _km(travelled, texts), days))
    visited = sum(1 for row in countries if row["visits"] and row["country_code"])
    figures.append((
        texts("statistics.visited"),
        texts.plural("statistics.countries", visited),
        texts.plural("statistics.cities", cities),
    ))  # fmt: skip
    if moving + staying:
        share = texts("statistics.of_time", percent=_percent(staying, moving + staying, texts))
        figures.append((texts("statistics.away"), _hours(staying, texts), share))
    if unknown:
        share = texts("statistics.of_all", percent=_percent(unknown, moving + staying + unknown, texts))
        figures.append((texts("statistics.unknown_time"), _hours(unknown, texts), share))
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd><small>{escape(about)}</small></dd></div>"
        for name, value, about in figures
    )
    return f'<dl class="headline">{items}</dl>'


def places(rows: Sequence[Row], first_day: date, texts: Translator) -> str:
    """Return the places that were stayed at longest."""
    shown = [row for row in rows if row["visits"]][:MOST_LISTED]
    longest = max((row["seconds"] for row in shown), default=1)
    return _table(
        ("place", "visits", "hours"),
        (
            (
                _name(row["name"], row["first_visit"], first_day, texts),
                texts.format_number(row["visits"], 0),
                f"{texts.format_number(row['seconds'] / 3600, 0)}{_bar(row['seconds'] / longest)}",
            )
            for row in shown
        ),
        texts,
    )


def countries(rows: Sequence[Row], first_day: date, texts: Translator) -> str:
    """Return the countries with their days and nights; those that were passed through come last."""
    shown = sorted(rows, key=lambda row: (not row["visits"], -row["days"], row["country"] or ""))
    return _table(
        ("country", "days", "nights", "visits"),
        (
            (
                _name(row["country"], row["first_visit"] if row["visits"] else None, first_day, texts)
                + ("" if row["visits"] else f" <small>{escape(texts('statistics.transit'))}</small>"),
                *(texts.format_number(row[name], 0) for name in ("days", "nights", "visits")),
            )
            for row in shown
        ),
        texts,
    )


def trips(rows: Sequence[Row], texts: Translator, palette: Palette) -> str:
    """Return the longest trips, each with a link to its day on the map."""
    return _table(("date", "route", "km"), (_trip(row, texts, palette) for row in rows), texts)


def _trip(row: Row, texts: Translator, palette: Palette) -> tuple[str, str, str]:
    address = urlencode({"day": row["day"], "device": row["device_id"], "lang": texts.language})
    day = date.fromisoformat(row["day"])
    ends = [name for name in (row["start_name"], row["end_name"]) if name]
    mode = row["mode"] or "unknown"
    colour = colour_of_mode(mode, palette)
    return (
        f'<a href="/map?{escape(address)}" target="_self">{escape(texts.format_day(day))}</a>',
        f"{escape(' – '.join(dict.fromkeys(ends)))}"
        f'<small class="mode" style="border-color: {colour}">{escape(texts(f"statistics.{mode}"))}</small>',
        texts.format_number(row["distance_m"] / 1000, 0),
    )


def streaks(rows: Sequence[Row], texts: Translator) -> str:
    """Return the longest run of days of each mode."""
    return _table(
        ("mode", "longest", "active"),
        (
            (
                f"{escape(texts('statistics.' + row['mode']))}<small>{escape(_span(row, texts))}</small>",
                texts.format_number(row["longest_days"], 0),
                texts.format_number(row["active_days"], 0),
            )
            for row in rows
        ),
        texts,
    )


def _span(row: Row, texts: Translator) -> str:
    days = [texts.format_day(date.fromisoformat(row[name])) for name in ("first_day", "last_day")]
    return " – ".join(dict.fromkeys(days))


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], texts: Translator) -> str:
    """Return a table of cells that are HTML; its first two columns may be words, the others are numbers."""
    head = "".join(f'<th scope="col">{escape(texts(f"statistics.column.{name}"))}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    kind = "figures words" if "route" in columns else "figures"
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _name(name: str | None, first_visit: str | None, first_day: date, texts: Translator) -> str:
    shown = escape(name or texts("statistics.unnamed"))
    is_new = first_visit is not None and first_visit >= first_day.isoformat()
    return f'{shown} <small class="new">{escape(texts("statistics.first"))}</small>' if is_new else shown


def _bar(share: float) -> str:
    return f'<span class="bar" style="width: {share * 100:.0f}%"></span>'


def _distance(months: Sequence[Row]) -> int:
    return sum(month["distance_m"] or 0 for month in months)


def _km(metres: float, texts: Translator) -> str:
    return f"{texts.format_number(metres / 1000, 0 if metres >= 100_000 else 1)}\u202fkm"


def _hours(seconds: float, texts: Translator) -> str:
    return texts("statistics.hours", n=texts.format_number(seconds / 3600, 0))


def _percent(part: float, whole: float, texts: Translator) -> str:
    share = 100 * part / whole
    return texts.format_number(share, 0 if share >= 1 else 1)
