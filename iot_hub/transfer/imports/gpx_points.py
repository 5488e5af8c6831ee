"""The points of a GPX file, the plain ones of them without the XML parser.

Nearly every point is plain: attributes, and children of different names that hold text alone, without an entity.
A regular expression reads such a point in half the time; everything else of the file goes through the parser, and
all of it where a comment could hide a point.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.xml_stream import CHUNK, Named, Record, XmlReader

NAMES = ("trkpt", "wpt", "rtept", "name")
CONTAINERS = ("trk", "trkseg")

LARGEST_GAP = 1 << 20
"""Characters without the end of a point, at most, until they go to the parser."""

_END = "</trkpt>"
# Text without an entity, and without what XML forbids in it.
_TEXT = r"[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*"
_VALUE = _TEXT.replace("<&", '<&"')
_PLAIN = re.compile(rf'<trkpt((?:\s+[a-z]+="{_VALUE}")+)\s*>((?:\s*<(\w+)>{_TEXT}</\3>)*)\s*</trkpt>\s*', re.ASCII)
_attributes = re.compile(r'([a-z]+)="([^"]*)"').findall
_children = re.compile(r"<(\w+)>([^<]*)<", re.ASCII).findall


def points(stream: Stream) -> Iterator[Named]:
    """Yield points, waypoints and names as ``records`` does, in the order of the file. Raises BrokenFileError."""
    reader = XmlReader(NAMES, CONTAINERS)
    may_be_hidden = False
    for piece in filter(None, _pieces(stream)):
        may_be_hidden = may_be_hidden or "<!" in piece
        if may_be_hidden or reader.is_inside:
            yield from reader.read(piece)
        else:
            yield from _mixed(reader, piece)
    yield from reader.read("")


def _pieces(stream: Stream) -> Iterator[str]:
    """Yield the text of a file, cut behind points."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    waiting = ""
    chunk = b"-"
    while chunk:
        chunk = stream.read(CHUNK)
        try:
            waiting += decode(chunk, not chunk)
        except UnicodeDecodeError as error:
            raise BrokenFileError("invalid_utf8", chunk) from error
        if _END in waiting and chunk:
            end = waiting.rindex(_END) + len(_END)
            yield waiting[:end]
            waiting = waiting[end:]
        elif not chunk or len(waiting) > LARGEST_GAP:
            yield waiting
            waiting = ""


def _mixed(reader: XmlReader, piece: str) -> Iterator[Named]:
    """Read plain points here, and leave what stands between them to the parser."""
    at = 0
    for found in _PLAIN.finditer(piece):
        if found.start() > at:
            yield from reader.read(piece[at : found.start()])
        fields = _attributes(found[1]) + _children(found[2])
        point: Record = {name: text.strip() for name, text in fields}
        if len(point) == len(fields) and not reader.is_inside:
            yield "trkpt", point
        else:
            yield from reader.read(found[0])
        at = found.end()
    if at < len(piece):
        yield from reader.read(piece[at:])
