"""Attack (e): at home, or elsewhere with the phone off? Judged for people that it has not learned from.

Only instants of which no position is published are asked: a published position elsewhere says
plainly that nobody is at home. Chance is what the clock alone gives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attacks.boosting import Columns, scores
from attacks.silences import Silent

FOLDS = 3


def accuracies(people: Sequence[Silent]) -> dict[str, float]:
    """Return the share of right answers, both kinds weighing the same, by what the attacker reads."""
    known = [np.column_stack([person.clock, person.rates, person.charge]) for person in people]
    stood = [np.column_stack([table, person.stood]) for table, person in zip(known, people, strict=True)]
    return {
        "clock": _held_out(people, [person.clock for person in people]),
        "rates": _held_out(people, [np.column_stack([person.clock, person.rates]) for person in people]),
        "level": _held_out(people, [np.column_stack([person.clock, person.charge]) for person in people]),
        "charge": _held_out(people, known),
        "ends": _held_out(
            people, [np.column_stack([table, person.ends]) for table, person in zip(known, people, strict=True)]
        ),
        "stood": _held_out(people, stood),
        "stayed": _held_out(
            people, [np.column_stack([table, person.stayed]) for table, person in zip(stood, people, strict=True)]
        ),
    }  # fmt: skip


def _held_out(people: Sequence[Silent], columns: Sequence[Columns]) -> float:
    owners = np.repeat(np.arange(len(people)), [len(person.at_home) for person in people])
    table, at_home = np.concatenate(columns), np.concatenate([person.at_home for person in people])
    # -1 means unknown.
    table = table - table.min(axis=0, initial=0)
    right = np.zeros(len(at_home), dtype=bool)
    for fold in range(FOLDS):
        held = owners % FOLDS == fold
        if held.any() and not held.all() and 0 < at_home[~held].mean() < 1:
            right[held] = (scores(table[~held], at_home[~held], table[held]) > 0) == at_home[held]
    return float((right[at_home].mean() + right[~at_home].mean()) / 2)
