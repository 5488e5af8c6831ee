"""Drives and charges over HTTP: the owner's alone, and put right only from a page of this hub."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from drive_world import HOUR, MINUTE, SECOND, Car, drives
from events import refresh, store
from journey_world import utc
from login_world import open_session
from query_api_world import Api, Owner, add_device, running_api

from iot_hub.access.readers import add_reader
from iot_hub.settings import Settings

MORNING = utc(2026, 3, 3, 6)
TWO = {"device_id": 1, "since": "2026-03-03T06:00:00Z", "until": "2026-03-03T07:30:00Z"}
PATHS = ("/v1/drives", "/v1/charges", "/v1/drives/readings?device=1", "/v1/drives/corrections")


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

    def drives(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/v1/drives", params={"device": 1}).json()["drives"]
        return found


@pytest.fixture
def page(api: Api, owner: Owner) -> OwnersPage:
    """A car that was driven twice and charged, and the owner who looks at it."""
    add_device(owner, 1)
    car = Car(every=5 * SECOND)
    ends = car.drive(MORNING, 1200, 50)
    car.drive(ends + 30 * MINUTE, 1200, 50)
    store(owner, *car.reports, *(
        ((MORNING + 5 * HOUR + n * MINUTE).timestamp(), {"vehicle": {"charging_power_W": 7200, "battery_percent": 20 + n}})
        for n in range(31)
    ))  # fmt: skip
    refresh(owner)
    return OwnersPage(api, owner)


def test_drives_and_charges_are_listed_oldest_first(page: OwnersPage) -> None:
    first, second = page.drives()
    assert (first["starts"], second["starts"]) == ("2026-03-03T06:00:00Z", "2026-03-03T06:50:00Z")
    assert first["fuel_L_100km"] == pytest.approx(12, abs=0.2)
    assert (first["name"], first["purpose"], first["energy_Wh"]) == (None, None, None)
    late = page.ask("GET", "/v1/drives?from=2026-03-03T06:30:00Z").json()
    assert (late["drives"], late["next_from"]) == ([second], None)
    [charge] = page.ask("GET", "/v1/charges").json()["charges"]
    assert (charge["energy_Wh"], charge["battery_start_percent"], charge["battery_end_percent"]) == (3600, 20, 50)
    unknown = page.ask("GET", "/v1/drives?device=1&from=yesterday")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "bad_parameter")


def test_readings_of_a_drive_come_on_one_axis_of_time(page: OwnersPage) -> None:
    asked = {"device": 1, "from": "2026-03-03T06:00:00Z", "to": "2026-03-03T06:20:00Z", "points": 100}
    found = page.ask("GET", "/v1/drives/readings", params=asked).json()
    assert (found["step_s"], len(found["times"])) == (12, 100)
    assert {len(values) for values in found["series"].values()} == {100}
    assert set(found["series"]) >= {"speed_kmh", "engine_rpm", "coolant_temperature_C", "fuel_rate_Lh", "altitude_m"}
    assert "battery_percent" not in found["series"]
    assert found["series"]["speed_kmh"][50] == 50
    long = page.ask("GET", "/v1/drives/readings", params=asked | {"to": "2026-04-30T06:00:00Z"})
    assert (long.status_code, long.json()["error"]["code"]) == (422, "bad_parameter")
    assert page.ask("GET", "/v1/drives/readings?device=9").status_code == 404


def test_drives_are_merged_named_and_what_was_done_is_undone(page: OwnersPage) -> None:
    before = page.drives()
    merge = TWO | {"kind": "merge"}
    concerned = page.ask("POST", "/v1/drives/corrections/preview", json=merge).json()
    assert (concerned["drives"], concerned["days"]) == (2, 1)
    assert page.drives() == before
    made = page.ask("POST", "/v1/drives/corrections", json=merge)
    assert (made.status_code, made.json()["is_derived"]) == (201, True)
    [merged] = page.drives()
    assert (merged["starts"], merged["ends"]) == (before[0]["starts"], before[1]["ends"])
    page.ask("POST", "/v1/drives/corrections", json=TWO | {"kind": "name", "name": " To the sea "})
    page.ask("POST", "/v1/drives/corrections", json=TWO | {"kind": "purpose", "purpose": "business"})
    [merged] = page.drives()
    assert (merged["name"], merged["purpose"]) == ("To the sea", "business")
    undone = page.ask("DELETE", f"/v1/drives/corrections/{made.json()['id']}")
    assert undone.json() == {"id": made.json()["id"], "is_derived": True}
    assert [(drive["starts"], drive["name"]) for drive in page.drives()] == [
        (drive["starts"], "To the sea") for drive in before
    ]
    again = page.ask("DELETE", f"/v1/drives/corrections/{made.json()['id']}")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "unknown_correction")
    assert [each["kind"] for each in page.ask("GET", "/v1/drives/corrections").json()] == ["purpose", "name", "merge"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "erase"}, "bad_parameter"),
        ({"kind": "merge", "until": None}, "bad_correction"),
        ({"kind": "merge", "until": "2026-03-03T05:00:00Z"}, "bad_correction"),
        ({"kind": "merge", "until": "2026-05-03T05:00:00Z"}, "bad_correction"),
        ({"kind": "merge", "name": "x"}, "bad_correction"),
        ({"kind": "name"}, "bad_correction"),
        ({"kind": "name", "name": "  "}, "bad_correction"),
        ({"kind": "name", "name": "two\nlines"}, "bad_correction"),
        ({"kind": "name", "name": "x" * 201}, "bad_parameter"),
        ({"kind": "purpose"}, "bad_correction"),
        ({"kind": "purpose", "purpose": "fun"}, "bad_parameter"),
        ({"kind": "split", "since": "2026-03-03T06:00:00"}, "bad_parameter"),
    ],
)
def test_a_correction_that_means_nothing_is_rejected_in_one_line(
    page: OwnersPage, wrong: dict[str, object], code: str
) -> None:
    for path in ("/v1/drives/corrections", "/v1/drives/corrections/preview"):
        answer = page.ask("POST", path, json=TWO | wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert page.ask("GET", "/v1/drives/corrections").json() == []


def test_nobody_else_reads_or_corrects_drives(owner: Owner, page: OwnersPage, api: Api, settings: Settings) -> None:
    session = open_session(owner, secrets.token_urlsafe())
    body = TWO | {"kind": "merge"}
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert "foreign_origin" in api.ask("POST", "/v1/drives/corrections", session, json=body, headers=origin).text
    published = {"Authorization": f"Bearer {add_reader(owner, 'friend')}"}
    some = {"Authorization": f"Bearer {add_reader(owner, 'other', (2,), 'owner')}"} if add_device(owner, 2) else {}
    for path in PATHS:
        assert "owner_only" in api.ask("GET", path, headers=published).text
        if some:
            assert not api.ask("GET", path, headers=some).text.count("2026-03-03")
    with running_api(settings, "yes") as public:
        for path in PATHS:
            assert "owner_only" in public.get(path).text
    assert len(drives(owner)) == 2
