"""Attack (a): a circle through the cut ends of tracks."""

from __future__ import annotations

import numpy as np

from attacks.knowledge import Guesses, Rules, lean
from attacks.likelihood import begin as beginning
from attacks.plane import Numbers, Points, lengths
from attacks.published import Look

STEPS = 60
MOST_FIXES = 800


def guess(look: Look, rules: Rules) -> Guesses:
    """Fit circles: of any radius, of the known one, and one that also keeps every shown fix out."""
    begin = beginning(look, rules)
    ends = near_ends(look, begin, rules)
    free = fit(ends, begin, None)
    known = fit(ends, begin, rules.zone_m)
    best = fit_with_hole(look, rules, begin)
    return {
        "free radius": free,
        "known radius": known,
        "empty inside": best,
        "empty inside, then towards the gates": lean(look, best, ends, rules),
        "known radius, then towards the gates": lean(look, known, ends, rules),
    }


def near_ends(look: Look, begin: Points, rules: Rules) -> Points:
    """Keep cut ends that can belong to home: the near half at least."""
    ends = look.gates.points
    metres = lengths(ends - begin)
    kept = ends[metres <= max(3 * rules.zone_m, float(np.median(metres)))]
    return kept if len(kept) >= 3 else ends


def fit(ends: Points, begin: Points, radius: float | None) -> Points:
    """Fit by least squares, weighed down where the misfit is large (Gauss-Newton, Cauchy weights)."""
    centre, free = begin.copy(), radius is None
    reach = float(np.median(lengths(ends - begin))) if radius is None else radius
    for _ in range(STEPS):
        ways = centre - ends
        metres = np.maximum(lengths(ways), 1.0)
        misfit = metres - reach
        scale = max(float(np.median(np.abs(misfit))), 5.0)
        weights = 1 / (1 + (misfit / scale) ** 2)
        slopes = np.column_stack([ways / metres[:, None], -np.ones(len(ends))])[:, : 3 if free else 2]
        step = _solve(slopes, weights, misfit, damping=1e-3 * len(ends))
        centre = centre - step[:2]
        reach = reach - step[2] if free else reach
    return np.asarray(centre) if lengths(centre - begin) < 10_000 else begin


def _solve(slopes: Points, weights: Numbers, misfit: Numbers, damping: float) -> Numbers:
    normal = slopes.T @ (slopes * weights[:, None]) + damping * np.eye(slopes.shape[1])
    return np.asarray(np.linalg.solve(normal, slopes.T @ (weights * misfit)))


def fit_with_hole(look: Look, rules: Rules, begin: Points) -> Points:
    """Search the circle of the known radius that no shown fix is in and that the cut ends are nearest to."""
    centre, reach = begin, 3 * max(rules.zone_m, 200.0)
    while reach > max(rules.zone_m / 30, 3.0):
        line = np.linspace(-reach, reach, 11)
        fixes = look.fixes[lengths(look.fixes - centre) < 1.5 * reach + rules.zone_m]
        fixes = fixes[:: 1 + len(fixes) // MOST_FIXES]
        tries = centre + np.array(np.meshgrid(line, line)).reshape(2, -1).T
        centre = tries[np.argmin([_misfit(look.gates.points, fixes, rules, one) for one in tries])]
        reach /= 3
    return np.asarray(centre)


def _misfit(ends: Points, fixes: Points, rules: Rules, centre: Points) -> float:
    outside = lengths(ends - centre) - rules.zone_m
    inside = np.maximum(rules.zone_m - lengths(fixes - centre), 0)
    # A cut end is some minutes from the border; one far away says no more than that.
    return float(np.minimum(np.maximum(outside, 0) / rules.zone_m, 3).mean() + (inside / rules.zone_m).sum())
