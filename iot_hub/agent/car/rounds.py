"""Rounds of values: what a running car is asked, again and again, and the reading that each round makes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from iot_hub.agent.car.computer import CarComputer
from iot_hub.agent.car.position import Position
from iot_hub.agent.clock import Clock
from iot_hub.agent.reading import Properties, Reading, now, reading
from iot_hub.obd.pids import PIDS
from iot_hub.obd.schedule import ENGINE_SPEED, SPEED, Schedule
from iot_hub.obd.values import groups_of, value_of

SOURCE = "obd"
FAULTS_SECONDS = 600.0
VOLTAGE_SECONDS = 5.0
MOST_UNANSWERED = 3
"""A value that the car announces and does not answer so often is asked no more."""
VOLTAGE = 0x42


class Round(NamedTuple):
    """What one round found."""

    reading: Reading | None
    """None where the car answered nothing."""
    moves: bool
    """Whether the engine turns or the car drives."""
    voltage: float | None
    battery_percent: object = None


class Rounds:
    """The rounds of one connection. Methods raise AdapterError and Stopped."""

    def __init__(self, car: CarComputer, position: Position, clock: Clock, *, slow_every: float, vin: bool) -> None:
        """Read a connected car."""
        self._car, self._position, self._clock = car, position, clock
        self._schedule = Schedule([pid for pid in car.pids if pid in PIDS], slow_every)
        self._unanswered: dict[int, int] = {}
        self._voltage: float | None = None
        self._voltage_due = self._faults_due = float("-inf")
        self._vin_wanted = vin

    def next(self) -> Round:
        """Do a round."""
        began = time.monotonic()
        pids = self._schedule.next(began, self._car.at_once)
        data = self._car.read(pids)
        since_boot, at = self._clock.since_boot(), now()
        self._drop_unanswered(pids, data)
        moves = any((value_of(pid, data[pid]) or 0) > 0 for pid in (ENGINE_SPEED, SPEED) if pid in data)
        if VOLTAGE not in self._car.pids or not moves:
            self._measure_voltage(began)
        if not data and pids:
            return Round(None, False, self._voltage)
        groups: dict[str, dict[str, Any]] = groups_of(data)
        vehicle = groups.setdefault("vehicle", {})
        if self._voltage is not None and VOLTAGE not in self._car.pids:
            vehicle["voltage_V"] = self._voltage
        if moves:
            vehicle["ignition"] = True
        original: dict[str, Any] = {f"{pid:02X}": each.hex().upper() for pid, each in data.items()}
        if began >= self._faults_due and moves:
            self._faults_due = began + FAULTS_SECONDS
            self._add_faults(vehicle, original)
        made = reading(SOURCE, original, {**groups, "location": self._position.newest()}, at)
        return Round(made._replace(since_boot=since_boot), moves, self._voltage, vehicle.get("battery_percent"))

    def _add_faults(self, vehicle: dict[str, Any], original: dict[str, Any]) -> None:
        stored, pending, status = self._car.fault_codes(), self._car.pending_codes(), self._car.monitor_status()
        if stored is not None:
            vehicle["fault_code_count"] = len(stored)
            vehicle["fault_codes"] = " ".join(stored) or None
            original["fault_codes"] = stored
        if pending is not None:
            vehicle["pending_fault_codes"] = " ".join(pending) or None
            original["pending_fault_codes"] = pending
        if status is not None:
            vehicle["check_engine"] = status[0]
        if self._vin_wanted and (vin := self._car.vin()):
            original["vin"] = vin
            self._vin_wanted = False

    def _measure_voltage(self, began: float) -> None:
        if began >= self._voltage_due:
            self._voltage_due = began + VOLTAGE_SECONDS
            self._voltage = self._car.adapter.voltage()

    def _drop_unanswered(self, pids: list[int], data: Mapping[int, bytes]) -> None:
        if not data:
            return
        for pid in pids:
            self._unanswered[pid] = 0 if pid in data else self._unanswered.get(pid, 0) + 1
            if self._unanswered[pid] >= MOST_UNANSWERED:
                self._schedule.drop(pid)


def parked(voltage: float | None, clock: Clock) -> Reading:
    """Return the reading of a car that stands."""
    vehicle: Properties = {"voltage_V": voltage, "ignition": False}
    return reading(SOURCE, {"parked": True}, {"vehicle": vehicle}, now())._replace(since_boot=clock.since_boot())
