"""``metric list|add|remove``: which numbers have hourly figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from command_line import fail, run
from events import Connection, add_device, refresh, rows, store
from login_world import open_session
from query_api_world import running_api

from iot_hub.dashboard import data
from iot_hub.database import audiences
from iot_hub.database.audiences import Audience
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.operations.doctor.roll_up_checks import numbers
from iot_hub.settings import Settings

pytestmark = pytest.mark.usefixtures("hub_variables")

HOUR = 1_755_860_400
FIGURES = "SELECT count, min, max, unit FROM iot_hub_owner.hourly_metrics WHERE metric = %s"


def listed(*options: str) -> dict[str, dict[str, Any]]:
    return {row["metric"]: row for row in json.loads(run("metric", "list", "--json", *options))}


@pytest.fixture
def garden(owner: Connection) -> Connection:
    add_device(owner, name="garden", type="sensor")
    events = [
        (HOUR + n, {"garden": {"soil_moisture_percent": 31 + n, "bed": {"salt": 7, "note": "Długa 5"}}})
        for n in range(3)
    ]
    store(owner, *events, (HOUR + 60, {"climate": {"temperature_C": 21}, "owntracks": {"vel": 5}}))
    refresh(owner)
    return owner


def test_numbers_that_no_catalogue_knows_are_listed_with_a_device_and_without_a_value(garden: Connection) -> None:
    unknown = listed("--unknown")
    assert unknown.keys() == {"garden.soil_moisture_percent", "garden.bed.salt"}
    soil = unknown["garden.soil_moisture_percent"]
    assert (soil["events"], soil["device"], soil["hourly"], soil["unit"]) == (3, "garden", False, "%")
    assert "31" not in run("metric", "list", "--unknown")
    every = listed()
    assert every["climate.temperature_C"]["hourly"] is True
    assert every["climate.temperature_C"]["events"] == 1


def test_a_number_that_is_added_has_the_figures_of_its_past_and_is_not_published(garden: Connection) -> None:
    added = json.loads(run("metric", "add", "garden.bed.salt", "--unit", "g/l", "--name", "salt", "--json"))
    assert added == {"metric": "salt", "unit": "g/l", "hours": 1}
    run("metric", "add", "garden.soil_moisture_percent")
    refresh(garden)
    assert rows(garden, FIGURES, "salt") == [{"count": 3, "min": 7, "max": 7, "unit": "g/l"}]
    assert rows(garden, FIGURES, "garden.soil_moisture_percent") == [{"count": 3, "min": 31, "max": 33, "unit": "%"}]
    assert listed("--unknown") == {}
    assert (listed()["salt"]["own"], listed()["salt"]["published"]) == (True, False)
    assert rows(garden, "SELECT FROM iot_personal_hub.published_hourly_metrics WHERE metric = 'salt'") == []


def test_a_number_that_is_removed_loses_its_figures_after_a_question(garden: Connection) -> None:
    run("metric", "add", "garden.bed.salt")
    refresh(garden)
    fail("metric", "remove", "garden.bed.salt")
    assert len(rows(garden, FIGURES, "garden.bed.salt")) == 1
    run("metric", "remove", "garden.bed.salt", "--yes")
    run("metric", "remove", "climate.temperature_C", "--yes")
    assert (
        rows(garden, "SELECT FROM iot_hub_owner.hourly_metrics WHERE metric LIKE 'garden%%' OR metric LIKE 'climate%%'")
        == []
    )
    # And comes back, the catalogue's too.
    run("metric", "add", "garden.bed.salt")
    run("metric", "add", "climate.temperature_C")
    refresh(garden)
    assert len(rows(garden, FIGURES, "garden.bed.salt")) == len(rows(garden, FIGURES, "climate.temperature_C")) == 1


@pytest.fixture
def dashboard(settings: Settings) -> Iterator[Audience]:
    """Whom the dashboard asks for: the owner."""
    yield audiences.owner(settings)
    st.cache_resource.clear()


def test_an_unknown_number_that_is_added_is_in_the_api_and_on_the_dashboard_until_it_is_removed(
    garden: Connection, settings: Settings, dashboard: Audience
) -> None:
    """Its past, and what comes later, of any hour."""
    metric = "garden.soil_moisture_percent"
    hour = datetime.fromtimestamp(HOUR, UTC)
    span = {"device": 1, "since": hour - timedelta(days=1), "until": hour + timedelta(days=1)}
    session = open_session(garden)

    def figures() -> list[dict[str, Any]] | None:
        drawn = data.fetch(dashboard, "dashboard_metric", **span, metric=metric, step="hour", zone="UTC")
        with running_api(settings, "no") as api:
            since = (hour - timedelta(hours=4)).isoformat().replace("+00:00", "Z")
            asked = api.ask("GET", "/v1/devices/1/hourly", session, params={"metric": metric, "from": since})
        if asked.status_code == 404:
            assert drawn == []
            return None
        hours = asked.json()["hours"]
        assert [(each["started"], each["min"], each["max"], each["total"]) for each in drawn] == [
            (datetime.fromisoformat(each["hour"]), each["min"], each["max"], each["sum"]) for each in hours
        ]
        charts = {row["metric"]: row["unit"] for row in data.fetch(dashboard, "dashboard_metrics", **span)}
        assert charts[metric] == asked.json()["unit"] == "%"
        return [{name: each[name] for name in ("count", "min", "avg", "max", "first", "last")} for each in hours]

    assert figures() is None
    assert metric in listed("--unknown")
    run("metric", "add", metric)
    refresh(garden)
    past = {"count": 3, "min": 31, "avg": 32, "max": 33, "first": 31, "last": 33}
    assert figures() == [past]
    later = [
        (HOUR - 7200, {"garden": {"soil_moisture_percent": 12}}),
        (HOUR + 3600, {"garden": {"soil_moisture_percent": 40}}),
    ]
    store(garden, *later)
    refresh(garden)
    ones = [{"count": 1, "min": n, "avg": n, "max": n, "first": n, "last": n} for n in (12, 40)]
    assert figures() == [ones[0], past, ones[1]]
    run("metric", "remove", metric, "--yes")
    refresh(garden)
    assert figures() is None


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("garden..salt",), "no path"),
        (('["a", 1]',), "no path"),
        (("event.name",), "text"),
        (("battery.charging",), "true or false"),
        (("vehicle.fuel",), "already"),
        (("garden.x", "--name", "climate.temperature_C"), "taken"),
        (("garden.x", "--name", "events"), "taken"),
        (("climate.temperature_C", "--name", "warmth"), "keeps its name"),
    ],
)
def test_what_can_not_be_rolled_up_is_refused_with_the_reason(arguments: tuple[str, ...], problem: str) -> None:
    assert problem in fail("metric", "add", *arguments)


def test_a_metric_that_is_not_there_is_not_removed() -> None:
    assert "metric list" in fail("metric", "remove", "garden.x", "--yes")


def test_the_doctor_says_how_many_numbers_have_no_figures(garden: Connection, settings: Settings) -> None:
    assert numbers(DiagnosticContext(settings, garden)).message.startswith("2 numbers are sent")
    for metric in listed("--unknown"):
        run("metric", "add", metric)
    assert numbers(DiagnosticContext(settings, garden)).message.startswith("Every")
