"""Rows of a statement turned into points that can be drawn: gaps stay gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from iot_hub.dashboard.chart_specs import Figure
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.time_range import Step, end_of_step
from iot_hub.dashboard.translations import Texts, offset


@dataclass(frozen=True)
class Point:
    """What was measured in one step. Points of one run follow each other without a gap."""

    start: datetime
    end: datetime
    values: tuple[float, ...]
    run: int


def points(rows: Sequence[Row], figure: Figure, step: Step, texts: Texts) -> list[Point]:
    """Give the points of a figure; a step without a value has none and ends the run."""
    found: list[Point] = []
    for row in rows:
        values = tuple(row[column] for column in figure.columns)
        if None in values:
            continue
        start = row["started"].astimezone(UTC)
        follows = bool(found) and found[-1].end == start
        run = (found[-1].run if follows else found[-1].run + 1) if found else 0
        found.append(Point(start, end_of_step(start, step, texts.zone), values, run))
    return found


def lone_runs(drawn: Sequence[Point]) -> set[int]:
    """Say which runs are of one point: a line through one point would not be seen."""
    sizes = Counter(point.run for point in drawn)
    return {run for run, size in sizes.items() if size == 1}


def local_label(point: Point, texts: Texts) -> str:
    """Name a step by the owner's clock; the offset tells the two hours of an autumn night apart."""
    start, end = point.start.astimezone(texts.zone), point.end.astimezone(texts.zone)
    day = f"{texts.weekday(start)} {texts.day(start)} {start.year}"
    if start.date() != end.date() and (start.hour, end.hour) == (0, 0):
        return day
    if start.utcoffset() != end.utcoffset():
        return f"{day}, {start:%H:%M} ({offset(start)}) – {end:%H:%M} ({offset(end)})"
    return f"{day}, {start:%H:%M}–{end:%H:%M} ({offset(start)})"


def table(drawn: Sequence[Point], figure: Figure, texts: Texts) -> Iterator[dict[str, object]]:
    """Give the rows of a figure's table and CSV, under headings in the language."""
    unit = f" [{figure.unit}]" if figure.unit else ""
    names = ("min", "avg", "max") if figure.is_band else figure.columns
    for point in drawn:
        measured = {
            texts(f"column.{name}") + unit: round(value, figure.decimals + 1)
            for name, value in zip(names, point.values, strict=True)
        }
        yield {
            texts("column.time"): point.start.astimezone(texts.zone).isoformat(" ", "minutes"),
            **measured,
            texts("column.time_utc"): point.start.strftime("%Y-%m-%d %H:%MZ"),
        }
