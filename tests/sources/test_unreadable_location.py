"""A place that the hub can't read hides its event, and its sender learns of it: by one rule in SQL and in Python."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from events import FIRST_BETA_PROPERTIES, Connection, rows
from hub_server import running_api
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot_hub.access.devices import add_device
from iot_hub.properties.catalogue import catalogue
from iot_hub.settings import Settings
from iot_hub.sources.unreadable_location import FIX_KEYS, GROUPS, location_is_unreadable

TIME = 1755861753
WARNING = {"index": 0, "reason": "location_unreadable"}

UNREADABLE: list[dict[str, Any]] = [
    {"location": {"lat": 52.2297, "lon": 21.0122}},
    {"location": {"latitude": "52,2297", "longitude": "21,0122"}},
    {"location": {"latitude": 91, "longitude": 21}},
    {"location": {"latitude": 52.2, "longitude": 360.5}},
    {"location": {"latitude": 0, "longitude": 360}},
    {"location": {"latitude": 52.2}},
    {"location": {"latitude": None, "longitude": 21.0}},
    {"location": {"latitude": [52.2], "longitude": [21.0]}},
    {"location": {"latitude": True, "longitude": False}},
    {"location": {"latitude": None, "longitude": None, "address": "Długa 5"}},
    {"location": [52.2, 21.0]},
    {"location": "52.2,21.0"},
    {"location": 5},
    {"location": {"position": {"latitude": 52.2, "longitude": 21.0}}},
    {"location": {"latitude": 0, "longitude": 0, "lat": 52.2}},
    {"location": {}, "gps": {"lat": 52.2}},
    {"lat": 52.2, "lon": 21.0, "battery": {"remaining_percent": 5}},
    {"Latitude": 52.2},
    {"LOCATION": {"latitude": 52.2, "longitude": 21.0}},
    {"gps": [52.2, 21.0]},
    {"coordinates": [21.0, 52.2]},
    {"start_lat": 52.2},
    {"vehicle": {"latitude": 52.2, "longitude": 21.0}},
    {"motion": {"lat": 52.2}},
    {"state": {"latitude": 52.2, "longitude": 21.0}},
    {"weather": {"position": [52.2, 21.0]}},
]
READABLE: list[dict[str, Any]] = [
    FIRST_BETA_PROPERTIES,
    {"location": {"latitude": "52.2297", "longitude": " 21 "}},
    {"location": {"latitude": 90, "longitude": -180}},
    {"location": {"latitude": 66.5, "longitude": -180.096474}},
    {"location": {"latitude": 66.5, "longitude": "360"}},
    {"location": {"latitude": 0, "longitude": 21, "address": "Długa 5"}},
    {"location": {"latitude": 52.2, "longitude": 21.0}, "vehicle": {"latitude": 52.2}},
]
TELLS_NO_PLACE: list[dict[str, Any]] = [
    {},
    {"location": None},
    {"location": {}},
    {"location": {"latitude": None, "longitude": None}},
    {"location": {"latitude": 0, "longitude": 0.0, "fix_accuracy_m": 0}},
    {"location": {"fix_provider": "gps", "altitude_m": None, "address": None}},
    {"climate": {"temperature_C": 5}, "lat": None},
    {"motion": {"relative_altitude_m": 5}, "vehicle": {"throttle_position_percent": 5, "long_trips": 5}},
    {"owntracks": {"lat": 52.2, "lon": 21.0}},
]


def in_sql(owner: Connection, text: str) -> bool:
    [row] = rows(owner, "SELECT iot_personal_hub.location_is_unreadable(%s::jsonb) AS unreadable", text)
    return bool(row["unreadable"])


def test_a_place_that_cannot_be_read_is_noticed(owner: Connection) -> None:
    cases = [*((each, True) for each in UNREADABLE), *((each, False) for each in READABLE + TELLS_NO_PLACE)]
    for properties, unreadable in cases:
        text = json.dumps(properties)
        found = (in_sql(owner, text), location_is_unreadable(properties, text.encode()))
        assert found == (unreadable, unreadable), properties


def test_properties_that_are_no_object_raise_no_error(owner: Connection) -> None:
    for text in ("null", "5", '"location"', "[]", '[{"lat": 5}]', "[[1]]"):
        in_sql(owner, text)


_numbers = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-181, 181)
    | st.integers(-200, 200)
    | st.sampled_from([0, 0.0, -0.0, 90, 90.0, -180.0, 1e-70, 5e-324, 1e-58, 1e-60, 1e-61, 1e30, 10**18])
)
_texts = st.sampled_from(
    ["52.2297", "52,2297", " 52 ", "\t5\n", "5\n", "5\u2003", "\u00a05", "\x0b5", "nan", "inf", "1e2", "1e-99", "+5", "5.", ".5", "٥",
     "0", "-0", "90.00000000000000000001", "1_0", "", "9" * 31, "0x10"]
)  # fmt: skip
_values = st.none() | st.booleans() | _numbers | _texts | _numbers.map(str) | st.lists(_numbers, max_size=2)
_keys = st.sampled_from(
    [*sorted(FIX_KEYS), "latitude", "longitude", "lat", "Lon", "LNG", "gps", "GPS_lat", "lat\n", "ſat", "Koordinate", "coordınate",
     "flat", "plate", "location", "Location", "note", "address", "lat2", "élat", "_lon_"]
)  # fmt: skip
_location = st.fixed_dictionaries({}, optional={"latitude": _values, "longitude": _values})
_groups = st.dictionaries(_keys, _values, max_size=3)
_properties = st.builds(
    lambda parts, location: {**parts, **location},
    st.dictionaries(_keys | st.sampled_from([*sorted(GROUPS), "event", "owntracks"]), _values | _groups, max_size=3),
    st.fixed_dictionaries({}, optional={"location": st.builds(lambda a, b: {**a, **b}, _groups, _location) | _values}),
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(properties=_properties)
def test_python_and_sql_notice_the_same(owner: Connection, properties: dict[str, Any]) -> None:
    text = json.dumps(properties)
    decoded = json.loads(text)
    assert location_is_unreadable(decoded, text.encode()) is in_sql(owner, text)


def test_a_number_with_spaces_of_any_kind_stops_no_roll_up(owner: Connection) -> None:
    for space in ("\u2003", "\u00a0", "\u3000", "\u2028", "\u0085"):
        [row] = rows(owner, "SELECT iot_personal_hub.number_of(%s::jsonb) AS number", json.dumps(f"52.2{space}"))
        assert row["number"] is None


@pytest.mark.hub
def test_a_sender_is_told_of_a_place_that_cannot_be_read(settings: Settings, owner: Connection) -> None:
    _, token = add_device(owner, "phone", "smartphone")
    with running_api(settings) as api:
        send = _sender(api, token)
        good = {"device_timestamp": TIME, "properties": FIRST_BETA_PROPERTIES}
        bad = {"device_timestamp": TIME + 1, "properties": {"location": {"lat": 52.2297, "lon": 21.0122}}}
        late = {"device_timestamp": 5, "properties": {"location": {"lat": 52.2297}}}
        assert send("/v1/events", good) == {"stored": 1, "duplicates": 0, "rejected": []}
        assert send("/v1/events", bad) == {"stored": 1, "duplicates": 0, "rejected": [], "warnings": [WARNING]}
        # Each time, until it is mended.
        assert send("/v1/events", bad) == {"stored": 0, "duplicates": 1, "rejected": [], "warnings": [WARNING]}
        assert send("/v1/events", [late, good, bad]) == {
            "stored": 0,
            "duplicates": 2,
            "rejected": [{"index": 0, "reason": "time_too_old"}],
            "warnings": [{**WARNING, "index": 2}],
        }
        assert send("/mobile_location", {**bad, "device_id": 1})["warnings"] == [WARNING]
        assert "warnings" not in send("/mobile_location", {**good, "device_id": 1})
    stored = rows(owner, "SELECT properties FROM iot_personal_hub.raw_devices_properties ORDER BY device_time, source")
    assert bad["properties"] in [row["properties"] for row in stored]


def _sender(api: httpx.Client, token: str):  # noqa: ANN202
    def send(path: str, body: object) -> Any:
        return api.post(path, headers={"X-API-Key": token}, content=json.dumps(body).encode()).json()

    return send


def test_every_group_of_the_catalogue_is_searched_for_a_position() -> None:
    assert {each.path[0] for each in catalogue()} - {"location"} == GROUPS
