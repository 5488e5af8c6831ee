"""Attack (i): peaks of the heat map."""

from __future__ import annotations

import numpy as np

from attacks.knowledge import Guesses, Rules, lean, middle
from attacks.likelihood import begin as beginning
from attacks.night import densest
from attacks.plane import Points, lengths
from attacks.published import Look

CELL_M = 60.0
FOOT_M = 240.0
"""More metres a minute are not walked."""


def guess(look: Look, rules: Rules) -> Guesses:
    """Guess the hottest cell by fixes and by days, the hottest around the hole, and the middle of walks."""
    begin = beginning(look, rules)
    near = look.fixes[lengths(look.fixes - begin) < 3 * max(rules.zone_m, 300.0)]
    near = near if len(near) > 5 else look.fixes
    days = _days(look)
    walks = walked(look, begin)
    return {
        "hottest cell": densest(look.fixes, CELL_M),
        "hottest cell by days": days,
        "hottest cell near the nights' gates": densest(near, CELL_M),
        "hottest district": densest(near, max(rules.zone_m / 2, 80.0)),
        "middle of walks": middle(walks),
        "middle of the heat near home": middle(near),
        "middle of walks, then on": lean(look, begin, walks, rules),
    }


def _days(look: Look) -> Points:
    """Weigh cells by on how many days they are passed: an hour at a desk counts as a passing."""
    keys = np.column_stack([np.floor(look.fixes / CELL_M), np.floor(look.seconds / 86_400)])
    passed = np.unique(keys, axis=0)[:, :2]
    cells, counts = np.unique(passed, axis=0, return_counts=True)
    return densest((cells + 0.5) * CELL_M, CELL_M, counts.astype(np.float64) ** 3)


def walked(look: Look, begin: Points) -> Points:
    """Keep fixes of walks not too far away: they begin and end at home."""
    steps = np.append(lengths(np.diff(look.fixes, axis=0)), np.inf)
    quick = np.append(np.diff(look.seconds), np.inf) < 150
    walks = look.fixes[quick & (steps > 40) & (steps < FOOT_M) & (lengths(look.fixes - begin) < 4_000)]
    return walks if len(walks) > 5 else night_fallback(look)


def night_fallback(look: Look) -> Points:
    """Return the cut ends where nobody walks."""
    return look.gates.points if len(look.gates) else look.fixes
