"""Search by name over HTTP: what was visited first, then the world's cities; and when one was there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from login_world import open_session
from map_world import Owner, add_stay, add_trip
from places_world import name_stays
from query_api_world import Api, add_device, running_api

from iot_hub.access.readers import add_reader
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.gazetteer import load_gazetteer
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place
from iot_hub.settings import Settings

MONDAY = datetime(2026, 1, 26, 7, tzinfo=UTC)
KRAKOW, WIELICZKA = (50.0614, 19.9366), (49.9871, 20.0645)


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    """A hub whose owner was twice in Kraków, once beyond the end of a week, and at a gym in Wieliczka."""
    with hub_with_copy(cluster, database_copies) as settings:
        with connect(owner_conninfo(settings, "tests")) as owner:
            load_gazetteer(owner)
            add_device(owner, 1)
            add_place(owner, Place("Climbing gym", *WIELICZKA))
            add_place(owner, Place("Never seen", 10, 10))
            leaves = add_stay(owner, 1, MONDAY, 60, KRAKOW)
            arrives = add_trip(owner, 1, leaves, 30, [KRAKOW, WIELICZKA])
            leaves = add_stay(owner, 1, arrives, 90, WIELICZKA)
            back = add_trip(owner, 1, leaves, 40, [WIELICZKA, KRAKOW], "bicycle")
            cut = add_stay(owner, 1, back, 300, KRAKOW)
            add_stay(owner, 1, cut, 120, KRAKOW)
            owner.execute("UPDATE iot_personal_hub.journeys SET is_continued = true WHERE starts = %s", [cut])
            name_stays(owner)
        yield settings


@pytest.fixture(scope="module")
def owner(settings: Settings) -> Iterator[Owner]:
    with connect(owner_conninfo(settings, "tests")) as owner:
        yield owner


@pytest.fixture(scope="module")
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "no") as api:
        yield api


def asked(api: Api, owner: Owner, path: str, **parameters: Any) -> Any:
    answer = api.ask("GET", path, open_session(owner, secrets.token_urlsafe()), params=parameters or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(api: Api, owner: Owner, text: str, **parameters: Any) -> list[tuple[str, str, int]]:
    return [(row["kind"], row["name"], row["visits"]) for row in asked(api, owner, "/v1/search", q=text, **parameters)]


def test_what_was_visited_is_found_by_its_beginning_without_accents(owner: Owner, api: Api) -> None:
    assert found(api, owner, "krakow")[0] == ("city", "Kraków", 2)
    assert found(api, owner, "CLIMB") == [("place", "Climbing gym", 1)]
    assert ("country", "Poland", 3) in found(api, owner, "pol")
    assert ("place", "Never seen", 0) in found(api, owner, "seen")


def test_a_city_that_was_visited_is_not_listed_twice_and_others_of_the_world_follow(owner: Owner, api: Api) -> None:
    names = found(api, owner, "kra")
    assert names.count(("city", "Kraków", 2)) == 1
    assert ("city", "Kraków", 0) not in names
    assert ("city", "Krasnodar", 0) in names


def test_nothing_fits_nothing(owner: Owner, api: Api) -> None:
    assert found(api, owner, "  ") == []
    assert found(api, owner, "xyzzyx") == []
    assert found(api, owner, "%_'\\") == []


def test_visits_have_the_trip_that_led_there_and_their_whole_time(owner: Owner, api: Api) -> None:
    second, first = asked(api, owner, "/v1/visits", kind="city", name="Kraków", country="Poland")
    assert (second["trip_mode"], first["trip_mode"], first["trip_starts"]) == ("bicycle", None, None)
    lasted = datetime.fromisoformat(second["ends"]) - datetime.fromisoformat(second["starts"])
    assert lasted == timedelta(minutes=420)
    assert [row["name"] for row in asked(api, owner, "/v1/visits", kind="place", name="Climbing gym")] == [
        "Climbing gym"
    ]
    assert len(asked(api, owner, "/v1/visits", kind="country", name="Poland")) == 3
    assert asked(api, owner, "/v1/visits", kind="city", name="Kraków", country="Russia") == []


def test_answers_are_as_described(owner: Owner, api: Api) -> None:
    document = asked(api, owner, "/openapi.json")
    for path, schema in (("/v1/search?q=k", "SearchResult"), ("/v1/visits?kind=country&name=Poland", "VisitRead")):
        answer = asked(api, owner, path)
        assert answer
        for row in answer:
            part = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
            jsonschema.validate(row, part)


def test_a_reader_of_some_devices_finds_only_where_those_were(owner: Owner, api: Api) -> None:
    add_device(owner, 2)
    reader = {"Authorization": f"Bearer {add_reader(owner, 'car', ('2',), 'owner')}"}
    for text in ("climb", "never", "pol"):
        found = api.ask("GET", f"/v1/search?q={text}", headers=reader).json()
        assert [row for row in found if row["kind"] != "city"] == []
    whole = {"Authorization": f"Bearer {add_reader(owner, 'phone', ('1',), 'owner')}"}
    assert [row["name"] for row in api.ask("GET", "/v1/search?q=climb", headers=whole).json()] == ["Climbing gym"]


def test_only_the_owner_searches(owner: Owner, api: Api, settings: Settings) -> None:
    published = {"Authorization": f"Bearer {add_reader(owner, 'friend')}"}
    for path in ("/v1/search?q=k", "/v1/visits?kind=city&name=Krak%C3%B3w"):
        assert api.ask("GET", path).status_code == 401
        assert api.ask("GET", path, headers=published).json()["error"]["code"] == "owner_only"
