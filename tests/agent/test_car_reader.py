"""A car is read while it runs and left alone while it stands, whatever its adapter does meanwhile."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_world import Machine
from scripted_adapter import Car, Quirks, serial_adapter, tcp_adapter
from waiting import wait_until

from iot_hub.agent.car import reader as reader_module
from iot_hub.agent.car.position import Position
from iot_hub.agent.car.reader import CarReader, is_fed
from iot_hub.agent.car.settings import car_settings
from iot_hub.agent.clock import Clock
from iot_hub.agent.log import Problems
from iot_hub.agent.queue import Queue
from iot_hub.agent.recorder import Recorder
from iot_hub.obd.limits import LIMITS
from iot_hub.properties.catalogue import catalogue

FIX = {
    "class": "TPV", "mode": 3, "time": "2026-11-25T12:01:03.000Z", "lat": 52.2301, "lon": 21.0102, "altHAE": 145.2,
    "speed": 16.9,
}  # fmt: skip


class Visits:
    """A reader of which each visit is a call, and whose pauses are returned, not waited for."""

    def __init__(self, folder: Path, address: str, gpsd: dict[str, Any] | None = None, **table: Any) -> None:
        settings = car_settings({"adapter": address, "every": 0, **table})
        assert settings
        self.queue = Queue(folder / "queue.db", 10_000_000)
        clock, problems = Clock(), Problems()
        self.position = Position(gpsd, clock)
        self.reader = CarReader(settings, Recorder(self.queue, clock, problems), self.position, problems)

    def visit(self, rounds: int | None = None) -> float:
        return self.reader._visited(rounds)

    def readings(self) -> list[dict[str, Any]]:
        """Return what is queued, and take it away."""
        entries = self.queue.peek(100_000, 10**9)
        if entries:
            self.queue.finish(entries, {})
        return [json.loads(entry.line)["properties"] for entry in entries]


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Callable[..., Visits]]:
    made: list[Visits] = []

    def make(address: str, **more: Any) -> Visits:
        made.append(Visits(tmp_path, address, **more))
        return made[-1]

    yield make
    for each in made:
        each.position.close()
        each.queue.close()


def test_a_round_of_a_car_that_runs_is_one_reading_by_the_hubs_names(visits: Callable[..., Visits]) -> None:
    with tcp_adapter(Car(constant=True, gearbox=True)) as address:
        made = visits(address)
        made.visit(rounds=4)
        readings = made.readings()
    vehicle: dict[str, Any] = {}
    for each in readings:
        assert each["vehicle"]["ignition"] is True
        assert {"speed_kmh", "engine_rpm", "fuel_rate_Lh"} <= set(each["vehicle"])
        vehicle |= each["vehicle"]
    assert len(readings) == 4
    speed = 20
    assert vehicle == {
        "speed_kmh": speed, "engine_rpm": 1410.75, "engine_load_percent": 16.078431, "air_flow_gs": 4.7,
        "fuel_rate_Lh": 2.05, "throttle_percent": 7.843137, "manifold_pressure_kPa": 50, "coolant_temperature_C": 88,
        "intake_temperature_C": 25, "outside_temperature_C": 12, "fuel_percent": 50.196078, "run_time_s": 600,
        "distance_since_codes_cleared_km": 1009, "odometer_km": 123464.6, "voltage_V": 14.1, "ignition": True,
        "fault_codes": "P0133", "fault_code_count": 1, "check_engine": True,
    }  # fmt: skip
    assert readings[0]["obd"]["0C"] == "160B"
    assert readings[0]["obd"]["fault_codes"] == ["P0133"]


def test_every_name_that_is_sent_is_one_of_the_catalogue(visits: Callable[..., Visits]) -> None:
    known = {each.path for each in catalogue()}
    with tcp_adapter(Car(constant=True, pending=("U0100",))) as address:
        made = visits(address, vin=True)
        made.visit(rounds=4)
        for each in made.readings():
            groups = {name: values for name, values in each.items() if name != "obd"}
            assert {(group, key) for group, values in groups.items() for key in values} <= known
    assert {path for path in LIMITS if tuple(path.split(".")) not in known} == set()


def test_the_number_of_the_car_is_sent_only_if_its_owner_wants_it(visits: Callable[..., Visits]) -> None:
    with tcp_adapter(Car()) as address:
        without, made = visits(address), visits(address, vin=True)
        without.visit(rounds=3)
        assert "WBA" not in json.dumps(without.readings())
        made.visit(rounds=3)
        assert [each["obd"].get("vin") for each in made.readings()] == ["WBA00000000000001", None, None]


def test_a_parked_car_is_not_asked_and_its_voltage_is_kept_at_times(visits: Callable[..., Visits]) -> None:
    car = Car(running=False, volts=12.4)
    with tcp_adapter(car) as address:
        made = visits(address)
        assert [made.visit() for _ in range(3)] == [60, 60, 60]
        assert made.readings() == [{"vehicle": {"voltage_V": 12.4, "ignition": False}, "obd": {"parked": True}}]
    assert car.asked == 0


def test_a_car_that_starts_is_read_and_one_that_stops_is_left(
    visits: Callable[..., Visits], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "STANDING_SECONDS", 0.2)
    car = Car(running=False, volts=12.4)
    with tcp_adapter(car) as address:
        made = visits(address)
        made.visit()
        made.readings()
        car.running, car.volts = True, 14.2
        made.visit(rounds=3)
        assert all(each["vehicle"]["ignition"] for each in made.readings())
        # The engine is off, the ignition is still on: nothing turns any more.
        car.constant, car.running, car.volts = True, False, 12.6
        asked = car.asked
        assert made.visit() == 60
        assert car.asked == asked, "its voltage says that it stands"


def test_an_engine_that_stops_ends_the_visit_after_a_while(
    visits: Callable[..., Visits], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "STANDING_SECONDS", 0.3)
    car = Car()
    with tcp_adapter(car) as address:
        made = visits(address)
        ended = threading.Thread(target=made.visit)
        ended.start()
        wait_until(lambda: car.asked > 20)
        car.constant, car.running, car.volts = True, False, 12.6
        ended.join(30)
        assert not ended.is_alive()
        readings = made.readings()
    assert readings[0]["vehicle"]["ignition"] is True
    assert readings[-2]["vehicle"]["engine_rpm"] == 0
    assert readings[-1]["vehicle"]["ignition"] is False


def test_a_car_that_falls_asleep_ends_the_visit_at_once(visits: Callable[..., Visits]) -> None:
    car = Car()
    with tcp_adapter(car) as address:
        made = visits(address)
        ended = threading.Thread(target=made.visit)
        ended.start()
        wait_until(lambda: car.asked > 20)
        car.running, car.volts = False, 12.8
        ended.join(30)
        assert not ended.is_alive()


def test_a_car_that_charges_is_asked_once_a_visit_and_ever_more_rarely(visits: Callable[..., Visits]) -> None:
    car = Car(running=False, constant=True, volts=13.9)
    with tcp_adapter(car) as address:
        made = visits(address)
        made.reader._was_standing = True
        pauses = [made.visit() for _ in range(5)]
        assert pauses == [60, 120, 240, 300, 300]
        assert len(made.readings()) == 5
        # The generator is off: from now on it is not asked at all.
        car.volts, asked = 12.6, car.asked
        assert made.visit() == 60
        assert car.asked == asked


def test_a_car_that_does_not_answer_though_its_battery_is_fed_is_asked_ever_more_rarely(
    visits: Callable[..., Visits],
) -> None:
    car = Car(running=False, volts=13.8)
    with tcp_adapter(car) as address:
        made = visits(address)
        assert [made.visit() for _ in range(5)] == [60, 120, 240, 300, 300]
    assert car.asked == 5


def test_an_adapter_that_measures_nothing_has_the_car_asked_itself(visits: Callable[..., Visits]) -> None:
    car = Car()
    with tcp_adapter(car, Quirks(no_voltage=True)) as address:
        made = visits(address)
        made.visit(rounds=2)
        [first, _] = made.readings()
        assert "voltage_V" not in first["vehicle"] and first["vehicle"]["engine_rpm"] > 0


def test_the_owner_may_have_a_parked_car_asked(visits: Callable[..., Visits]) -> None:
    car = Car(volts=12.3)
    with tcp_adapter(car) as address:
        made = visits(address, ask_parked=True)
        made.visit(rounds=2)
        assert len([each for each in made.readings() if each["vehicle"]["ignition"]]) == 2


@pytest.mark.parametrize(("volts", "fed"), [(13.2, True), (13.1, False), (25.4, False), (27.6, True)])
def test_a_lorry_has_twice_the_voltage(volts: float, fed: bool) -> None:
    assert is_fed(volts, 13.2) == fed


def test_a_lost_connection_is_opened_again_for_ever(
    visits: Callable[..., Visits], capsys: pytest.CaptureFixture[str]
) -> None:
    with tcp_adapter(Car(), Quirks(disconnects_every=40)) as address:
        made = visits(address)
        pauses = [made.visit() for _ in range(6)]
        assert all(0 < pause <= 60 for pause in pauses)
        assert len(made.readings()) > 6
    assert [made.visit() for _ in range(3)]
    said = re.findall("obd: (.*)", capsys.readouterr().err)
    assert any("closed the connection" in line or "lost" in line for line in said)
    # The adapter is gone: once is enough.
    assert len([line for line in said if "can't be opened" in line]) == 1


def test_every_reading_of_a_bad_adapter_is_a_value_that_a_car_can_have(visits: Callable[..., Visits]) -> None:
    quirks = Quirks(garbage_every=7, stopped_every=5, nuls=True, chunk=3)
    with serial_adapter(Car(constant=True), quirks) as address:
        made = visits(address)
        made.visit(rounds=60)
        readings = made.readings()
    assert len(readings) > 30
    for each in readings:
        assert each["vehicle"].get("engine_rpm", 1410.75) == 1410.75
        assert each["vehicle"].get("speed_kmh", 20) == 20


@contextlib.contextmanager
def gpsd(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A gpsd that reports once, and stays; yield the options of the sensor."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with contextlib.suppress(OSError), client, client.makefile("rwb") as lines:
                        lines.readline()
                        lines.write(json.dumps(report).encode() + b"\r\n")
                        lines.flush()
                        lines.readline()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield {"host": "127.0.0.1", "port": server.getsockname()[1]}
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_position_stands_beside_the_cars_values(visits: Callable[..., Visits]) -> None:
    with gpsd(FIX) as options, tcp_adapter(Car()) as address:
        made = visits(address, gpsd=options)
        wait_until(made.position.newest)
        made.visit(rounds=1)
        # The connection ends with the visit.
        assert made.position._socket is None
        [found] = made.readings()
        assert "location" in found and found["location"]["latitude"] == 52.2301
        assert "vehicle" in found


def test_a_car_is_read_without_a_position_where_gpsd_is_not_there(visits: Callable[..., Visits]) -> None:
    with tcp_adapter(Car()) as address:
        made = visits(address, gpsd={"host": "127.0.0.1", "port": 9})
        made.visit(rounds=2)
        assert all("location" not in each for each in made.readings())


def test_the_agent_reads_a_car_beside_its_sensors_until_it_is_stopped(tmp_path: Path) -> None:
    car = Car()
    with tcp_adapter(car) as address:
        machine = Machine(tmp_path, tables={"obd": {"adapter": address, "every": 0.05}})
        agent = machine.start("run")
        wait_until(lambda: len(machine.lines()) > 5)
        agent.terminate()
        out, err = agent.communicate(timeout=20)
        assert (agent.returncode, out) == (0, "")
        assert "obd: the car runs" in err
        assert machine.status()["car"] == address


def test_once_reads_one_round(tmp_path: Path) -> None:
    with tcp_adapter(Car()) as address:
        machine = Machine(tmp_path, tables={"obd": {"adapter": address}})
        assert machine.run("once").returncode == 1  # There is no hub.
        assert ["obd" in line["properties"] for line in machine.lines()] == [True]


def test_the_command_reads_checks_and_explains_itself(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    with tcp_adapter(Car()) as address:
        checked = machine.run("obd", "check", "--adapter", address)
        assert (checked.returncode, checked.stderr) == (0, "")
        assert "vehicle.engine_rpm" in checked.stdout
        bare = Machine(tmp_path / "none")
        (tmp_path / "none").mkdir()
        process = machine.run("obd", "check")
        assert process.returncode == 1 and "No adapter is configured" in process.stderr
        assert machine.run("obd").stderr.startswith("iot-hub agent: No adapter is configured")
        agent = machine.start("obd", "--adapter", address)
        wait_until(lambda: machine.lines())
        agent.terminate()
        assert agent.communicate(timeout=20) and agent.returncode == 0
        assert bare.folder.exists()
    assert machine.run("obd", "check", "--adapter", "tcp://127.0.0.1:9").returncode == 1
    shown = machine.run("obd", "--help").stdout
    assert "check" in shown and "/dev/rfcomm0" in shown
