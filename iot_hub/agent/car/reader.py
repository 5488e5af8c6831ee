"""The reader of a car: asks it while the engine or the charger runs, and leaves it alone while it stands.

A visit opens the line and measures the voltage at the car's socket, which wakes nothing. Only where a generator or a
charger feeds the battery, or the adapter does not measure, the car itself is asked. While it moves, round follows
round; once it has stood for two minutes, the line is closed until the next visit. What stands with a fed battery, a
car that charges, is asked once a visit, and ever more rarely while its charge does not change.
"""

from __future__ import annotations

import time

from iot_hub.agent.car.adapter import connect_adapter
from iot_hub.agent.car.computer import CarComputer
from iot_hub.agent.car.line import Line
from iot_hub.agent.car.position import Position
from iot_hub.agent.car.rounds import Rounds, parked
from iot_hub.agent.car.settings import CarSettings
from iot_hub.agent.errors import AdapterError
from iot_hub.agent.log import Problems, log
from iot_hub.agent.reading import Reading
from iot_hub.agent.recorder import Recorder
from iot_hub.agent.stop import STOP, Stopped
from iot_hub.waiting.backoff import Backoff

STANDING_SECONDS = 120.0
"""A traffic light, or an engine that stops at it, is no parking space."""
SILENT_ROUNDS = 3
STORE_SECONDS = 1.0
"""What is read within a second is written to the disk at once: an SD card lives longer."""
MOST_REST_SECONDS = 300.0
PARKED_READING_SECONDS = 900.0
FIRST_PAUSE_SECONDS = 2.0
LORRY_VOLTS = 18.0
"""A voltage above it is that of two batteries in a row."""


class CarReader:
    """Reads a car until it is asked to stop."""

    def __init__(self, settings: CarSettings, recorder: Recorder, position: Position, problems: Problems) -> None:
        """Prepare; connects when it runs."""
        self._settings = settings
        self._recorder = recorder
        self._position = position
        self._problems = problems
        self._baud = settings.baud
        self._reconnects = Backoff(FIRST_PAUSE_SECONDS, max(settings.parked_every, FIRST_PAUSE_SECONDS), jitter=True)
        self._rests = Backoff(settings.parked_every, max(settings.parked_every, MOST_REST_SECONDS))
        self._was_standing = False
        self._charge: object = None
        self._parked_reading_due = float("-inf")
        self._waiting: list[Reading] = []
        self._stored_at = time.monotonic()

    def run(self) -> None:
        """Visit the car again and again. Raises Stopped."""
        while True:
            pause = self._visited()
            if STOP.wait(pause):
                raise Stopped

    def once(self) -> None:
        """Visit the car for one round, if it runs."""
        self._visited(rounds=1)

    def _visited(self, rounds: int | None = None) -> float:
        """Visit the car; return the seconds until the next visit. A failure is logged once."""
        try:
            pause = self._visit(rounds)
        except AdapterError as error:
            # Another adapter may be there at the next visit.
            self._baud = self._settings.baud
            self._problems.report("obd", str(error))
            return self._reconnects.pause()
        except Exception as error:
            # Whatever an adapter can think of: the agent goes on.
            self._problems.report("obd", f"an error of the agent's own, {type(error).__name__}")
            return self._reconnects.pause()
        finally:
            self._position.close()
            self._store()
        return pause

    def _visit(self, rounds: int | None) -> float:
        settings = self._settings
        with Line(settings.adapter, settings.timeout) as line:
            adapter, self._baud = connect_adapter(line, settings.adapter, self._baud, settings.timeout)
            voltage = adapter.voltage()
            self._reconnects.reset()
            self._problems.report("obd", None)
            if not self._may_ask(voltage):
                self._was_standing = False
                self._problems.forget("car")
                self._rests.reset()
                self._note_parked(voltage)
                return settings.parked_every
            adapter.reset(settings.protocol)
            car = CarComputer(adapter)
            is_awake = car.connect()
            self._problems.report("car", None if is_awake else car.problem)
            if not is_awake:
                self._note_parked(voltage)
                return self._rests.pause()
            return self._read(car, rounds)

    def _may_ask(self, voltage: float | None) -> bool:
        """Return whether asking the car itself drains no battery."""
        return voltage is None or self._settings.ask_parked or is_fed(voltage, self._settings.running_volts)

    def _read(self, car: CarComputer, most_rounds: int | None) -> float:
        """Do rounds while the car moves; return the seconds until the next visit."""
        settings = self._settings
        rounds = Rounds(
            car, self._position, self._recorder.clock, slow_every=settings.slow_every, vin=settings.vin
        )  # fmt: skip
        moved_at = time.monotonic()
        has_moved, silent, done = False, 0, 0
        while True:
            began = time.monotonic()
            found = rounds.next()
            done += 1
            silent = 0 if found.reading else silent + 1
            if found.moves:
                if not has_moved:
                    log(f"obd: the car runs; {len(car.pids)} values announced")
                has_moved, moved_at, self._was_standing = True, time.monotonic(), False
            if found.reading:
                self._keep(found.reading)
            stands = not found.moves and (self._was_standing or time.monotonic() - moved_at > STANDING_SECONDS)
            if done == most_rounds and not stands:
                return settings.parked_every
            if silent >= SILENT_ROUNDS or stands:
                break
            self._pause(began + settings.every - time.monotonic())
        if has_moved:
            log("obd: the car stands")
            self._parked_reading_due = float("-inf")
            self._note_parked(found.voltage)
        return self._rest(found.battery_percent, silent >= SILENT_ROUNDS)

    def _rest(self, charge: object, is_silent: bool) -> float:
        """Return how long a car that stands is left alone: longer and longer, unless it is being charged."""
        self._was_standing = True
        if charge != self._charge and not is_silent:
            self._rests.reset()
        self._charge = charge
        return self._rests.pause()

    def _note_parked(self, voltage: float | None) -> None:
        if time.monotonic() >= self._parked_reading_due:
            self._parked_reading_due = time.monotonic() + PARKED_READING_SECONDS
            self._keep(parked(voltage, self._recorder.clock))

    def _keep(self, reading: Reading) -> None:
        self._waiting.append(reading)
        if time.monotonic() - self._stored_at >= STORE_SECONDS:
            self._store()

    def _store(self) -> None:
        if self._waiting:
            readings, self._waiting = self._waiting, []
            self._recorder.store(readings)
        self._stored_at = time.monotonic()

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            # Nothing waits in memory for longer than a second.
            self._store_before(seconds)
            if STOP.wait(seconds):
                raise Stopped

    def _store_before(self, seconds: float) -> None:
        if time.monotonic() + seconds - self._stored_at >= STORE_SECONDS:
            self._store()


def is_fed(voltage: float, running_volts: float) -> bool:
    """Return whether a generator or a charger feeds a car's battery; of 24 V in lorries."""
    return voltage >= running_volts * (2 if voltage > LORRY_VOLTS else 1)
