"""What Termux:API prints, and what it means: unknown is absent and never 0; what hangs is ended."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from agent_world import AT, Machine, path_of, sensor
from fixture_meaning import FIXTURES
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.agent.errors import SensorError
from iot_hub.agent.reading import line, reading
from iot_hub.agent.sensors import termux
from iot_hub.agent.sensors.program import MAX_BYTES, output_of
from iot_hub.sources import SOURCES, ParseContext

TERMUX = FIXTURES / "termux"


def only(printed: object) -> dict[str, Any]:
    [(_, groups)] = termux.parse(json.dumps(printed), AT)
    return {
        name: {key: value for key, value in (group or {}).items() if value is not None}
        for name, group in groups.items()
    }


def test_termux_says_unknown_in_many_ways() -> None:
    told = only(
        {
            "plugged": "UNPLUGGED",
            "percentage": -1,
            "temperature": -214748364.8,
            "voltage": -1000,
            "current": 0,
            "energy": None,
        }
    )
    assert told == {"battery": {}}
    told = only({"latitude": 52.1, "longitude": 21.1, "altitude": 0.0, "bearing": 0.0, "speed": 0.0, "accuracy": 0.0})
    assert told == {"location": {"latitude": 52.1, "longitude": 21.1}}
    assert only({"latitude": 0.0, "longitude": 0.0, "accuracy": 3}) == {"location": {}}
    disconnected = {
        "bssid": "02:00:00:00:00:00",
        "rssi": -127,
        "ssid": "<unknown ssid>",
        "link_speed_mbps": -1,
        "ip": "0.0.0.0",
    }
    assert only(disconnected) == {"network": {}}
    assert only({**disconnected, "ssid": "old", "supplicant_state": "DISCONNECTED"}) == {"network": {}}


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"temperature": "22.3"}, {"temperature_C": 22.3}),
        ({"level": 43, "scale": 50}, {"remaining_percent": 86}),
        ({"status": "FULL", "percentage": 100}, {"state": "full", "remaining_percent": 100}),
        ({"status": "NOT_CHARGING"}, {"state": "not_charging", "charging": False}),
        ({"current": -820_000}, {"usage_current_mA": -820}),
        ({"current": -576, "current_average": -576_000}, {}),
    ],
)
def test_termuxs_battery_in_other_versions(told: dict[str, Any], known: dict[str, Any]) -> None:
    assert only({"plugged": "UNPLUGGED", **told}) == {"battery": known}


def test_a_fix_is_as_old_as_it_says() -> None:
    fix = {"latitude": 52.1, "longitude": 21.1}
    assert only({**fix, "elapsedMs": 61_500})["location"]["fix_timestamp"] == AT / 1e6 - 61.5
    assert "fix_timestamp" not in only({**fix, "elapsedMs": -1})["location"]


def test_sensors_are_found_by_their_vendors_names_and_others_stay_as_they_are() -> None:
    told = {
        "BMP390 Pressure": {"values": [998.4]}, "TCS3408 Ambient Light Sensor": {"values": [0]},
        "step_counter": {"values": [4312]}, "LSM6DSO Accelerometer": {"values": [0.1, 9.7, 0.3]}, "Pressure 2": {"values": []},
    }  # fmt: skip
    assert only(told) == {"climate": {"pressure_hPa": 998.4, "illuminance_lx": 0}, "motion": {"steps": 4312}}


@pytest.mark.parametrize("printed", ["not json", '{"percentage": NaN}', "[1, 2]", '{"a": 1} {', "7"])
def test_what_is_no_json_object_is_a_sensors_error(printed: str) -> None:
    with pytest.raises(SensorError, match="printed"):
        list(termux.parse(printed, AT))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["NaN", "-1", 1e308, 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from(
    [
        "latitude",
        "longitude",
        "elapsedMs",
        "percentage",
        "plugged",
        "level",
        "scale",
        "current",
        "rssi",
        "bssid",
        "values",
        "pressure",
    ]
) | st.text(max_size=4)


@given(
    told=st.dictionaries(
        keys, json_values | st.fixed_dictionaries({"values": st.lists(json_values, max_size=2)}), max_size=6
    )
)
def test_whatever_termux_prints_becomes_a_line_that_the_hub_reads_or_a_sensors_error(told: dict[str, Any]) -> None:
    try:
        printed = [reading("termux", original, groups, AT) for original, groups in termux.parse(json.dumps(told), AT)]
        lines = [line(each) for each in printed]
    except (SensorError, ValueError):
        return
    for each, text in zip(printed, lines, strict=True):
        assert b"\n" not in text
        assert json.loads(text) == {"device_timestamp": AT, "properties": each.properties}
        known = [value for name, group in each.properties.items() if name != "termux" for value in group.values()]
        assert None not in known
        assert all(math.isfinite(value) for value in known if isinstance(value, float))


def test_the_hub_makes_of_a_reading_what_its_own_source_makes_of_the_output() -> None:
    printed = (TERMUX / "location_gps.json").read_bytes()
    [received] = SOURCES["termux"](printed, ParseContext(AT))
    [(original, groups)] = termux.parse(printed.decode(), AT)
    sent = line(reading("termux", original, groups, AT))
    [kept] = SOURCES["hub"](sent, ParseContext(AT))
    told = json.loads(received.properties)  # type: ignore[union-attr]
    assert told.pop("time_source") == "received"
    assert json.loads(kept.properties) == told  # type: ignore[union-attr]


def test_an_error_of_termux_is_no_event_and_nonsense_is_rejected() -> None:
    assert SOURCES["termux"]((TERMUX / "location_error.json").read_bytes(), ParseContext(AT)) == []
    [rejected] = SOURCES["termux"](b"no json", ParseContext(AT))
    assert rejected.reason == "not_json"  # type: ignore[union-attr]


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A phone whose commands print what the fixtures hold."""
    machine = Machine(tmp_path)
    machine.print("termux-battery-status", (TERMUX / "battery_status.json").read_text())
    machine.print("termux-location", (TERMUX / "location_gps.json").read_text())
    machine.print("termux-wifi-connectioninfo", (TERMUX / "wifi_connectioninfo.json").read_text())
    machine.print("termux-sensor", (TERMUX / "sensor_two_samples.txt").read_text())
    monkeypatch.setenv("PATH", path_of(machine))
    return machine


