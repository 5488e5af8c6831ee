"""Numbers that say "unknown" are absent from an event's meaning, whatever source or file they come with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imports import events as imported
from imports import read
from paths import FIXTURES, ROOT

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.sentinels import FIELDS
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.values import number, position

AT = "2025-09-04T15:33:20Z"
SECONDS = 1_757_000_000
CASES = FIXTURES / "field"
HERE = ParseContext(received_at=1_758_000_000_000_000)

Values = Mapping[str, object]


def _owntracks(values: Values) -> list[Event]:
    names = {
        "altitude": "alt",
        "vertical": "vac",
        "speed": "vel",
        "bearing": "cog",
        "accuracy": "acc",
        "battery": "batt",
    }
    said = {names[name]: value for name, value in values.items()}
    return _sent("owntracks", {"_type": "location", "lat": 52.1, "lon": 21.1, "tst": SECONDS, **said})


def _overland(values: Values) -> list[Event]:
    names = {
        "altitude": "altitude", "vertical": "vertical_accuracy", "speed": "speed", "bearing": "course",
        "accuracy": "horizontal_accuracy", "battery": "battery_level",
    }  # fmt: skip
    said = {names[name]: value for name, value in values.items()}
    place = {"type": "Point", "coordinates": [21.1, 52.1]}
    return _sent("overland", {"locations": [{"geometry": place, "properties": {"timestamp": AT, **said}}]})


def _gpslogger(values: Values) -> list[Event]:
    names = {"altitude": "alt", "speed": "spd", "bearing": "dir", "accuracy": "acc", "battery": "batt"}
    said = "".join(f"&{names[name]}={value}" for name, value in values.items() if name in names)
    return _parsed("gpslogger", f"lat=52.1&lon=21.1&time={AT}{said}")


def _traccar(values: Values) -> list[Event]:
    names = {"altitude": "altitude", "speed": "speed", "bearing": "bearing", "accuracy": "accuracy", "battery": "batt"}
    said = "".join(f"&{names[name]}={value}" for name, value in values.items() if name in names)
    return _parsed("osmand", f"id=7&lat=52.1&lon=21.1&timestamp={SECONDS}{said}")


def _traccar_json(values: Values) -> list[Event]:
    names = {
        "altitude": "altitude", "vertical": "altitude_accuracy", "speed": "speed", "bearing": "heading",
        "accuracy": "accuracy",
    }  # fmt: skip
    said = {names[name]: value for name, value in values.items() if name in names}
    coords = {"latitude": 52.1, "longitude": 21.1, **said}
    location = {"timestamp": AT, "coords": coords, "battery": {"level": values.get("battery")}}
    return _sent("osmand", {"device_id": "7", "location": location})


def _home_assistant(values: Values) -> list[Event]:
    names = {
        "altitude": "altitude", "vertical": "vertical_accuracy", "speed": "speed", "bearing": "course",
        "accuracy": "gps_accuracy", "battery": "battery",
    }  # fmt: skip
    said = {names[name]: value for name, value in values.items()}
    return _sent("homeassistant", {"type": "update_location", "data": {"gps": [52.1, 21.1], **said}})


def _sensor_logger(values: Values) -> list[Event]:
    names = {
        "altitude": "altitude", "vertical": "verticalAccuracy", "speed": "speed", "bearing": "bearing",
        "accuracy": "horizontalAccuracy",
    }  # fmt: skip
    said = {names[name]: value for name, value in values.items() if name in names}
    place = {"name": "location", "time": SECONDS * 10**9, "values": {"latitude": 52.1, "longitude": 21.1, **said}}
    battery = {"name": "battery", "time": SECONDS * 10**9, "values": {"batteryLevel": values.get("battery")}}
    return _sent("sensorlogger", {"payload": [place, battery]})


def _gpx(values: Values) -> list[Event]:
    names = {"altitude": "ele", "speed": "speed", "bearing": "course", "accuracy": "hAcc", "vertical": "vAcc"}
    said = "".join(f"<{names[name]}>{value}</{names[name]}>" for name, value in values.items() if name in names)
    point = f'<trkpt lat="52.1" lon="21.1">{said}<time>{AT}</time></trkpt>'
    return imported(read("gpx", f"<gpx><trk><trkseg>{point}</trkseg></trk></gpx>"))


def _kml(values: Values) -> list[Event]:
    names = {"speed": "speed", "bearing": "bearing", "accuracy": "accuracy"}
    data = "".join(
        f'<gx:SimpleArrayData name="{names[name]}"><gx:value>{value}</gx:value></gx:SimpleArrayData>'
        for name, value in values.items()
        if name in names
    )
    track = (
        f"<gx:Track><when>{AT}</when><gx:coord>21.1 52.1 {values.get('altitude', '')}</gx:coord><ExtendedData>"
        f"<SchemaData>{data}</SchemaData></ExtendedData></gx:Track>"
    )
    return imported(
        read("kml", f'<kml xmlns:gx="http://www.google.com/kml/ext/2.2"><Placemark>{track}</Placemark></kml>')
    )


def _csv(values: Values) -> list[Event]:
    names = {
        "altitude": "altitude", "vertical": "vertical_accuracy", "speed": "speed", "bearing": "bearing",
        "accuracy": "accuracy", "battery": "battery",
    }  # fmt: skip
    columns = ",".join(["time", "lat", "lon", *(names[name] for name in values)])
    return imported(read("csv", f"{columns}\n{AT},52.1,21.1,{','.join(map(str, values.values()))}"))


def _geojson(values: Values) -> list[Event]:
    names = {
        "altitude": "altitude", "vertical": "vertical_accuracy", "speed": "speed", "bearing": "course",
        "accuracy": "accuracy", "battery": "battery",
    }  # fmt: skip
    said = {names[name]: value for name, value in values.items()}
    feature = {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [21.1, 52.1]},
        "properties": {"timestamp": AT, **said},
    }  # fmt: skip
    return imported(read("geojson", json.dumps({"type": "FeatureCollection", "features": [feature]})))


def _google_records(values: Values) -> list[Event]:
    names = {
        "altitude": "altitude", "vertical": "verticalAccuracy", "speed": "velocity", "bearing": "heading",
        "accuracy": "accuracy",
    }  # fmt: skip
    said = {names[name]: value for name, value in values.items() if name in names}
    record = {"timestamp": AT, "latitudeE7": 521000000, "longitudeE7": 211000000, **said}
    return imported(read("google-timeline", json.dumps({"locations": [record]})))


def _google_timeline(values: Values) -> list[Event]:
    names = {"altitude": "altitudeMeters", "speed": "speedMetersPerSecond", "accuracy": "accuracyMeters"}
    said = {names[name]: value for name, value in values.items() if name in names}
    signal = {"position": {"LatLng": "52.1°, 21.1°", "timestamp": AT, **said}}
    return imported(read("google-timeline", json.dumps({"semanticSegments": [], "rawSignals": [signal]})))


def _sent(source: str, message: object) -> list[Event]:
    return _parsed(source, json.dumps(message))


def _parsed(source: str, body: str) -> list[Event]:
    found = SOURCES[source](body.encode(), HERE)
    assert all(isinstance(item, Event) for item in found)
    return [item for item in found if isinstance(item, Event)]


WAYS: Mapping[str, Callable[[Values], list[Event]]] = {
    "owntracks": _owntracks, "overland": _overland, "gpslogger": _gpslogger, "osmand": _traccar,
    "osmand in JSON": _traccar_json, "homeassistant": _home_assistant, "sensorlogger": _sensor_logger, "gpx": _gpx,
    "kml": _kml, "csv": _csv, "geojson": _geojson, "google records": _google_records,
    "google timeline": _google_timeline,
}  # fmt: skip
WITHOUT_VERTICAL_ACCURACY = {"gpslogger", "osmand", "kml", "google timeline"}
FIX_KEYS = {"latitude", "longitude"}


def meaning(found: list[Event]) -> dict[str, Any]:
    together: dict[str, Any] = {}
    for event in found:
        together |= json.loads(event.properties)
    return together


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "unknown",
    [
        {"altitude": 65535}, {"altitude": -32768}, {"altitude": -9999}, {"altitude": 12606.8}, {"altitude": 12607},
        {"altitude": 32767}, {"altitude": "NaN"}, {"speed": 255}, {"speed": -1}, {"speed": 65535}, {"bearing": 511},
        {"bearing": -1}, {"bearing": 361}, {"bearing": 65535}, {"accuracy": 0}, {"accuracy": -1}, {"battery": -1},
        {"battery": 255}, {"battery": "None"},
    ],
    ids=str,
)  # fmt: skip
def test_a_number_that_says_unknown_is_absent(way: str, unknown: Values) -> None:
    told = meaning(WAYS[way](unknown))
    assert set(told["location"]) == FIX_KEYS
    assert "battery" not in told


@pytest.mark.parametrize("way", sorted(set(WAYS) - WITHOUT_VERTICAL_ACCURACY))
def test_the_altitude_0_that_apple_calls_invalid_is_absent_and_that_of_the_sea_is_not(way: str) -> None:
    assert set(meaning(WAYS[way]({"altitude": 0, "vertical": -1}))["location"]) == FIX_KEYS
    assert meaning(WAYS[way]({"altitude": 0, "vertical": 3}))["location"]["altitude_m"] == 0
    assert meaning(WAYS[way]({"altitude": 0}))["location"]["altitude_m"] == 0


@pytest.mark.parametrize("way", WAYS)
def test_what_was_measured_stays(way: str) -> None:
    told = meaning(WAYS[way]({"altitude": 2499.5, "speed": 36, "bearing": 359.5, "accuracy": 4}))["location"]
    assert told["altitude_m"] == 2499.5
    assert told.get("bearing", 359.5) == 359.5
    assert told["fix_speed_ms"] == pytest.approx({"owntracks": 10, "osmand": 18.52}.get(way, 36))
    assert told.get("fix_accuracy_m", 4) == 4


def test_a_number_that_says_unknown_stays_in_the_apps_own_message() -> None:
    told = meaning(_owntracks({"altitude": 65535, "speed": 255, "bearing": 511}))
    assert (told["owntracks"]["alt"], told["owntracks"]["vel"], told["owntracks"]["cog"]) == (65535, 255, 511)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("owntracks", {"_type": "location", "tst": SECONDS, "batt": 0, "bs": 0}),
        ("overland", {"locations": [{"properties": {"timestamp": AT, "battery_level": 0, "battery_state": "unknown"}}]}),
        ("sensorlogger", {"payload": [
            {"name": "battery", "time": SECONDS * 10**9, "values": {"batteryLevel": 0, "batteryState": "unknown"}}]}),
        ("homeassistant", {"type": "update_sensor_states", "data": [
            {"unique_id": "battery_state", "state": "Unknown"}, {"unique_id": "battery_level", "state": 0}]}),
    ],
)  # fmt: skip
def test_an_empty_battery_of_unknown_state_was_not_measured(source: str, message: object) -> None:
    assert "remaining_percent" not in meaning(_sent(source, message)).get("battery", {})


@pytest.mark.parametrize(
    ("unit", "state"),
    [("°C", -127), ("°C", 85), ("°F", 185), ("hPa", 0), ("dBm", -127), ("dBm", 0), ("ppm", 0), ("km/h", 255)],
)
def test_a_state_of_home_assistant_that_no_sensor_measures_is_absent(unit: str, state: float) -> None:
    told = meaning(_sent("homeassistant", {"entity_id": "sensor.x", "state": str(state), "unit": unit}))
    assert set(told) == {"homeassistant", "time_source"}
    assert told["homeassistant"]["state"] == str(state)


def test_more_than_all_the_humidity_there_can_be_is_absent() -> None:
    told = meaning(_sent("homeassistant", {"entity_id": "sensor.humidity", "state": "127.5", "unit": "%"}))
    assert "climate" not in told


def test_home_assistants_unknowns_of_the_field_are_absent() -> None:
    folder = CASES / "13-home-assistant-battery"
    moved = meaning(_parsed("homeassistant", (folder / "ha_update_location.json").read_text()))
    assert "battery" not in moved
    assert moved["location"] == {"latitude": 52.49001, "longitude": 20.99001}
    sent = meaning(_parsed("overland", (folder / "overland.json").read_text()))
    assert "battery" not in sent
    assert "fix_accuracy_m" not in sent["location"]


def test_invalid_altitudes_of_a_gpx_file_are_absent() -> None:
    file = (CASES / "39-gpx-altitude-sentinels" / "alt.gpx").read_text()
    found = [json.loads(event.properties)["location"].get("altitude_m") for event in imported(read("gpx", file))]
    assert found == [100.5, None, 101.5, None, None, None, 102.5]


@given(st.sampled_from(sorted(FIELDS)), st.floats() | st.integers() | st.text(max_size=6))
def test_what_a_reader_returns_is_within_its_field(name: str, value: object) -> None:
    field, read_value = FIELDS[name], getattr(sentinels, name)
    found = read_value(value)
    if found is not None:
        assert field.least <= found <= field.most
        assert found not in field.unknown


def test_the_page_shows_every_row_of_the_table() -> None:
    page = (ROOT / "docs" / "sentinels.md").read_text()
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| `")}
    assert set(rows) == {f"`{name}`" for name in FIELDS}
    for name, field in FIELDS.items():
        for bound in (field.least, field.most):
            assert f"{bound:,.10g}" in rows[f"`{name}`"] or abs(bound) == float("inf"), (name, bound)
        for value, who in field.unknown.items():
            assert f"{value:.10g}" in rows[f"`{name}`"], (name, value)
            assert who in rows[f"`{name}`"], (name, who)


@given(
    name=st.sampled_from(sorted(FIELDS)),
    value=st.one_of(
        st.floats(), st.integers(), st.booleans(), st.none(), st.just(1 << 1024),
        st.floats().map(str), st.integers().map(str), st.sampled_from([0, 360, 85, 255, 65535, "65.535", "1e999"]),
    ),
)  # fmt: skip
def test_what_is_read_is_a_finite_number_within_bounds_that_is_no_sentinel(name: str, value: object) -> None:
    field, found = FIELDS[name], number(value)
    is_meant = found is not None and field.least <= found <= field.most and found not in field.unknown
    assert sentinels._reader(name)(value) == (found if is_meant and abs(found or 0) <= sentinels.LARGEST else None)


@given(latitude=st.one_of(st.floats(), st.integers(), st.none()), longitude=st.one_of(st.floats(), st.integers()))
def test_a_position_is_the_same_as_of_its_text(latitude: float | None, longitude: float) -> None:
    assert position(latitude, longitude) == position(None if latitude is None else str(latitude), str(longitude))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,345.6", 12345.6), ("-1,234.5", -1234.5), ("1,234,567", 1234567), ("12.345,6", 12345.6),
        ("12\u202f345,6", 12345.6), ("12'345.6", 12345.6), ("12\u00a0345", 12345), ("52,23", 52.23),
        ("1,234", None), ("1.234.567", None), ("192.168.100.200", None), ("1,23.4", None), ("0,123.4", None),
        ("1234,567.8", None), (f"{'9' * 400},5", None), (f"1{',234' * 400}.5", None),
    ],
)  # fmt: skip
def test_a_number_with_its_thousands_apart_is_read_where_it_can_be_only_one(text: str, value: float | None) -> None:
    assert number(text) == value


@given(st.floats(-1e12, 1e12).map(lambda value: round(value, 2)))
def test_thousands_that_are_written_apart_make_the_same_number(value: float) -> None:
    assert number(f"{value:,.2f}") == number(f"{value:,.2f}".translate(str.maketrans(",.", ".,"))) == value
