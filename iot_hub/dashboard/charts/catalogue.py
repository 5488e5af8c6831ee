"""The charts of a device's page, as a table: what each shows and where its numbers come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iot_hub.dashboard.data import Row


@dataclass(frozen=True)
class ChartDefinition:
    """A chart of one measurement over time.

    The statement returns the columns; one column is drawn as bars, three (lowest, average, highest)
    as a band with a line. ``metric`` is set where the statement serves any metric.
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
        """Whether it is drawn as a band with a line rather than as bars."""
        return len(self.columns) == 3


def _band(key: str, statement: str, unit: str, decimals: int, **options: object) -> ChartDefinition:
    columns = (f"{key}_min", f"{key}_avg", f"{key}_max")
    return ChartDefinition(key, statement, columns, unit, decimals, **options)  # type: ignore[arg-type]


EVENTS = ChartDefinition("events", "dashboard_events", ("events",), "", 0, from_zero=True)
BATTERY_LEVEL = _band("level", "dashboard_battery", "%", 0, limits=(0, 100))
ALTITUDE = _band("altitude", "dashboard_altitude", "m", 0)
BATTERY_TEMPERATURE = _band("temperature", "dashboard_battery", "°C", 1)
BATTERY_CURRENT = _band("current", "dashboard_battery", "mA", 0, from_zero=True)

CHARTS = (EVENTS, BATTERY_LEVEL, ALTITUDE, BATTERY_TEMPERATURE, BATTERY_CURRENT)
"""In the order of the page. Every other number has the chart of its metric."""


def metric_chart(row: Row) -> ChartDefinition:
    """Return the chart of a metric, from its name, its unit, and its lowest and highest value in a range."""
    metric = row["metric"]
    # The catalogue writes 1 for what is only counted.
    unit = "" if row["unit"] == "1" else row["unit"]
    decimals = _decimals(row["low"], row["high"])
    if row["is_total"]:
        return ChartDefinition(metric, "dashboard_metric", ("total",), unit, decimals, from_zero=True, metric=metric)
    return ChartDefinition(metric, "dashboard_metric", ("min", "avg", "max"), unit, decimals, metric=metric)


def _decimals(low: float, high: float) -> int:
    """Return how many decimals show a tenth of the spread."""
    spread = high - low or abs(high) or 1
    return max(0, min(4, 1 - math.floor(math.log10(spread))))
