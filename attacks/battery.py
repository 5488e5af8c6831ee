"""A phone's battery and step counter over some weeks: most charge at night at home, some at work or in the car."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from attacks.life import DAY, HOME, HOUR, MOVING, STAYING, Life
from attacks.person import Person
from attacks.plane import Numbers, lengths

STEP = 600.0
LOW_PERCENT, FULL_PERCENT = 12.0, 99.5
CHARGE_PERCENT_A_HOUR, CAR_PERCENT_A_HOUR = 32.0, 15.0
DRAIN_PERCENT_A_HOUR = {HOME: 2.5, MOVING: 6.5, STAYING: 3.5}
ASLEEP_PERCENT_A_HOUR, OFF_PERCENT_A_HOUR = 0.8, 0.2
LONG_STAY = 2 * HOUR
STEP_M = 0.75
FASTEST_WALK = 3.5
STEPS_INDOORS_A_HOUR = 280.0


@dataclass(frozen=True)
class Battery:
    """What a phone can say of its battery, and of its owner's steps, at instants."""

    percent: Numbers
    charging: Numbers
    """1 while it charges, else 0."""
    steps: Numbers

    @property
    def volts(self) -> Numbers:
        """A lithium cell's voltage, which is higher while it charges."""
        return 3.45 + 0.0075 * self.percent + 0.08 * self.charging

    @property
    def milliamperes(self) -> Numbers:
        """The current: into the battery while it charges, else out of it."""
        return np.where(self.charging > 0, 1_400.0, -250.0)


def battery(person: Person, life: Life, seconds: Numbers, draw: Random) -> Battery:
    """Return the battery's state at some instants of a life."""
    grid = np.arange(0, life.now + STEP, STEP)
    percent, charging = _levels(person, life, grid, draw)
    return Battery(
        np.interp(seconds, grid, percent),
        charging[np.clip(np.searchsorted(grid, seconds, side="right") - 1, 0, None)],
        np.floor(np.interp(seconds, life.seconds, _steps(life))),
    )


def _levels(person: Person, life: Life, grid: Numbers, draw: Random) -> tuple[Numbers, Numbers]:
    _, index = life.at(grid)
    doing, driving, off = np.array(life.doing)[index], np.array(life.driving)[index], life.is_offline(grid)
    lasts = np.diff(np.array(life.seconds))[index]
    percent, charging = np.empty(len(grid)), np.zeros(len(grid))
    level, plugged, stay, plugs_in = draw.uniform(40, 100), False, -1, False
    bedtime = draw.gauss(22.5, 0.7)
    for n, now in enumerate(grid.tolist()):
        hour = now % DAY / HOUR
        asleep = hour >= bedtime or hour < 6.5
        if int(index[n]) != stay:
            stay, plugged = int(index[n]), False
            plugs_in = draw.random() < person.plugs_in[int(doing[n])] and (doing[n] == HOME or lasts[n] > LONG_STAY)
        in_car = bool(driving[n]) and person.plugs_in[MOVING] > 0
        if doing[n] != MOVING and level < FULL_PERCENT:
            plugged = plugged or (plugs_in and (doing[n] != HOME or asleep)) or level < LOW_PERCENT
        percent[n], charging[n] = level, float(plugged or in_car)
        if in_car or plugged:
            rate = CAR_PERCENT_A_HOUR if in_car else CHARGE_PERCENT_A_HOUR
        elif off[n]:
            rate = -OFF_PERCENT_A_HOUR
        else:
            at_rest = asleep and doing[n] != MOVING
            rate = -(ASLEEP_PERCENT_A_HOUR if at_rest else DRAIN_PERCENT_A_HOUR[int(doing[n])])
        level = min(100.0, max(1.0, level + rate * draw.uniform(0.7, 1.3) * STEP / HOUR))
    return percent, charging


def _steps(life: Life) -> Numbers:
    """Count steps up to each knot: those of ways on foot, and those indoors by day."""
    seconds = np.array(life.seconds)
    metres, lasts = lengths(np.diff(np.array(life.places), axis=0)), np.diff(seconds)
    walks = (np.array(life.doing) == MOVING) & (metres < FASTEST_WALK * lasts)
    by_day = np.clip(_waking(seconds[1:]) - _waking(seconds[:-1]), 0, None)
    indoors = np.where(np.array(life.doing) == MOVING, 0.0, STEPS_INDOORS_A_HOUR * by_day / HOUR)
    return np.concatenate([[0.0], np.cumsum(np.where(walks, metres / STEP_M, 0.0) + indoors)])


def _waking(seconds: Numbers) -> Numbers:
    """Return how many seconds until an instant were between 7 and 23 o'clock."""
    return np.asarray(seconds // DAY * 16 * HOUR + np.clip(seconds % DAY - 7 * HOUR, 0, 16 * HOUR))
