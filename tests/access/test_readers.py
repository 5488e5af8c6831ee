"""Who may read /v1: the owner's session and readers' tokens, each as far as the owner granted it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import fail, run
from events import Connection, refresh, rows
from login_world import open_session
from query_api_world import (
    HOME,
    NOON,
    THAT_DAY,
    TOWN,
    Api,
    add_device,
    at,
    hide_home,
    minutes,
    publish,
    running_api,
    store,
)
from typer.testing import CliRunner

from iot_hub.access.devices import add_device as add_device_with_token
from iot_hub.access.readers import add_reader, list_readers, revoke_reader
from iot_hub.cli.main import app
from iot_hub.settings import Settings


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    """A hub that is open to nobody, as a new one is."""
    with running_api(settings, "no") as api:
        yield api


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(token: str, user: str = "grafana") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()}


def outcome(api: Api, path: str, headers: dict[str, str], method: str = "GET", **options: Any) -> tuple[int, str]:
    answer = api.ask(method, path, headers=headers, **options)
    return answer.status_code, answer.text if answer.status_code == 200 else answer.json()["error"]["code"]


def listed(api: Api, headers: dict[str, str]) -> list[int]:
    return [device["id"] for device in api.ask("GET", "/v1/devices", headers=headers).json()]


def two_places(owner: Connection) -> None:
    """A published phone that was in town and at home, and a sensor that is nobody's business."""
    hide_home(owner)
    add_device(owner, 1, "phone")
    add_device(owner, 2, "bedroom", published=False)
    publish(owner, 1, [(NOON, at(TOWN)), (NOON + minutes(300), at(HOME))])
    publish(owner, 2, [(NOON, {"climate": {"temperature_C": 20.5}})])


def test_the_owners_session_reads_everything(owner: Connection, api: Api) -> None:
    two_places(owner)
    session = open_session(owner)
    devices = api.ask("GET", "/v1/devices", session).json()
    assert [(device["id"], device["published"]) for device in devices] == [(1, True), (2, False)]
    assert devices[0]["last_seen"] == "2026-01-31T17:00:00Z"
    assert str(HOME[0]) in api.ask("GET", "/v1/devices/1/last", session).text
    track = api.ask("GET", "/v1/devices/1/track", session, params=THAT_DAY).json()
    assert track["count"] == 2
    hours = api.ask("GET", "/v1/devices/2/hourly", session, params={**THAT_DAY, "metric": "climate.temperature_C"})
    assert [hour["avg"] for hour in hours.json()["hours"]] == [20.5]
    events = api.ask("GET", "/v1/devices/1/events", session, params={**THAT_DAY, "limit": 1}).json()
    rest = api.ask("GET", "/v1/devices/1/events", session, params={"cursor": events["next_cursor"]}).json()
    assert [page["events"][0]["device_time"] for page in (events, rest)] == [
        "2026-01-31T17:00:00Z", "2026-01-31T12:00:00Z",
    ]  # fmt: skip


def test_the_owner_sees_an_event_before_a_refresh_has_judged_it(owner: Connection, api: Api) -> None:
    add_device(owner, 1)
    store(owner, 1, [(NOON, at(TOWN))])
    assert api.ask("GET", "/v1/devices/1/last", open_session(owner)).json()["event"] is not None


def test_a_session_that_has_ended_reads_nothing(owner: Connection, api: Api) -> None:
    session = open_session(owner)
    assert api.ask("GET", "/v1/devices", session).status_code == 200
    owner.execute("UPDATE iot_personal_hub.owner_sessions SET expires_at = now()")
    assert api.ask("GET", "/v1/devices", session).status_code == 401


@pytest.mark.parametrize("send", [bearer, basic])
def test_a_reader_sees_what_is_published_unless_it_is_granted_more(owner: Connection, api: Api, send: Any) -> None:
    two_places(owner)
    published, everything = add_reader(owner, "grafana"), add_reader(owner, "backup", view="owner")
    assert listed(api, send(published)) == [1]
    assert listed(api, send(everything)) == [1, 2]
    assert str(HOME[0]) not in outcome(api, "/v1/devices/1/last", send(published))[1]
    assert str(HOME[0]) in outcome(api, "/v1/devices/1/last", send(everything))[1]
    assert outcome(api, "/v1/devices/2/last", send(published)) == (404, "unknown_device")


@pytest.mark.parametrize("view", ["owner", "published"])
def test_a_reader_of_some_devices_sees_no_others_also_when_they_are_added_later(
    owner: Connection, api: Api, view: str
) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "car")
    token = add_reader(owner, "garage", ["car"], view)
    add_device(owner, 3, "van")
    assert listed(api, bearer(token)) == [2]
    answers = {
        path: [outcome(api, f"/v1/devices/{device}/{path}", bearer(token))[0] for device in (1, 2, 3, 9)]
        for path in ("last", "events", "track", "hourly?metric=events")
    }
    assert all(statuses == [404, 200, 404, 404] for statuses in answers.values())
    owner.execute("DELETE FROM iot_personal_hub.dim_devices WHERE id = 2")
    assert listed(api, bearer(token)) == []


