"""The metrics of ``/hourly`` that have a roll-up of their own; ``dim_metrics`` names all others."""

from __future__ import annotations

from typing import NamedTuple

from iot_hub.query_api.published import Published


class Metric(NamedTuple):
    """A metric: its unit, and the query that gives its hours."""

    unit: str
    query: str


BUILT_IN = {
    "events": Metric("1", "published_hourly_events"),
    "battery.level": Metric("%", "published_hourly_battery_level"),
    "battery.temperature": Metric("°C", "published_hourly_battery_temperature"),
    "battery.usage_current": Metric("mA", "published_hourly_battery_usage_current"),
    "location.altitude": Metric("m", "published_hourly_location_altitude"),
}


async def metrics_of(published: Published, device_id: int) -> dict[str, Metric]:
    """Name what can be asked of a device: the built-in metrics, and all others that it has published.

    What it measured in hidden hours alone is not named, as if it had not been measured.
    """
    rows = await published.rows("published_metrics_of_device", device_id=device_id)
    return BUILT_IN | {row["metric"]: Metric(row["unit"], "published_hourly_metric") for row in rows}
