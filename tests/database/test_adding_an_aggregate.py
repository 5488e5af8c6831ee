"""CONTRIBUTING's recipe for an hourly aggregate: its two files are all it takes to see it everywhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from events import Connection, add_device, refresh, rows, store
from paths import ROOT
from private_zone import NOON, square
from query_api_world import running_api
from share_world import link, seen

from iot_hub.dashboard import data
from iot_hub.dashboard.translations import LANGUAGES, load
from iot_hub.database import aggregates, audiences
from iot_hub.database.migrations import migrate
from iot_hub.privacy.areas import add_area
from iot_hub.settings import Settings

RECIPE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
HOME, ROAD = (52.23, 21.01), (52.9, 22.1)
HOUR = datetime(2025, 8, 22, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of aggregates, as one more is about to be added."""
    copied = shutil.copytree(aggregates.FOLDER, tmp_path / "aggregates")
    monkeypatch.setattr(aggregates, "FOLDER", copied)
    forget()
    yield copied
    monkeypatch.undo()
    forget()


def forget() -> None:
    aggregates.aggregates.cache_clear()
    load.cache_clear()


def add_travel(folder: Path) -> None:
    """Do what the recipe says."""
    [recipe] = re.findall(r"^## Adding an hourly aggregate\n(.*?)^## ", RECIPE, re.MULTILINE | re.DOTALL)
    [definition], [hourly] = (re.findall(rf"```{kind}\n(.*?)```", recipe, re.DOTALL) for kind in ("toml", "sql"))
    (folder / "travel").mkdir()
    (folder / "travel" / "aggregate.toml").write_text(definition, encoding="utf-8")
    (folder / "travel" / "hourly.sql").write_text(hourly, encoding="utf-8")
    forget()


def fix(place: tuple[float, float], speed_ms: float) -> dict[str, Any]:
    return {
        "location": {"latitude": place[0], "longitude": place[1], "fix_accuracy_m": 5, "fix_speed_ms": speed_ms},
    }


def ride() -> list[tuple[float, dict[str, Any]]]:
    """An hour on the road: a fix each minute, the first twenty of them at rest."""
    return [(NOON + n * 60, fix((ROAD[0] + n * 1e-4, ROAD[1]), 0 if n < 20 else 10)) for n in range(60)]


def stay() -> list[tuple[float, dict[str, Any]]]:
    """Three hours at home, hours later."""
    return [(NOON + 6 * 3600 + n * 300, fix(HOME, 0.5)) for n in range(36)]


TRAVEL = {
    "device_id": 1,
    "date_hour": HOUR,
    "speed_kmh_min": 0,
    "speed_kmh_avg": 24,
    "speed_kmh_max": 36,
    "moving_min": 40,
}


@pytest.fixture
def travelled(folder: Path, settings: Settings, owner: Connection) -> Connection:
    """A hub with a past, to which the aggregate has been added."""
    add_device(owner)
    store(owner, *ride())
    refresh(owner)
    add_travel(folder)
    migrate(settings)
    refresh(owner)
    return owner


def test_every_audience_has_the_view_of_a_new_aggregate_with_its_past(
    travelled: Connection, viewer: Connection, guest: Connection
) -> None:
    assert rows(travelled, "SELECT * FROM iot_hub_owner.hourly_travel") == [TRAVEL]
    assert rows(viewer, "SELECT * FROM iot_hub_public.hourly_travel") == [TRAVEL]
    assert rows(viewer, "SELECT * FROM iot_personal_hub.published_hourly_travel") == [TRAVEL]
    assert seen(guest, link(travelled, measurements=True), "hourly_travel") == [TRAVEL]


def test_a_link_with_reduced_precision_shows_no_aggregate_of_movement(travelled: Connection, guest: Connection) -> None:
    token = link(travelled, measurements=True, precision="1km")
    assert seen(guest, token, "hourly_travel") == []
    assert {row["metric"] for row in seen(guest, token, "hourly_values")} == {"events"}


def test_the_api_answers_for_a_new_aggregates_metrics(travelled: Connection, settings: Settings) -> None:
    that_day = {"from": "2025-08-22T00:00:00Z", "to": "2025-08-23T00:00:00Z"}
    with running_api(settings) as api:
        speed = api.get("/v1/devices/1/hourly", metric="travel.speed", **that_day).json()
        assert speed["unit"] == "km/h"
        assert speed["hours"] == [{"hour": "2025-08-22T12:00:00Z", "min": 0, "avg": 24, "max": 36}]
        moving = api.get("/v1/devices/1/hourly", metric="travel.moving", **that_day).json()
        assert moving["hours"] == [{"hour": "2025-08-22T12:00:00Z", "sum": 40}]


