"""The metrics of ``/hourly``: those that hourly aggregates measure, and the numbers of the catalogue."""

from __future__ import annotations

from typing import NamedTuple

from iot_hub.api.query.access import Access
from iot_hub.api.query.readings import Readings
from iot_hub.database.aggregates import aggregates
from iot_hub.properties.catalogue import catalogue


class Metric(NamedTuple):
    """A metric: its unit, and the query for its hours."""

    unit: str
    query: str


_QUERIES = {"band": "hourly_band", "total": "hourly_total", "count": "hourly_count"}


_OF_THE_DEVICE_ITSELF = ("battery.level", "battery.temperature", "battery.usage_current", "location.altitude")


def built_in() -> dict[str, Metric]:
    """Return the metrics that every device has, be it without a value, by name."""
    measured = {
        measure.metric: Metric(measure.unit, _QUERIES[measure.kind])
        for aggregate in aggregates()
        for measure in aggregate.measures
        if measure.metric and not measure.has_named_rows
    }
    units = {number.metric: number.unit for number in catalogue()}
    measured |= {name: Metric(units[name], "hourly_metric") for name in _OF_THE_DEVICE_ITSELF}
    return dict(sorted(measured.items()))


async def metrics_of(readings: Readings, access: Access, device_id: int) -> dict[str, Metric]:
    """Return the metrics of a device: the built-in ones, and all others that the view has of it.

    A metric with values in hidden hours only is not listed, as if it had never been measured.
    """
    rows = await readings.rows(access, "metrics_of_device", device_id=device_id)
    counters = await readings.rows(access, "counters_of_device", device_id=device_id)
    states = await readings.rows(access, "states_of_device", device_id=device_id)
    return (
        built_in()
        | {row["metric"]: Metric(row["unit"], "hourly_metric") for row in rows}
        | {row["metric"]: Metric(row["unit"], _QUERIES[row["kind"]]) for row in (*counters, *states)}
    )
