"""A measurement of several rooms or devices in one chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from iot_hub.dashboard.charts import vega
from iot_hub.dashboard.charts.catalogue import ChartDefinition
from iot_hub.dashboard.charts.chart import Chart, Record
from iot_hub.dashboard.charts.points import Point, to_points
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator

_ROOMS, _ENERGY = "home_rooms", "home_energy"
_BAND, _TOTAL = ("min", "avg", "max"), ("total",)

TEMPERATURE = ChartDefinition("room-temperature", _ROOMS, _BAND, "°C", 1, metric="climate.temperature_C")
HUMIDITY = ChartDefinition("room-humidity", _ROOMS, _BAND, "%", 0, metric="climate.humidity_percent")
CO2 = ChartDefinition("room-co2", _ROOMS, _BAND, "ppm", 0, metric="air.co2_ppm")
ENERGY = ChartDefinition("energy", _ENERGY, _TOTAL, "kWh", 2, from_zero=True, metric="energy.energy_Wh")
EXPORTED = ChartDefinition("exported", _ENERGY, _TOTAL, "kWh", 2, from_zero=True, metric="energy.exported_Wh")

HOME_CHARTS = (TEMPERATURE, HUMIDITY, CO2, ENERGY, EXPORTED)
MOST_SERIES = 8
"""Lines of one chart: more would look alike."""


def series_chart(
    definition: ChartDefinition, rows: Sequence[Row], time_range: TimeRange, texts: Translator, palette: Palette
) -> Chart:
    """Build a chart from the rows of its statement, of the first series by name."""
    points = _points(definition, rows, time_range, texts)
    name, about = _texts(definition, texts)
    since, until = texts.format_datetime(time_range.since), texts.format_datetime(time_range.until)
    return Chart(
        key=definition.key,
        title=f"{name}, {definition.unit}",
        description=about,
        caption=f"{since} – {until}",
        alt=_alternative(name, definition, points, texts) if points else "",
        rows=[row for number, each in enumerate(points) for row in _rows(number, points[each], texts)],
        specification=vega.specification(definition, time_range, texts, palette, tuple(points)),
        table=partial(_table, definition, points, texts),
    )


def _texts(definition: ChartDefinition, texts: Translator) -> tuple[str, str]:
    """Return the title and the explanation of a chart."""
    if definition.is_band:
        measurement = texts(f"metric.{definition.metric}")
        about = f"{texts('home.about_rooms')} {texts('card.how_to_read')}"
        return texts("home.by_room", measurement=measurement), about
    measurement = texts(f"metric.{definition.metric}.increase")
    about = f"{texts('card.about_increase')} {texts('home.about_devices')}"
    return texts("home.by_device", measurement=measurement), about


def _points(
    definition: ChartDefinition, rows: Sequence[Row], time_range: TimeRange, texts: Translator
) -> dict[str, list[Point]]:
    by_series: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["started"]):
        by_series[row["series"]].append(row)
    shown = sorted(by_series, key=str.casefold)[:MOST_SERIES]
    return {each: to_points(by_series[each], definition, time_range, texts) for each in shown}


def _rows(number: int, points: Sequence[Point], texts: Translator) -> list[Record]:
    # Runs of different series are not joined.
    return [row | {"series": str(number), "run": f"{number}-{row['run']}"} for row in vega.rows(points, texts)]


def _alternative(
    name: str, definition: ChartDefinition, points: Mapping[str, Sequence[Point]], texts: Translator
) -> str:
    """Return the chart in a sentence, for screen readers."""
    parts = [
        texts(
            "home.series_alt",
            name=each,
            low=texts.format_number(min(point.values[0] for point in of_series), definition.decimals),
            high=texts.format_number(max(point.values[-1] for point in of_series), definition.decimals),
            unit=definition.unit,
        )
        for each, of_series in points.items()
    ]
    return f"{name}: {'; '.join(parts)}."


def _table(definition: ChartDefinition, points: Mapping[str, Sequence[Point]], texts: Translator) -> Iterator[Record]:
    for each, of_series in points.items():
        for point in of_series:
            measured = {
                f"{texts(f'column.{name}')} [{definition.unit}]": round(value, definition.decimals + 1)
                for name, value in zip(definition.columns, point.values, strict=True)
            }
            yield {
                texts("devices.room" if definition.is_band else "choice.device"): each,
                texts("column.time"): point.start.astimezone(texts.zone).isoformat(" ", "minutes"),
                **measured,
                texts("column.time_utc"): point.start.strftime("%Y-%m-%d %H:%MZ"),
            }
