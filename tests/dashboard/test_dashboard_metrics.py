"""The charts of every other number: their definitions, their names, their rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from dashboard_world import Owner, add_device, add_events, block_area, report, utc

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.catalogue import ChartDefinition, metric_chart
from iot_hub.dashboard.charts.chart import Chart, build_chart, humanize
from iot_hub.dashboard.charts.points import to_points
from iot_hub.dashboard.components.card import to_csv
from iot_hub.dashboard.palette import LIGHT
from iot_hub.dashboard.time_range import rolling
from iot_hub.dashboard.translations import LANGUAGES, Translator, load
from iot_hub.database import audiences
from iot_hub.database.audiences import Audience
from iot_hub.settings import Settings

WARSAW = ZoneInfo("Europe/Warsaw")
ENGLISH, POLISH = Translator("en", WARSAW), Translator("pl", WARSAW)
NOON = utc(2026, 6, 10, 12)
HOUR = timedelta(hours=1)
DAY = rolling(timedelta(days=1), NOON)
WEEK = {"device": 1, "since": utc(2026, 6, 8), "until": utc(2026, 6, 15)}
BY_HOUR = WEEK | {"metric": "climate.temperature_C", "step": "hour", "zone": "UTC"}
BY_DAY = BY_HOUR | {"step": "day", "zone": "Europe/Warsaw"}


@pytest.fixture
def where(settings: Settings) -> Iterator[Audience]:
    yield audiences.public(settings)
    st.cache_resource.clear()
    st.cache_data.clear()


def climate(temperature: float) -> dict[str, Any]:
    return {"climate": {"temperature_C": temperature}}


def definition(metric: str, unit: str, low: float = 0, high: float = 9) -> ChartDefinition:
    return metric_chart({"metric": metric, "unit": unit, "low": low, "high": high, "is_total": False})


def test_the_metrics_of_a_device_are_those_it_has_in_the_span(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "sensor")
    add_events(
        owner, 1, [(NOON, climate(20)), (NOON + HOUR, climate(22.5)), (utc(2026, 5, 1), {"motion": {"steps": 4}})]
    )
    assert data.fetch(where, "dashboard_metrics", **WEEK) == [
        {"metric": "climate.temperature_C", "unit": "°C", "low": 20, "high": 22.5, "is_total": False}
    ]


def test_an_hour_without_a_reading_is_a_gap(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "sensor")
    add_events(owner, 1, [(NOON + HOUR * n, climate(20 + n)) for n in (0, 1, 3)])
    rows = data.fetch(where, "dashboard_metric", **BY_HOUR)
    drawn = to_points(rows, definition("climate.temperature_C", "°C"), DAY, ENGLISH)
    assert [(point.start.hour, point.run) for point in drawn] == [(12, 0), (13, 0), (15, 1)]


def test_a_days_average_is_that_of_its_readings_and_not_of_its_hours(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "sensor")
    busy = [(NOON + timedelta(minutes=minute), climate(10)) for minute in range(9)]
    add_events(owner, 1, [*busy, (NOON + HOUR, climate(20))])
    (day,) = data.fetch(where, "dashboard_metric", **BY_DAY)
    assert day == {"started": utc(2026, 6, 9, 22), "min": 10, "avg": 11, "max": 20, "total": 110}


def test_a_total_is_drawn_as_bars_from_zero() -> None:
    found = metric_chart({"metric": "travel.moving", "unit": "min", "low": 0, "high": 60, "is_total": True})
    assert (found.is_band, found.from_zero) == (False, True)
    rows = [{"started": NOON, "min": None, "avg": None, "max": None, "total": 12.0}]
    chart = build_chart(found, rows, DAY, ENGLISH, LIGHT)
    assert [row["value"] for row in chart.rows] == [12.0]
    assert [row["Total [min]"] for row in chart.table()] == [12.0]


def test_nothing_of_a_private_hour_is_found(owner: Owner, where: Audience) -> None:
    block_area(owner, 13.5, 45.1, 13.7, 45.3)
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(NOON, report() | climate(20))])
    assert data.fetch(where, "dashboard_metrics", **WEEK) == []
    assert data.fetch(where, "dashboard_metric", **BY_HOUR) == []


def test_every_metric_of_the_catalogue_has_a_name_in_both_languages(owner: Owner) -> None:
    rows = owner.execute("SELECT metric FROM iot_personal_hub.dim_metrics").fetchall()
    catalogue = {f"metric.{row['metric']}" for row in rows}
    for language in LANGUAGES:
        assert catalogue <= load(language).keys()


def test_metrics_stand_in_the_same_order_in_both_languages() -> None:
    english, polish = ([key for key in load(language) if key.startswith("metric.")] for language in LANGUAGES)
    assert english == polish
    assert ENGLISH.order_of("metric.climate.temperature_C") < ENGLISH.order_of("metric.air.co2_ppm")
    assert ENGLISH.order_of("metric.garden.soil_moisture_percent") > ENGLISH.order_of(english[-1])


def test_a_metric_is_called_by_its_name_and_unit() -> None:
    assert chart("climate.temperature_C", "°C", ENGLISH).title == "Temperature, °C"
    assert chart("climate.humidity_percent", "%", POLISH).title == "Wilgotność, %"
    assert chart("location.fix_speed_ms", "m/s", ENGLISH).title == "Speed, m/s"
    assert chart("motion.steps", "1", ENGLISH).title == "Steps"
    assert chart("garden.soil_moisture_percent", "%", POLISH).title == "Garden soil moisture, %"


def chart(metric: str, unit: str, texts: Translator) -> Chart:
    return build_chart(definition(metric, unit), [], DAY, texts, LIGHT)


@pytest.mark.parametrize(
    ("metric", "unit", "words"),
    [
        ("garden.soil_moisture_percent", "%", "Garden soil moisture"),
        ("wind.gust_speed_ms", "m/s", "Wind gust speed"),
        ("boiler.flow_temperature_C", "°C", "Boiler flow temperature"),
        ("air.pm4_ugm3", "µg/m³", "Air pm4"),
        ("door.open_count", "", "Door open count"),
        ("garden.soilMoisture2North", "1", "Garden soil moisture2 north"),
        ("pool.pH", "1", "Pool pH"),
        ("office.eCO2_ppm", "ppm", "Office eCO2"),
        ("x", "V", "X"),
    ],
)
def test_a_metric_without_a_text_is_named_in_words(metric: str, unit: str, words: str) -> None:
    assert humanize(metric, unit) == words


@pytest.mark.parametrize(
    ("low", "high", "decimals"),
    [(415, 1194, 0), (37.6, 51.1, 0), (19.9, 21.9, 1), (3.68, 4.39, 2), (4905, 4905, 0), (0, 0, 1), (0, 1e-9, 4)],
)
def test_values_have_the_decimals_that_their_spread_needs(low: float, high: float, decimals: int) -> None:
    assert definition("any", "V", low, high).decimals == decimals


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_metric_has_a_table_a_csv_an_alt_text_and_a_description(language: str) -> None:
    texts = Translator(language, WARSAW)
    row = {"started": NOON, "min": 3.68, "avg": 4.0, "max": 4.39}
    voltage = build_chart(definition("battery.voltage_V", "V", 3.68, 4.39), [row], DAY, texts, LIGHT)
    heading, line, *_ = to_csv(voltage.table()).decode("utf-8-sig").splitlines()
    assert heading.count("[V]") == 3
    assert line == "2026-06-10 14:00+02:00,3.68,4.0,4.39,2026-06-10 12:00Z"
    assert voltage.alt.endswith((" 4.39 V.", " 4,39 V."))
    assert "`battery.voltage_V`" in voltage.description
