"""Whose the records of an import are: several trackers in its files are a question, and never one device unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from iot_hub.errors import UserError
from iot_hub.event import Event
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.files import Part
from iot_hub.transfer.imports.formats import Format
from iot_hub.transfer.imports.tally import UNTAGGED, Tally

Parts = Callable[[], Iterable[Part]]
Context = Callable[[Format], ParseContext]


def tag_in(part: Part, event: Event) -> str:
    """Return the tag of a reading; '' where its format or its record has none."""
    return (part.format.tag_of(event) if part.format else None) or ""


def check_one_tracker(parts: Parts, context: Context, on_record: Callable[[], None] = lambda: None) -> None:
    """Check that files hold the readings of one tracker at most. Raises UserError, with the tags.

    Only where the files may hold several are their records read, to count them, which takes as long as to import them;
    nothing is stored yet.
    """
    if not _may_be_several(parts, context):
        return
    tally = _count(parts, context, on_record)
    if tally.trackers > 1:
        how_many = f"more than {tally.trackers:,}" if tally.uncounted else f"{tally.trackers:,}"
        raise UserError(
            f"There are readings of {how_many} trackers, by their tags: {tally}. Import those of each for a device of"
            f" its own: --device-tag TAG --device NAME. Repeat --device-tag where several are one device; --device-tag"
            f" {UNTAGGED} takes the records without a tag."
        )


def _may_be_several(parts: Parts, context: Context) -> bool:
    found: set[str] = set()
    for part in parts():
        if part.format and part.format.trackers:
            for tag in part.tags_in(context(part.format)):
                found.add(tag)
                if len(found) > 1:
                    return True
    return False


def _count(parts: Parts, context: Context, on_record: Callable[[], None]) -> Tally:
    tally = Tally()
    for part in parts():
        if part.format:
            with suppress(UserError):  # Importing the others says so.
                for item in part.read(context(part.format)):
                    on_record()
                    if isinstance(item, Event):
                        tally.add(tag_in(part, item))
    return tally
