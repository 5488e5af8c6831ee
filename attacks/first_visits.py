"""Attack (o): the days on which tiles of explored land were first visited: one begins at home."""

from __future__ import annotations

import numpy as np

from attacks.knowledge import Guesses, Rules, middle
from attacks.likelihood import begin as beginning
from attacks.plane import lengths
from attacks.published import Look

FIRST_DAYS = 2


def guess(look: Look, rules: Rules) -> Guesses:
    """Guess within the tiles that were explored first."""
    begin = beginning(look, rules)
    if not len(look.cells):
        return {"hottest cell of the first days": begin}
    age = look.cell_days - look.cell_days.min()
    first = age < FIRST_DAYS
    near = lengths(look.cells - begin) <= max(3 * rules.zone_m, 1_500.0)
    seconds = look.cell_seconds
    guesses = {
        "middle of the land of the first days": middle(look.cells[first]),
        "hottest cell of the first days": np.asarray(look.cells[first][np.argmax(seconds[first])]),
        "middle of the heat of the first days": middle(look.cells[first], seconds[first]),
    }
    if not near.any():
        return guesses
    cells, weights = look.cells[near], np.exp(-age[near] / FIRST_DAYS)
    return {
        **guesses,
        "land around home, by how early": middle(cells, weights),
        "heat around home, by how early": middle(cells, weights * seconds[near]),
        "hottest cell around home, by how early": np.asarray(cells[np.argmax(weights * seconds[near])]),
    }
