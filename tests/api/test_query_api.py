"""The query API: what it answers, and how it says no."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
from login_world import open_session
from psycopg.rows import DictRow
from pydantic import SecretStr
from query_api_world import NOON, THAT_DAY, TOWN, Api, add_device, at, minutes, publish, running_api, store

from iot_hub.database import connections
from iot_hub.settings import Settings

Owner = psycopg.Connection[DictRow]


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings) as api:
        yield api


def test_a_device_is_listed_with_what_was_last_seen_of_it(owner: Owner, api: Api) -> None:
    add_device(owner, 1, "telefon Łukasza")
    add_device(owner, 2, "silent")
    publish(owner, 1, [(NOON, {"battery": {"remaining_percent": 81}}), (NOON + minutes(1), {"air": {"co2_ppm": 600}})])
    assert api.get("/v1/devices").json() == [
        {"id": 1, "name": "telefon Łukasza", "type": "smartphone", "status": "active", "published": True,
         "last_seen": "2026-01-31T12:01:00Z", "battery_percent": 81},
        {"id": 2, "name": "silent", "type": "smartphone", "status": "active", "published": True,
         "last_seen": None, "battery_percent": None},
    ]  # fmt: skip


def test_the_last_event_and_the_last_fix_are_found_however_old_they_are(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON, at(TOWN, altitude_m=219.5)), (NOON + minutes(90), {"air": {"co2_ppm": 600}})])
    assert api.get("/v1/devices/1/last").json() == {
        "device_id": 1,
        "event": {"device_time": "2026-01-31T13:30:00Z", "source": "hub", "properties": {"air": {"co2_ppm": 600}}},
        "location": {
            "location_time": "2026-01-31T12:00:00Z", "latitude": 50.06, "longitude": 19.94, "altitude_m": 219.5,
            "accuracy_m": 5.0, "speed_ms": None, "bearing": None,
        },
    }  # fmt: skip


def test_a_device_without_events_has_no_last_one(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    assert api.get("/v1/devices/1/last").json() == {"device_id": 1, "event": None, "location": None}


def test_an_event_is_shown_only_when_a_refresh_has_judged_it(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON, at(TOWN))])
    store(owner, 1, [(NOON + minutes(70), at(TOWN))])
    newest = api.get("/v1/devices/1/last").json()["event"]["device_time"]
    listed = [event["device_time"] for event in api.get("/v1/devices/1/events", **THAT_DAY).json()["events"]]
    assert (newest, listed) == ("2026-01-31T12:00:00Z", ["2026-01-31T12:00:00Z"])


def test_events_come_newest_first_within_the_range_and_without_what_is_no_measurement(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    microsecond = NOON.replace(microsecond=1)
    publish(owner, 1, [
        (NOON, {"climate": {"temperature_C": 21.3}, "network": {"ssid": "Kowalski 5 GHz"}}),
        (microsecond, {"climate": {"temperature_C": 21.4}}),
        (NOON + minutes(1), {"climate": {"temperature_C": 21.5}}),
    ])  # fmt: skip
    answer = api.get("/v1/devices/1/events", **{"from": "2026-01-31T13:00:00+01:00", "to": "1769860860"}).json()
    assert answer == {
        "device_id": 1, "from": "2026-01-31T12:00:00Z", "to": "2026-01-31T12:01:00Z", "next_cursor": None,
        "events": [
            {"device_time": "2026-01-31T12:00:00.000001Z", "source": "hub",
             "properties": {"climate": {"temperature_C": 21.4}}},
            {"device_time": "2026-01-31T12:00:00Z", "source": "hub",
             "properties": {"climate": {"temperature_C": 21.3}}},
        ],
    }  # fmt: skip


def test_the_last_seven_days_are_asked_for_by_default(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    now = datetime.now(UTC)
    publish(owner, 1, [(now - minutes(7 * 1440 + 5), at(TOWN)), (now - minutes(5), at(TOWN)), (now + minutes(5), {})])
    assert len(api.get("/v1/devices/1/events").json()["events"]) == 2


def test_a_decimal_keeps_all_its_digits(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON, '{"energy": {"energy_Wh": 123456789.123456789012, "power_W": 0.10}}')])
    body = api.get("/v1/devices/1/events", **THAT_DAY).text
    assert '"energy_Wh": 123456789.123456789012' in body
    assert '"power_W": 0.10' in body


@pytest.mark.parametrize(
    ("metric", "unit", "hours"),
    [
        ("events", "1", [{"hour": "2026-01-31T12:00:00Z", "count": 3}, {"hour": "2026-01-31T14:00:00Z", "count": 1}]),
        ("battery.level", "%", [
            {"hour": "2026-01-31T12:00:00Z", "count": 2, "min": 80.0, "avg": 80.5, "max": 81.0, "sum": 161.0,
             "first": 80.0, "last": 81.0},
        ]),
        ("battery.temperature", "°C", [
            {"hour": "2026-01-31T14:00:00Z", "count": 1, "min": 28.7, "avg": 28.7, "max": 28.7, "sum": 28.7,
             "first": 28.7, "last": 28.7},
        ]),
        ("battery.usage_current", "mA", []),
        ("location.altitude", "m", [
            {"hour": "2026-01-31T12:00:00Z", "count": 1, "min": 219.5, "avg": 219.5, "max": 219.5, "sum": 219.5,
             "first": 219.5, "last": 219.5},
        ]),
        ("climate.temperature_C", "°C", [
            {"hour": "2026-01-31T12:00:00Z", "count": 2, "min": 20.5, "avg": 21.0, "max": 21.5, "sum": 42.0,
             "first": 21.5, "last": 20.5},
        ]),
    ],
)  # fmt: skip
def test_a_metric_is_given_by_the_hour_and_a_gap_is_absent(
    owner: Owner, api: Api, metric: str, unit: str, hours: list[dict[str, Any]]
) -> None:
    add_device(owner, 1)
    publish(owner, 1, [
        (NOON, {"battery": {"remaining_percent": 80}, "climate": {"temperature_C": 21.5}}),
        (NOON + minutes(1), {"battery": {"remaining_percent": 81}, "climate": {"temperature_C": 20.5}}),
        (NOON + minutes(2), at(TOWN, altitude_m=219.5)),
        (NOON + minutes(120), {"battery": {"temperature_C": 28.7}}),
    ])  # fmt: skip
    answer = api.get("/v1/devices/1/hourly", metric=metric, **THAT_DAY).json()
    assert answer == {
        "device_id": 1, "metric": metric, "unit": unit, "from": THAT_DAY["from"], "to": THAT_DAY["to"],
        "truncated": False, "hours": hours,
    }  # fmt: skip


def test_an_unknown_metric_is_answered_with_those_that_the_device_has(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    add_device(owner, 2)
    publish(owner, 1, [(NOON, {"air": {"co2_ppm": 600}, "climate": {"temperature_C": 20}})])
    publish(owner, 2, [(NOON, {"motion": {"steps": 60}})])
    answer = api.get("/v1/devices/1/hourly", metric="motion.steps")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_metric")
    assert answer.json()["error"]["message"].endswith(
        "It has: battery.level, battery.temperature, battery.usage_current, events, location.altitude,"
        " air.co2_ppm, climate.temperature_C."
    )


def test_a_known_metric_of_an_empty_range_has_no_hours(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON, {"air": {"co2_ppm": 600}})])
    answer = api.get("/v1/devices/1/hourly", metric="air.co2_ppm", **{"from": "2026-03-01T00:00:00Z"}).json()
    assert (answer["hours"], answer["unit"]) == ([], "ppm")


@pytest.mark.parametrize("path", ["last", "events", "track", "hourly?metric=events"])
def test_an_unknown_device_is_not_found(api: Api, path: str) -> None:
    answer = api.get(f"/v1/devices/7/{path}")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {"code": "unknown_device", "message": "There is no device 7. GET /v1/devices lists the devices."}
    }


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("events?limit=0", "limit: "),
        ("events?limit=1001", "limit: "),
        ("events?limit=many", "limit: "),
        ("events?from=yesterday", "from: "),
        ("events?from=2026-01-31T12:00:00", "offset"),
        ("events?from=nan", "from: "),
        ("events?from=1e400", "from: "),
        ("events?from=1769860860000", "seconds, not milliseconds"),
        ("events?to=0001-01-01T00:00:00%2B23:59", "to: "),
        ("events?from=100&to=100", "from must be earlier than to"),
        ("events?cursor=*", "cursor: "),
        ("events?cursor=WzFd", "cursor: "),
        ("events?cursor=WzIsMSwwXQ", "cursor: "),
        ("events?cursor=%C5%82", "cursor: "),
        ("track?format=kml", "format: "),
        ("hourly", "metric: "),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_in_one_line(
    owner: Owner, api: Api, question: str, part: str
) -> None:
    add_device(owner, 1)
    answer = api.get(f"/v1/devices/1/{question}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "bad_parameter")
    assert part in error["message"]
    assert "\n" not in error["message"]


def test_a_plus_that_arrived_as_a_space_is_still_an_offset(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    answer = api.get("/v1/devices/1/events?from=2026-01-31T13:00:00+01:00&to=2026-01-31T14:00:00.5%2B01:00").json()
    assert (answer["from"], answer["to"]) == ("2026-01-31T12:00:00Z", "2026-01-31T13:00:00.500000Z")


def test_every_error_has_the_one_form(owner: Owner, api: Api) -> None:
    answers = [
        api.get("/v1/nothing"), api.get("/v1/devices/x/last"), api.post("/v1/devices"),
        api.ask("POST", "/v1/devices", open_session(owner), headers={"Origin": "http://hub"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404, 422, 401, 405]
    for answer in answers:
        assert answer.json().keys() == {"error"}
        assert answer.json()["error"].keys() == {"code", "message"}
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.slow
def test_an_absent_database_is_told_with_a_time_to_come_back(settings: Settings, tmp_path: Path) -> None:
    gone = SecretStr(f"postgresql:///hub?host={tmp_path}")
    away = settings.model_copy(update={"database_url": gone, "viewer_database_url": gone})
    with running_api(away) as api:
        answer = api.get("/v1/devices")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"]["code"] == "database_away"


def test_connections_that_the_server_dropped_are_replaced(owner: Owner, api: Api) -> None:
    assert api.get("/v1/devices").status_code == 200
    dropped = owner.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE usename = 'iot_hub_viewer' AND datname = current_database()"
    ).fetchall()
    assert dropped
    assert api.get("/v1/devices").status_code == 200


def test_a_question_that_takes_too_long_is_told_so(
    owner: Owner, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_device(owner, 1)
    options = connections._READING_OPTIONS["options"]
    assert "statement_timeout=30s" in options
    quicker = options.replace("statement_timeout=30s", "statement_timeout=300ms")
    monkeypatch.setitem(connections._READING_OPTIONS, "options", quicker)
    with running_api(settings) as api, owner.transaction():
        owner.execute("LOCK TABLE iot_personal_hub.published_events")
        answer = api.get("/v1/devices/1/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "too_slow")


def test_every_answer_has_the_form_that_openapi_tells(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    publish(owner, 1, [
        (NOON, at(TOWN) | {"climate": {"temperature_C": 20}}), (NOON + minutes(5), at(TOWN, altitude_m=1.5)),
        (NOON + minutes(50), at((50.0, 20.0))),
    ])  # fmt: skip
    document = api.get("/openapi.json").json()
    day = f"from={THAT_DAY['from']}&to={THAT_DAY['to']}"
    for path, question in [
        ("", ""), ("/{device_id}/last", ""), ("/{device_id}/events", f"{day}&limit=2"), ("/{device_id}/track", day),
        ("/{device_id}/hourly", f"{day}&metric=events"), ("/{device_id}/hourly", f"{day}&metric=climate.temperature_C"),
    ]:  # fmt: skip
        answer = api.get(f"/v1/devices{path.format(device_id=1)}?{question}")
        told = document["paths"][f"/v1/devices{path}"]["get"]["responses"]["200"]["content"]
        schema = told[answer.headers["content-type"]]["schema"]
        jsonschema.validate(answer.json(), schema | {"components": document["components"]})
        assert answer.headers["cache-control"] == "no-store"


def test_numbers_are_json_numbers(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON, {"battery": {"temperature_C": 28.7}})])
    hours = api.get("/v1/devices/1/hourly", metric="battery.temperature", **THAT_DAY).json()["hours"]
    assert Decimal(str(hours[0]["avg"])) == Decimal("28.7")
