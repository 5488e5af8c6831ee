"""Attack (f): last seen at night, first seen in the morning."""

from __future__ import annotations

import numpy as np

from attacks.knowledge import Guesses, Rules, night_gates, nights
from attacks.plane import Numbers, Points, lengths, toward
from attacks.published import Look

MOST_POINTS, MOST_PEAKS = 4_000, 400


def guess(look: Look, rules: Rules) -> Guesses:
    """Cluster the nights' gates: their middle, where they are densest, and on along their headings."""
    gates, night = look.gates, nights(look)
    ends = night_gates(look)
    entries = gates.entries[night] if night.any() else ends
    ways = np.concatenate([gates.entry_ways[night], gates.exit_ways[night]]) if night.any() else np.zeros_like(ends)
    dense = densest(ends, max(rules.zone_m / 4, 50.0))
    return {
        "middle of last seen": np.asarray(np.median(entries, axis=0)),
        "middle of last and first seen": np.asarray(np.median(ends, axis=0)),
        "densest": dense,
        "densest, on along the heading": _ahead(ends, ways, dense, rules),
        "where most gates are as far as the rules say": _ring(ends, rules),
    }


def densest(points: Points, width: float, weights: Numbers | None = None) -> Points:
    """Return the point with the most others around it, then their mean (mean shift)."""
    weights = np.ones(len(points)) if weights is None else weights
    some = slice(None, None, 1 + len(points) // MOST_POINTS)
    points, weights = points[some], weights[some]
    sample = points[:: 1 + len(points) // MOST_PEAKS]
    crowd = [float((weights * np.exp(-((lengths(points - one) / width) ** 2))).sum()) for one in sample]
    place = sample[int(np.argmax(crowd))]
    for _ in range(20):
        near = weights * np.exp(-((lengths(points - place) / width) ** 2))
        place = (points * near[:, None]).sum(axis=0) / near.sum()
    return np.asarray(place)


def _ahead(ends: Points, ways: Points, dense: Points, rules: Rules) -> Points:
    """Go on from the densest gates the way that they lead."""
    near = lengths(ends - dense) < max(rules.zone_m, 100.0)
    way = ways[near].mean(axis=0) if near.any() else np.zeros(2)
    return np.asarray(dense + rules.zone_m * way / max(float(lengths(way)), 1e-6))


def _ring(ends: Points, rules: Rules) -> Points:
    """Find the place that many gates have at the same short distance: gates are where the zone ends."""
    reach = rules.zone_m
    round_them = np.concatenate([ends + reach * toward(angle) for angle in np.linspace(0, 2 * np.pi, 24)[:-1]])
    return densest(round_them, max(reach / 3, 50.0))
