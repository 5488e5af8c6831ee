"""Of an event's properties others see what the catalogue lists, and nothing else."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest
from events import FIRST_BETA_PROPERTIES, Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from iot_hub.properties.catalogue import catalogue as properties_known
from iot_hub.sources.canonical import Battery, Location, Motion

HOUR = 1_755_860_400
GROUPS = ("battery", "location", "climate", "air", "energy", "motion", "vehicle", "machine", "network", "garden")
POSITION = {"latitude": 52.23, "longitude": 21.01}


def published(owner: Connection, properties: object, withheld: tuple[str, ...] = ()) -> Any:
    """What of properties is published."""
    statement = "SELECT iot_personal_hub.publishable_properties(%s::jsonb, %s::text[])::text AS text"
    [row] = rows(owner, statement, json.dumps(properties), list(withheld))
    return json.loads(row["text"])


@pytest.fixture
def catalogue(owner: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    found = rows(owner, "SELECT * FROM iot_personal_hub.dim_properties WHERE published")
    return {(row["path"][0], row["path"][1]): row for row in found}


def test_what_a_phone_measures_is_published_to_the_last_digit(owner: Connection) -> None:
    wanted = {**FIRST_BETA_PROPERTIES, "battery": {**FIRST_BETA_PROPERTIES["battery"]}}
    del wanted["battery"]["remaining_energy_mWh"]  # null: nothing.
    assert published(owner, FIRST_BETA_PROPERTIES) == wanted
    [row] = rows(
        owner,
        """SELECT iot_personal_hub.publishable_properties(
            '{"climate": {"temperature_C": 21.123456789012345678901234567890}}') #>> '{climate,temperature_C}' AS text""",
    )
    assert row["text"] == "21.123456789012345678901234567890"


SHOWN: list[tuple[Any, Any]] = [
    ({"location": {"lat": 52.23, "lon": 21.01}}, {}),
    ({"location": {"latitude": "52,2297", "longitude": 21.01, "altitude_m": 100}}, {}),
    ({"location": {"latitude": "52.2297", "longitude": 21.01}}, {}),
    ({"location": {"latitude": 91, "longitude": 21.01, "bearing": 3}}, {}),
    ({"location": {**POSITION, "address": "Długa 5"}}, {"location": POSITION}),
    ({"location": {**POSITION, "fix_provider": "from Długa 5"}}, {"location": POSITION}),
    ({"location": {**POSITION, "raw": {"lat": 52.2}}}, {"location": POSITION}),
    ({"location": [52.23, 21.01]}, {}),
    ({"location": "52.23,21.01"}, {}),
    ({"location": None, "battery": None}, {}),
    ({"vehicle": {"latitude": 52.23, "engine_rpm": 900}}, {"vehicle": {"engine_rpm": 900}}),
    ({"vehicle": {"engine_rpm": [900], "speed_kmh": {"latitude": 52.2}, "plate": "WA 12345"}}, {}),
    ({"motion": {"ssid": "FRITZ!Box Długa 5", "lat": 52.23, "steps": 17}}, {"motion": {"steps": 17}}),
    ({"motion": {"activity": "at home, Długa 5"}}, {}),
    ({"motion": {"activity": ["walking"]}}, {}),
    ({"battery": {"charging": 1, "state": {"charging": True}, "technology": "52.2297"}}, {}),
    ({"battery": {"charging": True, "state": "charging"}}, {"battery": {"charging": True, "state": "charging"}}),
    ({"climate": {"temperature_C": True, "humidity_percent": "55", "pressure_hPa": None}}, {}),
    ({"climate": {"temperature_C": 522297}}, {}),
    ({"network": {"ssid": "home", "signal_dBm": -60, "ip": "192.0.2.1"}}, {}),
    ({"latitude": 52.23, "state": {"value": 5}, "owntracks": {"lat": 52.23}}, {}),
    ([{"climate": {"temperature_C": 5}}], {}),
    ("climate", {}),
]


def test_what_the_catalogue_does_not_list_is_not_published(owner: Connection) -> None:
    for properties, shown in SHOWN:
        assert published(owner, properties) == shown, properties


def test_numbers_beyond_every_measurement_are_not_published(owner: Connection) -> None:
    properties = '{"energy": {"power_W": 1e400, "energy_Wh": -1e309, "voltage_V": 230}}'
    [row] = rows(owner, "SELECT iot_personal_hub.publishable_properties(%s::jsonb)::text AS text", properties)
    assert json.loads(row["text"]) == {"energy": {"voltage_V": 230}}


def test_what_tells_of_charging_and_what_runs_on_can_be_withheld(owner: Connection) -> None:
    properties = {
        "battery": {"remaining_percent": 51, "voltage_V": 3.9, "charging": True, "temperature_C": 28.7},
        "motion": {"steps": 4021, "activity": "walking"},
        "vehicle": {"odometer_km": 120_000},
    }
    assert published(owner, properties, ("charge",)) == {**properties, "battery": {"temperature_C": 28.7}}
    assert published(owner, properties, ("charge", "counter")) == {
        "battery": {"temperature_C": 28.7},
        "motion": {"activity": "walking"},
    }


