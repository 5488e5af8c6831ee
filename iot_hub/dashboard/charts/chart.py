"""A chart, built in one place: what is drawn, and everything that is said about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from iot_hub.dashboard.charts import vega
from iot_hub.dashboard.charts.catalogue import ChartDefinition
from iot_hub.dashboard.charts.points import Point, has_parts_of_hours, to_points
from iot_hub.dashboard.charts.vega import Spec
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.palette import Palette
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator

Record = dict[str, object]

_UNIT_SUFFIXES = {"%": "percent", "°C": "C", "µg/m³": "ugm3"}
"""How a metric's name ends in its unit, where leaving out the stroke is not enough."""
# Within a word such as soilMoisture; pH, eCO2 and iPhone are names.
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9]{2})[A-Z](?=[a-z])")


@dataclass(frozen=True)
class Chart:
    """A chart of one measurement over a range of time, ready to show."""

    key: str
    title: str
    description: str
    caption: str
    alt: str
    """The chart in a sentence, for screen readers."""
    rows: list[Record]
    """What the specification draws."""
    specification: Spec
    table: Callable[[], Iterator[Record]]
    """Rows for people: made on demand, because few charts are read as a table."""


def build_chart(
    definition: ChartDefinition, rows: Sequence[Row], time_range: TimeRange, texts: Translator, palette: Palette
) -> Chart:
    """Build a chart from the rows of its statement."""
    points = to_points(rows, definition, time_range, texts)
    name = _name(definition, texts)
    count = texts.plural(f"card.{time_range.step}s", len(points))
    since, until = texts.format_datetime(time_range.since), texts.format_datetime(time_range.until)
    shown = {"count": count, "since": since, "until": until}
    return Chart(
        key=definition.key,
        title=f"{name}, {definition.unit}" if definition.unit else name,
        description=_description(definition, texts),
        caption=_caption(definition, points, texts, shown),
        alt=texts("card.chart_alt", title=name, **shown, **_extremes(definition, points, texts)) if points else "",
        rows=vega.rows(points, texts),
        specification=vega.specification(definition, time_range, texts, palette),
        table=partial(_table, definition, points, texts),
    )


def _name(definition: ChartDefinition, texts: Translator) -> str:
    if definition.metric is None or definition.has_own_texts:
        return texts(f"chart.{definition.key}.title")
    return texts.get(f"metric.{definition.metric}", humanize(definition.metric, definition.unit))


def humanize(metric: str, unit: str) -> str:
    """Turn the name of a metric into words: garden.soil_moisture_percent, or …soilMoisture, is Garden soil moisture."""
    name = metric.removesuffix(f"_{_UNIT_SUFFIXES.get(unit, unit.replace('/', ''))}")
    name = _CAMEL_CASE.sub(lambda capital: f" {capital[0].lower()}", name)
    words = " ".join(name.replace(".", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _description(definition: ChartDefinition, texts: Translator) -> str:
    if definition.metric is None or definition.has_own_texts:
        description = texts(f"chart.{definition.key}.about")
    else:
        description = texts.get(f"about.{definition.metric}", texts("card.about_metric", name=definition.metric))
    return f"{description} {texts('card.how_to_read')}" if definition.is_band else description


def _caption(definition: ChartDefinition, points: Sequence[Point], texts: Translator, shown: dict[str, str]) -> str:
    caption = texts("card.caption", **shown)
    # A bar of half an hour is half as high: without a word it would look like a dip.
    if not definition.is_band and has_parts_of_hours(points):
        return f"{caption}. {texts('card.parts_of_hours')}"
    return caption


def _extremes(definition: ChartDefinition, points: Sequence[Point], texts: Translator) -> dict[str, str]:
    lowest, highest = min(point.values[0] for point in points), max(point.values[-1] for point in points)
    return {"low": _with_unit(lowest, definition, texts), "high": _with_unit(highest, definition, texts)}


def _with_unit(value: float, definition: ChartDefinition, texts: Translator) -> str:
    return f"{texts.format_number(value, definition.decimals)} {definition.unit}".rstrip()


def _table(definition: ChartDefinition, points: Sequence[Point], texts: Translator) -> Iterator[Record]:
    """Yield the rows of the table and CSV, under headings in the page's language."""
    unit = f" [{definition.unit}]" if definition.unit else ""
    names = ("min", "avg", "max") if definition.is_band else definition.columns
    for point in points:
        measured = {
            texts(f"column.{name}") + unit: round(value, definition.decimals + 1)
            for name, value in zip(names, point.values, strict=True)
        }
        yield {
            texts("column.time"): point.start.astimezone(texts.zone).isoformat(" ", "minutes"),
            **measured,
            texts("column.time_utc"): point.start.strftime("%Y-%m-%d %H:%MZ"),
        }
