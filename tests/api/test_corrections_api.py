"""Corrections over HTTP: the owner's alone, and made only from a page of this hub."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from journey_world import HOUR, MINUTE, derive, put, stay, utc
from login_world import open_session
from query_api_world import Api, Owner, add_device, running_api

from iot_hub.access.readers import add_reader
from iot_hub.settings import Settings

HOME = (52.23, 21.01)
MORNING = utc(2026, 1, 31, 6)
HIDDEN = {"device_id": 1, "kind": "hide", "since": "2026-01-31T06:00:00Z", "until": "2026-01-31T08:00:00Z"}
JOURNEYS = "/v1/devices/1/journeys?from=2026-01-31T00:00:00Z&to=2026-02-01T00:00:00Z"


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

    def kinds(self) -> list[str]:
        return [journey["kind"] for journey in self.ask("GET", JOURNEYS).json()["journeys"]]


@pytest.fixture
def page(api: Api, owner: Owner) -> OwnersPage:
    """A phone that was at home all morning, and the owner who looks at it."""
    add_device(owner, 1)
    put(owner, list(stay(HOME, MORNING, MORNING + 6 * HOUR, MINUTE, random.Random(1))))
    derive(owner)
    return OwnersPage(api, owner)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_correction_is_previewed_made_listed_and_undone(page: OwnersPage) -> None:
    assert page.kinds() == ["stay"]
    assert page.ask("POST", "/v1/corrections/preview", json=HIDDEN).json() == {"fixes": 120, "journeys": 1, "days": 1}
    assert page.kinds() == ["stay"]

    made = page.ask("POST", "/v1/corrections", json=HIDDEN)
    assert (made.status_code, made.json()["is_derived"]) == (201, True)
    assert page.kinds() == ["gap", "stay"]
    [listed] = page.ask("GET", "/v1/corrections", params={"device": 1}).json()
    assert (listed["id"], listed["kind"], listed["since"], listed["undone_at"]) == (
        made.json()["id"], "hide", HIDDEN["since"], None,
    )  # fmt: skip

    path = f"/v1/corrections/{listed['id']}"
    assert page.ask("DELETE", path).json() == {"id": listed["id"], "is_derived": True}
    assert page.kinds() == ["stay"]
    assert page.ask("GET", "/v1/corrections").json()[0]["undone_at"]
    again = page.ask("DELETE", path)
    assert (again.status_code, again.json()["error"]["code"]) == (404, "unknown_correction")


def test_all_fixes_of_a_device_can_be_wrong(page: OwnersPage) -> None:
    made = page.ask("POST", "/v1/corrections", json={"device_id": 1, "kind": "wrong_fixes"})
    assert (made.status_code, made.json()["is_derived"]) == (201, False)
    [listed] = page.ask("GET", "/v1/corrections").json()
    assert (listed["since"], listed["until"]) == (None, None)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "erase"}, "bad_parameter"),
        ({"since": None}, "bad_correction"),
        ({"since": "2026-01-31T06:00:00"}, "bad_parameter"),
        ({"until": "2026-01-31T05:00:00Z"}, "bad_correction"),
        ({"until": "9999-12-31T23:59:59Z"}, "bad_parameter"),
        ({"kind": "mode"}, "bad_correction"),
        ({"kind": "move", "latitude": 91, "longitude": 0}, "bad_parameter"),
        ({"colour": "red"}, "bad_parameter"),
    ],
)
def test_a_correction_that_means_nothing_is_rejected_in_one_line(
    page: OwnersPage, wrong: dict[str, object], code: str
) -> None:
    for path in ("/v1/corrections", "/v1/corrections/preview"):
        answer = page.ask("POST", path, json=HIDDEN | wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert page.ask("GET", "/v1/corrections").json() == []


def test_an_unknown_device_has_no_corrections(page: OwnersPage) -> None:
    answer = page.ask("POST", "/v1/corrections", json=HIDDEN | {"device_id": 7})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_device")


def test_nobody_else_reads_or_makes_corrections(owner: Owner, page: OwnersPage, api: Api, settings: Settings) -> None:
    page.ask("POST", "/v1/corrections", json=HIDDEN)
    session = open_session(owner, secrets.token_urlsafe())
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert "foreign_origin" in api.ask("POST", "/v1/corrections", session, json=HIDDEN, headers=origin).text
    everything, published = add_reader(owner, "backup", (), "owner"), add_reader(owner, "friend")
    assert len(api.ask("GET", "/v1/corrections", headers=bearer(everything)).json()) == 1
    assert "owner_only" in api.ask("GET", "/v1/corrections", headers=bearer(published)).text
    for method, path in (("POST", ""), ("POST", "/preview"), ("DELETE", "/1")):
        own = {"Origin": "http://hub"}
        assert "read_only" in api.ask(method, f"/v1/corrections{path}", headers=own | bearer(everything)).text
        assert api.ask(method, f"/v1/corrections{path}", headers=own).status_code == 401
    with running_api(settings, "yes") as public:
        assert "owner_only" in public.get("/v1/corrections").text
    assert len(page.ask("GET", "/v1/corrections").json()) == 1
