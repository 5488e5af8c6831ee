"""A car's months, drives and charges as lists in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode

from iot_hub.dashboard.data import Row
from iot_hub.dashboard.translations import Translator

_NONE = "–"
_BETWEEN = ", "


def headline(month: Mapping[str, Any], texts: Translator, currency: str) -> str:
    """Return the figures of a month at a glance; what is not known is left out."""
    figures = [
        (texts("car.distance"), kilometres(month["distance_m"], texts), texts.plural("car.drives", month["drives"]))
    ]
    if month["duration_s"]:
        idle = _idle(month["idle_s"], texts)
        figures.append((texts("car.driving"), duration(month["duration_s"], texts), idle))
    if month["fuel_l"] and month["fuel_m"]:
        litres = f"{texts.format_number(month['fuel_l'], 1)}\u202fL"
        figures.append((texts("car.fuel"), litres, fuel_per_100_km(100_000 * month["fuel_l"] / month["fuel_m"], texts)))
    if month["energy_wh"] and month["energy_m"]:
        used = kilowatt_hours(month["energy_wh"], texts)
        figures.append(
            (texts("car.energy"), used, energy_per_100_km(1000 * month["energy_wh"] / month["energy_m"], texts))
        )
    if month["charges"]:
        charged = kilowatt_hours(month["charged_wh"], texts)
        figures.append((texts("car.charged"), charged, texts.plural("car.charges_count", month["charges"])))
    costs = [cost for cost in (month["fuel_cost"], month["charging_cost"]) if cost is not None]
    if costs:
        bought = f"{texts.format_number(month['litres'], 1)}\u202fL" if month["litres"] else ""
        figures.append((texts("car.cost"), money(sum(costs), texts, currency), bought))
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd><small>{escape(about)}</small></dd></div>"
        for name, value, about in figures
    )
    return f'<dl class="headline">{items}</dl>'


def figures_of(drive: Row, texts: Translator) -> str:
    """Return the figures of a drive at a glance; what is not known is left out."""
    known = [
        (texts("car.distance"), kilometres(drive["distance_m"], texts), _measured(drive, texts)),
        (texts("car.driving"), duration(drive["duration_s"], texts), _idle(drive["idle_s"], texts)),
    ]
    if drive["mean_kmh"] is not None:
        top = f"{texts('car.top')} {_speed(drive['top_kmh'], texts)}" if drive["top_kmh"] is not None else ""
        known.append((texts("car.mean"), _speed(drive["mean_kmh"], texts), top))
    if drive["fuel_l"] or (drive["fuel_l"] is not None and drive["energy_wh"] is None):
        per_100 = fuel_per_100_km(drive["fuel_l_100km"], texts) if drive["fuel_l_100km"] is not None else ""
        known.append((texts("car.fuel"), f"{texts.format_number(drive['fuel_l'], 2)}\u202fL", per_100))
    if drive["energy_wh"] is not None:
        per_100 = energy_per_100_km(drive["energy_wh_km"], texts) if drive["energy_wh_km"] is not None else ""
        known.append((texts("car.energy"), kilowatt_hours(drive["energy_wh"], texts), per_100))
    for name, start, end in (
        ("battery", drive["battery_start_percent"], drive["battery_end_percent"]),
        ("tank", drive["fuel_start_percent"], drive["fuel_end_percent"]),
    ):
        if start is not None and end is not None:
            known.append(
                (
                    texts(f"car.{name}"),
                    f"{texts.format_number(end, 0)}\u202f%",
                    texts("car.from", value=f"{texts.format_number(start, 0)}\u202f%"),
                )
            )
    if drive["climbed_m"] is not None:
        known.append((texts("car.climbed"), f"{texts.format_number(drive['climbed_m'], 0)}\u202fm", ""))
    if drive["outside_temperature_c"] is not None:
        coolant = (
            texts("car.coolant_max", value=celsius(drive["coolant_max_c"], texts))
            if drive["coolant_max_c"] is not None
            else ""
        )
        known.append((texts("car.outside"), celsius(drive["outside_temperature_c"], texts), coolant))
    if drive["odometer_end_km"] is not None:
        known.append((texts("car.odometer"), f"{texts.format_number(drive['odometer_end_km'], 0)}\u202fkm", ""))
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd><small>{escape(about)}</small></dd></div>"
        for name, value, about in known
    )
    return f'<dl class="headline">{items}</dl>'


def drives(rows: Sequence[Row], opened: datetime | None, address: Mapping[str, str], texts: Translator) -> str:
    """Return the drives of a month, the newest first, each with a link that opens it."""
    return _table(
        ("drive", "km", "consumption"),
        (
            (
                f"{_link(row, opened, address, texts)}{_route(row, texts)}",
                f"{texts.format_number((row['distance_m'] or 0) / 1000, 1) if row['distance_m'] is not None else _NONE}"
                f"<small>{escape(duration(row['duration_s'], texts))}</small>",
                escape(consumption(row, texts) or _NONE).replace(_BETWEEN, "<br>"),
            )
            for row in rows
        ),
        texts,
    )


def _link(row: Row, opened: datetime | None, address: Mapping[str, str], texts: Translator) -> str:
    asked = urlencode({**address, "drive": row["starts"].isoformat()})
    local = row["starts"].astimezone(texts.zone)
    current = ' aria-current="true"' if row["starts"] == opened else ""
    label = f"{texts.format_weekday(local)} {texts.format_day(local)}, {local:%H:%M}"
    return f'<a href="?{escape(asked)}" target="_self"{current}>{escape(label)}</a>'


def route(row: Row, texts: Translator) -> str:
    """Return where a drive began and ended, as plain text; empty where neither is known."""
    ends = [name for name in (row["start_place"], row["end_place"]) if name]
    if len(ends) == 2 and ends[0] == ends[1]:
        return texts("car.around", place=ends[0])
    return " → ".join(ends)


def _route(row: Row, texts: Translator) -> str:
    named = f"<b>{escape(row['name'])}</b>" if row["name"] else ""
    kind = escape(texts(f"car.{row['purpose']}")) if row["purpose"] else ""
    said = " · ".join(part for part in (named, escape(route(row, texts)), kind) if part)
    return f"<small>{said}</small>" if said else ""


def charges(rows: Sequence[Row], texts: Translator, currency: str) -> str:
    """Return the charges of a month, the newest first."""
    return _table(
        ("charge", "kwh", "cost"),
        (
            (
                f"{escape(_when(row['starts'], texts))}<small>{escape(_about_charge(row, texts))}</small>",
                texts.format_number(row["energy_wh"] / 1000, 1) if row["energy_wh"] is not None else _NONE,
                escape(money(row["cost"], texts, currency) if row["cost"] is not None else _NONE),
            )
            for row in rows
        ),
        texts,
    )


def _about_charge(row: Row, texts: Translator) -> str:
    start, end = row["battery_start_percent"], row["battery_end_percent"]
    parts = [row["place"] or "", duration(row["duration_s"], texts)]
    if start is not None and end is not None:
        parts.append(f"{texts.format_number(start, 0)} → {texts.format_number(end, 0)}\u202f%")
    return " · ".join(part for part in parts if part)


def months(rows: Sequence[Row], shown: date, address: Mapping[str, str], texts: Translator, currency: str) -> str:
    """Return the totals of all months, the newest first, each with a link to it."""
    return _table(
        ("month", "drives", "km", "consumption", "cost"),
        (
            (
                _month_link(row, shown, address, texts),
                texts.format_number(row["drives"], 0),
                texts.format_number(row["distance_m"] / 1000, 0) if row["distance_m"] is not None else _NONE,
                escape(_of_month(row, texts) or _NONE).replace(_BETWEEN, "<br>"),
                escape(_cost(row, texts, currency)),
            )
            for row in rows
        ),
        texts,
    )


def _month_link(row: Row, shown: date, address: Mapping[str, str], texts: Translator) -> str:
    asked = urlencode({**address, "month": f"{row['month']:%Y-%m}"})
    current = ' aria-current="true"' if row["month"] == shown else ""
    return f'<a href="?{escape(asked)}" target="_self"{current}>{escape(texts.format_month(row["month"]))}</a>'


def _of_month(row: Row, texts: Translator) -> str:
    parts = []
    if row["fuel_l"] and row["fuel_m"]:
        parts.append(fuel_per_100_km(100_000 * row["fuel_l"] / row["fuel_m"], texts))
    if row["energy_wh"] and row["energy_m"]:
        parts.append(energy_per_100_km(1000 * row["energy_wh"] / row["energy_m"], texts))
    return _BETWEEN.join(parts)


def _cost(row: Row, texts: Translator, currency: str) -> str:
    costs = [cost for cost in (row["fuel_cost"], row["charging_cost"]) if cost is not None]
    return money(sum(costs), texts, currency) if costs else _NONE


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], texts: Translator) -> str:
    head = "".join(f'<th scope="col">{escape(texts(f"car.column.{name}"))}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="figures"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def consumption(row: Row, texts: Translator) -> str:
    """Return what a drive used for 100 km; empty where it is not known."""
    parts = []
    # Of a hybrid that drove on its battery alone, the energy says it all.
    if row["fuel_l_100km"] or (row["fuel_l_100km"] is not None and row["energy_wh_km"] is None):
        parts.append(fuel_per_100_km(row["fuel_l_100km"], texts))
    if row["energy_wh_km"] is not None:
        parts.append(energy_per_100_km(row["energy_wh_km"], texts))
    return _BETWEEN.join(parts)


def kilometres(metres: float | None, texts: Translator) -> str:
    """Format a distance in kilometres."""
    if metres is None:
        return _NONE
    return f"{texts.format_number(metres / 1000, 0 if metres >= 100_000 else 1)}\u202fkm"


def kilowatt_hours(watt_hours: float | None, texts: Translator) -> str:
    """Format an energy."""
    return _NONE if watt_hours is None else f"{texts.format_number(watt_hours / 1000, 1)}\u202fkWh"


def fuel_per_100_km(litres: float, texts: Translator) -> str:
    """Format a consumption of fuel."""
    return f"{texts.format_number(litres, 1)}\u202fL/100\u202fkm"


def energy_per_100_km(watt_hours_per_km: float, texts: Translator) -> str:
    """Format a consumption of energy, given in Wh/km."""
    return f"{texts.format_number(watt_hours_per_km / 10, 1)}\u202fkWh/100\u202fkm"


def celsius(value: float, texts: Translator) -> str:
    """Format a temperature."""
    return f"{texts.format_number(value, 0)}\u202f°C"


def money(amount: Decimal | float, texts: Translator, currency: str) -> str:
    """Format an amount, with the currency of the hub's settings if it has one."""
    return f"{texts.format_number(float(amount), 2)}\u202f{currency}".rstrip()


def duration(seconds: int, texts: Translator) -> str:
    """Format a duration in minutes, or in hours and minutes."""
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}\u202fmin"
    return texts("car.hours", hours=minutes // 60, minutes=f"{minutes % 60:02}")


def _when(at: datetime, texts: Translator) -> str:
    local = at.astimezone(texts.zone)
    return f"{texts.format_weekday(local)} {texts.format_day(local)}, {local:%H:%M}"


def _speed(kmh: float, texts: Translator) -> str:
    return f"{texts.format_number(kmh, 0)}\u202fkm/h"


def _idle(seconds: int | None, texts: Translator) -> str:
    return texts("car.idle", duration=duration(seconds, texts)) if seconds and seconds >= 30 else ""


def _measured(drive: Row, texts: Translator) -> str:
    return texts(f"car.by_{drive['distance_by']}") if drive["distance_by"] else ""
