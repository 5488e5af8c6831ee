"""Attack (n): what published trips add up to: their lengths and times, and the places of most of them."""

from __future__ import annotations

import numpy as np

from attacks.knowledge import Guesses, Rules, middle
from attacks.likelihood import begin as beginning
from attacks.plane import Points, lengths
from attacks.published import Look
from attacks.totals import STREETS, nearest

DAY = 86_400.0
GRID_M = 1_100.0
"""Statistics for others tell places to a hundredth of a degree."""
SIMPLIFIED_M = 20.0
PADDING_S = 300.0
"""A hidden stretch begins this long before the zone, about."""


def guess(look: Look, rules: Rules) -> Guesses:
    """Use what trips are longer than their lines, how fast they are, and on how many days they end where."""
    begin = beginning(look, rules)
    if not len(look.trip_starts):
        return {"place where trips end on most days": begin}
    ends = np.concatenate([look.departures, look.arrivals])
    near = lengths(ends - begin) < max(3 * rules.zone_m, 1_500.0)
    rest = np.tile(np.maximum(look.trip_metres - look.trip_line_metres, 0.0) / STREETS, 2)
    speed = np.tile(look.trip_metres / np.maximum(look.trip_ends - look.trip_starts, 1.0), 2)
    # A line is simplified: it is shorter than the trip by some metres even where nothing is left out.
    cut = near & (rest > SIMPLIFIED_M)
    return {
        "place where trips end on most days": _place_of_most_days(look),
        "ends as far away as the rest of the length": nearest(ends[cut], ends[cut], 2 * rest[cut], begin),
        "ends as far away as the speed leads": nearest(ends[near], ends[near], 2 * PADDING_S * speed[near], begin),
        "ends of the trips that leave out least": middle(ends[near], 1 / (rest[near] + 10.0)) if near.any() else begin,
    }


def _place_of_most_days(look: Look) -> Points:
    """Return the middle of the cell of a coarse grid in which trips begin or end on most days."""
    ends = np.concatenate([look.departures, look.arrivals])
    days = np.floor(np.concatenate([look.trip_starts, look.trip_ends]) / DAY)
    passed = np.unique(np.column_stack([np.round(ends / GRID_M), days]), axis=0)[:, :2]
    cells, counts = np.unique(passed, axis=0, return_counts=True)
    return np.asarray(cells[np.argmax(counts)] * GRID_M)
