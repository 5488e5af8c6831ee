"""Attack (e), its material: instants of which no position is published, at home and elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks.knowledge import DAY, anchor
from attacks.life import HOME, Life
from attacks.plane import Numbers, Points, lengths
from attacks.published import Look

STEP = 1_200.0
BESIDE_S = 600.0
SAMPLES = 60
"""Instants of each kind and person, at most."""


@dataclass(frozen=True)
class Silent:
    """Instants within silences: what can be read about each, and whether the person was at home."""

    clock: NDArray[np.int64]
    """Columns of small whole numbers: hour of the day, weekend."""
    rates: NDArray[np.int64]
    """... the silence's length, its hours of beginning and end, events before, after and within."""
    charge: NDArray[np.int64]
    """... the battery before and after, whether it charges, steps and kilometres between."""
    ends: NDArray[np.int64]
    """... how far from the nights' gates it begins and ends, and from one to the other."""
    stood: NDArray[np.int64]
    """... how far the fixes are apart that lead to it, and those after it: whether one stood there."""
    stayed: NDArray[np.int64]
    """... how long the published stays beside it last, where there are any."""
    at_home: NDArray[np.bool_]


def silences(look: Look, life: Life, start: float, seed: int) -> Silent:
    """Sample instants at home, and instants elsewhere with the phone off."""
    every, silence, home = _asked(look.gates.starts, look.gates.ends, life, start, seed)
    return Silent(
        _clock(every), _rates(look, every, silence), charges(look)[silence], _ends(look, silence),
        _stood(look, silence), _stayed(look, silence), home,
    )  # fmt: skip


def switched_off(life: Life, start: float, seed: int) -> Silent:
    """Sample the same of a phone that is simply off at home, to the minute: what nobody can hide.

    Of its silences only lengths and hours are known.
    """
    minutes = np.arange(0, life.now, 60.0)
    silent = _is_home(life, minutes) | life.is_offline(minutes)
    turns = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(np.int8), [0]])))
    edges: Numbers = np.asarray(start + turns * 60.0, dtype=np.float64)
    starts, ends = edges[::2], edges[1::2]
    every, silence, home = _asked(starts, ends, life, start, seed)
    lengths = _silence(starts[silence], ends[silence])
    nothing = np.empty((len(every), 0), dtype=np.int64)
    return Silent(_clock(every), lengths, nothing, nothing, nothing, nothing, home)


def _asked(
    starts: Numbers, ends: Numbers, life: Life, start: float, seed: int
) -> tuple[Numbers, NDArray[np.int64], NDArray[np.bool_]]:
    """Choose instants: when, in which silence, and whether at home."""
    every = np.arange(starts[0], ends[-1], STEP) if len(starts) else np.empty(0)
    silence = np.searchsorted(starts, every, side="right") - 1
    silent = every < ends[silence] if len(starts) else silence >= 0
    every, silence = every[silent], silence[silent]
    home = _is_home(life, every - start)
    away = ~home & life.is_offline(every - start)
    draw = np.random.default_rng(seed)
    chosen = np.concatenate([_some(draw, np.flatnonzero(kind)) for kind in (home, away)])
    return every[chosen], silence[chosen], home[chosen]


def _is_home(life: Life, seconds: Numbers) -> NDArray[np.bool_]:
    _, knots = life.at(seconds)
    return np.asarray(np.array(life.doing)[knots] == HOME)


