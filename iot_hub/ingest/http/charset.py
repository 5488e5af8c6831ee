"""Makes a body UTF-8, which every source reads, from the charset that its bytes or its ``Content-Type`` tell."""

from __future__ import annotations

import codecs
import re

# A payload begins with a character of ASCII, whose zeros tell the rest (RFC 4627, 3).
_WIDE = re.compile(
    rb"(?P<utf_32>\xff\xfe\0\0|\0\0\xfe\xff)|(?P<utf_16>\xff\xfe|\xfe\xff)"
    rb"|(?P<utf_32_le>[\t\n\r -~]\0\0\0)|(?P<utf_32_be>\0\0\0[\t\n\r -~])"
    rb"|(?P<utf_16_le>[\t\n\r -~]\0)|(?P<utf_16_be>\0[\t\n\r -~])"
)
_DECLARED = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]+)")
# Python has codecs that are no charsets, and some of those take the square of a body's length.
_CHARSETS = re.compile(
    r"ascii|iso8859.*|latin.*|cp\d+|mac.*|koi8.*|utf-(16|32).*|gb.*|big5.*|shift.*|euc.*|iso2022.*|hz|tis.*"
)


def to_utf8(body: bytes, content_type: str) -> bytes:
    """Return a body in UTF-8; as it came where it can't be read, for its source to reject it with the reason.

    What the bytes say comes first: a mark, or the zeros of UTF-16 and UTF-32; then that they are UTF-8. What is
    declared counts for the rest: hardly any text of another charset is UTF-8 by chance, but many declare the wrong one.
    """
    wide = _WIDE.match(body)
    if wide:
        return _converted(body, str(wide.lastgroup))
    declared = _DECLARED.search(content_type) if "charset" in content_type else None
    if declared is None or _is_utf8(body):
        return body
    return _converted(body, declared[1])


def _converted(body: bytes, charset: str) -> bytes:
    try:
        if not _CHARSETS.fullmatch(codecs.lookup(charset).name):
            return body
        return body.decode(charset).encode()
    except (LookupError, UnicodeError):
        return body


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
