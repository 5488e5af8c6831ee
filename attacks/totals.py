"""Attack (d): distances and places inside the zone, from totals and counters."""

from __future__ import annotations

import numpy as np

from attacks.knowledge import Guesses, Rules, middle
from attacks.likelihood import begin as beginning
from attacks.plane import Numbers, Points, lengths
from attacks.published import Look

HOUR = 3600.0
STREETS = 1.25
"""How much longer a way along streets is than the straight line, about."""
IN_CAR = 120.0
MINUTES = 2 * 5.0


def guess(look: Look, rules: Rules) -> Guesses:
    """Use hourly means, counters of cars, and how long short visits take."""
    begin = beginning(look, rules)
    return {
        "hourly means less what is shown": _hidden_means(look, begin),
        "odometers": _odometers(look, begin),
        "length of silences": _durations(look, begin),
    }


def _hidden_means(look: Look, begin: Points) -> Points:
    """Subtract shown fixes from hourly means, which leaves where the hidden ones were."""
    first, last = np.searchsorted(look.seconds, look.hours), np.searchsorted(look.seconds, look.hours + HOUR)
    hidden = look.hour_events - (last - first)
    sums = np.concatenate([[[0.0, 0.0]], np.cumsum(look.fixes, axis=0)])
    rests = look.hour_means * look.hour_events[:, None] - (sums[last] - sums[first])
    known = (hidden >= 3) & np.isfinite(rests[:, 0])
    if not known.any():
        return begin
    return middle(rests[known] / hidden[known, None], hidden[known])


def _odometers(look: Look, begin: Points) -> Points:
    """Derive from a car's counter how far it went between the gates of a silence: home is on the way."""
    known = np.flatnonzero(np.isfinite(look.odometer_km))
    gates = look.gates
    if not len(known):
        return begin
    seconds = look.event_seconds[known]
    before = known[np.clip(np.searchsorted(seconds, gates.starts, side="right") - 1, 0, None)]
    after = known[np.clip(np.searchsorted(seconds, gates.ends), None, len(known) - 1)]
    metres = 1000 * (look.odometer_km[after] - look.odometer_km[before])
    # Both gates by car, and not from one town to another.
    fits = (np.abs(look.event_seconds[before] - gates.starts) < IN_CAR) & (metres > 100) & (metres < 40_000)
    fits &= np.abs(look.event_seconds[after] - gates.ends) < IN_CAR
    return nearest(gates.entries[fits], gates.exits[fits], metres[fits] / STREETS, begin)


def _durations(look: Look, begin: Points) -> Points:
    """In a short silence one can have gone no further than its length allows."""
    gates = look.gates
    minutes = (gates.ends - gates.starts) / 60
    short = minutes < 120
    return nearest(gates.entries[short], gates.exits[short], 80 * np.maximum(minutes[short] - MINUTES, 1), begin)


def nearest(a: Points, b: Points, metres: Numbers, begin: Points) -> Points:
    """Return the place whose ways from a and to b are that long together, by the median misfit."""
    if not len(a):
        return begin
    place, reach = begin, 3_000.0
    while reach > 20:
        line = np.linspace(-reach, reach, 15)
        tries = place + np.array(np.meshgrid(line, line)).reshape(2, -1).T
        ways = lengths(tries[:, None] - a[None]) + lengths(tries[:, None] - b[None])
        place = tries[np.argmin(np.minimum(np.abs(ways - metres), 2_000).mean(axis=1))]
        reach /= 3
    return np.asarray(place)
