"""``obd check``: what adapter and car answer, line by line, and what to do where nothing does."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator

from iot_hub.agent.car.adapter import Adapter, connect_adapter
from iot_hub.agent.car.computer import CarComputer
from iot_hub.agent.car.line import Line, is_serial
from iot_hub.agent.car.reader import is_fed
from iot_hub.agent.car.settings import CarSettings
from iot_hub.agent.errors import AdapterError, AgentError
from iot_hub.obd.pids import PIDS
from iot_hub.obd.replies import Problem
from iot_hub.obd.values import value_of

RATE_SECONDS = 2.0


def check(settings: CarSettings) -> Iterator[str]:
    """Yield what is found. Raises AgentError with what to do where adapter or car do not answer."""
    try:
        with Line(settings.adapter, settings.timeout) as line:
            adapter, baud = connect_adapter(line, settings.adapter, settings.baud, settings.timeout)
            yield from _adapter(adapter, settings, baud)
            car = CarComputer(adapter)
            if not car.connect():
                raise AgentError(
                    f"{_sentence(car.problem)} {_CAR_HINTS.get(car.problem or Problem.NO_DATA, _IGNITION)}"
                )
            yield from _car(car, settings)
    except AdapterError as error:
        raise AgentError(f"{error}. {_adapter_hint(settings.adapter, error)}") from error


def _adapter(adapter: Adapter, settings: CarSettings, baud: int) -> Iterator[str]:
    voltage = adapter.voltage()
    name = adapter.reset(settings.protocol)
    yield _line("adapter", f"{name} at {settings.adapter}" + (f", {baud} bit/s" if baud else ""))
    if voltage is None:
        yield _line("voltage", "not measured by this adapter: the car itself is asked at each look, even parked")
    else:
        runs = is_fed(voltage, settings.running_volts)
        what = "engine or charger runs" if runs else "parked: the agent would not ask the car now"
        yield _line("voltage", f"{voltage:g} V, {what} (running_volts = {settings.running_volts:g})")


def _car(car: CarComputer, settings: CarSettings) -> Iterator[str]:
    yield _line("protocol", car.protocol())
    known = [pid for pid in car.pids if pid in PIDS]
    values = car.read(known)
    # The second time, so that the faster ways are known.
    before, began = car.adapter.requests, time.monotonic()
    while time.monotonic() - began < RATE_SECONDS and known:
        car.read(known)
    rate = (car.adapter.requests - before) / max(time.monotonic() - began, 0.001)
    counted = ", answers are counted" if car.counts_frames else ""
    yield _line("requests", f"{rate:.0f} a second, {car.at_once} values in one{counted}")
    vin = car.vin()
    where = "sent to the hub" if settings.vin else "not sent to the hub without vin = true"
    yield _line("VIN", f"{vin or 'unknown'}, {where}")
    yield _line("fault codes", _codes(car.fault_codes()))
    yield _line("pending", _codes(car.pending_codes()))
    yield _line("values", f"{len(known)} of {len(car.pids)} that the car announces")
    for pid in known:
        yield f"  {pid:02X}  {PIDS[pid].path:<42} {_shown(pid, values.get(pid))}"
    others = [f"{pid:02X}" for pid in car.pids if pid not in PIDS]
    if others:
        yield _line("not read", f"{', '.join(others)}: the hub has no property for them")


def _shown(pid: int, data: bytes | None) -> str:
    if data is None:
        return "no answer"
    value = value_of(pid, data)
    return f"unknown ({data.hex().upper()})" if value is None else f"{value:g}"


def _codes(codes: list[str] | None) -> str:
    return "unknown" if codes is None else ", ".join(codes) or "none"


def _line(name: str, value: str) -> str:
    return f"{name + ':':<13}{value}"


def _sentence(problem: Problem | None) -> str:
    text = str(problem or Problem.NO_DATA)
    return f"{text[:1].upper()}{text[1:]}."


_IGNITION = "Turn the ignition on (engine running is best), and see that the adapter sits firmly in its socket."
_CAR_HINTS = {
    Problem.BUS: (
        "Turn the ignition off and on again, or name the car's protocol:"
        ' protocol = "6" in [obd] is that of most cars since 2008.'
    ),
    Problem.UNREADABLE: "Pull the adapter out and plug it in again; a copy that stays so is broken.",
    Problem.UNKNOWN_COMMAND: "Is it an ELM327 adapter?",
}


def _adapter_hint(address: str, error: AdapterError) -> str:
    """Return what helps against an adapter that is not there."""
    cause = error.__cause__
    number = cause.errno if isinstance(cause, OSError) else None
    if number == errno.EACCES:
        return "Let your user use serial devices, then log in again: sudo usermod -aG dialout $USER"
    if number in (errno.EBUSY, errno.EAGAIN):
        return "Another program uses it: stop it (the agent's service too: systemctl --user stop iot-hub-agent)."
    if number == errno.ENOENT:
        return "Plug the adapter in, or bind the Bluetooth device: sudo rfcomm bind 0 ADDRESS."
    if number == errno.EAFNOSUPPORT:
        return "Bind a device instead: sudo rfcomm bind 0 ADDRESS makes it /dev/rfcomm0."
    if is_serial(address):
        return "Is it the right device, and does the adapter have power? Try another speed: baud = 9600 in [obd]."
    if address.startswith("bluetooth:"):
        return "Pair it first: bluetoothctl, then 'scan on', 'pair ADDRESS' (PIN 1234 or 0000), 'trust ADDRESS'."
    return "Join the adapter's Wi-Fi network, and see its manual for address and port (often 192.168.0.10:35000)."
