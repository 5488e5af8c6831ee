"""What a car's own PIDs mean where the owner says so: what Torque sends, and what stands in logs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from events import Connection
from hub_server import new_phone, running_api
from imports import events, read
from paths import ROOT

from iot_hub.errors import UserError
from iot_hub.event import Event
from iot_hub.ingest.car_pids import car_pids, usable_car_pids
from iot_hub.settings import Settings
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.sources.own_pids import NO_PIDS, OwnPids, checked_pids
from iot_hub.timestamps import isoformat

NOW = 1_758_000_000_000_000
BORN = """
[[pid]]
pid = "22028C"
name = "SOC BMS"
property = "vehicle.battery_percent"
formula = "A/2.5"
limits = [0, 100]

[[pid]]
pid = "222A0B"
names = ["HV temperature"]
property = "vehicle.battery_temperature_C"
unit = "°F"
limits = [-40, 176]

[[pid]]
pid = "5c"
property = "vehicle.inside_temperature_C"
formula = "x - 100"
"""
QUERY = "id=a&time=1757000000000&"


def pids(text: str = BORN) -> OwnPids:
    return checked_pids(text.encode(), "pids.toml")


def torque(query: str, own: OwnPids | None = None) -> dict[str, Any]:
    context = ParseContext(received_at=NOW, pids=pids() if own is None else own)
    [event] = SOURCES["torque"]((QUERY + query).encode(), context)
    assert isinstance(event, Event)
    found: dict[str, Any] = json.loads(event.properties)
    return found


@pytest.mark.pure
def test_a_number_that_only_this_car_has_becomes_a_property() -> None:
    event = torque("k22028c=47.5&k222a0b=77&kd=50")
    assert event["vehicle"] == {"speed_kmh": 50, "battery_percent": 47.5, "battery_temperature_C": 25}
    assert event["torque"]["k22028c"] == "47.5"


@pytest.mark.pure
@pytest.mark.parametrize("value", ["255", "65535", "3.4E38", "-", "NaN", "Infinity", "-1", "100.5", ""])
def test_what_lies_outside_its_limits_is_absent_and_kept(value: str) -> None:
    event = torque(f"k22028C={value}&kd=50")
    assert event["vehicle"] == {"speed_kmh": 50}
    assert event["torque"]["k22028C"] == value


@pytest.mark.pure
@pytest.mark.parametrize("value", ["3.4E38", "3.4028235E38", "-3.4028235E38", "Infinity", "-Infinity", "NaN", "1e999"])
@pytest.mark.parametrize("more", ['formula = "x / (x - 50)"', 'unit = "°F"', 'formula = "x * 0"', ""])
def test_a_number_that_means_nothing_is_dropped_before_a_formula_or_a_unit_makes_another_of_it(
    value: str, more: str
) -> None:
    own = pids(f'[[pid]]\npid = "222609"\nname = "Cabin"\nproperty = "vehicle.inside_temperature_C"\n{more}')
    assert torque(f"k222609={value}&kd=50", own)["vehicle"] == {"speed_kmh": 50}
    scanned = f'"SECONDS";"PID";"VALUE";"UNITS";\n"60";"Cabin";"{value}";"°F";\n'
    [event] = events(read("carscanner", scanned, file="2026-01-31 10-56-07.csv", time_zone=ZoneInfo("UTC"), pids=own))
    assert "vehicle" not in json.loads(event.properties)


@pytest.mark.pure
def test_what_the_owner_calls_a_speed_counts_beside_the_cars() -> None:
    own = pids('[[pid]]\nname = "Speed"\nproperty = "vehicle.battery_percent"')
    log = "Time (sec),Speed,Vehicle speed (km/h)\n1,40,50\n"
    [event] = events(read("carlog", log, file="2026-01-31 10-56-07.csv", time_zone=ZoneInfo("UTC"), pids=own))
    assert json.loads(event.properties)["vehicle"] == {"battery_percent": 40, "speed_kmh": 50}


@pytest.mark.pure
def test_what_the_owner_says_of_a_pid_counts_before_the_standard() -> None:
    assert torque("k5c=121")["vehicle"] == {"inside_temperature_C": 21}
    assert torque("k5c=121", NO_PIDS)["vehicle"] == {"oil_temperature_C": 121}


@pytest.mark.pure
def test_of_a_value_that_is_repeated_the_first_that_says_something_counts() -> None:
    assert torque("k22028c=-&k22028C=51&k0022028c=60")["vehicle"] == {"battery_percent": 51}


@pytest.mark.pure
def test_a_unit_that_the_request_names_counts_where_the_file_has_none() -> None:
    own = pids('[[pid]]\npid = "222609"\nproperty = "vehicle.outside_temperature_C"')
    assert torque("k222609=50&defaultUnit222609=%C2%B0F", own)["vehicle"] == {"outside_temperature_C": 10}
    assert torque("k222609=10", own)["vehicle"] == {"outside_temperature_C": 10}


@pytest.mark.pure
def test_what_the_page_shows_is_what_the_hub_makes_of_it() -> None:
    page = (ROOT / "docs" / "car-pids.md").read_text(encoding="utf-8")
    [file], [query], [shown] = (
        re.findall(rf'^```\w+ title="{title}"\n(.*?)^```$', page, re.M | re.S) for title in ("pids", "query", "events")
    )
    [event] = SOURCES["torque"](query.strip().encode(), ParseContext(received_at=NOW, pids=pids(file)))
    assert isinstance(event, Event)
    meaning = json.loads(event.properties)
    del meaning["torque"]
    assert {"at": isoformat(event.device_time), **meaning} == json.loads(shown)


@pytest.mark.pure
def test_logs_know_them_by_their_names() -> None:
    log = (
        "GPS Time,Device Time,Longitude,Latitude,SOC BMS(%),HV temperature(°C)\n-,05-Oct-2025 14:22:01,21.5,52.25,61,86"
    )
    [event] = events(read("torque", log, time_zone=ZoneInfo("UTC"), pids=pids()))
    # The owner's unit counts, whatever the heading says.
    assert json.loads(event.properties)["vehicle"] == {"battery_percent": 61, "battery_temperature_C": 30}
    scanned = '"SECONDS";"PID";"VALUE";"UNITS";\n"60";"soc  bms";"44,5";"%";\n"61";"soc bms";"101";"%";'
    found = events(read("carscanner", scanned, file="2026-01-31 10-56-07.csv", time_zone=ZoneInfo("UTC"), pids=pids()))
    assert [json.loads(each.properties).get("vehicle") for each in found] == [{"battery_percent": 44.5}, None]


@pytest.mark.pure
@pytest.mark.parametrize(
    ("property", "more", "words"),
    [
        ("vehicle.colour", "", "line 1: 'vehicle.colour' is no number of the catalogue"),
        ("vehicle.plugged_in", "", "line 1: 'vehicle.plugged_in' is no number"),
        ("vehicle.battery_percent", 'unit = "km"', "line 1: 'km' can't be converted to %"),
    ],
)
def test_a_property_or_a_unit_that_is_none_is_refused_with_the_line(property: str, more: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        pids(f'[[pid]]\npid = "5b"\nproperty = "{property}"\n{more}')


@pytest.mark.pure
def test_a_file_that_is_wrong_or_not_there_leaves_the_hub_running_without_it(tmp_path: Path) -> None:
    file = tmp_path / "pids.toml"
    settings = Settings(home=tmp_path, car_pids=file)
    assert usable_car_pids(settings) == NO_PIDS
    with pytest.raises(UserError, match=r"pids.toml \(IOT_HUB_CAR_PIDS\) can't be read"):
        car_pids(settings)
    file.write_text("[[pid]")
    assert usable_car_pids(settings) == NO_PIDS
    with pytest.raises(UserError, match=r"pids\.toml: it is no TOML"):
        car_pids(settings)
    file.write_text(BORN)
    assert len(car_pids(settings).pids) == 3
    assert car_pids(Settings(home=tmp_path)) == NO_PIDS


@pytest.mark.hub
@pytest.mark.parametrize("text", [BORN, "[[pid]"])
def test_torque_is_received_by_the_file_and_also_with_a_wrong_one(
    settings: Settings, owner: Connection, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "pids.toml"
    file.write_text(text)
    with running_api(settings.model_copy(update={"car_pids": file})) as api:
        token = new_phone(api, owner, "car")
        response: httpx.Response = api.get(f"/torque/{token}?{QUERY}k22028c=47.5&kd=50")
        assert (response.status_code, response.text) == (200, "OK!")
    row = owner.execute(
        "SELECT properties -> 'vehicle' AS vehicle FROM iot_personal_hub.raw_devices_properties"
    ).fetchone()
    assert row is not None
    assert row["vehicle"] == ({"speed_kmh": 50, "battery_percent": 47.5} if text == BORN else {"speed_kmh": 50})
