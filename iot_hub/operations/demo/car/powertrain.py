"""What a plug-in hybrid's engine and motor do: electric in towns and on slow roads, on fuel on fast ones."""

from __future__ import annotations

from typing import NamedTuple

from iot_hub.operations.demo.car.motion import Motion

MASS_KG = 1650
ROLLING = 0.010
DRAG = 0.41
"""Half the density of air, times the drag coefficient and the frontal area: N·s²/m²."""
GRAVITY = 9.81
ENGINE_FROM_KMH = 85
"""The engine drives where the limit is this, or more."""
ENGINE_W = 77_000
EFFICIENCY = 0.31
FUEL_WH_L = 8_900
MOTOR_EFFICIENCY = 0.88
RECOVERED = 0.62
MOST_RECOVERED_W = 35_000
ACCESSORIES_W = 380
IDLE_RPM = 850
TYRE_M = 1.98
GEARS = (15.2, 8.9, 6.1, 4.5, 3.5, 2.8)
"""Turns of the engine for one of the wheels."""
SHIFTS_ABOVE_RPM = 2100


class Powertrain(NamedTuple):
    """Engine and motor at an instant: whether the engine runs, 1/min, %, litres an hour, watts out of the battery."""

    engine_runs: bool
    engine_rpm: float
    load_percent: float
    fuel_rate_Lh: float
    power_W: float

    @classmethod
    def of(cls, motion: Motion) -> Powertrain:
        """Return what moves the car as it does."""
        force = MASS_KG * (motion.acceleration + GRAVITY * motion.slope)
        if motion.speed > 0:
            force += MASS_KG * GRAVITY * ROLLING + DRAG * motion.speed**2
        at_wheels = force * motion.speed
        if motion.limit < ENGINE_FROM_KMH:
            return cls(False, 0.0, 0.0, 0.0, _motor(at_wheels) + ACCESSORIES_W)
        rpm = _rpm(motion.speed)
        # Fuel is cut off while the wheels turn the engine.
        power = 0.0 if at_wheels < 0 and motion.speed > 5 else min(max(at_wheels, 0.0) / 0.92 + 1500, ENGINE_W)
        return cls(True, rpm, 100 * power / ENGINE_W, power / EFFICIENCY / FUEL_WH_L, 0.0)


def _motor(at_wheels: float) -> float:
    return at_wheels / MOTOR_EFFICIENCY if at_wheels > 0 else max(at_wheels * RECOVERED, -MOST_RECOVERED_W)


def _rpm(speed: float) -> float:
    """Return the engine's speed in the highest gear in which it turns fast enough, or the lowest."""
    wheels = 60 * speed / TYRE_M
    turns = [wheels * gear for gear in GEARS]
    return max(IDLE_RPM, next((rpm for rpm in turns if rpm <= SHIFTS_ABOVE_RPM), turns[-1]))
