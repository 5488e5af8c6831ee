"""A learner for tables of small whole numbers: gradient boosted trees (Friedman 2001), split by histograms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks.plane import Numbers

TREES, DEPTH, RATE, RIDGE = 100, 3, 0.1, 20.0

Columns = NDArray[np.int64]


@dataclass(frozen=True)
class _Level:
    """How the nodes of one level of a tree are split: those with a larger value go right."""

    column: NDArray[np.int64]
    value: NDArray[np.int64]
    gains: NDArray[np.bool_]

    def split(self, table: Columns, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the nodes of the next level that rows are in."""
        rows = np.arange(len(table))
        right = (table[rows, self.column[nodes]] > self.value[nodes]) & self.gains[nodes]
        return 2 * nodes + right


def scores(table: Columns, labels: NDArray[np.bool_], asked: Columns) -> Numbers:
    """Learn from labelled rows, both labels weighing the same; return a score of each asked row, above 0: likely."""
    share = np.where(labels, 0.5 / labels.sum(), 0.5 / (~labels).sum()) * len(labels)
    known, found = np.zeros(len(table)), np.zeros(len(asked))
    for _ in range(TREES):
        likely = 1 / (1 + np.exp(-known))
        slope, bend = share * (likely - labels), share * likely * (1 - likely)
        nodes, asked_nodes = np.zeros(len(table), dtype=np.int64), np.zeros(len(asked), dtype=np.int64)
        for depth in range(DEPTH):
            level = _best(table, nodes, slope, bend, 2**depth)
            nodes, asked_nodes = level.split(table, nodes), level.split(asked, asked_nodes)
        leaves = 2**DEPTH
        steps = -RATE * np.bincount(nodes, slope, leaves) / (np.bincount(nodes, bend, leaves) + RIDGE)
        known, found = known + steps[nodes], found + steps[asked_nodes]
    return found


def _best(table: Columns, nodes: NDArray[np.int64], slope: Numbers, bend: Numbers, count: int) -> _Level:
    """Find for each node the column and the value at which a split gains most."""
    values = int(table.max()) + 1
    slopes, bends = np.bincount(nodes, slope, count), np.bincount(nodes, bend, count)
    before = slopes**2 / (bends + RIDGE)
    gain, column, value = np.zeros(count), np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for number in range(table.shape[1]):
        keys = nodes * values + table[:, number]
        left_slopes = np.bincount(keys, slope, count * values).reshape(count, values).cumsum(axis=1)
        left_bends = np.bincount(keys, bend, count * values).reshape(count, values).cumsum(axis=1)
        right_slopes, right_bends = slopes[:, None] - left_slopes, bends[:, None] - left_bends
        gains = left_slopes**2 / (left_bends + RIDGE) + right_slopes**2 / (right_bends + RIDGE) - before[:, None]
        best = gains.argmax(axis=1)
        better = gains[np.arange(count), best] > gain
        gain = np.where(better, gains[np.arange(count), best], gain)
        column, value = np.where(better, number, column), np.where(better, best, value)
    return _Level(column, value, gain > 0)