def test_the_dashboard_has_a_new_aggregates_metrics_with_their_texts(travelled: Connection, settings: Settings) -> None:
    where = audiences.owner(settings)
    day = {"device": 1, "since": HOUR.replace(hour=0), "until": HOUR.replace(hour=23)}
    found = {row["metric"]: row for row in data.fetch(where, "dashboard_metrics", **day)}
    assert found["travel.speed"] == {
        "metric": "travel.speed", "unit": "km/h", "low": 0, "high": 36, "is_total": False,
    }  # fmt: skip
    assert found["travel.moving"]["is_total"]
    step = {"metric": "travel.moving", "step": "day", "zone": "UTC"}
    [moved] = data.fetch(where, "dashboard_metric", **day, **step)
    assert moved["total"] == 40
    titles = {language: load(language)["metric.travel.speed"] for language in LANGUAGES}
    assert titles == {"en": "Travel speed", "pl": "Prędkość podróży"}


def test_a_new_aggregate_is_masked_and_withdrawn_as_any_other(
    travelled: Connection, viewer: Connection, guest: Connection
) -> None:
    token = link(travelled, measurements=True)
    store(travelled, *stay())
    refresh(travelled)
    hours = "SELECT date_part('hour', date_hour AT TIME ZONE 'UTC')::int AS hour FROM iot_hub_public.hourly_travel ORDER BY 1"
    assert [row["hour"] for row in rows(viewer, hours)] == [12, 18, 19, 20]
    add_area(travelled, "home", square(*HOME))
    # Before any refresh.
    assert [row["hour"] for row in rows(viewer, hours)] == []
    refresh(travelled)
    # What counts is withheld where anything is hidden.
    masked = TRAVEL | {"moving_min": None}
    assert rows(viewer, "SELECT * FROM iot_hub_public.hourly_travel") == [masked]
    assert seen(guest, token, "hourly_travel") == [masked]
    assert len(rows(travelled, "SELECT FROM iot_hub_owner.hourly_travel")) == 4


def test_an_aggregate_that_is_not_published_is_the_owners_alone(
    folder: Path, settings: Settings, owner: Connection, viewer: Connection
) -> None:
    add_travel(folder)
    definition = folder / "travel" / "aggregate.toml"
    definition.write_text(definition.read_text().replace("published = true", "published = false"))
    migrate(settings)
    add_device(owner)
    store(owner, *ride())
    refresh(owner)
    assert rows(owner, "SELECT * FROM iot_hub_owner.hourly_travel") == [TRAVEL]
    assert rows(viewer, "SELECT * FROM iot_hub_public.hourly_travel") == []


def test_an_hour_that_loses_its_rows_source_loses_the_row(travelled: Connection) -> None:
    travelled.execute("UPDATE iot_personal_hub.locations SET speed_ms = NULL")
    travelled.execute("SELECT iot_personal_hub.refresh_aggregates(1, '2025-08-22 00:00Z', '2025-08-23 00:00Z')")
    assert rows(travelled, "SELECT FROM iot_hub_owner.hourly_travel") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('disclosure = "counter"', ""),
        ('disclosure = "counter"', 'disclosure = "nothing"'),
        ("movement = true", ""),
        ("published = true", "publish = true"),
    ],
)
def test_an_aggregate_that_does_not_say_what_it_reveals_is_an_error(folder: Path, before: str, after: str) -> None:
    add_travel(folder)
    definition = folder / "travel" / "aggregate.toml"
    definition.write_text(definition.read_text().replace(before, after))
    with pytest.raises(ValueError, match=r"travel/aggregate\.toml"):
        aggregates.aggregates()


def test_every_metric_of_an_aggregate_has_texts_or_a_chart_of_its_own() -> None:
    charted = {"events", "battery.level", "battery.temperature", "battery.usage_current", "location.altitude"}
    for aggregate in aggregates.aggregates():
        for measure in aggregate.measures:
            # A row with a name of its own has the texts of its property.
            if measure.metric and not measure.has_named_rows and measure.metric not in charted:
                assert measure.texts.keys() == set(LANGUAGES)
