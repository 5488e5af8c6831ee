"""Statistics over HTTP: as JSON and CSV, for the owner and for nobody else."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from login_world import open_session
from map_world import Owner, add_gap, add_stay, add_trip
from query_api_world import Api, add_device, running_api

from iot_hub.access.readers import add_reader
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place
from iot_hub.settings import Settings
from iot_hub.worker.stay_naming import name_stays

MORNING = datetime(2026, 1, 31, 7, tzinfo=UTC)
HOME, WORK = (50.06, 19.94), (50.10, 20.02)
PATHS = tuple(f"/v1/statistics{each}" for each in ("", "/places", "/countries", "/trips", "/streaks"))
THAT_YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
SCHEMAS = {
    "/v1/statistics": "StatisticsByPeriod", "/v1/statistics/places": "StatisticsOfPlaces",
    "/v1/statistics/countries": "StatisticsOfCountries", "/v1/statistics/trips": "StatisticsOfTrips",
    "/v1/statistics/streaks": "StatisticsOfStreaks",
}  # fmt: skip


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "no") as api:
        yield api


def a_day(owner: Owner, device: int = 1) -> None:
    """At home, on the way, at work until after midnight, and silent."""
    add_device(owner, device, f"phone {device}")
    add_place(owner, Place(f"=Nest {device}", *HOME, "home")) if device == 1 else None
    leaves = add_stay(owner, device, MORNING, 60, HOME)
    arrives = add_trip(owner, device, leaves, 30, [HOME, (50.08, 19.95), WORK], "bicycle")
    silent = add_stay(owner, device, arrives, 60 * 20, WORK)
    add_gap(owner, device, silent, 30)
    name_stays(owner, 100)


def asked(api: Api, owner: Owner, path: str, **parameters: Any) -> Any:
    return api.ask("GET", path, open_session(owner, secrets.token_urlsafe()), params=THAT_YEAR | parameters)


@pytest.mark.parametrize("path", PATHS)
def test_each_answer_is_as_its_schema_says(owner: Owner, api: Api, path: str) -> None:
    a_day(owner)
    answer = asked(api, owner, path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    schemas = api.app.openapi()["components"]
    jsonschema.validate(answer.json(), {"$ref": f"#/components/schemas/{SCHEMAS[path]}", "components": schemas})
    assert answer.json() | {"zone": "Europe/Warsaw", **THAT_YEAR} == answer.json()


@pytest.mark.parametrize("path", PATHS)
def test_without_a_journey_there_is_nothing(owner: Owner, api: Api, path: str) -> None:
    add_device(owner, 1)
    found = asked(api, owner, path).json()
    assert [value for value in found.values() if isinstance(value, list)] == [[]]


def test_a_time_over_midnight_is_cut_and_a_visit_counts_once(owner: Owner, api: Api) -> None:
    a_day(owner)
    january, february = asked(api, owner, "/v1/statistics").json()["periods"]
    [year] = asked(api, owner, "/v1/statistics", by="year").json()["periods"]
    assert (january["period"], february["period"], year["period"]) == ("2026-01", "2026-02", "2026")
    # The owner's midnight is at 23:00 UTC.
    assert (january["staying_s"], february["staying_s"]) == ((60 + 14 * 60 + 30) * 60, (5 * 60 + 30) * 60)
    assert (january["visits"], february["visits"], year["visits"]) == (2, 0, 2)
    assert (january["moving_s"], february["unknown_s"], year["unknown_s"]) == (1800, 1800, 1800)
    assert january["modes"]["bicycle"]["distance_m"] == january["distance_m"] == year["distance_m"]
    assert february["distance_m"] == 0
    assert january["kinds"] == {"home": 3600}
    assert (january["cities"], february["cities"], year["countries"]) == (1, 1, 1)


def test_countries_count_by_touch_and_by_the_end_of_the_day(owner: Owner, api: Api) -> None:
    a_day(owner)
    found = asked(api, owner, "/v1/statistics/countries").json()
    [poland] = found["countries"]
    assert (poland["country_code"], poland["days"], poland["nights"]) == ("PL", 2, 1)
    assert (poland["first_visit"], poland["last_visit"]) == ("2026-01-31", "2026-01-31")
    days = found["days"], found["nights_at_places"], found["nights_on_the_way"], found["nights_unknown"]
    assert days == (2, 1, 0, 1)


def test_places_trips_and_streaks(owner: Owner, api: Api) -> None:
    a_day(owner)
    places = asked(api, owner, "/v1/statistics/places").json()["places"]
    assert [(each["name"], each["place_kind"], each["visits"]) for each in places] == [
        ("Kraków", None, 1), ("=Nest 1", "home", 1),
    ]  # fmt: skip
    [country] = asked(api, owner, "/v1/statistics/places", level="country").json()["places"]
    assert (country["name"], country["seconds"]) == ("Poland", 21 * 3600)
    [trip] = asked(api, owner, "/v1/statistics/trips").json()["trips"]
    assert (trip["start_name"], trip["end_name"], trip["day"]) == ("=Nest 1", "Kraków", "2026-01-31")
    [streak] = asked(api, owner, "/v1/statistics/streaks").json()["streaks"]
    assert (streak["mode"], streak["active_days"], streak["first_day"]) == ("bicycle", 1, "2026-01-31")


@pytest.mark.parametrize("path", PATHS)
def test_csv_has_a_line_per_row_and_no_formula(owner: Owner, api: Api, path: str) -> None:
    a_day(owner)
    answer = asked(api, owner, path, format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    head, *lines = csv.reader(io.StringIO(answer.text))
    assert lines and all(len(line) == len(head) for line in lines)
    assert not any(cell.startswith("=") for line in lines for cell in line)
    if path == PATHS[0]:
        january = dict(zip(head, lines[0], strict=True))
        assert (january["trips_bicycle"], january["trips_flight"], january["seconds_at_home"]) == ("1", "", "3600")


def test_what_cannot_be_understood_is_said(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    for wrong in (
        {"from": "yesterday"},
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"to": "2500-01-01"},
        {"by": "day"},
    ):
        answer = asked(api, owner, "/v1/statistics", **wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_parameter"), wrong


def test_by_default_it_is_this_year(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    found = api.ask("GET", "/v1/statistics", open_session(owner)).json()
    assert found["from"] == f"{found['to'][:4]}-01-01"
    assert abs(datetime.fromisoformat(found["to"]).date() - datetime.now(UTC).date()) <= timedelta(days=1)


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_sees_nothing_and_others_nothing_of_what_is_not_published(
    settings: Settings, owner: Owner, path: str
) -> None:
    a_day(owner)
    published = {"Authorization": f"Bearer {add_reader(owner, 'published')}"}
    with running_api(settings, "no") as closed, running_api(settings, "yes") as public:
        assert closed.get(path).status_code == 401
        for answer in (public.get(path, **THAT_YEAR), closed.get(path, headers=published, **THAT_YEAR)):
            assert answer.status_code == 200
            lists = [value for value in answer.json().values() if isinstance(value, list)]
            assert lists == [[]]


def test_a_reader_of_some_devices_sees_their_figures(owner: Owner, api: Api) -> None:
    a_day(owner)
    a_day(owner, 2)
    reader = {"Authorization": f"Bearer {add_reader(owner, 'one', ['phone 2'], 'owner')}"}
    [first, _] = api.get("/v1/statistics", reader, **THAT_YEAR).json()["periods"]
    assert first["trips"] == 1
    refused = api.get("/v1/statistics", reader, device=1)
    assert refused.json()["error"]["code"] == "unknown_device"
