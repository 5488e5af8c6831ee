"""Where the growth of counters and the time of states are seen: by the API and the dashboard, for the owner alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from events import Connection, add_device, refresh, rows, store
from query_api_world import running_api

from iot_hub.access.readers import add_reader
from iot_hub.dashboard import data
from iot_hub.dashboard.translations import LANGUAGES, load
from iot_hub.database import audiences
from iot_hub.properties.catalogue import catalogue
from iot_hub.settings import Settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INCREASE = "energy.energy_Wh.increase"


@pytest.fixture
def meter(owner: Connection) -> Connection:
    """A published meter that counts 60 Wh an hour from noon to two."""
    add_device(owner, name="meter", type="sensor")
    store(owner, *((NOON.timestamp() + n * 600, {"energy": {"energy_Wh": 10 * n}}) for n in range(13)))
    refresh(owner)
    return owner


def test_the_api_has_the_growth_of_a_counter_by_the_hour(meter: Connection, settings: Settings) -> None:
    that_day = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    reader = {"Authorization": f"Bearer {add_reader(meter, 'accounts', view='owner')}"}
    with running_api(settings) as api:
        answer = api.get("/v1/devices/1/hourly", reader, metric=INCREASE, **that_day).json()
        unknown = api.get("/v1/devices/1/hourly", reader, metric="nothing", **that_day).text
        of_others = api.get("/v1/devices/1/hourly", metric=INCREASE, **that_day)
    assert answer["unit"] == "Wh"
    assert answer["hours"] == [
        {"hour": "2026-03-02T12:00:00Z", "sum": 60},
        {"hour": "2026-03-02T13:00:00Z", "sum": 60},
    ]
    assert INCREASE in unknown
    assert "{metric}" not in unknown
    assert of_others.status_code == 404


def test_the_dashboard_adds_up_the_growth_of_a_day(meter: Connection, settings: Settings) -> None:
    where = audiences.owner(settings)
    day = {"device": 1, "since": NOON.replace(hour=0), "until": NOON.replace(hour=23)}
    found = {row["metric"]: row for row in data.fetch(where, "dashboard_metrics", **day)}
    assert found[INCREASE] == {"metric": INCREASE, "unit": "Wh", "low": 60, "high": 60, "is_total": True}
    [total] = data.fetch(where, "dashboard_metric", **day, metric=INCREASE, step="day", zone="UTC")
    assert total["total"] == 120


def test_the_api_and_the_dashboard_have_the_time_of_a_state(meter: Connection, settings: Settings) -> None:
    store(meter, *((NOON.timestamp() + n * 900, {"state": {"on": n % 2 == 1}}) for n in range(5)))
    refresh(meter)
    reader = {"Authorization": f"Bearer {add_reader(meter, 'home', view='owner')}"}
    day = {"device": 1, "since": NOON.replace(hour=0), "until": NOON.replace(hour=23)}
    asked = {"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T13:00:00Z"}
    with running_api(settings) as api:
        on, changes = (
            api.get("/v1/devices/1/hourly", reader, metric=metric, **asked).json()
            for metric in ("state.on.true", "state.on.true.changes")
        )
    assert (on["unit"], on["hours"]) == ("s", [{"hour": "2026-03-02T12:00:00Z", "sum": 1800}])
    assert (changes["unit"], changes["hours"]) == ("1", [{"hour": "2026-03-02T12:00:00Z", "count": 2}])
    shown = {row["metric"] for row in data.fetch(audiences.owner(settings), "dashboard_metrics", **day)}
    assert {metric for metric in shown if metric.startswith("state.")} == {"state.on.true"}
    assert {load(language)["metric.state.on.true"] for language in LANGUAGES} == {"On: time", "Włączone: czas"}


def test_others_see_no_growth_of_a_published_device(meter: Connection, viewer: Connection) -> None:
    assert rows(viewer, "SELECT FROM iot_hub_public.hourly_metrics")
    assert rows(viewer, "SELECT FROM iot_hub_public.hourly_counters") == []
    assert rows(viewer, "SELECT FROM iot_hub_public.hourly_values WHERE metric LIKE '%%increase'") == []
    assert rows(viewer, "SELECT FROM iot_hub_public.hourly_states") == []


def test_the_growth_of_every_counter_has_a_title_in_every_language() -> None:
    counters = [each for each in catalogue() if each.increase]
    assert {"energy.energy_Wh", "energy.exported_Wh", "energy.gas_m3"} <= {each.metric for each in counters}
    for language in LANGUAGES:
        texts = load(language)
        assert all(texts[f"metric.{each.metric}.increase"] != texts[f"metric.{each.metric}"] for each in counters)
