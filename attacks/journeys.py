"""Attack (l): where published trips begin and end, which way they lead there, and the cells that they leave."""

from __future__ import annotations

import numpy as np

from attacks import circle, rays
from attacks.knowledge import Guesses, Rules, lean, middle
from attacks.likelihood import begin as beginning
from attacks.night import densest
from attacks.plane import Points, lengths
from attacks.published import Look

FEWEST_ENDS = 6
CELL_M = 60.0


def guess(look: Look, rules: Rules) -> Guesses:
    """Guess by the ends of trips, by what they point at, and by the cells that trips lead through for longest."""
    begin = beginning(look, rules)
    metres = lengths(look.way_ends - begin)
    near = metres <= max(3 * rules.zone_m, 1_500.0)
    if near.sum() < FEWEST_ENDS:
        return dict.fromkeys(("circle through ends", "ends"), begin)
    ends, ways = look.way_ends[near], look.ways_on[near]
    known = circle.fit(ends, begin, rules.zone_m)
    guesses = {
        "circle through ends": circle.fit(ends, begin, None),
        "circle of the known radius through ends": known,
        "that circle, then towards the ends": lean(look, known, ends, rules),
        "ends": middle(ends),
        "densest ends": densest(ends, max(rules.zone_m / 2, CELL_M)),
        "what ends point at": rays.meeting(ends, ways, begin, rules),
    }
    return guesses | _by_cells(look, begin, rules)


def _by_cells(look: Look, begin: Points, rules: Rules) -> Guesses:
    near = lengths(look.cells - begin) <= max(3 * rules.zone_m, 1_500.0)
    if not near.any():
        return {}
    cells, seconds = look.cells[near], look.cell_seconds[near]
    return {
        "hottest cell": np.asarray(cells[np.argmax(seconds)]),
        "hottest district": densest(cells, max(rules.zone_m / 2, CELL_M), seconds),
        "middle of cells": middle(cells, seconds),
    }
