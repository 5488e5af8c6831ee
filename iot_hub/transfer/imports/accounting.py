"""The account of an import: every record that was read is stored, a duplicate, rejected or ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from iot_hub.local_times import LocalTimes
from iot_hub.transfer.imports.tally import UNTAGGED, Tally

MOST_LISTED = 20
"""Files that a summary names; programs get up to 10,000."""
MOST_KEPT = 10_000

# Reasons that a code alone does not tell to somebody who never saw a file of the format.
MEANINGS: Mapping[str, str] = {
    "archive_unknown": "an archive of a kind that is not read, such as 7z or rar: unpack it, and import the folder",
    "broken_archive": "it can't be unpacked any further",
    "checksum_wrong": "what was read has another checksum than was written: something in it is damaged",
    "cut_off": "the file ends before its time; what was whole is read",
    "damaged": "from there on the file can't be read",
    "database_unknown": "a database of another program than Home Assistant's recorder",
    "encrypted": "it is protected with a password: unpack it, and import the folder",
    "entity_declared": "the file declares entities of its own, which are never read",
    "file_empty": "the file holds no message",
    "file_unfinished": "the device never finished the file; what was whole is read",
    "foreign_file": "a file of the archive or folder that is not of the format",
    "kind_not_read": "a kind of record that this format's reader leaves out",
    "line_without_times": "a line or an area, which says where and not when",
    "no_fix": "a sentence of a receiver that knew no position",
    "no_reading": "a part of the file that holds no reading",
    "not_fit": "no FIT: another kind of file, or one that is damaged there",
    "not_importable": "a file that can't be read; its line below says why",
    "not_json": "no JSON: another kind of file, or one that is cut off there",
    "not_xml": "no XML: another kind of file, or one that is cut off there",
    "other_tracker": "a record of another tracker than --device-tag names",
    "packed_too_deep": "an archive within more than three others: unpack it, and import the folder",
    "packing_unknown": "it is packed in a way that is not read: unpack it, and import the folder",
    "place_without_time": "a place, which says where and not when",
    "planned_route": "a point of a route that somebody planned",
    "position_missing": "a point without a position",
    "position_unreadable": "a position that is none, or none on Earth",
    "foreign_record": "a record of another program's, not of this format",
    "summary": "a row that sums up others, which are read",
    "time_missing": "a record without a time of its own",
    "repeated": "a record that is there a second time, alone",
    "same_instant": "a sentence that is stored with another one of its instant",
    "time_never_was": "a local time that clocks skip in spring; another --time-zone may be right",
    "time_outside_segment": "a point's time that is not within its segment",
    "told_within_a_second": "a sample that is stored with the others of its second",
    "too_large": "one record is too large, or has no end",
    "too_many_members": "the archive lists more files than fit into memory: unpack it, and import the folder",
    "unit_unknown": "a value in a unit that is not known",
    "unpacks_too_far": "it unpacks to far more than any log of positions: unpack it, and import the folder",
}


@dataclass
class FileAccount:
    """What a file gave, or one of an archive: its records as they were read, before the database sees them."""

    name: str
    format: str | None
    readings: int = 0
    rejected: int = 0
    ignored: int = 0
    converted_from: str | None = None
    """The encoding of its text, where that was not UTF-8."""
    trouble: str | None = None
    """Why it could not be read, or not to its end: a reason's code, or a sentence."""

    def line(self) -> str:
        """Return what became of it, for people."""
        parts = [self.format or "not read", f"{self.readings:,} readings"]
        parts += [f"{self.rejected:,} rejected"] * bool(self.rejected) + [f"{self.ignored:,} ignored"] * bool(
            self.ignored
        )
        parts += [f"converted from {self.converted_from}"] * bool(self.converted_from)
        parts += [MEANINGS.get(self.trouble, self.trouble)] if self.trouble else []
        return f"  {self.name}: {', '.join(parts)}"


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
    members: list[FileAccount] = field(default_factory=list)
    local_times: Counter[str] = field(default_factory=Counter)
    """Times without an offset, by the zone that they were read in."""
    repeated_times: int = 0
    guessed_times: int = 0
    other_trackers: Tally = field(default_factory=Tally)
    """Readings that were left out, since --device-tag does not name their tracker."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing came of an import, which is no success: neither new readings nor known ones."""
        return not self.stored and not self.duplicates

    def begin_file(self, name: str, format: str | None) -> FileAccount:
        """Return the account of a file that is read now."""
        begun = FileAccount(name, format)
        if len(self.members) < MOST_KEPT:
            self.members.append(begun)
        return begun

    def add_times(self, times: LocalTimes) -> None:
        """Count the times of a file that had no offset."""
        self.local_times.update(times.zones)
        self.repeated_times += times.repeated
        self.guessed_times += times.guessed

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
            "local_times": dict(self.local_times),
            "repeated_times": self.repeated_times,
            "guessed_times": self.guessed_times,
            "other_trackers": {tag or UNTAGGED: count for tag, count in self.other_trackers.counts.items()},
            "members": [asdict(each) for each in self.members],
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
        lines += [f"  trackers left out, by their tags: {self.other_trackers}"] * bool(self.other_trackers.counts)
        lines += self._times()
        lines += self._members()
        if self.foreign_files:
            named = ", ".join(self.foreign_files[:MOST_LISTED]) + (
                ", …" if len(self.foreign_files) > MOST_LISTED else ""
            )
            lines.append(f"  not of the format, left out: {len(self.foreign_files):,} files ({named})")
        if self.is_empty:
            lines.append("Nothing was imported: " + self._lack())
        return lines

    def _members(self) -> Iterator[str]:
        """List each file, first those with trouble; a single one only where its reasons do not say all."""
        told = sorted(self.members, key=lambda each: not (each.trouble or each.converted_from))
        if len(told) == 1 and not told[0].converted_from and (told[0].trouble or "") in ("", *MEANINGS):
            return
        for each in told[:MOST_LISTED]:
            yield each.line()
        if len(told) > MOST_LISTED:
            yield f"  … and {len(told) - MOST_LISTED:,} more files (--json lists them)"

    def _times(self) -> Iterator[str]:
        for zone, count in self.local_times.most_common():
            yield f"  times without an offset, read as {zone}: {count:,} (--time-zone to change)"
        if self.repeated_times:
            guessed = f", {self.guessed_times:,} taken for the first" if self.guessed_times else ""
            yield f"  times in an hour that autumn repeats: {self.repeated_times:,}, told apart by order{guessed}"

    def _lack(self) -> str:
        if not self.members:
            return "no file is of a format that is read. 'iot-hub import --help' lists the formats."
        if not self.read:
            return "the files hold no records."
        if not self.rejected:
            return "no record has a position or a value with a time. The reasons above say what lacks."
        return "no record could be read. The reasons above say what lacks; 'iot-hub quarantine list' shows them."


def _reasons(what: str, counted: Counter[str]) -> Iterator[str]:
    for reason, count in counted.most_common():
        meaning = f" ({MEANINGS[reason]})" if reason in MEANINGS else ""
        yield f"  {what}, {reason}: {count:,}{meaning}"