def test_a_reader_of_all_devices_sees_those_that_are_added_later(owner: Connection, api: Api) -> None:
    token = add_reader(owner, "all")
    add_device(owner, 1, "phone")
    assert listed(api, bearer(token)) == [1]


def test_a_revoked_reader_is_refused_at_its_next_request(owner: Connection, api: Api) -> None:
    token = add_reader(owner, "grafana")
    for _ in range(20):
        assert outcome(api, "/v1/devices", bearer(token))[0] == 200
        revoke_reader(owner, "grafana")
        assert outcome(api, "/v1/devices", bearer(token)) == (401, "unauthorized")
        token = add_reader(owner, "grafana")


@pytest.mark.hub
def test_a_devices_token_reads_nothing_and_a_readers_token_sends_nothing(
    settings: Settings, owner: Connection, api: Api
) -> None:
    from hub_server import running_api as running_hub
    from waiting import wait_until

    _, device_token = add_device_with_token(owner, "phone", "smartphone")
    reader_token = add_reader(owner, "grafana", view="owner")
    for headers in (bearer(device_token), basic(device_token), {"X-API-Key": device_token}):
        assert outcome(api, "/v1/devices", headers) == (401, "unauthorized")
    with running_hub(settings) as hub_variables:
        body = {"device_timestamp": NOON.timestamp(), "properties": {}}
        wait_until(lambda: hub_variables.post("/v1/events", json=body, headers=bearer(device_token)).status_code == 200)
        for headers in (bearer(reader_token), basic(reader_token), {"X-API-Key": reader_token}):
            assert hub_variables.post("/v1/events", json=body, headers=headers).status_code == 401
        assert hub_variables.get("/v1/devices", headers=bearer(reader_token)).status_code == 200


@pytest.mark.parametrize("name", ["token", "access_token", "api_key"])
def test_a_readers_token_is_not_taken_from_the_address(owner: Connection, api: Api, name: str) -> None:
    token = add_reader(owner, "grafana")
    assert outcome(api, f"/v1/devices?{name}={token}", {}) == (401, "unauthorized")
    assert outcome(api, f"/v1/devices/{token}", {}) == (401, "unauthorized")


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer x", "Basic", "Basic !", "Basic eA==", "Digest x", "Bearer \xff", "x" * 5000],
)
def test_nonsense_for_a_token_is_refused_as_none_is(api: Api, authorization: str) -> None:
    assert outcome(api, "/v1/devices", {"Authorization": authorization.encode("latin-1")}) == (401, "unauthorized")  # type: ignore[dict-item]


def test_a_wrong_token_is_refused_also_where_the_hub_is_open_to_everyone(settings: Settings) -> None:
    with running_api(settings, "yes") as api:
        assert outcome(api, "/v1/devices", {})[0] == 200
        assert outcome(api, "/v1/devices", bearer("an-old-one")) == (401, "unauthorized")


def test_the_owner_behind_a_proxy_with_a_password_of_its_own_is_admitted(owner: Connection, api: Api) -> None:
    assert api.ask("GET", "/v1/devices", open_session(owner), headers=basic("the-proxys")).status_code == 200


@pytest.mark.parametrize("opened", ["no", "links"])
def test_a_hub_that_is_not_open_to_everyone_says_how_to_get_in(
    settings: Settings, owner: Connection, opened: Any
) -> None:
    add_device(owner, 1)
    with running_api(settings, opened) as api:
        answer = api.get("/v1/devices")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="iot-hub", Basic realm="iot-hub"')
    assert answer.json()["error"]["code"] == "unauthorized"
    assert "iot-hub reader add" in answer.json()["error"]["message"]
    assert "access-control-allow-origin" not in answer.headers


def test_last_use_is_noted_once_a_minute(owner: Connection, api: Api) -> None:
    token = add_reader(owner, "grafana")
    assert list_readers(owner)[0]["last_used"] is None
    for _ in range(3):
        api.ask("GET", "/v1/devices", headers=bearer(token))
    [reader] = list_readers(owner)
    assert (reader["last_used"].second, reader["last_used"].microsecond) == (0, 0)
    written = "SELECT xmin::text AS it FROM iot_personal_hub.readers"
    version = rows(owner, written)
    api.ask("GET", "/v1/devices", headers=bearer(token))
    # Unless the minute has changed meanwhile.
    assert list_readers(owner)[0]["last_used"] > reader["last_used"] or rows(owner, written) == version


def test_only_a_hash_of_a_token_is_stored(owner: Connection) -> None:
    token = add_reader(owner, "grafana")
    [stored] = rows(owner, "SELECT to_jsonb(reader)::text AS it FROM iot_personal_hub.readers AS reader")
    assert token not in stored["it"]


