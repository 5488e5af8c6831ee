"""Attack (c): where the headings of entries and exits meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attacks.knowledge import Guesses, Rules, nights
from attacks.likelihood import begin as beginning
from attacks.plane import Numbers, Points, lengths
from attacks.published import Look

TRIALS = 120
LONGEST_M = 4_000.0


def guess(look: Look, rules: Rules) -> Guesses:
    """Bring rays to their nearest point: all, the nights', robustly, and by the best pair."""
    begin = beginning(look, rules)
    gates, some = look.gates, _usable(look, begin)
    if some.sum() < 2:
        return dict.fromkeys(("all", "nights", "robust", "best pair"), begin)
    points, ways = gates.points[some], gates.ways[some]
    night = some & np.tile(nights(look), 2)
    night = night if night.sum() >= 2 else some
    return {
        "all": _meet(points, ways, np.ones(len(points)), begin),
        "nights": _meet(gates.points[night], gates.ways[night], np.ones(night.sum()), begin),
        "robust": crossing(look, rules),
        "best pair": _best_pair(points, ways, begin, rules),
    }


def crossing(look: Look, rules: Rules) -> Points:
    """Bring rays to their nearest point, those that pass far from it weighing less and less."""
    begin = beginning(look, rules)
    some = _usable(look, begin)
    return meeting(look.gates.points[some], look.gates.ways[some], begin, rules)


def meeting(points: Points, ways: Points, begin: Points, rules: Rules) -> Points:
    """Return where rays meet, near to where one began."""
    place, scale = begin, max(rules.zone_m / 2, 60.0)
    if len(points) < 2:
        return begin
    for _ in range(40):
        place = _meet(points, ways, 1 / (1 + (_misses(points, ways, place) / scale) ** 2), begin)
    return place if lengths(place - begin) < LONGEST_M else begin


def _usable(look: Look, begin: Points) -> NDArray[np.bool_]:
    """Return which cut ends move, and can belong to home."""
    return (lengths(look.gates.ways) > 0) & (lengths(look.gates.points - begin) < LONGEST_M)


def _meet(points: Points, ways: Points, weights: Numbers, begin: Points) -> Points:
    """Return the point nearest to all lines by least squares, drawn a little to where one began."""
    across = np.column_stack([-ways[:, 1], ways[:, 0]])
    normal = across.T @ (across * weights[:, None]) + 1e-3 * np.eye(2)
    return np.asarray(begin + np.linalg.solve(normal, across.T @ (weights * (across * (points - begin)).sum(axis=1))))


def _misses(points: Points, ways: Points, place: Points) -> Numbers:
    """Measure how far each ray passes from a place, which must lie before it."""
    to_place = place - points
    along = (to_place * ways).sum(axis=1)
    return np.where(along > 0, np.abs(ways[:, 0] * to_place[:, 1] - ways[:, 1] * to_place[:, 0]), lengths(to_place))


def _best_pair(points: Points, ways: Points, begin: Points, rules: Rules) -> Points:
    """Try where two rays meet, and keep the place that most rays pass (RANSAC), then refine it."""
    draw = np.random.default_rng(len(points))
    scale, best, most = max(rules.zone_m / 4, 40.0), begin, -1.0
    for _ in range(TRIALS):
        pair = draw.choice(len(points), 2, replace=False)
        if abs(ways[pair[0], 0] * ways[pair[1], 1] - ways[pair[0], 1] * ways[pair[1], 0]) < 0.3:
            continue
        place = _meet(points[pair], ways[pair], np.ones(2), begin)
        score = float(np.exp(-((_misses(points, ways, place) / scale) ** 2)).sum())
        if score > most and lengths(place - begin) < LONGEST_M:
            best, most = place, score
    good = _misses(points, ways, best) < 2 * scale
    return _meet(points[good], ways[good], np.ones(good.sum()), best) if good.sum() >= 2 else best
