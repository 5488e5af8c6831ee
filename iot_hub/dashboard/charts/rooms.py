"""A measurement of several rooms in one chart."""

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

STATEMENT = "home_rooms"
_BAND = ("min", "avg", "max")

TEMPERATURE = ChartDefinition("room-temperature", STATEMENT, _BAND, "°C", 1, metric="climate.temperature_C")
HUMIDITY = ChartDefinition("room-humidity", STATEMENT, _BAND, "%", 0, metric="climate.humidity_percent")
CO2 = ChartDefinition("room-co2", STATEMENT, _BAND, "ppm", 0, metric="air.co2_ppm")

ROOM_CHARTS = (TEMPERATURE, HUMIDITY, CO2)
MOST_ROOMS = 8
"""So many lines can be told apart."""


def room_chart(
    definition: ChartDefinition, rows: Sequence[Row], time_range: TimeRange, texts: Translator, palette: Palette
) -> Chart:
    """Build a chart from the rows of its statement, of the first rooms by name."""
    points = _points(definition, rows, time_range, texts)
    name = texts("home.by_room", measurement=texts(f"metric.{definition.metric}"))
    since, until = texts.format_datetime(time_range.since), texts.format_datetime(time_range.until)
    return Chart(
        key=definition.key,
        title=f"{name}, {definition.unit}",
        description=f"{texts('home.about_rooms')} {texts('card.how_to_read')}",
        caption=f"{since} – {until}",
        alt=_alternative(name, definition, points, texts) if points else "",
        rows=[row for number, room in enumerate(points) for row in _rows(number, points[room], texts)],
        specification=vega.specification(definition, time_range, texts, palette, tuple(points)),
        table=partial(_table, definition, points, texts),
    )


def _points(
    definition: ChartDefinition, rows: Sequence[Row], time_range: TimeRange, texts: Translator
) -> dict[str, list[Point]]:
    by_room: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["started"]):
        by_room[row["room"]].append(row)
    shown = sorted(by_room, key=str.casefold)[:MOST_ROOMS]
    return {room: to_points(by_room[room], definition, time_range, texts) for room in shown}


def _rows(number: int, points: Sequence[Point], texts: Translator) -> list[Record]:
    # Runs of different rooms are not joined.
    return [row | {"series": str(number), "run": f"{number}-{row['run']}"} for row in vega.rows(points, texts)]


def _alternative(
    name: str, definition: ChartDefinition, points: Mapping[str, Sequence[Point]], texts: Translator
) -> str:
    """Return the chart in a sentence, for screen readers."""
    rooms = [
        texts(
            "home.room_alt",
            room=room,
            low=texts.format_number(min(point.values[0] for point in of_room), definition.decimals),
            high=texts.format_number(max(point.values[-1] for point in of_room), definition.decimals),
            unit=definition.unit,
        )
        for room, of_room in points.items()
    ]
    return f"{name}: {'; '.join(rooms)}."


def _table(definition: ChartDefinition, points: Mapping[str, Sequence[Point]], texts: Translator) -> Iterator[Record]:
    for room, of_room in points.items():
        for point in of_room:
            measured = {
                f"{texts(f'column.{name}')} [{definition.unit}]": round(value, definition.decimals + 1)
                for name, value in zip(_BAND, point.values, strict=True)
            }
            yield {
                texts("devices.room"): room,
                texts("column.time"): point.start.astimezone(texts.zone).isoformat(" ", "minutes"),
                **measured,
                texts("column.time_utc"): point.start.strftime("%Y-%m-%d %H:%MZ"),
            }
