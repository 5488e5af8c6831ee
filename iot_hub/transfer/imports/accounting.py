"""The account of an import: every record that was read is stored, a duplicate, rejected or ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# Reasons that a code alone does not tell to somebody who never saw a file of the format.
MEANINGS: Mapping[str, str] = {
    "broken_archive": "it can't be unpacked any further",
    "entity_declared": "the file declares entities of its own, which are never read",
    "foreign_file": "a file of the archive or folder that is not of the format",
    "line_without_times": "a line or an area, which says where and not when",
    "no_reading": "a part of the file that holds no reading",
    "not_json": "no JSON: another kind of file, or one that is cut off there",
    "not_xml": "no XML: another kind of file, or one that is cut off there",
    "place_without_time": "a place, which says where and not when",
    "planned_route": "a point of a route that somebody planned",
    "time_missing": "a record without a time of its own",
    "told_within_a_second": "a sample that is stored with the others of its second",
    "too_large": "one record is too large, or has no end",
}


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

    def to_dict(self) -> dict[str, object]:
        """Return the account for programs."""
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
        """Return the account for people."""
        stored = "would be stored" if is_dry_run else "stored"
        lines = [
            f"{self.read:,} records read in {self.files:,} files: {self.stored:,} {stored},"
            f" {self.duplicates:,} known already, {self.rejected.total():,} rejected, {self.ignored.total():,} ignored."
        ]
        lines += _reasons("rejected", self.rejected)
        lines += _reasons("ignored", self.ignored)
        if self.foreign_files:
            named = ", ".join(self.foreign_files[:5]) + (", …" if len(self.foreign_files) > 5 else "")
            lines.append(f"  not of the format, left out: {len(self.foreign_files):,} files ({named})")
        return lines


def _reasons(what: str, counted: Counter[str]) -> Iterator[str]:
    for reason, count in counted.most_common():
        meaning = f" ({MEANINGS[reason]})" if reason in MEANINGS else ""
        yield f"  {what}, {reason}: {count:,}{meaning}"