def test_a_phones_sensors_are_found_and_read(phone: Machine) -> None:
    told: dict[str, Any] = {}
    for name in ("termux-battery", "termux-location", "termux-wifi"):
        found, options = sensor(name)
        assert found.is_there(options)
        [each] = found.read(options)
        assert abs(each.time / 1e6 - time.time()) < 60
        told |= each.properties
    assert told["battery"]["remaining_percent"] == 85
    assert told["location"]["latitude"] == 52.2301
    assert told["network"]["ssid"] == "HomeWifi"


def test_other_sensors_are_read_where_they_are_named_and_let_go_afterwards(phone: Machine, tmp_path: Path) -> None:
    phone.provide("termux-sensor", f"echo \"$@\" >> {tmp_path}/calls; cat '{tmp_path}/termux-sensor.out'")
    found, options = sensor("termux-sensor")
    assert not found.is_there(options)
    options["names"] = "pressure,accel"
    [newest] = found.read(options)
    assert newest.properties["climate"] == {"pressure_hPa": 1001.31}
    assert (tmp_path / "calls").read_text().splitlines() == ["-s pressure,accel -n 2 -d 500", "-c"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('echo \'{"API_ERROR": "Failed to get location"}\'', "Failed to get location"),
        ("true", "permission"),
        ("exit 3", "code 3"),
        ("sleep 60 & wait", "took longer than 0.3 s"),
        ("sleep 60 &", "took longer than 0.3 s"),
        ("yes", f"more than {MAX_BYTES} bytes"),
    ],
    ids=["an error object", "nothing", "a failure", "a hang", "a child that holds the pipe", "output without end"],
)
def test_a_command_that_goes_wrong_is_a_sensors_error(phone: Machine, script: str, said: str) -> None:
    phone.provide("termux-location", script)
    found, options = sensor("termux-location", timeout=0.3 if "sleep" in script else 10)
    with pytest.raises(SensorError, match=said):
        found.read(options)


def test_what_a_hanging_command_has_started_is_ended_with_it(tmp_path: Path) -> None:
    with pytest.raises(SensorError):
        output_of(["sh", "-c", f"echo $$ > {tmp_path}/pid; sleep 60 & wait"], 0.3)
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_program_that_is_missing_is_a_sensors_error() -> None:
    with pytest.raises(SensorError, match="No such file"):
        output_of(["no-such-program"], 1)
