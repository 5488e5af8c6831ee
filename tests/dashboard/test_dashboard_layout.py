"""Which charts a device has on its page, and in which order."""

from __future__ import annotations

import pytest

from iot_hub.dashboard.charts.catalogue import CHARTS, ChartDefinition, metric_chart
from iot_hub.dashboard.charts.layout import Layout, arrange

ALTITUDE = [chart for chart in CHARTS if chart.key in ("events", "altitude")]
BATTERY = [chart for chart in CHARTS if chart.key != "altitude"]


def metrics(*names: str) -> list[ChartDefinition]:
    return [metric_chart({"metric": name, "unit": "1", "low": 0.0, "high": 1.0, "is_total": False}) for name in names]


def keys(arranged: Layout) -> tuple[bool, list[str], list[str]]:
    charts, folded = ([chart.key for chart in part] for part in (arranged.charts, arranged.folded))
    return arranged.has_map, charts, folded


def test_a_phone_has_the_six_pictures_and_the_rest_folded() -> None:
    assert keys(arrange(CHARTS, True, metrics("motion.steps", "battery.voltage_V"))) == (
        True,
        ["events", "level", "altitude", "temperature", "current"],
        ["motion.steps", "battery.voltage_V"],
    )


def test_a_sensor_shows_what_it_measures_first_and_no_empty_picture() -> None:
    assert keys(arrange(CHARTS[:1], False, metrics("climate.temperature_C", "air.co2_ppm"))) == (
        False,
        ["climate.temperature_C", "air.co2_ppm", "events"],
        [],
    )


def test_a_sensor_with_a_battery_shows_its_battery_after_what_it_measures() -> None:
    assert keys(arrange(BATTERY, False, metrics("climate.temperature_C", "battery.voltage_V"))) == (
        False,
        ["climate.temperature_C", "events", "level", "temperature", "current"],
        ["battery.voltage_V"],
    )


def test_a_car_shows_its_map_and_then_what_it_measures() -> None:
    assert keys(arrange(ALTITUDE, True, metrics("vehicle.speed_kmh", "location.fix_accuracy_m"))) == (
        True,
        ["events", "vehicle.speed_kmh", "altitude"],
        ["location.fix_accuracy_m"],
    )


@pytest.mark.parametrize("has_positions", [True, False])
def test_a_device_without_metrics_keeps_the_six_pictures(has_positions: bool) -> None:
    assert keys(arrange(CHARTS[:1], has_positions, [])) == (True, [chart.key for chart in CHARTS], [])


def test_the_events_are_as_high_as_the_card_beside_them() -> None:
    beside_map = arrange(CHARTS, True, []).charts[0]
    beside_a_chart = arrange(CHARTS[:1], False, metrics("air.co2_ppm")).charts[1]
    assert (beside_map.key, beside_map.height) == ("events", 340)
    assert (beside_a_chart.key, beside_a_chart.height) == ("events", 220)
