"""What apps send beside the ordinary: unknowns, odd types, floods, other people's dialects."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.app_messages import harmed_messages
from iot_hub.event import Event, Rejected
from iot_hub.ingest.http.endpoints import ENDPOINTS
from iot_hub.sources import SOURCES, ParseContext

NOW = 1_758_000_000_000_000
HERE = ParseContext(received_at=NOW)
AT = 1_757_000_000
ISO = "2025-09-04T15:33:20Z"
APPS = ("gpslogger", "homeassistant", "osmand", "overland", "owntracks", "sensorlogger")


def parsed(source: str, payload: object, **context: Any) -> list[Any]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return SOURCES[source](body, ParseContext(received_at=NOW, **context))


def only(source: str, payload: object, **context: Any) -> dict[str, Any]:
    [event] = parsed(source, payload, **context)
    assert isinstance(event, Event), event
    return {**json.loads(event.properties), "at": event.device_time / 1e6, "device": event.device}


def feature(**properties: Any) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [21.01, 52.23]}
    return {"type": "Feature", "geometry": place, "properties": {"timestamp": ISO, **properties}}


def overland(**properties: Any) -> dict[str, Any]:
    return only("overland", {"locations": [feature(**properties)]})


def sensor(name: str, nanoseconds: int = AT * 10**9, **values: Any) -> dict[str, Any]:
    return {"name": name, "time": nanoseconds, "values": values}


@pytest.mark.parametrize(
    ("level", "percent"), [(0.5, 50), (1, 100), (0, 0), (-1, None), (73, 73), ("0.25", 25), ("nil", None), (None, None)]
)
def test_overlands_battery_is_a_share_or_percent(level: object, percent: float | None) -> None:
    assert overland(battery_level=level).get("battery", {}).get("remaining_percent") == percent


def test_overlands_minus_one_is_unknown() -> None:
    told = overland(speed=-1, course=-1, vertical_accuracy=-1, horizontal_accuracy=-1, altitude=-3)
    assert told["location"] == {"latitude": 52.23, "longitude": 21.01, "altitude_m": -3}


def test_a_trip_of_overland_is_no_second_position() -> None:
    trip = feature(type="trip", mode="bicycle", distance=4321.5, start=ISO, end=ISO)
    told = only("overland", {"locations": [trip]})
    assert "location" not in told
    assert (told["event"]["type"], told["motion"]["distance_m"]) == ("trip", 4321.5)


def test_a_bad_feature_spoils_no_other() -> None:
    good, bad = feature(), {"type": "Feature"}
    items = parsed("overland", {"locations": [bad, good, 7]})
    assert [type(item) for item in items] == [Rejected, Event, Rejected]
    assert [item.index for item in items if isinstance(item, Rejected)] == [0, 2]


def test_overland_that_writes_owntracks_counts_from_2001() -> None:
    told = only("overland", {"_type": "location", "lat": 52.23, "lon": 21.01, "tst": AT - 978_307_200, "batt": 0.4})
    assert (told["at"], told["battery"]["remaining_percent"]) == (AT, 40)


def test_a_visit_without_an_end_is_kept() -> None:
    assert overland(action="visit", arrival_date=ISO, departure_date=None)["event"] == {
        "type": "visit", "arrival_date": ISO,
    }  # fmt: skip


def test_a_hundred_readings_a_second_are_one_event_with_every_value() -> None:
    flood = [sensor("accelerometer", AT * 10**9 + n * 10**7, x=n / 7, y=-n, z=9.81) for n in range(200)]
    events = parsed("sensorlogger", {"deviceId": "d", "payload": flood})
    assert [event.device_time // 10**6 for event in events] == [AT, AT + 1]
    kept = [json.loads(event.properties)["sensorlogger"] for event in events]
    assert [time for each in kept for time in each["time"]] == [each["time"] for each in flood]
    assert [x for each in kept for x in each["values"]["x"]] == [each["values"]["x"] for each in flood]
    assert all(list(json.loads(event.properties)) == ["sensorlogger"] for event in events)


def test_the_same_message_gives_the_same_events() -> None:
    message = {"payload": [sensor("gyroscope", AT * 10**9 + n, x=n) for n in range(9)] + [sensor("light", lux=7)]}
    assert parsed("sensorlogger", message) == parsed("sensorlogger", message)


def test_a_stream_that_tells_now_and_then_stays_single() -> None:
    events = parsed(
        "sensorlogger", {"payload": [sensor("barometer", (AT + n) * 10**9, pressure=1000 + n) for n in range(5)]}
    )
    assert [json.loads(event.properties)["climate"]["pressure_hPa"] for event in events] == [
        1000,
        1001,
        1002,
        1003,
        1004,
    ]


def test_of_a_barometer_that_floods_the_first_reading_of_a_second_has_its_meaning() -> None:
    flood = [sensor("barometer", AT * 10**9 + n * 10**8, pressure=1000 + n) for n in range(10)]
    told = only("sensorlogger", {"payload": flood})
    assert (told["at"], told["climate"]) == (AT, {"pressure_hPa": 1000})
    assert told["sensorlogger"]["values"]["pressure"] == [1000 + n for n in range(10)]


@pytest.mark.parametrize(("pressure", "hectopascals"), [(100.25, 1002.5), (1002.5, 1002.5), (0, None)])
def test_a_watch_tells_its_pressure_in_kilopascals_or_hectopascals(pressure: float, hectopascals: float | None) -> None:
    told = only("sensorlogger", {"payload": [sensor("watchbarometer", pressure=pressure)]})
    assert told.get("climate", {}).get("pressure_hPa") == hectopascals


def test_nanoseconds_beyond_what_a_float_holds_are_exact() -> None:
    [event] = parsed("sensorlogger", {"payload": [sensor("light", 1658038823740147200, lux=1)]})
    assert event.device_time == 1658038823740147


def test_a_ruuvi_tag_is_understood_and_its_invalid_fields_are_nothing() -> None:
    tag = sensor(
        "bluetooth-cbb8334c884f", rssi=-60, manufacturerData="99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f"
    )
    climate = only("sensorlogger", {"payload": [tag]})["climate"]
    assert climate == {
        "temperature_C": 24.3, "humidity_percent": 53.49, "pressure_hPa": 1000.44, "tag_battery_V": 2.977,
    }  # fmt: skip
    invalid = sensor("bluetooth-1", rssi=-60, manufacturerData="9904058000ffffffff800080008000ffffffffffffffffffffff")
    assert "climate" not in only("sensorlogger", {"payload": [invalid]})


@pytest.mark.parametrize(
    "payload",
    [
        b"lat=52.23&lon=21.01&timestamp=1757000000&spd_kph=36&acc=0.0&batt=&hdop=",
        b"latitude=52.23&longitude=21.01&time=2025-09-04T15:33:20.000Z&s=10",
        b'{"lat":52.23,"lon":21.01,"ts":1757000000000,"spd":"10.0","hdop":,"acc":0.0,"batt":}',
    ],
)
def test_gpsloggers_template_may_say_it_in_any_of_its_ways(payload: bytes) -> None:
    told = only("gpslogger", payload)
    assert told["location"] == {"latitude": 52.23, "longitude": 21.01, "fix_speed_ms": 10}
    assert (told["at"], "battery" in told) == (AT, False)


@pytest.mark.parametrize("source", ["gpslogger", "osmand"])
@pytest.mark.parametrize(
    "stamp",
    [
        "timestamp=2025-09-04T17:33:20%2B02:00",
        "timestamp=2025-09-04T17:33:20+02:00",
        "timestamp=2025-09-04T17:33:20.000+0200",
        "timestamp=2025-09-04+15:33:20",
        "timestamp=1757000000000",
    ],
)
def test_the_plus_of_an_offset_may_come_encoded_or_not(source: str, stamp: str) -> None:
    assert only(source, f"lat=52.23&lon=21.01&{stamp}".encode())["at"] == AT


def test_gpsloggers_json_may_come_in_an_array() -> None:
    [first, second] = parsed(
        "gpslogger", b'[{"lat":52.23,"lon":21.01,"time":"2025-09-04T15%3A33%3A20Z"},{"lat":1,"lon":2}]'
    )
    assert (first.device_time, second.time_source) == (AT * 10**6, "batch")


def test_knots_of_traccar_and_metres_a_second_of_osmand() -> None:
    said = f"lat=52.23&lon=21.01&timestamp={AT}&speed=10&hdop=4.5".encode()
    traccar = only("osmand", b"id=123&" + said)["location"]
    assert (traccar["fix_speed_ms"], traccar["hdop"], "fix_accuracy_m" in traccar) == (5.144444, 4.5, False)
    osmand = only("osmand", said)["location"]
    assert (osmand["fix_speed_ms"], osmand["fix_accuracy_m"]) == (10, 4.5)
    assert only("osmand", b"id=1&speed_unit=ms&" + said)["location"]["fix_speed_ms"] == 10


def test_a_hole_is_forgiven_to_a_template_and_to_a_program() -> None:
    told = only("osmand", b'{"location": {"coords": {"latitude": 52.1, "longitude": 21, "accuracy":,}}}')
    assert told["location"] == {"latitude": 52.1, "longitude": 21}
    assert only("gpslogger", b'{"lat":52.1,"lon":21,"acc":,"time":1757000000}')["at"] == AT


def test_a_harmed_message_is_an_event_that_can_be_stored_or_is_refused() -> None:
    sources = {endpoint.path: endpoint.source for endpoint in ENDPOINTS}
    for path, body in islice(harmed_messages(Random(1)), 5_000):
        for item in SOURCES[sources[path]](body, HERE):
            if isinstance(item, Event):
                json.loads(item.properties, parse_constant=pytest.fail)


def test_a_heartbeat_of_traccar_has_no_position() -> None:
    told = only("osmand", b"id=123&timestamp=1757000000&batt=55&charge=true&cell=1,2,3,4&cell=1,2,3,5")
    assert ("location" in told, told["battery"]) == (False, {"remaining_percent": 55, "charging": True})
    assert told["osmand"]["cell"] == ["1,2,3,4", "1,2,3,5"]


@pytest.mark.parametrize("alarm", [{"alarm": "sos"}, {"extras": {"alarm": "sos"}}])
def test_an_alarm_of_traccars_json_is_one(alarm: dict[str, Any]) -> None:
    said = {"timestamp": ISO, "event": "motionchange", **alarm}
    assert only("osmand", {"location": said, "device_id": "1"})["event"] == {"type": "alarm", "name": "sos"}


@pytest.mark.parametrize(
    ("locations", "reasons"),
    [([], ["nothing_told"]), ([5], ["nothing_told"]), ([{"timestamp": ISO}, None], [None, "nothing_told"])],
)
def test_each_of_an_odd_array_of_traccars_locations_is_an_event_or_rejected(
    locations: list[Any], reasons: list[str | None]
) -> None:
    assert [getattr(item, "reason", None) for item in parsed("osmand", {"location": locations})] == reasons


def test_unavailable_is_nothing_and_an_address_is_no_published_property() -> None:
    told = only("homeassistant", {"type": "update_sensor_states", "data": [
        {"unique_id": "steps_sensor", "state": "unavailable"}, {"unique_id": "geocoded_location", "state": "Home 1"},
        {"unique_id": "is_charging", "state": True}, "odd",
    ]})  # fmt: skip
    assert "motion" not in told
    assert told["battery"] == {"charging": True}
    assert told["event"] == {"place": "Home 1"}


@pytest.mark.parametrize(
    ("sensor", "state", "meaning"),
    [
        ("is_charging", "off", {"battery": {"charging": False}}),
        ("battery_temperature", "-3.5", {"battery": {"temperature_C": -3.5}}),
        ("wifi_connection", "<not connected>", {}),
        ("wifi_connection", "<unknown>", {}),
        ("connectivity_ssid", "Not Connected", {}),
        ("connectivity_ssid", "Home", {"network": {"ssid": "Home"}}),
        ("wifi_signal_strength", -1, {}),
        ("pressure", 0, {}),
        ("next_alarm", ISO, {}),
    ],
)
def test_the_companion_apps_sensors_have_their_places(sensor: str, state: object, meaning: dict[str, Any]) -> None:
    told = only("homeassistant", {"type": "register_sensor", "data": {"unique_id": sensor, "state": state}})
    assert {name: told[name] for name in ("battery", "climate", "network", "motion") if name in told} == meaning


def test_an_automation_posts_a_state_in_its_unit() -> None:
    said = {"entity_id": "sensor.meter", "state": "1.5", "unit": "kWh", "last_changed": ISO}
    told = only("homeassistant", said)
    assert (told["energy"], told["at"], told["device"]) == ({"energy_Wh": 1500}, AT, "sensor.meter")


@pytest.mark.parametrize(
    ("value", "unit", "meaning"),
    [
        ("71.6", "°F", {"climate": {"temperature_C": 22}}),
        ("101.3", "kPa", {"climate": {"pressure_hPa": 1013}}),
        ("230100", "mV", {"energy": {"voltage_V": 230.1}}),
        ("1.2", "kW", {"energy": {"power_W": 1200}}),
        ("7", "lm", {}),
        ("unavailable", "W", {}),
    ],
)
def test_a_state_is_told_in_the_hubs_unit(value: str, unit: str, meaning: dict[str, Any]) -> None:
    told = only("homeassistant", {"entity_id": "sensor.it", "state": value, "unit": unit, "last_changed": ISO})
    assert {name: told[name] for name in ("climate", "energy") if name in told} == meaning


@pytest.mark.parametrize(
    ("entity", "unit", "meaning"),
    [
        ("sensor.balcony_pm25", "µg/m³", {"air": {"pm25_ugm3": 12.5}}),
        ("sensor.balcony_pm2_5", "\N{GREEK SMALL LETTER MU}g/m³", {"air": {"pm25_ugm3": 12.5}}),
        ("sensor.balcony_pm10", "µg/m³", {"air": {"pm10_ugm3": 12.5}}),
        ("sensor.balcony_pm1", "µg/m³", {"air": {"pm1_ugm3": 12.5}}),
        ("sensor.balcony_ozone", "µg/m³", {}),
        ("sensor.office_voc", "ppb", {"air": {"tvoc_ppb": 12.5}}),
        ("sensor.office_dew_point", "°C", {"climate": {"dew_point_C": 12.5}}),
        ("sensor.office", "°C", {"climate": {"temperature_C": 12.5}}),
    ],
)
def test_a_unit_of_several_things_is_understood_by_the_entitys_name(
    entity: str, unit: str, meaning: dict[str, Any]
) -> None:
    found = only("homeassistant", {"entity_id": entity, "state": "12.5", "unit": unit, "last_changed": ISO})
    assert {name: found[name] for name in ("climate", "air") if name in found} == meaning


@pytest.mark.parametrize("topic", ["owntracks/jane/phone", "/owntracks/jane/phone/event"])
def test_owntracks_names_its_device_in_the_topic(topic: str) -> None:
    said = {"_type": "location", "lat": "52.23", "lon": "21.01", "tst": str(AT), "topic": topic, "vel": -1, "bs": [1]}
    told = only("owntracks", said)
    assert (told["device"], told["at"], told["location"]) == ("jane/phone", AT, {"latitude": 52.23, "longitude": 21.01})


def test_a_topic_that_the_message_lacks_is_the_senders() -> None:
    said = {"_type": "location", "lat": 52.23, "lon": 21.01, "tst": AT}
    assert only("owntracks", said, topic="owntracks/jane/phone")["device"] == "jane/phone"
    named = {**said, "topic": "owntracks/john/phone"}
    assert only("owntracks", named, topic="owntracks/jane/phone")["device"] == "john/phone"


def test_a_beacon_without_a_signal_has_none() -> None:
    assert "network" not in only("owntracks", {"_type": "beacon", "desc": "keys", "tst": AT, "acc": -1, "rssi": 0})


@pytest.mark.parametrize("stamp", [0, -5, None, "soon", 1e308, 946684800, AT + 86_400 * 40, [1], {}])
def test_an_impossible_time_gives_way_to_the_receipt_and_says_so(stamp: object) -> None:
    told = only("owntracks", {"_type": "location", "lat": 1, "lon": 2, "tst": stamp})
    assert (told["at"], told["time_source"]) == (NOW / 1e6, "received")


@pytest.mark.parametrize(("latitude", "longitude"), [(0, 0), (0.0, "0"), (None, None), ("", "nan"), ("unknown", None)])
def test_a_message_without_a_position_keeps_its_battery(latitude: object, longitude: object) -> None:
    told = only("owntracks", {"_type": "location", "lat": latitude, "lon": longitude, "tst": AT, "batt": 5})
    assert "location" not in told
    assert told["battery"] == {"remaining_percent": 5}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "_type lat lon tst vel batt bs topic locations current trip geometry properties coordinates timestamp battery_level motion"
    " payload deviceId name time values latitude longitude type data gps unique_id state entity_id unit last_changed"
    " location coords battery id speed hdop alarm encrypted encrypted_data event desc SSID activity"
).split()
messages = st.dictionaries(
    st.sampled_from(NAMES),
    json_values
    | st.sampled_from(
        ["location", "transition", "steps", "update_location", "update_sensor_states", "encrypted", "trip"]
    )
    | st.lists(st.dictionaries(st.sampled_from(NAMES), json_values, max_size=4), max_size=3)
    | st.dictionaries(st.sampled_from(NAMES), json_values, max_size=5),
    max_size=7,
)


@pytest.mark.slow
@pytest.mark.parametrize("source", APPS)
@given(message=messages)
def test_whatever_an_app_says_nothing_canonical_is_unknown_or_endless(source: str, message: dict[str, Any]) -> None:
    for item in parsed(source, message):
        if isinstance(item, Event):
            properties = json.loads(item.properties)
            assert source in properties
            canonical = {name: group for name, group in properties.items() if name not in (source, "time_source")}
            assert all(leaf is not None for leaf in leaves(canonical))
            assert all(math.isfinite(leaf) for leaf in leaves(canonical) if isinstance(leaf, int | float))
            assert all(group != {} for group in canonical.values())


@given(message=messages.filter(lambda message: message.get("_type") not in ("encrypted", "card", "cmd", "request")))
def test_owntracks_message_stays_as_it_came_but_for_what_is_no_number(message: dict[str, Any]) -> None:
    [item] = parsed("owntracks", message)
    if isinstance(item, Event):
        came = json.loads(json.dumps(message), parse_constant=lambda _: None)
        assert json.loads(item.properties)["owntracks"] == came


def leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def torque(query: str) -> dict[str, Any]:
    return only("torque", f"id=a&time={AT}000&{query}".encode())


@pytest.mark.parametrize("name", ["kd", "k0d", "k0D", "kD"])
def test_torques_numbers_of_values_are_read_however_they_are_written(name: str) -> None:
    assert torque(f"{name}=61.0")["vehicle"] == {"speed_kmh": 61.0}


@pytest.mark.parametrize(
    "value",
    ["kd=255", "kd=3.4E38", "kd=Infinity", "kd=NaN", "kd=-", "kd=", "kc=16383.75", "k5=215", "k5=-273", "kf=215.0", "k46=215",
     "k46=3.4028235E38", "k31=65535", "k1f=65535", "kb=255", "k10=655.35", "k5e=3276.75", "k42=65.535", "ka6=429496729.5",
     "kff1225=-3.4028235E38", "kff1273=3.4E38", "kff1207=Infinity", "kff1204=3.4E38", "k2f=3.4E38", "k33=255", "kff1223=1e30"],
)  # fmt: skip
def test_what_torque_says_of_a_sensor_that_is_not_there_is_absent(value: str) -> None:
    event = torque(value)
    assert set(event) == {"torque", "at", "device"}
    assert event["torque"][value.split("=")[0]] == value.split("=")[1]


@pytest.mark.parametrize(
    "unknown", ["3.4E38", "3.4028235E38", "-3.4028235E38", "Infinity", "-Infinity", "NaN", "65535", "-", ""]
)
def test_a_position_that_torque_does_not_know_hides_nothing_of_the_car(unknown: str) -> None:
    for latitude, longitude in ((unknown, unknown), ("52.25", unknown), (unknown, "21.5")):
        event = torque(f"kff1006={latitude}&kff1005={longitude}&kd=50")
        assert (event.get("location"), event["vehicle"]) == (None, {"speed_kmh": 50})
    assert torque("kff1006=52.25&kd=50")["vehicle"] == {"speed_kmh": 50}


@pytest.mark.parametrize("pid", ["ff1001", "ff1007", "ff1010", "ff1239", "ff123a", "ff123b"])
def test_what_is_unknown_of_a_position_leaves_the_position(pid: str) -> None:
    event = torque(f"kff1006=52.25&kff1005=21.5&k{pid}=3.4028235E38")
    assert event["location"] == {"latitude": 52.25, "longitude": 21.5}


SENTINELS = ("3.4E38", "3.4028235E38", "-3.4028235E38", "Infinity", "-Infinity", "NaN", "-", "", "∞")
MAPPED = (
    "4", "5", "b", "c", "d", "f", "10", "11", "1f", "2f", "31", "33", "42", "45", "46", "5b", "5c", "5e", "a6", "ff1204", "ff1207",
    "ff1223", "ff1225", "ff1226", "ff1238", "ff125d", "ff126a", "ff126b", "ff1270", "ff1271", "ff1273",
)  # fmt: skip


@pytest.mark.parametrize("pid", MAPPED)
def test_no_value_of_torques_is_a_number_that_says_unknown(pid: str) -> None:
    for sentinel in SENTINELS:
        assert set(torque(f"k{pid}={sentinel}")) == {"torque", "at", "device"}, sentinel


@pytest.mark.parametrize(
    "pid", ["4", "5", "b", "c", "d", "f", "11", "2f", "33", "45", "46", "5b", "5c", "42", "ff1238", "ff126b"]
)
def test_a_byte_of_ones_is_none_of_torques_values(pid: str) -> None:
    if pid != "c":  # 255 turns a minute are few, and can be.
        assert set(torque(f"k{pid}=255")) == {"torque", "at", "device"}


@pytest.mark.parametrize("pid", [each for each in MAPPED if each != "ff1273"])
def test_two_bytes_of_ones_are_none_of_torques_values(pid: str) -> None:
    assert set(torque(f"k{pid}=65535")) == {"torque", "at", "device"}


@pytest.mark.parametrize(
    ("pid", "unit", "sent", "meaning"),
    [
        ("d", "mph", "100", {"speed_kmh": 160.9344}), ("d", "km/hr", "100", {"speed_kmh": 100}),
        ("5", "°F", "212", {"coolant_temperature_C": 100}), ("5", "ºC", "90", {"coolant_temperature_C": 90}),
        ("5", "° C", "90", {"coolant_temperature_C": 90}), ("b", "psi", "14.5", {"manifold_pressure_kPa": 99.97398}),
        ("ff125d", "l/hr", "6", {"fuel_rate_Lh": 6}), ("ff125d", "gal/hr", "1", {"fuel_rate_Lh": 3.785412}),
        ("ff1225", "ft-lb", "100", {"torque_Nm": 135.581795}), ("ff1226", " ", "100", {"power_W": 74569.987158}),
        ("ff1204", "miles", "10", {"trip_km": 16.09344}), ("ff1271", "litres", "2", {"fuel_used_L": 2}),
        ("10", "lb/min", "1", {"air_flow_gs": 7.559873}), ("42", "v", "14.1", {"voltage_V": 14.1}),
    ],
)  # fmt: skip
def test_the_default_unit_of_a_torque_value_counts_however_it_is_written(
    pid: str, unit: str, sent: str, meaning: dict[str, float]
) -> None:
    padded = pid.zfill(len(pid) + len(pid) % 2)
    query = urlencode({f"k{pid}": sent, f"defaultUnit{padded}": unit, f"userUnit{padded}": "furlongs"})
    assert torque(query)["vehicle"] == pytest.approx(meaning)


def test_of_two_sensors_of_one_torque_value_the_car_s_own_counts_whatever_comes_first() -> None:
    for query in ("kff126b=50&k2f=60", "k2f=60&kff126b=50"):
        assert torque(query)["vehicle"] == {"fuel_percent": 60}
    for query in ("kff1226=100&kff1273=50", "kff1273=50&kff1226=100"):
        assert torque(query)["vehicle"] == {"power_W": 50_000}


def test_the_pieces_of_a_torque_session_are_events_in_any_order() -> None:
    pieces = [
        f"eml=a&v=8&session=1&id=a&time={AT}500&kd=10&kc=900",
        f"eml=a&v=8&session=1&id=a&time={AT}000&profileName=Renamed&profileFuelType=0&profileWeight=1400.0",
        f"eml=a&v=8&session=1&id=a&time={AT}100&userShortName0d=Speed&userFullName0d=Speed+(OBD)&userUnit0d=mph",
        f"eml=a&v=8&session=1&id=a&time={AT}200&defaultUnit0d=km%2Fh&defaultUnit05=%C3%82%C2%B0C",
        f"eml=a&v=8&session=1&id=a&time={AT}900&noticeClass=Torque&notice=Logging+stopped",
    ]
    for order in (pieces, pieces[::-1]):
        found = {}
        for piece in order:
            event = only("torque", piece.encode())
            found[event["at"]] = {name: event[name] for name in ("vehicle", "event") if name in event}
        assert found == {
            AT + 0.5: {"vehicle": {"speed_kmh": 10, "engine_rpm": 900}},
            AT: {"event": {"type": "profile", "name": "Renamed"}}, AT + 0.1: {}, AT + 0.2: {},
            AT + 0.9: {"event": {"type": "notice", "text": "Logging stopped"}},
        }  # fmt: skip


def test_a_value_that_torque_repeats_counts_where_it_first_holds_one() -> None:
    event = torque("kc=-&kc=1275.75&kc=2000&kff1238=12.1&k42=14.0")
    assert event["vehicle"] == {"engine_rpm": 1275.75, "voltage_V": 14.0}
    assert event["torque"]["kc"] == ["-", "1275.75", "2000"]


def test_a_values_own_unit_counts_and_not_what_the_user_sees() -> None:
    event = torque(
        "kd=61&userUnit0d=mph&defaultUnit0d=km%2Fh&k5=212.0&defaultUnit05=%C3%82%C2%B0F&k46=20&defaultUnit46=%20"
    )
    assert event["vehicle"] == {"speed_kmh": 61, "coolant_temperature_C": 100.0, "outside_temperature_C": 20}
    assert torque(r"k5=88&defaultUnit05=\xC2\xB0C")["vehicle"] == {"coolant_temperature_C": 88}
    # In a unit of something else it means nothing.
    assert "vehicle" not in torque("k5=88&defaultUnit05=kPa")


def test_a_car_without_a_position_reports_the_rest() -> None:
    assert "location" not in torque("kff1005=0.0&kff1006=0.0&kd=10")
    assert torque("kff1005=0.0&kff1006=0.0&kd=10")["vehicle"] == {"speed_kmh": 10}


def test_an_unknown_number_is_kept_with_its_name() -> None:
    event = torque("k2203ca=85.3&userFullName2203ca=State+of+charge")
    assert event["torque"]["k2203ca"] == "85.3"
    assert event["torque"]["userFullName2203ca"] == "State of charge"


def test_torques_profile_and_notices_are_events() -> None:
    assert torque("profileName=My+car&profileFuelType=0")["event"] == {"type": "profile", "name": "My car"}
    assert torque("notice=Fault+found&noticeClass=fault")["event"] == {"type": "notice", "text": "Fault found"}


@given(st.dictionaries(st.text("k0123456789abcdefUnit", min_size=1, max_size=10), st.text(max_size=12), max_size=8))
def test_no_query_makes_torques_reader_raise(fields: dict[str, str]) -> None:
    for item in parsed("torque", urlencode({"id": "a", **fields}).encode()):
        assert isinstance(item, Event | Rejected)
