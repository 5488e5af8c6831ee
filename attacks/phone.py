"""What a person's phone reports: an event each minute on the way, a few an hour at home."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from attacks.battery import Battery, battery
from attacks.life import HOME, MOVING, Life
from attacks.person import Person
from attacks.plane import Numbers, Points, lengths
from iot_hub.ingest.batch import StoredEvent

AWAY_SECONDS = 60.0
_EVENT = (
    '{{"battery":{{"remaining_percent":{percent:.0f},"voltage_V":{volts:.2f},"usage_current_mA":{milliamperes:.0f},'
    '"charging":{charging}}},"motion":{{"steps":{steps:.0f}}},'
    '"location":{{"latitude":{latitude:.6f},"longitude":{longitude:.6f},"altitude_m":200.0,"fix_accuracy_m":{accuracy:.0f},'
    '"fix_speed_ms":{speed:.1f},"fix_timestamp":{fix:.0f}}}{vehicle}}}'
)


@dataclass(frozen=True)
class Reports:
    """Instants (seconds since the first midnight) and what was measured at them."""

    seconds: Numbers
    measured: Points
    accuracy: Numbers
    speed: Numbers
    odometer_km: Numbers
    """Where the phone listens to the car: not a number elsewhere."""
    battery: Battery


def report(person: Person, life: Life, draw: Random) -> Reports:
    """Make a phone's reports; what it would report while it is off is lost."""
    numbers = np.random.default_rng(draw.getrandbits(32))
    seconds = _instants(person, life, numbers)
    seconds = seconds[~life.is_offline(seconds)]
    places, index = life.at(seconds)
    doing, driving = np.array(life.doing)[index], np.array(life.driving)[index]
    accuracy = np.clip(numbers.lognormal(2.0, 0.5, len(seconds)), 3, 60)
    noise = numbers.normal(0, 1, places.shape) * (accuracy / 2)[:, None]
    return Reports(
        seconds, places + noise, accuracy, np.where(doing == MOVING, _speeds(life)[index], 0.0),
        np.where(driving, np.round(20_000 + _driven(life, seconds) / 1000, 1), np.nan),
        battery(person, life, seconds, draw),
    )  # fmt: skip


def events(person: Person, reports: Reports, device_id: int, start: float) -> list[StoredEvent]:
    """Write reports as events of a device; ``start`` is the first midnight, Unix seconds.

    The event has the time of the device's clock, its fix that of GPS.
    """
    degrees, charge = person.plane.degrees(reports.measured), reports.battery
    columns = zip(
        person.clock.shown_at(reports.seconds).tolist(), reports.seconds.tolist(), degrees.tolist(),
        reports.accuracy.tolist(), reports.speed.tolist(), reports.odometer_km.tolist(), charge.percent.tolist(),
        charge.volts.tolist(), charge.milliamperes.tolist(), charge.charging.tolist(), charge.steps.tolist(),
        strict=True,
    )  # fmt: skip
    return [
        StoredEvent(
            device_id,
            round((start + shown) * 1_000_000),
            _EVENT.format(
                percent=percent, volts=volts, milliamperes=milliamperes, charging="true" if charging else "false",
                steps=steps, latitude=latitude, longitude=longitude, accuracy=accuracy, speed=speed, fix=start + second,
                vehicle=f',"vehicle":{{"odometer_km":{odometer:.1f}}}' if odometer == odometer else "",
            ).encode(),
            "hub",
        )
        for (
            shown, second, (latitude, longitude), accuracy, speed, odometer,
            percent, volts, milliamperes, charging, steps,
        ) in columns
    ]  # fmt: skip


def _instants(person: Person, life: Life, numbers: np.random.Generator) -> Numbers:
    instants = []
    doing, knots = np.array(life.doing), np.array(life.seconds)
    # Stretches at home, and stretches elsewhere.
    changes = np.flatnonzero(np.diff((doing == HOME).astype(int))) + 1
    for first, last in zip([0, *changes], [*changes, len(doing)], strict=True):
        step = 60.0 * person.home_minutes if doing[first] == HOME else AWAY_SECONDS
        due = np.arange(knots[first], knots[last], step)
        instants.append(due + numbers.uniform(0, min(8.0, step), len(due)))
    return np.unique(np.round(np.concatenate(instants)))


def _speeds(life: Life) -> Numbers:
    places, seconds = np.array(life.places), np.array(life.seconds)
    return np.asarray(lengths(np.diff(places, axis=0)) / np.maximum(np.diff(seconds), 1e-6))


def _driven(life: Life, seconds: Numbers) -> Numbers:
    metres = lengths(np.diff(np.array(life.places), axis=0)) * np.array(life.driving)
    return np.asarray(np.interp(seconds, life.seconds, np.concatenate([[0.0], np.cumsum(metres)])))
