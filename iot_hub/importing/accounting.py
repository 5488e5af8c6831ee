"""The account of an import: every record that was read is stored, known already, rejected or ignored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Account:
    """What became of every record; reasons with their counts, files that were left out by their names."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    files: int = 0
    foreign_files: list[str] = field(default_factory=list)

    @property
    def is_balanced(self) -> bool:
        """Whether each record is accounted for once."""
        return self.read == self.stored + self.duplicates + self.rejected.total() + self.ignored.total()

    def told(self) -> dict[str, object]:
        """Give the account for programs."""
        return {
            "files": self.files,
            "read": self.read,
            "stored": self.stored,
            "duplicates": self.duplicates,
            "rejected": dict(self.rejected),
            "ignored": dict(self.ignored),
            "foreign_files": self.foreign_files,
        }

    def lines(self, *, is_dry_run: bool) -> list[str]:
        """Give the account for people."""
        stored = "would be stored" if is_dry_run else "stored"
        lines = [
            f"{self.read:,} records read in {self.files:,} files: {self.stored:,} {stored},"
            f" {self.duplicates:,} known already, {self.rejected.total():,} rejected, {self.ignored.total():,} ignored."
        ]
        lines += [f"  rejected, {reason}: {count:,}" for reason, count in self.rejected.most_common()]
        lines += [f"  ignored, {reason}: {count:,}" for reason, count in self.ignored.most_common()]
        if self.foreign_files:
            named = ", ".join(self.foreign_files[:5]) + (", …" if len(self.foreign_files) > 5 else "")
            lines.append(f"  not of the format, left out: {len(self.foreign_files):,} files ({named})")
        return lines