# Keys that exist beside those that do not, so that most examples reach the rules.
_keys = st.sampled_from(
    sorted({*Location.__struct_fields__, *Battery.__struct_fields__, *Motion.__struct_fields__})
) | st.sampled_from(["temperature_C", "power_W", "odometer_km", "lat", "ssid", "address", "", "ü"])
_text = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["gps", "52.2297", "52,2297", "charging", "still", "true"])
    | _text
)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys | _text, inner, max_size=4),
    max_leaves=6,
)
_properties = st.dictionaries(
    st.sampled_from([*GROUPS, "latitude", "owntracks"]) | _text,
    st.dictionaries(_keys | _text, _json, max_size=8) | _json,
)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(properties=_properties)
@example(properties={"location": {"latitude": [52.2], "longitude": 21.0, "fix_provider": ["gps"]}})
def test_whatever_is_sent_only_listed_keys_with_listed_values_are_published(
    owner: Connection, catalogue: dict[tuple[str, str], dict[str, Any]], properties: dict[str, Any]
) -> None:
    for group, values in published(owner, properties).items():
        assert values != {}
        for key, value in values.items():
            rule = catalogue[group, key]
            assert value == properties[group][key]
            if rule["kind"] == "number":
                assert type(value) in (int, float)
                assert rule["least"] <= Decimal(value) <= rule["most"]
            elif rule["kind"] == "boolean":
                assert type(value) is bool
            else:
                assert value in rule["words"]


def test_every_canonical_property_has_a_row_in_the_catalogue(catalogue: dict[tuple[str, str], dict[str, Any]]) -> None:
    structs: dict[str, type[msgspec.Struct]] = {"location": Location, "battery": Battery, "motion": Motion}
    canonical = {(group, key) for group, struct in structs.items() for key in struct.__struct_fields__}
    # Of what is neither rolled up nor published (motion at home), the database has no row: nothing can publish it.
    private = {each.path for each in properties_known() if not (each.rolled_up or each.published)}
    assert canonical - private - catalogue.keys() == set()


def test_events_and_roll_ups_are_published_by_the_catalogue(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, {"climate": {"temperature_C": 21, "note": "Długa 5"}, "network": {"signal_dBm": -60}}))
    store(owner, (HOUR + 3660, {"location": {"lat": 52.23, "lon": 21.01}, "climate": {"humidity_percent": 55}}))
    refresh(owner)
    [event] = rows(viewer, "SELECT properties FROM iot_personal_hub.published_events")
    assert event["properties"] == {"climate": {"temperature_C": 21}}
    metrics = rows(viewer, "SELECT DISTINCT metric FROM iot_personal_hub.published_hourly_metrics")
    assert "climate.temperature_C" in {row["metric"] for row in metrics}
    assert "network.signal_dBm" not in {row["metric"] for row in metrics}
    # The totals of an hour less what is shown of it would be what is hidden.
    assert "climate.humidity_percent" not in {row["metric"] for row in metrics}
    [hour] = rows(viewer, "SELECT date_hour, count_events FROM iot_personal_hub.published_hourly_events_counter")
    assert (hour["date_hour"].timestamp(), hour["count_events"]) == (HOUR, 1)


def test_a_users_own_number_is_published_once_its_owner_says_so(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_metrics VALUES ('garden.soil_moisture_percent', '%', '{garden,soil_moisture_percent}')"
    )
    store(owner, (HOUR, {"garden": {"soil_moisture_percent": 31, "note": "by the shed"}}))
    refresh(owner)
    metrics = "SELECT metric FROM iot_personal_hub.published_hourly_metrics"
    events = "SELECT properties FROM iot_personal_hub.published_events"
    assert rows(viewer, metrics) == []
    assert [row["properties"] for row in rows(viewer, events)] == [{}]
    owner.execute(
        "UPDATE iot_personal_hub.dim_properties SET published = true WHERE name = 'garden.soil_moisture_percent'"
    )
    refresh(owner)
    assert rows(viewer, metrics) == [{"metric": "garden.soil_moisture_percent"}]
    assert [row["properties"] for row in rows(viewer, events)] == [{"garden": {"soil_moisture_percent": 31}}]
    owner.execute("DELETE FROM iot_personal_hub.dim_metrics WHERE metric = 'garden.soil_moisture_percent'")
    refresh(owner)
    assert rows(viewer, metrics) == []
    assert [row["properties"] for row in rows(viewer, events)] == [{}]


def test_no_owner_can_publish_a_place_or_a_network_by_mistake(owner: Connection) -> None:
    paths = [
        "{location,address_no}", "{location,lat}", "{network,frequency_MHz}", "{vehicle,latitude}", "{vehicle,gps_lat}",
        "{tracker,Lon}", "{temperature}", "{garden,bed,moisture}",
    ]  # fmt: skip
    for path in paths:
        owner.execute("INSERT INTO iot_personal_hub.dim_metrics VALUES (%s, '1', %s)", [path, path])
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute("UPDATE iot_personal_hub.dim_properties SET published = true WHERE name = %s", [path])


def test_names_in_the_catalogue_are_names_and_never_code(owner: Connection) -> None:
    group, key, word = "o'clock\"$", "%s' || \\ $body$ \" -- ü", 'it\'s \\ "{a,b}" $function$'
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_properties (name, unit, path, kind, words, rolled_up, published)"
        " VALUES ('odd', '', %s, 'enumeration', %s, false, true)",
        [[group, key], [word]],
    )
    assert published(owner, {group: {key: word, "other": word}}) == {group: {key: word}}
    assert published(owner, {group: {key: "another"}}) == {}
