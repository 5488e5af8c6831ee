"""What one benchmark gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report import Row


@dataclass(frozen=True)
class Measured:
    """Rows of the table, and a sentence on how they were measured."""

    rows: Sequence[Row]
    notes: Sequence[str]
