"""A Linux machine's sensors: its battery, its temperatures, gpsd, and commands of its owner's."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_world import sensor

from iot_hub.agent.errors import SensorError
from iot_hub.agent.sensors import battery, gpsd, temperature
from iot_hub.agent.sensors.command import command_sensor

TPV = {
    "class": "TPV", "device": "/dev/ttyACM0", "mode": 3, "time": "2025-11-25T12:01:03.000Z", "ept": 0.005,
    "lat": 52.2301, "lon": 21.0102, "altHAE": 145.241, "altMSL": 113.4, "alt": 113.4, "epv": 34.5, "track": 92.4,
    "speed": 1.368, "geoidSep": 32.841, "eph": 17.1, "sep": 34.2,
}  # fmt: skip


def test_a_machines_battery_is_read_and_its_mouses_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(battery, "SUPPLIES", tmp_path)
    supplies = {
        "AC": "POWER_SUPPLY_TYPE=Mains\nPOWER_SUPPLY_ONLINE=1\n",
        "hid": "POWER_SUPPLY_TYPE=Battery\nPOWER_SUPPLY_SCOPE=Device\nPOWER_SUPPLY_CAPACITY=9\n",
        "BAT0": "DEVTYPE=power_supply\nPOWER_SUPPLY_TYPE=Battery\nPOWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_PRESENT=1\n"
        "POWER_SUPPLY_TECHNOLOGY=Li-ion\nPOWER_SUPPLY_VOLTAGE_NOW=12041000\nPOWER_SUPPLY_CURRENT_NOW=0\nPOWER_SUPPLY_TEMP=287\n"
        "POWER_SUPPLY_ENERGY_NOW=31500000\nPOWER_SUPPLY_CAPACITY=63\n",
    }  # fmt: skip
    found, options = sensor("battery")
    assert not found.is_there(options)
    for name, text in supplies.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "uevent").write_text(text)
    assert found.is_there(options)
    [each] = found.read(options)
    assert each.properties["battery"] == {
        "remaining_percent": 63, "charging": False, "state": "discharging", "technology": "Li-ion", "temperature_C": 28.7,
        "voltage_V": 12.041, "usage_current_mA": 0, "remaining_energy_mWh": 31500,
    }  # fmt: skip
    assert list(each.properties["linux"]["power_supply"]) == ["BAT0"]


def test_a_machines_temperatures_are_kept_and_its_hottest_part_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temperature, "CLASSES", tmp_path)
    files = {
        "thermal/thermal_zone0/type": "x86_pkg_temp\n", "thermal/thermal_zone0/temp": "45000\n",
        "thermal/thermal_zone1/type": "unset\n", "thermal/thermal_zone1/temp": "-274000\n",
        "hwmon/hwmon0/name": "nvme\n", "hwmon/hwmon0/temp1_label": "Composite\n", "hwmon/hwmon0/temp1_input": "38850\n",
    }  # fmt: skip
    found, options = sensor("temperature")
    assert not found.is_there(options)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    [each] = found.read(options)
    assert each.properties["machine"] == {"temperature_C": 45}
    assert each.properties["linux"]["temperature"] == {
        "thermal_zone0 x86_pkg_temp": "45000", "thermal_zone1 unset": "-274000", "hwmon0 nvme Composite": "38850",
    }  # fmt: skip
    assert temperature.hottest({"a": "0", "b": "127500000", "c": "?"}) is None


@contextlib.contextmanager
def running_gpsd(*reports: dict[str, Any]) -> Iterator[int]:
    """A daemon that speaks as gpsd does: once it is told to, it reports; then it is silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    # Who only looks whether somebody is there has gone already.
                    with contextlib.suppress(OSError), client, client.makefile("rwb") as lines:
                        lines.write(b'{"class":"VERSION","release":"3.22","proto_major":3,"proto_minor":14}\r\n')
                        lines.flush()
                        if lines.readline().startswith(b"?WATCH="):
                            lines.write(b"".join(json.dumps(report).encode() + b"\r\n" for report in reports))
                            lines.flush()
                            lines.readline()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_gpsd_is_asked_until_it_has_a_fix() -> None:
    found, options = sensor("gpsd")
    with running_gpsd({"class": "DEVICES", "devices": []}, {"class": "TPV", "mode": 1}, TPV) as port:
        options |= {"port": port}
        assert found.is_there(options)
        [each] = found.read(options)
    assert each.properties["location"] == {
        "latitude": 52.2301, "longitude": 21.0102, "altitude_m": 145.241, "altitude_msl_m": 113.4, "bearing": 92.4,
        "fix_provider": "gps", "fix_speed_ms": 1.368, "fix_timestamp": 1764072063, "fix_accuracy_m": 17.1,
        "fix_vertical_accuracy_m": 34.5,
    }  # fmt: skip
    assert each.properties["gpsd"] == TPV
    assert not found.is_there(options)


def test_gpsd_without_a_fix_is_a_sensors_error_after_its_time() -> None:
    found, options = sensor("gpsd", timeout=0.3)
    with running_gpsd({"class": "TPV", "mode": 1}) as port, pytest.raises(SensorError, match="no fix"):
        found.read({**options, "port": port})


@pytest.mark.parametrize(
    ("report", "told"),
    [({**TPV, "mode": 1}, None), ({**TPV, "class": "SKY"}, None), ({"class": "TPV", "mode": 3}, None)],
)
def test_a_report_without_a_fix_tells_no_position(report: dict[str, Any], told: None) -> None:
    assert gpsd.location(report) is told


def test_gpsds_accuracy_is_made_of_two_where_it_has_no_one() -> None:
    located = gpsd.location(
        {"class": "TPV", "mode": 2, "lat": 52.1, "lon": 21.1, "epx": 3.0, "epy": 4.0, "time": "soon"}
    )
    assert located is not None
    assert (located["fix_accuracy_m"], located["fix_timestamp"]) == (5.0, None)


def test_a_command_may_print_objects_an_array_or_one_after_the_other() -> None:
    for printed in (
        '{"a": 1}\n{"climate": {"temperature_C": 21.5}, "b": 2}',
        '[{"a": 1}, {"climate": {"temperature_C": 21.5}, "b": 2}]',
    ):
        made = command_sensor("greenhouse", ["echo", printed], 60, 10)
        assert [each.properties for each in made.read({})] == [
            {"greenhouse": {"a": 1}},
            {"climate": {"temperature_C": 21.5}, "greenhouse": {"climate": {"temperature_C": 21.5}, "b": 2}},
        ]
    with pytest.raises(SensorError, match="nothing"):
        command_sensor("greenhouse", ["true"], 60, 10).read({})
