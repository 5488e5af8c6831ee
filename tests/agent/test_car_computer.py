"""A car is read by every adapter: a good one with as few requests as it can, a copy all the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from scripted_adapter import Car, Quirks, serial_adapter, tcp_adapter

from iot_hub.agent.car.adapter import Adapter, connect_adapter
from iot_hub.agent.car.check import check
from iot_hub.agent.car.computer import CarComputer
from iot_hub.agent.car.line import Line, checked_adapter
from iot_hub.agent.car.settings import CarSettings, car_settings
from iot_hub.agent.errors import AdapterError, AgentError
from iot_hub.obd.pids import PIDS
from iot_hub.obd.values import groups_of

Served = Callable[[Car, Quirks], AbstractContextManager[str]]

QUIRKS = {
    "a good one": Quirks(),
    "29 bits": Quirks(protocol="7"),
    "older than CAN": Quirks(protocol="3"),
    "older than CAN, without headers": Quirks(protocol="3", no_headers=True),
    "an echo that stays": Quirks(echo_stays=True, spaces_stay=True),
    "no headers": Quirks(no_headers=True),
    "NULs": Quirks(nuls=True),
    "bytes one by one": Quirks(chunk=1),
    "one value at once": Quirks(one_at_once=True),
    "the first of several": Quirks(first_only=True),
    "no number of frames": Quirks(counts=False),
    "no prompt": Quirks(no_prompt=True),
    "interrupted": Quirks(stopped_every=5),
    "noise": Quirks(garbage_every=9),
    "everything": Quirks(echo_stays=True, no_headers=True, nuls=True, one_at_once=True, counts=False, chunk=2),
}


@contextmanager
def connected(address: str, timeout: float = 5) -> Iterator[tuple[Adapter, CarComputer]]:
    with Line(address, timeout) as line:
        adapter, _ = connect_adapter(line, address, 0, timeout)
        adapter.reset("0")
        yield adapter, CarComputer(adapter)


def settings(address: str, **more: object) -> CarSettings:
    found = car_settings({"adapter": address, **more})
    assert found
    return found


@pytest.mark.parametrize("served", [tcp_adapter, serial_adapter], ids=["tcp", "serial"])
@pytest.mark.parametrize("quirks", QUIRKS.values(), ids=QUIRKS.keys())
def test_every_adapter_brings_all_values_of_the_car(quirks: Quirks, served: Served) -> None:
    car = Car(constant=True, gearbox=True, volts=14.1)
    with served(car, quirks) as address, connected(address) as (adapter, computer):
        assert adapter.voltage() == 14.1
        assert computer.connect()
        assert set(computer.pids) == set(car.values())
        known = [pid for pid in computer.pids if pid in PIDS]
        for _ in range(3):
            assert computer.read(known) == {pid: car.values()[pid] for pid in known}
        assert computer.fault_codes() == ["P0133"]
        assert computer.pending_codes() == []
        assert computer.monitor_status() == (True, 1)
        assert computer.vin() == "WBA00000000000001"


def test_a_good_adapter_is_asked_for_six_values_at_once_and_waits_for_no_more_than_there_are() -> None:
    with tcp_adapter(Car(), Quirks()) as address, connected(address) as (_, computer):
        assert computer.connect()
        pids = [0x0C, 0x0D, 0x04, 0x10, 0x5E, 0x11, 0x0B]
        for _ in range(2):
            computer.read(pids)
        assert (computer.at_once, computer.counts_frames) == (6, True)
        before = computer.adapter.requests
        computer.read(pids)
        assert computer.adapter.requests - before == 2


@pytest.mark.parametrize("quirks", [Quirks(one_at_once=True), Quirks(first_only=True), Quirks(protocol="3")])
def test_an_adapter_that_knows_one_value_at_once_is_soon_asked_for_one(quirks: Quirks) -> None:
    with tcp_adapter(Car(), quirks) as address, connected(address) as (_, computer):
        assert computer.connect()
        for _ in range(3):
            computer.read([0x0C, 0x0D, 0x04])
        assert computer.at_once == 1
        before = computer.adapter.requests
        computer.read([0x0C, 0x0D, 0x04])
        assert computer.adapter.requests - before == 3


def test_a_value_that_the_car_announces_and_never_answers_costs_the_others_nothing() -> None:
    car = Car(announced_only=frozenset({0x45}))
    with tcp_adapter(car, Quirks()) as address, connected(address) as (_, computer):
        assert computer.connect()
        for _ in range(4):
            assert set(computer.read([0x0C, 0x45, 0x0D])) == {0x0C, 0x0D}
        assert computer.at_once == 6


def test_an_adapter_that_does_not_know_the_number_of_frames_is_asked_without_it() -> None:
    with tcp_adapter(Car(), Quirks(counts=False)) as address, connected(address) as (_, computer):
        assert computer.connect()
        for _ in range(3):
            assert 0x0C in computer.read([0x0C])
        assert computer.counts_frames is False
        before = computer.adapter.requests
        computer.read([0x0C])
        assert computer.adapter.requests - before == 1


def test_a_car_that_answers_late_is_waited_for() -> None:
    quirks = Quirks(counts=False, answers_late=True)
    with tcp_adapter(Car(), quirks) as address, connected(address) as (_, computer):
        assert computer.connect()
        for _ in range(6):
            assert set(computer.read([0x0C, 0x0D, 0x05])) == {0x0C, 0x0D, 0x05}
        assert computer.at_once == 6


def test_only_what_is_announced_is_asked_for() -> None:
    car = Car(unsupported=frozenset({0x2F, 0x5C, 0x5E, 0xA6}))
    with tcp_adapter(car, Quirks()) as address, connected(address) as (_, computer):
        assert computer.connect()
        assert not {0x2F, 0x5C, 0x5E, 0xA6} & set(computer.pids)
        # 0x00, 0x20, and 0x40, behind which there is nothing.
        assert car.asked == 3


def test_a_car_that_sleeps_is_no_error_but_an_answer() -> None:
    with tcp_adapter(Car(running=False, volts=12.4), Quirks()) as address, connected(address) as (adapter, computer):
        assert adapter.voltage() == 12.4
        assert not computer.connect()
        assert str(computer.problem) == "the adapter finds no car"


def test_an_adapter_that_is_silent_once_is_asked_again_and_one_that_stays_so_is_an_error() -> None:
    with tcp_adapter(Car(), Quirks(silent_every=4)) as address, connected(address, 0.2) as (_, computer):
        assert computer.connect()
    with (
        tcp_adapter(Car(), Quirks(silent_every=1)) as address,
        Line(address, 0.1) as line,
        pytest.raises(AdapterError, match="does not answer"),
    ):
        Adapter(line, 0.1).voltage()


def test_an_adapter_that_hangs_up_is_an_error() -> None:
    with (
        tcp_adapter(Car(), Quirks(disconnects_every=12)) as address,
        connected(address) as (_, computer),
        pytest.raises(AdapterError, match=r"closed|lost"),
    ):
        computer.connect()
        for _ in range(12):
            computer.read([0x0C])


def test_check_shows_what_adapter_and_car_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iot_hub.agent.car.check.RATE_SECONDS", 0)
    car = Car(constant=True, announced_only=frozenset({0x45}), pending=("P0301",))
    with tcp_adapter(car, Quirks()) as address:
        lines = list(check(settings(address)))
    shown = dict(line.split(":", 1) for line in lines if not line.startswith(" "))
    assert shown["adapter"].split() == ["ELM327", "V1.5", "at", address]
    assert "14.1 V, engine or charger runs" in shown["voltage"]
    assert shown["VIN"].strip() == "WBA00000000000001, not sent to the hub without vin = true"
    assert (shown["fault codes"].strip(), shown["pending"].strip()) == ("P0133", "P0301")
    values = {line.split()[1]: line.split(maxsplit=2)[2] for line in lines if line.startswith(" ")}
    assert values["vehicle.coolant_temperature_C"] == "88"
    assert values["vehicle.relative_throttle_percent"] == "no answer"
    assert values["vehicle.oil_temperature_C"] == "unknown (FF)"
    assert {path: value for path, value in values.items() if value[0].isdigit()} == {
        f"{group}.{key}": f"{value:g}" for group, keys in groups_of(car.values()).items() for key, value in keys.items()
    }


@pytest.mark.parametrize(
    ("address", "quirks", "running", "said"),
    [
        ("tcp://127.0.0.1:9", None, True, "Connection refused. Join the adapter's Wi-Fi network"),
        ("/dev/none-such", None, True, "No such file or directory. Plug the adapter in"),
        ("bluetooth://00:1D:A5:00:00:01", None, True, "can't be opened: .*(Pair it first|rfcomm bind)"),
        ("/dev/null", None, True, "can't be opened"),
        (None, Quirks(silent_every=1), True, "does not answer"),
        (None, Quirks(), False, "The adapter finds no car. Turn the ignition on"),
    ],
)
def test_check_says_what_to_do_where_nothing_answers(
    address: str | None, quirks: Quirks | None, running: bool, said: str
) -> None:
    with tcp_adapter(Car(running=running), quirks) as served, pytest.raises(AgentError, match=said):
        list(check(settings(address or served, timeout=1)))


def test_a_serial_adapter_is_used_by_one_program_at_a_time() -> None:
    with serial_adapter(Car()) as address:
        with Line(address, 1), pytest.raises(AgentError, match="Another program uses it"):
            list(check(settings(address)))
        Line(address, 1).close()


@pytest.mark.parametrize("seed", range(20))
def test_an_adapter_that_sends_nothing_but_noise_is_no_error_of_ours(seed: int) -> None:
    noise = random.Random(seed)
    pieces = [
        b"41 ",
        b"0C",
        b"7E8",
        b"\r",
        b"\0",
        b"SEARCHING...",
        b"?",
        b"0:",
        b"FF",
        b"NO DATA",
        b"\xff",
        b"12.4V",
        b" 10 0B",
    ]

    def says() -> bytes:
        return b"".join(noise.choices(pieces, k=noise.randrange(30))) + b">"

    with tcp_adapter(Car(), Quirks(says=says)) as address, connected(address, 0.2) as (adapter, computer):
        for _ in range(5):
            adapter.voltage()
            computer.connect()
            computer.read([0x0C, 0x0D, 0x05, 0x2F, 0xA6, 0x42, 0x46])
            computer.monitor_status()
            computer.fault_codes()
            computer.vin()


@pytest.mark.parametrize(
    "address",
    ["/dev/rfcomm0", "tcp://192.168.0.10:35000", "tcp://obd.local", "bluetooth://00:1d:a5:00:00:01"],
)
def test_an_adapters_address_is_a_device_or_a_place_in_a_network(address: str) -> None:
    assert checked_adapter(address) == address


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"adapter": "ttyUSB0"}, r"obd\.adapter must be a device"),
        ({"adapter": "http://192.168.0.10"}, r"obd\.adapter must be a device"),
        ({"adapter": "tcp://192.168.0.10:0"}, r"obd\.adapter must be a device"),
        ({"adapter": "tcp://[::1"}, r"obd\.adapter must be a device"),
        ({"adapter": "bluetooth://00:1D"}, r"obd\.adapter must be a device"),
        ({"adapter": "/dev/rfcomm0", "evry": 1}, r"obd\.evry is unknown"),
        ({"adapter": "/dev/rfcomm0", "parked_every": 1}, "5 seconds at least"),
        ({"adapter": "/dev/rfcomm0", "timeout": 0}, "1 second at least"),
        ({"adapter": "/dev/rfcomm0", "protocol": "CAN"}, "one of the ELM327's"),
    ],
)
def test_a_mistake_in_the_cars_table_is_one_line_that_helps(table: dict[str, object], said: str) -> None:
    with pytest.raises(AgentError, match=said):
        car_settings(table)
