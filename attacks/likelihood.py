"""Where a zone can be, weighed: no shown fix in it, and cut ends as far from it as they usually are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from attacks.knowledge import Rules, anchor, middle
from attacks.plane import Numbers, Points, lengths
from attacks.published import Look

CELLS = 41
MOST_ENDS = 80
TAIL_SPREAD = 1.2
"""Of the logarithm of how far beyond the border a cut end is."""
MOST_GATES = 12.0
"""Gates of the same daily way add little information: all together count as this many."""


@lru_cache(maxsize=16)
def begin(look: Look, rules: Rules) -> Points:
    """Return the approximate position of home, from which to search on."""
    return likeliest(look, rules) if rules.shift_m else anchor(look)


def likeliest(look: Look, rules: Rules) -> Points:
    """Return the median of where the zone's middle can be, from all cut ends."""
    ends = look.gates.points
    return _search(look, rules, ends[:: 1 + len(ends) // MOST_ENDS], rules.tail_m, anchor(look))


def likeliest_of(look: Look, rules: Rules, ends: Points, tail_m: float) -> Points:
    """Return the same from some cut ends, half of which are this far beyond the border."""
    return _search(look, rules, ends[:: 1 + len(ends) // MOST_ENDS], tail_m, middle(ends))


def _search(look: Look, rules: Rules, ends: Points, tail_m: float, place: Points) -> Points:
    reach = 4 * tail_m + 2 * rules.zone_m
    for _ in range(2):
        places = _grid(place, reach)
        weights = _log_likelihood(look, rules, places, ends, tail_m)
        weights = np.exp(weights - weights.max())
        place = middle(places[weights > 1e-4], weights[weights > 1e-4])
        reach = reach / 3
    return place


def _grid(centre: Points, reach: float) -> Points:
    line = np.linspace(-reach, reach, CELLS)
    return np.asarray(centre + np.array(np.meshgrid(line, line)).reshape(2, -1).T)


def _log_likelihood(look: Look, rules: Rules, places: Points, ends: Points, tail_m: float) -> Numbers:
    metres = np.maximum(lengths(ends[:, None] - places[None]), 1.0)
    beyond = np.maximum(metres - rules.zone_m, 0.05 * tail_m)
    of_gates = -((np.log(beyond / tail_m) / TAIL_SPREAD) ** 2) / 2 - np.log(beyond) - np.log(metres)
    share = min(1.0, MOST_GATES / max(len(ends), 1))
    return np.asarray(share * of_gates.sum(axis=0) - (_intrusion(look, rules, places) / (0.04 * rules.zone_m)) ** 2)


def _intrusion(look: Look, rules: Rules, places: Points) -> Numbers:
    """Measure how deep the deepest shown fix would be in a zone around each place."""
    cell = rules.zone_m / 15
    cells = (np.unique(np.floor(look.fixes / cell), axis=0) + 0.5) * cell
    low, high = places.min(axis=0) - rules.zone_m, places.max(axis=0) + rules.zone_m
    cells = cells[((cells > low) & (cells < high)).all(axis=1)]
    nearest = np.full(len(places), np.inf)
    for some in np.array_split(cells, max(1, len(cells) // 200)):
        if len(some):
            nearest = np.minimum(nearest, lengths(places[:, None] - some[None]).min(axis=1))
    return np.maximum(rules.zone_m - nearest, 0.0)
