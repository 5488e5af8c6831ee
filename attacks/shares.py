"""Attack (h): share links of different precision, held side by side.

A share's reader gets the published fixes of a window of time, each in a cell of a grid: the
attacker holds one link of 100 m for the first weeks and one of 1 km for the last, and puts them together.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attacks import circle, looks, night, rays
from attacks.knowledge import Guesses, Rules
from attacks.likelihood import begin, likeliest
from attacks.plane import Points
from attacks.published import Look

FINE_M, COARSE_M = 100.0, 1_000.0


def guess(look: Look, rules: Rules) -> Guesses:
    """Attack the fine share, the coarse one, and both as one."""
    start, end = look.seconds[[0, -1]]
    third = (end - start) / 3
    fine = _share(look, FINE_M, start, end - third)
    coarse = _share(look, COARSE_M, start + third, end)
    later = _share(look, COARSE_M, end - third, end)
    return {
        **_guesses("100 m", fine, rules),
        **_guesses("1 km", coarse, rules),
        **_guesses("both", looks.merged([fine, later]), rules),
    }


def _share(look: Look, cell_m: float, start: float, end: float) -> Look:
    within = (look.seconds >= start) & (look.seconds <= end)
    return replace(look, seconds=look.seconds[within], fixes=_cells(look.fixes[within], cell_m))


def _cells(fixes: Points, cell_m: float) -> Points:
    return np.asarray((np.floor(fixes / cell_m) + 0.5) * cell_m)


def _guesses(name: str, look: Look, rules: Rules) -> Guesses:
    if len(look.fixes) < 5:
        return {}
    place = begin(look, rules)
    found = {
        "circle": circle.fit(circle.near_ends(look, place, rules), place, rules.zone_m),
        "likeliest zone": likeliest(look, rules),
        "rays": rays.crossing(look, rules),
        "night": night.guess(look, rules)["densest"],
    }
    return {f"{name}: {which}": place for which, place in found.items()}
