"""The address book of places over HTTP: the owner's alone, and changed only from a page of this hub."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from login_world import open_session
from map_world import Owner, add_stay
from places_world import name_stays
from query_api_world import Api, add_device, running_api

from iot_hub.access.readers import add_reader
from iot_hub.settings import Settings

MORNING = datetime(2026, 1, 31, 7, tzinfo=UTC)
GYM = {"name": "Climbing gym", "latitude": 50.06, "longitude": 19.94, "kind": "sport", "radius_m": 60}


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "no") as api:
        yield api


class OwnersPage:
    """A page of the hub in the owner's browser."""

    def __init__(self, api: Api, owner: Owner) -> None:
        self._api = api
        self._session = open_session(owner, secrets.token_urlsafe())

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._api.ask(method, path, self._session, headers={"Origin": "http://hub"}, **options)


@pytest.fixture
def page(api: Api, owner: Owner) -> OwnersPage:
    return OwnersPage(api, owner)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def names_of_stays(owner: Owner) -> list[str | None]:
    return [row["name"] for row in owner.execute("SELECT name FROM iot_personal_hub.visits ORDER BY starts")]


def test_a_place_is_added_changed_and_removed_and_its_stays_follow(owner: Owner, page: OwnersPage) -> None:
    add_device(owner, 1)
    add_stay(owner, 1, MORNING, 90, (50.06, 19.94))
    name_stays(owner)
    added = page.ask("POST", "/v1/places", json=GYM)
    assert (added.status_code, added.json()["visits"], added.json()["hours"]) == (201, 1, 2)
    assert names_of_stays(owner) == ["Climbing gym"]

    path = f"/v1/places/{added.json()['id']}"
    changed = page.ask("PUT", path, json=GYM | {"name": "Bouldering", "latitude": 50.07})
    assert (changed.status_code, changed.json()["name"], changed.json()["visits"]) == (200, "Bouldering", 0)
    assert names_of_stays(owner) == [None]
    assert [place["name"] for place in page.ask("GET", "/v1/places").json()] == ["Bouldering"]

    assert page.ask("DELETE", path).status_code == 204
    assert page.ask("GET", "/v1/places").json() == []
    gone = page.ask("DELETE", path)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown_place")


def test_a_place_without_a_kind_has_the_one_that_its_name_says(page: OwnersPage) -> None:
    without = {key: value for key, value in GYM.items() if key not in ("kind", "radius_m")}
    kinds = [page.ask("POST", "/v1/places", json=without | {"name": name}).json() for name in ("Dom", "A corner")]
    assert [(place["kind"], place["radius_m"]) for place in kinds] == [("home", 100), ("other", 100)]


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"latitude": 91}, {"longitude": "east"}, {"kind": "castle"}, {"radius_m": 0}, {"colour": "red"}],
)
def test_an_impossible_place_is_rejected_in_one_line(page: OwnersPage, wrong: dict[str, object]) -> None:
    answer = page.ask("POST", "/v1/places", json=GYM | wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_parameter")
    assert page.ask("GET", "/v1/places").json() == []


def test_the_same_place_twice_is_rejected(page: OwnersPage) -> None:
    assert page.ask("POST", "/v1/places", json=GYM).status_code == 201
    assert page.ask("POST", "/v1/places", json=GYM).json()["error"]["message"].endswith("at that point already.")


def test_where_devices_often_were_is_suggested_until_it_has_a_name(owner: Owner, page: OwnersPage) -> None:
    add_device(owner, 1)
    for day in range(3):
        add_stay(owner, 1, MORNING + timedelta(days=day), 90, (50.06, 19.94))
    [suggestion] = page.ask("GET", "/v1/places/suggestions").json()
    assert (suggestion["visits"], suggestion["hours"]) == (3, 4.5)
    page.ask("POST", "/v1/places", json=GYM)
    name_stays(owner)
    assert page.ask("GET", "/v1/places/suggestions").json() == []


def test_a_reader_of_some_devices_does_not_see_where_the_others_are(owner: Owner, api: Api) -> None:
    for device in (1, 2):
        add_device(owner, device)
        for day in range(3):
            add_stay(owner, device, MORNING + timedelta(days=day), 90, (50.06, 19.94 + device / 10))
    some = bearer(add_reader(owner, "car", ("1",), "owner"))
    for path in ("/v1/places", "/v1/places/suggestions"):
        answer = api.ask("GET", path, headers=some)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "owner_only")


def test_nobody_else_reads_or_changes_places(owner: Owner, api: Api, settings: Settings) -> None:
    session = open_session(owner, secrets.token_urlsafe())
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert "foreign_origin" in api.ask("POST", "/v1/places", session, json=GYM, headers=origin).text
    everything, published = add_reader(owner, "backup", (), "owner"), add_reader(owner, "friend")
    assert api.ask("GET", "/v1/places", headers=bearer(everything)).status_code == 200
    assert "owner_only" in api.ask("GET", "/v1/places", headers=bearer(published)).text
    for method, path in (("POST", "/v1/places"), ("PUT", "/v1/places/1"), ("DELETE", "/v1/places/1")):
        own = {"Origin": "http://hub"}
        assert "read_only" in api.ask(method, path, json=GYM, headers=own | bearer(everything)).text
        assert api.ask(method, path, json=GYM, headers=own).status_code == 401
    with running_api(settings, "yes") as public:
        assert "owner_only" in public.get("/v1/places").text
        assert public.ask("POST", "/v1/places", json=GYM, headers={"Origin": "http://hub"}).status_code == 401
    assert api.ask("GET", "/v1/places", session).json() == []
