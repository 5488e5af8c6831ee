"""What every attacker knows: the published algorithm, not the secret; and where to begin to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks.plane import Numbers, Points, lengths
from attacks.published import Look

DAY = 86_400.0
THREE_AT_NIGHT = 3 * 3600.0

Guesses = Mapping[str, Points]
"""An attack's best guess by each of its variants."""


@dataclass(frozen=True)
class Rules:
    """How what is hidden surrounds a home, as far as that is no secret."""

    zone_m: float
    """Radius of the hidden zone, about."""
    shift_m: float
    """How far its middle is from home, about."""
    tail_m: float
    """How far beyond the zone's border tracks are cut, half of them."""


HUB_RULES = Rules(zone_m=945.0, shift_m=740.0, tail_m=1_300.0)
NAIVE_RULES = Rules(zone_m=50.0, shift_m=0.0, tail_m=60.0)


def nights(look: Look) -> NDArray[np.bool_]:
    """Return which silences cover three o'clock at night."""
    return np.floor((look.gates.starts - THREE_AT_NIGHT) / DAY) < np.floor((look.gates.ends - THREE_AT_NIGHT) / DAY)


def night_gates(look: Look) -> Points:
    """Return the last fixes before nights and the first ones after, or all cut ends if there are none."""
    night = nights(look)
    gates = look.gates
    if not night.any():
        return gates.points if len(gates) else look.fixes
    return np.concatenate([gates.entries[night], gates.exits[night]])


def anchor(look: Look) -> Points:
    """Return the approximate position of home: the middle of the nights' gates."""
    return middle(night_gates(look)) if len(look.fixes) else np.zeros(2)


def middle(points: Points, weights: Numbers | None = None) -> Points:
    """Return the geometric median, which a few distant points do not move (Weiszfeld's steps)."""
    weights = np.ones(len(points)) if weights is None else weights
    guess = np.median(points, axis=0)
    for _ in range(50):
        pull = weights / np.maximum(lengths(points - guess), 1.0)
        guess = (points * pull[:, None]).sum(axis=0) / pull.sum()
    return np.asarray(guess)


def lean(look: Look, centre: Points, points: Points, rules: Rules) -> Points:
    """Go from a zone's centre to where homes are, in the direction that points around it favour."""
    ways = points - centre
    mean = (ways / np.maximum(lengths(ways), 1.0)[:, None]).mean(axis=0)
    return np.asarray(centre + rules.shift_m * mean / max(float(lengths(mean)), 1e-6))
