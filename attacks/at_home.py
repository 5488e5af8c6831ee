"""Attack (e): at home, or elsewhere with the phone off? Judged for people that it has not learned from.

Only instants of which no position is published are asked: a published position elsewhere says
plainly that nobody is at home. Chance is what the clock alone gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from attacks.plane import Numbers
from attacks.silences import Silent

FOLDS = 3
RIDGE = 3.0
SIZES = 64
STRONGEST_PAIRS = 350
"""Pairs of columns with more values than this are not looked at together."""

Columns = NDArray[np.int64]


def accuracies(people: Sequence[Silent]) -> dict[str, float]:
    """Give the share of right answers, both kinds weighing the same, by what the attacker reads."""
    return {
        "clock": _held_out(people, [person.clock for person in people]),
        "rates": _held_out(people, [np.column_stack([person.clock, person.rates]) for person in people]),
        "ends": _held_out(
            people, [np.column_stack([person.clock, person.rates, person.ends]) for person in people]
        ),
    }  # fmt: skip


def _held_out(people: Sequence[Silent], columns: Sequence[Columns]) -> float:
    owners = np.repeat(np.arange(len(people)), [len(person.at_home) for person in people])
    table, at_home = _one_hot(np.concatenate(columns)), np.concatenate([person.at_home for person in people])
    right = np.zeros(len(at_home), dtype=bool)
    for fold in range(FOLDS):
        held = owners % FOLDS == fold
        if held.any() and 0 < at_home[~held].mean() < 1:
            weights = _learn(table[~held], at_home[~held])
            right[held] = (table[held] @ weights > 0) == at_home[held]
    return float((right[at_home].mean() + right[~at_home].mean()) / 2)


def _one_hot(columns: Columns) -> Numbers:
    """Make a column for each value of each column, and for each pair of values of two."""
    parts = [columns[:, n] for n in range(columns.shape[1])]
    parts += [a * SIZES + b for a, b in combinations(parts, 2) if (a.max() + 1) * (b.max() + 1) <= STRONGEST_PAIRS]
    tables = [np.ones((len(columns), 1), dtype=np.float32)]
    for part in parts:
        values, place, counts = np.unique(part, return_inverse=True, return_counts=True)
        table = np.zeros((len(part), len(values)), dtype=np.float32)
        table[np.arange(len(part)), place] = 1
        tables.append(table[:, counts >= 20])
    return np.concatenate(tables, axis=1)


def _learn(table: Numbers, at_home: NDArray[np.bool_]) -> Numbers:
    """Logistic regression with a ridge, by accelerated gradient steps; both kinds weigh the same."""
    share = np.where(at_home, 0.5 / at_home.sum(), 0.5 / (~at_home).sum()).astype(np.float32)
    ridge = RIDGE / len(at_home)
    # A row's squares sum to its number of ones: that bounds the curvature.
    step = 1 / (0.25 * float((table**2).sum(axis=1).max()) + ridge)
    weights, last = np.zeros(table.shape[1], dtype=np.float32), np.zeros(table.shape[1], dtype=np.float32)
    for turn in range(200):
        ahead = weights + turn / (turn + 3) * (weights - last)
        slope = table.T @ (share * (1 / (1 + np.exp(-(table @ ahead))) - at_home)) + ridge * ahead
        last, weights = weights, (ahead - step * slope).astype(np.float32)
    return np.asarray(weights, dtype=np.float64)
