"""Rows of a statement as points to draw: gaps stay gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from iot_hub.dashboard.charts.catalogue import ChartDefinition
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.time_range import HOUR, TimeRange, midnight, month_start, next_midnight
from iot_hub.dashboard.translations import Translator, utc_offset


@dataclass(frozen=True)
class Point:
    """What was measured in one step. Points of one run follow each other without a gap."""

    start: datetime
    end: datetime
    values: tuple[float, ...]
    run: int


def to_points(
    rows: Sequence[Row], definition: ChartDefinition, time_range: TimeRange, texts: Translator
) -> list[Point]:
    """Return the points of a chart; a step without a value has none and ends the run.

    Where midnight falls within an hour, a range of days begins and ends with a part of one.
    """
    points: list[Point] = []
    for row in rows:
        values = tuple([row[column] for column in definition.columns])
        if None in values:
            continue
        start, end = step_bounds(row["started"], time_range, texts)
        follows = bool(points) and points[-1].end == start
        run = (points[-1].run if follows else points[-1].run + 1) if points else 0
        points.append(Point(start, end, values, run))
    return points


def step_bounds(started: datetime, time_range: TimeRange, texts: Translator) -> tuple[datetime, datetime]:
    """Return when a step of a range begins and ends, given when its hour, day or month began."""
    if time_range.step == "hour":
        start = started.astimezone(UTC)
        end = start + HOUR
    else:
        # The day, not the instant: an autumn night may have two midnights.
        day = started.astimezone(texts.zone).date()
        start, end = midnight(day, texts.zone), next_midnight(day, texts.zone)
        if time_range.step == "month":
            end = midnight(month_start(day, 1), texts.zone)
    return max(start, time_range.since), min(end, time_range.until)


def has_parts_of_hours(points: Sequence[Point]) -> bool:
    """Return whether a step is shorter than an hour."""
    return any(point.end - point.start < HOUR for point in points)


def lone_runs(points: Sequence[Point]) -> set[int]:
    """Return the runs of a single point, through which a line would be invisible."""
    sizes = Counter(point.run for point in points)
    return {run for run, size in sizes.items() if size == 1}


# The charts of a page have the same steps.
@lru_cache(maxsize=2048)
def step_label(start: datetime, end: datetime, texts: Translator) -> str:
    """Name a step by the owner's clock; the offset tells apart the two hours of an autumn night."""
    start, end = start.astimezone(texts.zone), end.astimezone(texts.zone)
    if (start.day, end.day, start.hour, end.hour) == (1, 1, 0, 0) and start.month != end.month:
        return texts.format_month(start)
    day = f"{texts.format_weekday(start)} {texts.format_day(start)} {start.year}"
    if start.date() != end.date() and (start.hour, end.hour) == (0, 0):
        return day
    if start.utcoffset() != end.utcoffset():
        return f"{day}, {start:%H:%M} ({utc_offset(start)}) – {end:%H:%M} ({utc_offset(end)})"
    return f"{day}, {start:%H:%M}–{end:%H:%M} ({utc_offset(start)})"
