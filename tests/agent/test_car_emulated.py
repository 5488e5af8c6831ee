"""A car behind elmulator, an emulator that is not ours: its scripted adapters and their faults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import elmulator
import pytest

from iot_hub.agent.car.adapter import Adapter
from iot_hub.agent.car.computer import CarComputer
from iot_hub.agent.car.line import Line

LIVE = (0x04, 0x05, 0x0C, 0x0D, 0x0F, 0x11)


@contextmanager
def emulated(name: str, **options: Any) -> Iterator[CarComputer]:
    """A car behind one of the emulator's scripts."""
    stop, port = elmulator.serve_in_background(elmulator.load_bundled(name), **options)
    try:
        with Line(f"tcp://127.0.0.1:{port}", 1) as line:
            adapter = Adapter(line, 0.5)
            adapter.reset("0")
            yield CarComputer(adapter)
    finally:
        stop()


@pytest.mark.parametrize("options", [{}, {"split": [1]}, {"split": [3, 1, 7]}, {"echo": "on"}], ids=str)
@pytest.mark.parametrize("name", ["no_codes_basic", "chunked_stream", "headers_off_echo_on", "p0301_basic"])
def test_a_car_is_read_through_every_adapter(name: str, options: dict[str, Any]) -> None:
    with emulated(name, **options) as car:
        assert car.connect()
        values = car.read(LIVE)
        assert values == {0x0C: b"\x1a\xf8", 0x0D: b"\0", 0x05: b"\x7b", 0x04: b"\x3f", 0x11: b"\x21", 0x0F: b"\x37"}
        assert car.fault_codes() == (["P0301"] if name == "p0301_basic" else [])
        assert car.pending_codes() == []
        assert car.vin() == "1C4RJFBG8FC123456"


def test_noise_on_every_service_is_no_value_and_no_error() -> None:
    with emulated("malformed") as car:
        assert not car.connect()
        assert (car.read(LIVE), car.fault_codes(), car.vin()) == ({}, None, None)


def test_an_adapter_that_stalls_is_asked_again_and_one_that_hangs_up_ends_the_connection() -> None:
    with emulated("adapter_disconnect") as car:
        assert car.connect()
        with pytest.raises(Exception, match="closed the connection"):
            car.fault_codes()


@pytest.mark.parametrize("name", elmulator.bundled_names())
def test_no_script_of_the_emulator_is_an_error_of_ours(name: str) -> None:
    from iot_hub.agent.errors import AdapterError

    try:
        with emulated(name) as car:
            car.connect()
            car.read(car.pids)
            car.monitor_status()
            car.fault_codes()
            car.vin()
    except AdapterError:
        assert name == "adapter_disconnect"
