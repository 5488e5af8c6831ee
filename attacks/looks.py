"""Attack (g): many looks at the same data, also after late data arrived and an area was redrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attacks import circle, heat, night, rays
from attacks.knowledge import Guesses, Rules, middle
from attacks.likelihood import begin, likeliest
from attacks.plane import Points
from attacks.published import Look


def guess(looks: Sequence[Look], rules: Rules) -> Guesses:
    """Average what each look gives, put all looks together, and take what only some of them show."""
    together = merged(looks)
    every = [_guesses(look, rules) for look in looks]
    whole = _guesses(together, rules)
    return {
        **{f"average: {name}": np.mean([one[name] for one in every], axis=0) for name in whole},
        **{f"together: {name}": place for name, place in whole.items()},
        "where looks differ": _difference(looks, begin(together, rules)),
    }


def _guesses(look: Look, rules: Rules) -> Guesses:
    place = begin(look, rules)
    return {
        "circle": circle.fit(circle.near_ends(look, place, rules), place, rules.zone_m),
        "likeliest zone": likeliest(look, rules),
        "walks": middle(heat.walked(look, place)),
        "rays": rays.crossing(look, rules),
        "night": night.guess(look, rules)["densest"],
    }


def merged(looks: Sequence[Look]) -> Look:
    """Put all fixes of some looks together, each once."""
    rows = np.concatenate([np.column_stack([look.seconds, look.fixes]) for look in looks])
    rows = np.unique(rows, axis=0)
    return replace(looks[0], seconds=rows[:, 0], fixes=rows[:, 1:])


def _difference(looks: Sequence[Look], fallback: Points) -> Points:
    """Return the middle of the fixes that only some looks show: they are where a border moved."""
    rows = [np.round(np.column_stack([look.seconds, look.fixes]), 3) for look in looks[1:]]
    seen, counts = np.unique(np.concatenate(rows), axis=0, return_counts=True)
    moved = seen[counts < len(rows)]
    return middle(np.asarray(moved[:, 1:], dtype=np.float64)) if len(moved) else fallback