def _some(draw: np.random.Generator, places: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(draw.permutation(places)[:SAMPLES])


def _hour(seconds: Numbers) -> NDArray[np.int64]:
    return np.asarray(seconds % DAY // 3600, dtype=np.int64)


def _clock(every: Numbers) -> NDArray[np.int64]:
    # The first of January 1970 was a Thursday.
    weekend = (every // DAY + 3) % 7 >= 5
    return np.column_stack([_hour(every), weekend]).astype(np.int64)


def _rates(look: Look, every: Numbers, silence: NDArray[np.int64]) -> NDArray[np.int64]:
    starts, ends = look.gates.starts[silence], look.gates.ends[silence]
    before = _count(look, starts - 3600, starts)
    after = _count(look, ends, ends + 3600)
    hour = np.searchsorted(look.hours, every, side="right") - 1
    known = (hour >= 0) & (every - look.hours[np.maximum(hour, 0)] < 3600) if len(look.hours) else hour >= 0
    total = np.where(known, look.hour_events[np.maximum(hour, 0)], -1) if len(look.hours) else np.full(len(every), -1)
    total = np.digitize(total, [0, 1, 3, 5, 7, 13, 25, 50])
    return np.column_stack([_silence(starts, ends), before, after, total]).astype(np.int64)


def _silence(starts: Numbers, ends: Numbers) -> NDArray[np.int64]:
    length = np.digitize((ends - starts) / 3600, [0.5, 1, 2, 3, 4, 6, 8, 9.5, 11, 13, 16, 24])
    return np.column_stack([length, _hour(starts), _hour(ends)]).astype(np.int64)


def _count(look: Look, starts: Numbers, ends: Numbers) -> NDArray[np.int64]:
    events = np.searchsorted(look.event_seconds, ends) - np.searchsorted(look.event_seconds, starts)
    return np.asarray(np.digitize(events, [2, 8, 20, 35, 50, 58]))


def charges(look: Look) -> NDArray[np.int64]:
    """Compare what is last shown of battery and counters before each silence with what is first shown after it."""
    starts, ends = look.gates.starts, look.gates.ends
    level, charging, volts, current = (_around(look, column, starts, ends) for column in look.charge.T)
    steps, odometer = (_around(look, column, starts, ends) for column in (look.steps, look.odometer_km))
    hours = np.maximum(ends - starts, 900.0) / 3600
    return np.column_stack([
        _binned(level.before, [10, 20, 35, 50, 65, 80, 90, 97]),
        _binned(level.after, [10, 20, 35, 50, 65, 80, 90, 97]),
        _binned(level.after - level.before, [-40, -20, -10, -5, -2, 2, 5, 10, 20, 40]),
        _binned((level.after - level.before) / hours, [-6, -4, -2.5, -1, -0.3, 0.3, 2, 5]),
        _binned(level.lag / 3600, [0.5, 2, 6, 12, 24]),
        _binned(charging.before + 2 * charging.after, [0.5, 1.5, 2.5]),
        _binned(volts.after - volts.before, [-0.2, -0.05, 0.02, 0.1, 0.3]),
        _binned(current.after, [-200, 0, 200]),
        _binned((steps.after - steps.before) / hours, [5, 50, 120, 200, 260, 300, 600]),
        _binned(odometer.after - odometer.before, [0.05, 0.5, 2, 5, 20]),
    ]).astype(np.int64)  # fmt: skip


@dataclass(frozen=True)
class _Around:
    before: Numbers
    after: Numbers
    lag: Numbers
    """Seconds from the end of the silence to what is shown first."""


def _around(look: Look, column: Numbers, starts: Numbers, ends: Numbers) -> _Around:
    known = np.flatnonzero(np.isfinite(column))
    seconds = np.concatenate([[-np.inf], look.event_seconds[known], [np.inf]])
    values = np.concatenate([[np.nan], column[known], [np.nan]])
    last, first = np.searchsorted(seconds, starts, side="right") - 1, np.searchsorted(seconds, ends)
    return _Around(values[last], values[first], seconds[first] - ends)


def _binned(values: Numbers, edges: list[float]) -> NDArray[np.int64]:
    return np.where(np.isfinite(values), np.digitize(values, edges), len(edges) + 1)


def _ends(look: Look, silence: NDArray[np.int64]) -> NDArray[np.int64]:
    gates, begin = look.gates, anchor(look)
    entries, exits = gates.entries[silence], gates.exits[silence]
    return np.column_stack([_far(entries - begin), _far(exits - begin), _far(exits - entries)])


def _stood(look: Look, silence: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(look.fixes):
        return np.zeros((len(silence), 2), dtype=np.int64)
    last = len(look.fixes) - 1
    before = np.clip(np.searchsorted(look.seconds, look.gates.starts - BESIDE_S), 0, last)
    after = np.clip(np.searchsorted(look.seconds, look.gates.ends + BESIDE_S, side="right") - 1, 0, last)
    moved = (look.gates.entries - look.fixes[before], look.gates.exits - look.fixes[after])
    return np.column_stack([_far(way)[silence] for way in moved])


def _stayed(look: Look, silence: NDArray[np.int64]) -> NDArray[np.int64]:
    def lasted(beside: NDArray[np.bool_]) -> NDArray[np.int64]:
        seconds = (beside * (look.stay_ends - look.stay_starts)).max(axis=1, initial=0)
        return np.asarray(np.digitize(seconds / 60, [1, 15, 30, 60, 120, 240, 480]))

    starts, ends = look.gates.starts[:, None], look.gates.ends[:, None]
    return np.column_stack([
        lasted(np.abs(look.stay_ends - starts) < BESIDE_S)[silence],
        lasted(np.abs(look.stay_starts - ends) < BESIDE_S)[silence],
    ])  # fmt: skip


def _far(ways: Points) -> NDArray[np.int64]:
    return np.asarray(np.digitize(lengths(ways), [100, 300, 700, 1_100, 1_600, 2_500, 5_000, 10_000]))
