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
SAMPLES = 60
"""Instants of each kind and person, at most."""


@dataclass(frozen=True)
class Silent:
    """Instants within silences: what can be read about each, and whether the person was at home."""

    clock: NDArray[np.int64]
    """Columns of small whole numbers: hour of the day, weekend."""
    rates: NDArray[np.int64]
    """... the silence's length, its hours of beginning and end, events before, after and within."""
    ends: NDArray[np.int64]
    """... how far from the nights' gates it begins and ends, and from one to the other."""
    at_home: NDArray[np.bool_]


def silences(look: Look, life: Life, start: float, seed: int) -> Silent:
    """Sample instants at home, and instants elsewhere with the phone off."""
    gates = look.gates
    every = np.arange(gates.starts[0], gates.ends[-1], STEP) if len(gates) else np.empty(0)
    silence = np.searchsorted(gates.starts, every, side="right") - 1
    silent = every < gates.ends[silence] if len(gates) else silence >= 0
    every, silence = every[silent], silence[silent]
    _, knots = life.at(every - start)
    home = np.array(life.doing)[knots] == HOME
    away = ~home & life.is_offline(every - start)
    draw = np.random.default_rng(seed)
    chosen = np.concatenate([_some(draw, np.flatnonzero(kind)) for kind in (home, away)])
    every, silence = every[chosen], silence[chosen]
    return Silent(_clock(every), _rates(look, every, silence), _ends(look, silence), home[chosen])


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
    length = np.digitize((ends - starts) / 3600, [0.5, 1, 2, 3, 4, 6, 8, 9.5, 11, 13, 16, 24])
    before = _count(look, starts - 3600, starts)
    after = _count(look, ends, ends + 3600)
    hour = np.searchsorted(look.hours, every, side="right") - 1
    known = (hour >= 0) & (every - look.hours[np.maximum(hour, 0)] < 3600) if len(look.hours) else hour >= 0
    total = np.where(known, look.hour_events[np.maximum(hour, 0)], -1) if len(look.hours) else np.full(len(every), -1)
    total = np.digitize(total, [0, 1, 3, 5, 7, 13, 25, 50])
    return np.column_stack([length, _hour(starts), _hour(ends), before, after, total]).astype(np.int64)


def _count(look: Look, starts: Numbers, ends: Numbers) -> NDArray[np.int64]:
    events = np.searchsorted(look.event_seconds, ends) - np.searchsorted(look.event_seconds, starts)
    return np.asarray(np.digitize(events, [2, 8, 20, 35, 50, 58]))


def _ends(look: Look, silence: NDArray[np.int64]) -> NDArray[np.int64]:
    gates, begin = look.gates, anchor(look)
    entries, exits = gates.entries[silence], gates.exits[silence]
    return np.column_stack([_far(entries - begin), _far(exits - begin), _far(exits - entries)])


def _far(ways: Points) -> NDArray[np.int64]:
    return np.asarray(np.digitize(lengths(ways), [100, 300, 700, 1_100, 1_600, 2_500, 5_000, 10_000]))
