"""The endpoints of people's apps: each is told what it takes for delivered, and the event is there."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import httpx
import pytest
from events import Connection, rows
from fixture_meaning import Fixture, fixtures
from hub_server import api, new_phone
from nacl.secret import SecretBox
from waiting import wait_until

from iot_hub.access.devices import add_device, set_payload_key
from iot_hub.ingest.http.endpoints import ENDPOINTS

pytestmark = pytest.mark.hub

__all__ = ["api"]

RAW = "SELECT * FROM iot_personal_hub.raw_devices_properties ORDER BY device_time"
QUARANTINE = "SELECT * FROM iot_personal_hub.quarantine"
POSITION = {"_type": "location", "lat": 52.23, "lon": 21.01, "tst": 1709037003, "vel": 36}
APPS = [endpoint for endpoint in ENDPOINTS if endpoint.token_in_path]


@pytest.fixture
def token(api: httpx.Client, owner: Connection) -> str:
    return new_phone(api, owner, "smartphone")


def delivered(api: httpx.Client, fixture: Fixture, token: str) -> httpx.Response:
    """Send a fixture as its app does, the token in the path."""
    deliver = fixture.expected["deliver"]
    headers = {name: value for name, value in deliver.get("headers", {}).items() if name != "Authorization"}
    path = next(endpoint.path for endpoint in APPS if endpoint.source == fixture.source)
    payload = fixture.payload.read_bytes()
    if fixture.expected["kind"] == "http-query":
        return api.request(deliver["method"], f"{path}/{token}?{payload.decode().strip()}", headers=headers)
    return api.request(deliver["method"], f"{path}/{token}", headers=headers, content=payload)


@pytest.mark.parametrize(
    "fixture",
    [
        each
        for each in fixtures(kinds=("http-body", "http-query"))
        if each.source in {endpoint.source for endpoint in APPS}
    ],
    ids=lambda each: f"{each.source}/{each.payload.name}",
)
def test_an_app_is_told_what_it_takes_for_delivered(
    fixture: Fixture, api: httpx.Client, token: str, owner: Connection
) -> None:
    if key := fixture.expected.get("assume", {}).get("encryption_key"):
        set_payload_key(owner, "phone", key)
        wait_until(lambda: "key_missing" not in (delivered(api, fixture, token), reasons(owner))[1])
    answer = delivered(api, fixture, token)
    expected = fixture.expected["response"]
    assert answer.status_code in expected["status"], answer.text
    if "json" in expected:
        assert answer.json() == expected["json"]
    stored = {row["id"] for row in rows(owner, RAW)}
    assert len(stored) >= len(fixture.expected["records"])
    assert delivered(api, fixture, token).status_code == answer.status_code
    assert {row["id"] for row in rows(owner, RAW) if row["properties"].get("time_source") != "received"} <= stored


def reasons(owner: Connection) -> list[str]:
    found = [row["reason"] for row in rows(owner, QUARANTINE)]
    owner.execute("DELETE FROM iot_personal_hub.quarantine")
    return found


@pytest.mark.parametrize(
    "way",
    [
        lambda token: {"headers": {"X-API-Key": token}},
        lambda token: {"headers": {"Authorization": f"Bearer {token}"}},
        lambda token: {"headers": {"Authorization": f"Basic {token}:"}},
        lambda token: {"auth": ("anyone", token)},
        lambda token: {"params": {"token": token}},
        lambda token: {"params": {"access_token": token}},
        lambda token: {"params": {"api_key": token}},
        lambda token: {"url": f"/owntracks/{token}"},
    ],
)
def test_a_token_may_come_in_whatever_way_the_app_has(way: Any, api: httpx.Client, token: str) -> None:
    def send(token: str) -> httpx.Response:
        return api.request(**{"method": "POST", "url": "/owntracks", "json": POSITION, **way(token)})

    assert (send(token).status_code, send(token).json()) == (200, [])
    assert send("not-a-token").status_code == 401


def test_units_become_the_hubs_and_the_message_stays_as_it_came(
    api: httpx.Client, token: str, owner: Connection
) -> None:
    assert api.post(f"/owntracks/{token}", json=POSITION).status_code == 200
    [row] = rows(owner, RAW)
    assert row["properties"]["location"] == {"latitude": 52.23, "longitude": 21.01, "fix_speed_ms": 10}
    assert row["properties"]["owntracks"] == POSITION


def test_what_can_not_be_read_is_kept_in_the_quarantine_and_the_app_goes_on(
    api: httpx.Client, token: str, owner: Connection
) -> None:
    answer = api.post(f"/owntracks/{token}", content=b'{"_type":"location",')
    assert (answer.status_code, answer.json()) == (200, [])
    [kept] = rows(owner, QUARANTINE)
    assert (kept["source"], kept["reason"]) == ("owntracks", "not_json")


def test_an_encrypted_message_without_its_key_waits_in_the_quarantine(
    api: httpx.Client, token: str, owner: Connection
) -> None:
    [encrypted] = [each for each in fixtures("owntracks") if "encrypted" in each.payload.name]
    assert delivered(api, encrypted, token).json() == []
    assert reasons(owner) == ["key_missing"]
    set_payload_key(owner, "phone", "another")
    wait_until(lambda: (delivered(api, encrypted, token), reasons(owner))[1] == ["key_wrong"])


def test_overland_asks_who_is_there(api: httpx.Client) -> None:
    assert api.get("/overland").json() == {"name": "IoT Personal Hub"}
    assert api.get("/owntracks").status_code == 405


def test_the_companion_app_registers_and_its_webhook_works(api: httpx.Client, token: str, owner: Connection) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    answer = api.post("/api/mobile_app/registrations", headers=bearer, json={"app_id": "io.homeassistant"})
    assert answer.status_code == 201
    assert set(answer.json()) == {"webhook_id", "secret", "cloudhook_url", "remote_ui_url"}
    said = {"type": "update_location", "data": {"gps": [52.23, 21.01]}}
    assert api.post(f"/api/webhook/{answer.json()['webhook_id']}", json=said).json() == {}
    [row] = rows(owner, RAW)
    assert row["properties"]["location"] == {"latitude": 52.23, "longitude": 21.01}
    assert api.post("/api/mobile_app/registrations", headers={"Authorization": "Bearer x"}).status_code == 401


def test_an_encrypted_webhook_is_answered_in_the_same_key(api: httpx.Client, token: str, owner: Connection) -> None:
    secret = "5d" * 32
    box = SecretBox(bytes.fromhex(secret))
    set_payload_key(owner, "phone", secret)
    sensors = [{"unique_id": "battery_level", "type": "sensor", "state": 62}]
    sealed = b64encode(box.encrypt(json.dumps(sensors).encode())).decode()
    said = {"type": "update_sensor_states", "encrypted": True, "encrypted_data": sealed}
    wait_until(lambda: "encrypted_data" in api.post(f"/homeassistant/{token}", json=said).json())
    answer = api.post(f"/homeassistant/{token}", json=said).json()
    assert json.loads(box.decrypt(b64decode(answer["encrypted_data"]))) == {"battery_level": {"success": True}}
    assert rows(owner, RAW)[-1]["properties"]["battery"] == {"remaining_percent": 62}


def test_a_token_in_a_query_is_not_kept(api: httpx.Client, token: str, owner: Connection) -> None:
    assert api.get("/gpslogger", params={"lat": 52.1, "lon": 21.0, "time": 1714547289, "token": token}).text == ""
    [row] = rows(owner, RAW)
    assert token not in json.dumps(row["properties"])


def test_a_gateway_reports_for_the_device_that_the_payload_names(api: httpx.Client, owner: Connection) -> None:
    gateway = new_phone(api, owner, "gateway")
    device_id, _ = add_device(owner, "jane/phone", "smartphone")
    named = json.dumps({**POSITION, "topic": "owntracks/jane/phone"})
    wait_until(lambda: (api.post(f"/owntracks/{gateway}", content=named), rows(owner, RAW))[1] != [])
    assert {row["device_id"] for row in rows(owner, RAW)} == {device_id}


@pytest.mark.parametrize(
    "named", [{"headers": {"X-Limit-U": "jane", "X-Limit-D": "phone"}}, {"params": {"u": "jane", "d": "phone"}}]
)
def test_a_gateways_owntracks_may_name_its_device_beside_the_message(
    named: dict[str, Any], api: httpx.Client, owner: Connection
) -> None:
    gateway = new_phone(api, owner, "gateway")
    device_id, _ = add_device(owner, "jane/phone", "smartphone")
    wait_until(lambda: (api.post(f"/owntracks/{gateway}", json=POSITION, **named), rows(owner, RAW))[1] != [])
    assert {row["device_id"] for row in rows(owner, RAW)} == {device_id}


@pytest.mark.parametrize(("path", "said"), [("/owntracks", POSITION), ("/gpslogger", {"lat": 52.23, "lon": 21.01})])
def test_a_byte_order_mark_is_no_part_of_a_message(
    path: str, said: dict[str, Any], api: httpx.Client, token: str, owner: Connection
) -> None:
    assert api.post(f"{path}/{token}", content=b"\xef\xbb\xbf" + json.dumps(said).encode()).status_code == 200
    [row] = rows(owner, RAW)
    assert row["properties"]["location"]["latitude"] == 52.23


def test_a_region_and_a_friends_card_are_no_position(api: httpx.Client, token: str, owner: Connection) -> None:
    region = {"_type": "waypoint", "desc": "home", "lat": 52.23, "lon": 21.01, "rad": 150, "tst": 1558351273}
    friend = {"_type": "card", "tid": "jd", "name": "Jane", "face": "iVBORw0KGgo="}
    for message in (region, friend):
        assert api.post(f"/owntracks/{token}", json=message).json() == []
    [row] = rows(owner, RAW)
    assert row["properties"] == {"owntracks": region}
