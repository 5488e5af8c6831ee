"""Attack (a), on foot: who walks is slow, so the cut ends of walks are near the zone, and on home's side of it."""

from __future__ import annotations

import numpy as np

from attacks.knowledge import Guesses, Rules, middle
from attacks.likelihood import likeliest_of
from attacks.plane import Points, lengths
from attacks.published import Look

WALKING = (0.7, 3.6)
"""Metres a second, runners too."""
FEWEST = 4
TAIL_SHARE = 0.25
"""How far beyond the border walks are cut, as a share of how far all tracks are."""


def guess(look: Look, rules: Rules) -> Guesses:
    """Find the zone by the cut ends of walks, then lean towards them: little, more, all the way."""
    ends = walked_ends(look)
    if len(ends) < FEWEST:
        ends = look.gates.points
    zone = likeliest_of(look, rules, ends, TAIL_SHARE * rules.tail_m)
    ways = ends - zone
    side = (ways / np.maximum(lengths(ways), 1.0)[:, None]).mean(axis=0)
    side = side / max(float(lengths(side)), 1e-6)
    return {
        "on foot": zone,
        "on foot, middle of the ends": middle(ends),
        **{f"on foot, {share:.0%} towards the ends": zone + share * rules.shift_m * side for share in (0.3, 0.6, 1.0)},
    }


def walked_ends(look: Look) -> Points:
    """Return the cut ends that the fix beside them reached, or left, at walking speed."""
    gates, found = look.gates, []
    for instants, step in ((gates.starts, -1), (gates.ends, 1)):
        index = np.searchsorted(look.seconds, instants)
        other = np.clip(index + step, 0, len(look.seconds) - 1)
        seconds = np.maximum(np.abs(look.seconds[other] - look.seconds[index]), 1.0)
        speed = lengths(look.fixes[other] - look.fixes[index]) / seconds
        found.append(look.fixes[index[(speed > WALKING[0]) & (speed < WALKING[1])]])
    return np.concatenate(found)