# Changing what is published


def change(api: Api, session: dict[str, str] | None, body: object = None, **headers: str) -> tuple[int, str]:
    body = {"published": True} if body is None else body
    answer = api.ask("PATCH", "/v1/devices/1", session, json=body, headers=headers)
    return answer.status_code, answer.text


def test_the_owner_publishes_and_withdraws_a_device_by_a_request(
    owner: Connection, api: Api, settings: Settings
) -> None:
    add_device(owner, 1, published=False)
    publish(owner, 1, [(NOON, at(TOWN))])
    session, own = open_session(owner), {"Origin": "http://hub"}
    status, text = change(api, session, **own)
    assert (status, json.loads(text)["published"]) == (200, True)
    refresh(owner)
    with running_api(settings, "yes") as public:
        assert public.get("/v1/devices/1/last").json()["location"]["latitude"] == TOWN[0]
        status, text = change(api, session, {"published": False}, **own)
        assert (status, json.loads(text)["published"]) == (200, False)
        assert public.get("/v1/devices/1/last").status_code == 404


def test_a_change_from_a_page_of_another_site_is_refused(owner: Connection, api: Api) -> None:
    add_device(owner, 1, published=False)
    session = open_session(owner)
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://hub:8080"}):
        assert "foreign_origin" in change(api, session, **headers)[1]
    assert rows(owner, "SELECT published FROM iot_personal_hub.dim_devices") == [{"published": False}]


def test_a_reader_changes_nothing(owner: Connection, api: Api, settings: Settings) -> None:
    add_device(owner, 1, published=False)
    token = add_reader(owner, "backup", view="owner")
    assert "read_only" in change(api, None, Origin="http://hub", **bearer(token))[1]
    assert change(api, None, Origin="http://hub")[0] == 401
    with running_api(settings, "yes") as public:
        assert change(public, None, Origin="http://hub")[0] == 401
    assert rows(owner, "SELECT published FROM iot_personal_hub.dim_devices") == [{"published": False}]


@pytest.mark.parametrize("body", [{}, {"published": "yes"}, {"published": 1}, {"published": True, "name": "x"}, [], 1])
def test_a_change_that_makes_no_sense_is_refused_in_one_line(owner: Connection, api: Api, body: object) -> None:
    add_device(owner, 1, published=False)
    status, text = change(api, open_session(owner), body, Origin="http://hub")
    assert (status, json.loads(text)["error"]["code"]) == (422, "bad_parameter")


def test_a_device_that_is_not_there_can_not_be_published(owner: Connection, api: Api) -> None:
    # Called as another one's number is.
    add_device(owner, 2, "1")
    assert "unknown_device" in change(api, open_session(owner), Origin="http://hub")[1]


# Commands


@pytest.mark.usefixtures("hub_variables")
def test_a_reader_is_added_listed_and_revoked_by_commands(owner: Connection, api: Api) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "bedroom", published=False)
    added = CliRunner().invoke(app, ["reader", "add", "grafana", "--device", "phone", "--device", "bedroom"])
    token = added.stdout.strip()
    assert len(token) == 43
    assert "Not published yet: bedroom" in added.stderr
    assert token not in added.stderr
    assert listed(api, bearer(token)) == [1]
    [row] = json.loads(run("reader", "list", "--json"))
    assert (row["name"], row["state"], row["view"], row["devices"]) == (
        "grafana",
        "valid",
        "published",
        "phone, bedroom",
    )
    assert row["last_used"]
    assert token not in run("reader", "list")
    assert "already" in fail("reader", "add", "grafana")
    assert "Unknown view" in fail("reader", "add", "other", "--view", "all")
    assert "no device 'fridge'" in fail("reader", "add", "other", "--device", "fridge")
    run("reader", "revoke", "grafana")
    assert outcome(api, "/v1/devices", bearer(token))[0] == 401
    assert "There is no reader 'grafana'" in fail("reader", "revoke", "grafana")


def test_readers_are_in_the_archive_without_when_they_read(
    owner: Connection, settings: Settings, tmp_path: Path
) -> None:
    from iot_hub.archive.object_store import object_store
    from iot_hub.archive.state import read_state, write_state

    add_device(owner, 1, "phone")
    token = add_reader(owner, "grafana", ["phone"])
    folder = object_store(settings.model_copy(update={"archive_folder": tmp_path}))
    assert write_state(owner, folder)
    with running_api(settings, "no") as api:
        assert listed(api, bearer(token)) == [1]
    assert write_state(owner, folder) is None
    parts = read_state(folder).parts
    assert [row["name"] for row in json.loads(bytes(parts["readers"]))] == ["grafana"]
    assert [row["device_id"] for row in json.loads(bytes(parts["reader_devices"]))] == [1]
