"""The charts of a device's page, as a table: what each shows and where its numbers come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iot_hub.dashboard.data import Row


@dataclass(frozen=True)
class ChartDefinition:
    """A chart of one measurement over time.

    The statement returns the columns; one column is drawn as bars, three (lowest, average, highest)
    as a band with a line. ``metric`` is set where the statement serves any metric. The key names the texts of a chart
    that has its own; that of any other is the metric.
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
    def has_own_texts(self) -> bool:
        """Whether its title and its explanation are its own, and not those of its metric."""
        return self.key != self.metric

    @property
    def is_band(self) -> bool:
        """Whether it is drawn as a band with a line rather than as bars."""
        return len(self.columns) == 3


_METRIC = "dashboard_metric"
_BAND = ("min", "avg", "max")


EVENTS = ChartDefinition("events", "dashboard_events", ("events",), "", 0, from_zero=True)
BATTERY_LEVEL = ChartDefinition("level", _METRIC, _BAND, "%", 0, limits=(0, 100), metric="battery.level")
ALTITUDE = ChartDefinition("altitude", _METRIC, _BAND, "m", 0, metric="location.altitude")
BATTERY_TEMPERATURE = ChartDefinition("temperature", _METRIC, _BAND, "°C", 1, metric="battery.temperature")
BATTERY_CURRENT = ChartDefinition("current", _METRIC, _BAND, "mA", 0, from_zero=True, metric="battery.usage_current")

CHARTS = (EVENTS, BATTERY_LEVEL, ALTITUDE, BATTERY_TEMPERATURE, BATTERY_CURRENT)
"""In the order of the page. Every other number has the chart of its metric."""


def metric_chart(row: Row) -> ChartDefinition:
    """Return the chart of a metric, from its name, its unit, and its lowest and highest value in a range."""
    metric = row["metric"]
    # The catalogue writes 1 for what is only counted.
    unit = "" if row["unit"] == "1" else row["unit"]
    decimals = _decimals(row["low"], row["high"])
    if row["is_total"]:
        return ChartDefinition(metric, _METRIC, ("total",), unit, decimals, from_zero=True, metric=metric)
    return ChartDefinition(metric, _METRIC, _BAND, unit, decimals, metric=metric)


def _decimals(low: float, high: float) -> int:
    """Return how many decimals show a tenth of the spread."""
    spread = high - low or abs(high) or 1
    return max(0, min(4, 1 - math.floor(math.log10(spread))))
