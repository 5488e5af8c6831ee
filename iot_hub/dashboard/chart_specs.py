"""The pictures, as a table: what each shows and where its numbers come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iot_hub.dashboard.data import Row


@dataclass(frozen=True)
class Figure:
    """A picture of one measurement, hour by hour.

    The statement gives the columns; one column is drawn as bars, three (lowest, average, highest)
    as a band with a line. Where the statement is about any metric, the figure names the one it shows.
    """

    key: str
    statement: str
    columns: tuple[str, ...]
    unit: str
    decimals: int
    from_zero: bool = False
    limits: tuple[float, float] | None = None
    height: int = 220
    metric: str | None = None

    @property
    def is_band(self) -> bool:
        """Whether it is drawn as a band with a line, and not as bars."""
        return len(self.columns) == 3


def _band(key: str, statement: str, unit: str, decimals: int, **rest: object) -> Figure:
    columns = (f"{key}_min", f"{key}_avg", f"{key}_max")
    return Figure(key, statement, columns, unit, decimals, **rest)  # type: ignore[arg-type]


EVENTS = Figure("events", "dashboard_events", ("events",), "", 0, from_zero=True)

FIGURES = (
    EVENTS,
    _band("level", "dashboard_battery", "%", 0, limits=(0, 100)),
    _band("altitude", "dashboard_altitude", "m", 0),
    _band("temperature", "dashboard_battery", "°C", 1),
    _band("current", "dashboard_battery", "mA", 0, from_zero=True),
)


def metric_figure(row: Row) -> Figure:
    """Make the figure of a metric from its name, its unit, its lowest and its highest value in a span."""
    metric = row["metric"]
    # The catalogue writes 1 for what is only counted.
    unit = "" if row["unit"] == "1" else row["unit"]
    decimals = _decimals(row["low"], row["high"])
    if row["is_total"]:
        return Figure(metric, "dashboard_metric", ("total",), unit, decimals, from_zero=True, metric=metric)
    return Figure(metric, "dashboard_metric", ("min", "avg", "max"), unit, decimals, metric=metric)


def _decimals(low: float, high: float) -> int:
    """Say how many decimals tell a tenth of the spread's size apart."""
    size = high - low or abs(high) or 1
    return max(0, min(4, 1 - math.floor(math.log10(size))))
