"""Pairs of measurements: ours and a baseline's, one right after the other, again and again.

A machine's speed wanders; a ratio of two neighbours in time wanders far less than either.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Ours to the baseline's, over all pairs: the median of the paired ratios, least and most."""

    ours: float
    baseline: float
    median: float
    least: float
    most: float


def ratio(ours: Sequence[float], baseline: Sequence[float]) -> Ratio:
    """Compare pair by pair; the absolute figures are medians of their own."""
    ratios = [a / b for a, b in zip(ours, baseline, strict=True)]
    return Ratio(
        statistics.median(ours), statistics.median(baseline), statistics.median(ratios), min(ratios), max(ratios)
    )
