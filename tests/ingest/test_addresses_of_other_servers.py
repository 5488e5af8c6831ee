"""Apps that were set up for another server report to its paths: each is understood, and answered as it expects."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from events import Connection, rows
from hub_server import api, new_phone

pytestmark = pytest.mark.hub

__all__ = ["api"]

RAW = "SELECT source, properties FROM iot_personal_hub.raw_devices_properties"

POINT = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [20.9451, 52.4451]},
    "properties": {"timestamp": "2026-11-28T10:20:00Z", "horizontal_accuracy": 6, "battery_level": 0.8},
}
POINTS = {"json": {"locations": [POINT]}}
OWNTRACKS = {"json": {"_type": "location", "lat": 52.4451, "lon": 20.9451, "tst": 1795861200, "batt": 80}}
FIELDS = {"lat": "52.4451", "lon": "20.9451", "timestamp": "1795861200", "bat": "80"}
TRACCAR = {"json": {"location": {
    "timestamp": "2026-11-28T10:20:00Z", "coords": {"latitude": 52.4451, "longitude": 20.9451},
    "battery": {"level": 0.8}}, "device_id": "12345678"}}  # fmt: skip
ULOGGER = {"data": {"action": "addpos", "lat": "52.4451", "lon": "20.9451", "time": "1795861200", "battery": "80"}}

NO_ERROR: dict[str, Any] = {"error": False}
SENT: list[tuple[str, str, dict[str, Any], str, Any]] = [
    # method, path, content, source, answer
    ("POST", "/api/v1/points?api_key=TOKEN", POINTS, "overland", {"data": []}),
    ("POST", "/api/v1/overland/batches?api_key=TOKEN", POINTS, "overland", {"result": "ok"}),
    ("POST", "/api/v1/owntracks/points?api_key=TOKEN", OWNTRACKS, "owntracks", []),
    ("POST", "/api/v1/traccar/points?api_key=TOKEN", TRACCAR, "osmand", []),
    ("POST", "/api/v1/ingest/owntracks?token=TOKEN", OWNTRACKS, "owntracks", []),
    ("POST", "/api/v1/ingest/overland?token=TOKEN", POINTS, "overland", {"result": "ok"}),
    ("POST", "/api/owntracks", {**OWNTRACKS, "auth": ("me", "TOKEN")}, "owntracks", []),
    ("POST", "/api/overland", {**POINTS, "headers": {"Authorization": "Bearer TOKEN"}}, "overland", {"result": "ok"}),
    ("GET", "/?id=TOKEN&lat=52.4451&lon=20.9451&timestamp=1795861200&batt=80", {}, "osmand", None),
    ("POST", "/?id=TOKEN&lat=52.4451&lon=20.9451&timestamp=1795861200&batt=80", {}, "osmand", None),
    ("GET", "/apps/phonetrack/logGet/TOKEN/My%20phone", {"params": FIELDS}, "gpslogger", None),
    ("POST", "/index.php/apps/phonetrack/logPost/TOKEN/phone", {"data": FIELDS}, "gpslogger", None),
    ("GET", "/apps/phonetrack/log/gpslogger/TOKEN/phone", {"params": FIELDS}, "gpslogger", None),
    ("GET", "/apps/phonetrack/log/osmand/TOKEN/phone", {"params": {**FIELDS, "batt": "80"}}, "osmand", None),
    ("POST", "/apps/phonetrack/log/traccar/TOKEN/phone", TRACCAR, "osmand", None),
    ("POST", "/apps/phonetrack/log/owntracks/TOKEN/phone", OWNTRACKS, "owntracks", []),
    ("POST", "/apps/phonetrack/log/overland/TOKEN/phone", POINTS, "overland", {"result": "ok"}),
    ("POST", "/apps/phonetrack/log/ulogger/TOKEN/phone/client/index.php", ULOGGER, "ulogger", NO_ERROR),
    ("POST", "/ulogger/TOKEN/client/index.php", ULOGGER, "ulogger", NO_ERROR),
]  # fmt: skip


def _with_token(value: Any, token: str) -> Any:
    if isinstance(value, str):
        return value.replace("TOKEN", token)
    if isinstance(value, tuple):
        return tuple(_with_token(each, token) for each in value)
    return {name: _with_token(each, token) for name, each in value.items()} if isinstance(value, dict) else value


def test_what_is_meant_for_another_server_is_stored_and_answered_as_by_it(api: httpx.Client, owner: Connection) -> None:
    token = new_phone(api, owner, "smartphone")
    for method, path, content, source, expected in SENT:
        owner.execute("DELETE FROM iot_personal_hub.raw_devices_properties")
        answer = api.request(method, _with_token(path, token), **_with_token(content, token))
        assert answer.status_code == 200, (path, answer.text)
        assert (answer.json() if answer.content else None) == expected, path
        [row] = rows(owner, RAW)
        location, battery = row["properties"]["location"], row["properties"]["battery"]
        found = (row["source"], location["latitude"], location["longitude"], round(battery["remaining_percent"]))
        assert found == (source, 52.4451, 20.9451, 80), path


def test_ulogger_logs_in_and_begins_a_track_and_leaves_no_password(api: httpx.Client, owner: Connection) -> None:
    address = f"/ulogger/{new_phone(api, owner, 'smartphone')}/client/index.php"
    login = {"action": "auth", "user": "me", "pass": "correct horse"}
    assert api.post(address, data=login).json() == {"error": False}
    assert api.post(address, data={"action": "addtrack", "track": "Auto_1"}).json() == {"error": False, "trackid": 1}
    assert api.post(address, data={**login, **ULOGGER["data"], "trackid": "1"}).json() == {"error": False}
    [row] = rows(owner, RAW)
    assert "correct horse" not in str(row)
    assert rows(owner, "SELECT * FROM iot_personal_hub.quarantine") == []
    wrong = api.post("/ulogger/not-a-token/client/index.php", data=login)
    assert wrong.status_code == 401
