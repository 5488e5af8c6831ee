"""Attack (m): published stays, where the owner shows them, and the silences that they are not beside."""

from __future__ import annotations

import numpy as np

from attacks import circle
from attacks.knowledge import Guesses, Rules, lean, middle
from attacks.likelihood import begin as beginning
from attacks.night import densest
from attacks.plane import Numbers, Points, lengths
from attacks.published import Look

CELL_M = 60.0
BESIDE_S = 600.0
"""A stay begins this soon after a trip that leads to it."""
FEWEST_ENDS = 6


def guess(look: Look, rules: Rules) -> Guesses:
    """Guess by the stays around home, and by the ends of trips that lead to no stay: those lead home."""
    begin = beginning(look, rules)
    ends, silent = _unexplained_ends(look)
    near = lengths(ends - begin) <= max(3 * rules.zone_m, 1_500.0)
    guesses = _by_stays(look, begin, rules)
    if near.sum() < FEWEST_ENDS:
        return guesses
    ends, silent = ends[near], silent[near]
    known = circle.fit(ends, begin, rules.zone_m)
    return {
        **guesses,
        "ends without a stay": middle(ends),
        "ends without a stay, by the silence": middle(ends, silent),
        "densest ends without a stay": densest(ends, max(rules.zone_m / 2, CELL_M), silent),
        "circle through ends without a stay": circle.fit(ends, begin, None),
        "circle of the known radius through them": known,
        "that circle, then towards them": lean(look, known, ends, rules),
    }


def _by_stays(look: Look, begin: Points, rules: Rules) -> Guesses:
    near = lengths(look.stays - begin) <= max(3 * rules.zone_m, 1_500.0)
    if not near.any():
        return {"middle of stays": begin}
    stays, seconds = look.stays[near], (look.stay_ends - look.stay_starts)[near]
    return {
        "longest stay": np.asarray(stays[np.argmax(seconds)]),
        "where stays last longest": densest(stays, CELL_M, seconds),
        "middle of stays": middle(stays, seconds),
    }


def _unexplained_ends(look: Look) -> tuple[Points, Numbers]:
    """Return where trips end and the next begin with a silence between and no stay, and how long each silence is."""
    silent = look.trip_starts[1:] - look.trip_ends[:-1]
    stayed = np.array(
        [
            bool(((look.stay_starts < begins + BESIDE_S) & (look.stay_ends > ends - BESIDE_S)).any())
            for ends, begins in zip(look.trip_ends[:-1], look.trip_starts[1:], strict=True)
        ],
        dtype=bool,
    )
    hidden = ~stayed & (silent > 0)
    return (
        np.concatenate([look.arrivals[:-1][hidden], look.departures[1:][hidden]]),
        np.concatenate([silent[hidden], silent[hidden]]),
    )
