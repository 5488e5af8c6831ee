"""How many readings each tracker has, by its tag."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from iot_hub.transfer.imports.containers import displayed

UNTAGGED = "none"
"""How records without a tag are asked for, and listed."""
MOST_TAGS = 1_000
"""Tags that are counted each: a table may have another one in every row."""
MOST_LISTED = 20
LONGEST_LISTED = 80


@dataclass
class Tally:
    """Counts readings by the tags of their trackers, in bounded memory."""

    counts: Counter[str] = field(default_factory=Counter)
    """Readings of each tag; those without one under ''."""
    uncounted: int = 0

    @property
    def trackers(self) -> int:
        """How many trackers there are, as far as they are counted."""
        return len(self.counts.keys() - {""})

    def add(self, tag: str) -> None:
        """Count a reading."""
        if tag in self.counts or len(self.counts) < MOST_TAGS:
            self.counts[tag] += 1
        else:
            self.uncounted += 1

    def __str__(self) -> str:
        """List the tags, those of most readings first, as a terminal may show them."""
        listed = [
            f"{displayed(tag[:LONGEST_LISTED]) or UNTAGGED} ({count:,} record{'s' * (count != 1)})"
            for tag, count in self.counts.most_common(MOST_LISTED)
        ]
        is_cut = self.uncounted or len(self.counts) > MOST_LISTED
        return ", ".join(listed) + (", …" if is_cut else "")
