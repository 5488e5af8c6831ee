"""Statistics for others than the owner: functions of published trips, and of nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from events import Connection, add_device, refresh, rows, store
from journey_world import HOUR, MINUTE, beside, stay, trip, utc
from private_zone import square
from query_api_world import Api, running_api

from iot_hub.access.readers import add_reader
from iot_hub.database.gazetteer import load_gazetteer
from iot_hub.privacy.areas import add_area
from iot_hub.settings import Settings

HOME = (50.06, 19.94)
MORNING = utc(2026, 3, 3, 6)
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
SCHEMAS = {
    "/v1/statistics": "StatisticsByPeriod", "/v1/statistics/places": "StatisticsOfPlaces",
    "/v1/statistics/countries": "StatisticsOfCountries", "/v1/statistics/trips": "StatisticsOfTrips",
    "/v1/statistics/streaks": "StatisticsOfStreaks",
}  # fmt: skip
ASKED = [(path, {}) for path in SCHEMAS] + [
    ("/v1/statistics", {"by": "year"}), ("/v1/statistics/places", {"level": "region"}),
    *((path, {"format": "csv"}) for path in SCHEMAS),
]  # fmt: skip


def live(owner: Connection, chance: random.Random, device_id: int = 1) -> None:
    """Report a day: from home 10 km north, 10 km east, a stay there, and 6 km south to where the phone stays."""
    off, corner, shop = MORNING + HOUR, beside(HOME, 10_000, 0), beside(HOME, 10_000, 10_000)
    left, last = off + 3 * HOUR, beside(HOME, 4_000, 10_000)
    fixes = [
        *stay(HOME, MORNING, off, MINUTE, chance),
        *trip(HOME, (10_000, 0), off, 20, MINUTE / 6, chance),
        *trip(corner, (0, 10_000), off + timedelta(seconds=500), 20, MINUTE / 6, chance),
        *stay(shop, off + 18 * MINUTE, left, MINUTE, chance),
        *trip(shop, (-6_000, 0), left, 5, MINUTE / 6, chance),
        *stay(last, left + 20 * MINUTE, left + 3 * HOUR, MINUTE, chance),
    ]
    owner.execute(f"SELECT iot_personal_hub.expect_backlog('{{{device_id}}}')".encode())
    store(owner, *(
        (fix.at.timestamp(), {"location": {"latitude": fix.latitude, "longitude": fix.longitude, "fix_accuracy_m": 5}})
        for fix in fixes
    ), device_id=device_id)  # fmt: skip
    refresh(owner)


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner)
    add_device(owner, 2, "Ola's phone")
    add_area(owner, "home", square(*HOME))
    live(owner, random.Random(1))
    live(owner, random.Random(2), 2)
    return owner


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "yes") as api:
        yield api


def answers(api: Api, headers: dict[str, str] | None = None, **more: object) -> list[str]:
    found = [api.get(path, headers, **YEAR, **asked, **more) for path, asked in ASKED]
    assert {answer.status_code for answer in found} == {200}
    return [answer.text for answer in found]


def test_others_get_what_published_trips_add_up_to(owner: Connection, api: Api) -> None:
    load_gazetteer(owner)
    [year] = api.get("/v1/statistics", **YEAR, by="year").json()["periods"]
    [published] = rows(
        owner, "SELECT count(*) AS trips, sum(round(distance_m))::bigint AS metres FROM iot_hub_public.journeys"
    )
    [own] = rows(owner, "SELECT sum(distance_m) AS metres FROM iot_personal_hub.journeys WHERE kind = 'trip'")
    assert (year["trips"], year["distance_m"]) == (published["trips"], published["metres"])
    assert 0 < year["distance_m"] < own["metres"] - 12_000
    # Nothing is known of stays: that is no zero.
    assert {year[name] for name in ("staying_s", "unknown_s", "visits", "stops", "countries", "cities")} == {None}
    [poland] = api.get("/v1/statistics/countries", **YEAR).json()["countries"]
    assert (poland["country_code"], poland["days"], poland["nights"], poland["visits"]) == ("PL", 1, None, None)
    places = api.get("/v1/statistics/places", **YEAR).json()["places"]
    assert places
    for row in places:
        assert (row["place_id"], row["place_kind"], row["days"]) == (None, None, 1)
    trips = api.get("/v1/statistics/trips", **YEAR).json()["trips"]
    assert len(trips) == published["trips"]
    assert {(each["start_name"], each["end_name"]) for each in trips} == {(None, None)}


@pytest.mark.parametrize("path", SCHEMAS)
@pytest.mark.usefixtures("owner")
def test_each_answer_is_as_its_schema_says(api: Api, path: str) -> None:
    document = api.get("/openapi.json").json()
    schema = {"$ref": f"#/components/schemas/{SCHEMAS[path]}", "components": document["components"]}
    jsonschema.validate(api.get(path, **YEAR).json(), schema)


def test_all_of_it_is_made_of_published_fixes_alone(owner: Connection, api: Api) -> None:
    before = answers(api)
    assert any("on_foot" in text or "vehicle" in text or "bicycle" in text for text in before)
    owner.execute(
        "TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.locations, iot_personal_hub.private_spans,"
        " iot_personal_hub.journeys, iot_personal_hub.map_cells,"
        " iot_personal_hub.shown_journeys, iot_personal_hub.shown_map_cells CASCADE"
    )
    for device_id in (1, 2):
        owner.execute("SELECT iot_personal_hub.refresh_shown_journeys(%s, '2000-01-01', '2100-01-01')", [device_id])
    assert answers(api) == before


def test_a_reader_of_some_devices_gets_these(owner: Connection, api: Api) -> None:
    one = {"Authorization": f"Bearer {add_reader(owner, 'one', ['2'])}"}
    everyone: list[Any] = [answers(api, device=2), answers(api)]
    assert answers(api, one) == everyone[0] != everyone[1]
    refused = api.get("/v1/statistics", one, device=1)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown_device")


def test_a_device_that_is_withdrawn_adds_nothing(owner: Connection, api: Api) -> None:
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = false WHERE id = 1")
    refresh(owner)
    assert answers(api) == answers(api, device=2)
