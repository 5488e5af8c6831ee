"""The metrics of ``/hourly`` with a roll-up of their own; ``dim_metrics`` has all others."""

from __future__ import annotations

from typing import NamedTuple

from iot_hub.api.query.access import Access
from iot_hub.api.query.readings import Readings


class Metric(NamedTuple):
    """A metric: its unit, and the query that returns its hours."""

    unit: str
    query: str


BUILT_IN = {
    "events": Metric("1", "hourly_events"),
    "battery.level": Metric("%", "hourly_battery_level"),
    "battery.temperature": Metric("°C", "hourly_battery_temperature"),
    "battery.usage_current": Metric("mA", "hourly_battery_usage_current"),
    "location.altitude": Metric("m", "hourly_location_altitude"),
}


async def metrics_of(readings: Readings, access: Access, device_id: int) -> dict[str, Metric]:
    """Return the metrics of a device: the built-in ones, and all others that the view has of it.

    A metric with values in hidden hours only is not listed, as if it had never been measured.
    """
    rows = await readings.rows(access, "metrics_of_device", device_id=device_id)
    return BUILT_IN | {row["metric"]: Metric(row["unit"], "hourly_metric") for row in rows}
