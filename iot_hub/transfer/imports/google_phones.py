"""Whose the records of one Google account are: each phone has a tag, and an export holds those of all of them."""

from __future__ import annotations

import re
from collections import Counter

from iot_hub.transfer.imports.stream import Stream

CHUNK = 1 << 20
UNTAGGED = "none"
"""How records without a tag are asked for."""

# What stands before the tag in Records.json, and in Timeline Edits.json.
_KEYS = (b'"deviceTag"', b'"deviceId"')
_tags = re.compile(rb'("device(?:Tag|Id)"\s*:\s*"?(-?\w+)"?[^\w"])').finditer


def may_have_tags(head: bytes) -> bool:
    """Return whether a file is of a form that has tags, by its beginning."""
    return b'"locations"' in head or b'"timelineEdits"' in head


def count_phones(stream: Stream) -> Counter[str]:
    """Read a file to its end, and count the records of each phone by its tag."""
    found: Counter[str] = Counter()
    rest = b""
    usual: tuple[bytes, str] | None = None
    while chunk := stream.read(CHUNK):
        text = rest + chunk
        # A tag that is cut is left to the next chunk.
        cut = text.rfind(b"}") + 1 or len(text)
        text, rest = text[:cut], text[cut:]
        if usual is None:
            first = next(_tags(text), None)
            usual = (first[1], first[2].decode()) if first else None
        # To count one text is ten times as fast as to look at each tag, and nearly all files have one phone.
        count = text.count(usual[0]) if usual else 0
        if usual and count == sum(map(text.count, _KEYS)):
            found[usual[1]] += count
        else:
            found.update(each[2].decode() for each in _tags(text))
    found.update(each[2].decode() for each in _tags(rest + b"\n"))
    return +found
