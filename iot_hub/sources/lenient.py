"""Reads JSON that a strict decoder refuses, item by item: one bad value spoils one value, one bad item one item.

Templates print ``None`` or nothing where a state is missing, C and Python print ``nan``, a killed app leaves half an
item at the end. This is asked only after the strict decoder has failed, so what is right costs nothing.

What is repaired, and how it is stored: a value that says there is none (``_NOTHING``) or that is missing becomes null;
``True`` and ``False`` are written as JSON has it; superfluous commas go; in a string half a surrogate pair becomes
U+FFFD, a control character its escape, and a backslash that escapes nothing stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from iot_hub.sources.bounds import Payload, bounded, decode_object
from iot_hub.sources.parse_context import ParseContext

MOST_MEMBERS = 1_000
"""Most members of an object that is split. An envelope has a dozen."""

MOST_REPAIRED = 256_000
"""Longest item that is repaired, in bytes. Real ones have some hundreds; all sensors of a phone some thousands."""

# A string whose end is missing takes all that follows: it is looked at once, not from each quote on.
_STRING = rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)'
# A string is followed by what may follow one. Else its end is missing, and the quote stands for itself.
_UNTIL_BRACKET = re.compile(rb'(?:[^"{}\[\]\\]++|\\.?|"(?:[^"\\]++|\\.)*+"(?=\s*+(?:[,:}\]]|\Z))|")*+', re.DOTALL)
_KEY = re.compile(rb"[\s,]*+(" + _STRING + rb")\s*+:\s*+", re.DOTALL)
_SCALAR = re.compile(_STRING + rb"|[^,{}\[\]\"]*+", re.DOTALL)
_BETWEEN = re.compile(rb"[\s,\[\]]*+")
_STRAY_BRACE = re.compile(rb"\}\s*+(?:,\s*+\{|\])")
_STRAY_BRACKET = re.compile(rb"\]\s*+,\s*+" + _STRING + rb"\s*+:", re.DOTALL)
_KEY_NEXT = re.compile(rb"\s*+,?\s*+" + _STRING + rb"\s*+:", re.DOTALL)
_OPENER = {ord("}"): ord("{"), ord("]"): ord("[")}
_WHITE = frozenset(b" \t\r\n")

_NOTHING = (
    rb"[-+]?(?:nan|inf(?:inity)?)(?:\(ind\))?|[-+]?1\.\#(?:qnan|snan|ind|inf)0*"
    rb"|none|null|nil|undefined|unknown|unavailable|n/a"
)
_BROKEN = re.compile(
    rb"(?P<string>" + _STRING + rb")|(?P<brace>\{)(?:\s*+,)++"
    rb"|(?P<before>[:\[]|,(?:\s*+,)*+)\s*+(?:(?P<nothing>" + _NOTHING + rb")|(?P<truth>true|false))?"
    rb"(?=\s*+(?P<after>[,}\]]))|(?P<commas>,(?:\s*+,)++)",
    re.DOTALL | re.IGNORECASE,
)
_BAD_ESCAPE = re.compile(
    rb"(?P<good>(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|\\[\"\\/bfnrt])++)"
    rb"|(?P<surrogate>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|(?P<backslash>\\)|(?P<control>[\x00-\x1f])"
)


class Members(msgspec.Struct, frozen=True):
    """The members of an object as their texts, and what follows the object."""

    texts: dict[str, bytes]
    rest: bytes
    is_torn: bool = False

    def text(self, name: str) -> str | None:
        """Return a member that is a string."""
        try:
            return msgspec.json.decode(self.texts.get(name, b""), type=str)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


def decode_item(payload: Payload) -> tuple[dict[str, Any], Payload]:
    """Decode an object, repaired where need be; return it with its text. Raises what ``decode_object`` raises."""
    try:
        return decode_object(payload), payload
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        text = repaired(bytes(payload))
        return decode_object(text), text


def repaired(text: bytes) -> bytes:
    """Return a JSON text with its bad values repaired. What can't be repaired is left for a decoder to refuse."""
    return _BROKEN.sub(_repair, text) if len(text) <= MOST_REPAIRED else text


def bounded_values(text: bytes, context: ParseContext) -> list[bytes]:
    """Return the values of a text. Raises TooManyItemsError before it has split more than may come at once."""
    return bounded(list(islice(values_of(text), min(context.most_items, len(text)) + 1)), context)


def values_of(text: bytes) -> Iterator[bytes]:
    """Yield one value of a text after the other, whatever is between them; arrays are opened, each item a value.

    The values are texts as they came: whole, torn, or no JSON at all. Every byte of the text is in one of them, but for
    white space, commas and the brackets of arrays.
    """
    at = _BETWEEN.match(text).end()  # type: ignore[union-attr]
    while at < len(text):
        end = _end_of(text, at) if text[at : at + 1] == b"{" else _UNTIL_BRACKET.match(text, at).end()  # type: ignore[union-attr]
        end = max(end, at + 1)  # A bracket that closes nothing.
        yield text[at:end].rstrip(b", \t\r\n")
        at = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]


def members_of(text: bytes) -> Members:
    """Return the members of the object that a text begins with; of arrays with one name, the items of all."""
    texts: dict[str, list[bytes]] = {}
    at = 1
    for _ in range(MOST_MEMBERS):
        found = _KEY.match(text, at)
        if found is None:
            break
        start = found.end()
        is_nested = text[start : start + 1] in (b"{", b"[")
        at = _end_of(text, start) if is_nested else _SCALAR.match(text, start).end()  # type: ignore[union-attr]
        value = text[start:at].strip()
        name = found[1].strip(b'"').decode("utf-8", "replace")
        texts.setdefault(name, []).append(value if is_nested else repaired(b":%b," % value)[1:-1])
    rest = text[at:].strip(b", \t\r\n")
    is_torn = not rest.startswith(b"}")
    return Members({name: _joined(values) for name, values in texts.items()}, rest.removeprefix(b"}").strip(), is_torn)


def _joined(values: list[bytes]) -> bytes:
    return b"".join(values) if all(value.startswith(b"[") for value in values) else values[-1]


def _end_of(text: bytes, start: int) -> int:
    """Return where the object or array ends that begins at ``start``: behind its bracket, or where it is torn."""
    open_ = _Open()
    at = start
    while True:
        at = _UNTIL_BRACKET.match(text, at).end()  # type: ignore[union-attr]
        if at >= len(text):
            return at
        bracket = text[at]
        if bracket in b"{[":
            if bracket == open_.innermost == ord("{") and not _follows_colon(text, at):
                # No object stands where a key should: the one before lacks its end.
                open_.close(ord("["))
                if not open_:
                    return at
            open_.add(bracket)
        elif not _is_stray(text, at, open_):
            opener = _OPENER[bracket]
            if open_.depth == 2 and open_.innermost != opener and _KEY_NEXT.match(text, at + 1):
                open_.pop()  # The wrong bracket: behind the right one no key would follow.
            else:
                open_.close(opener)
                if not open_:
                    return at  # It ends what is around.
                open_.pop()
        at += 1
        if not open_:
            return at


class _Open:
    """The brackets that are open, and how many there are of each kind."""

    def __init__(self) -> None:
        self._brackets: list[int] = []
        self.count = {ord("{"): 0, ord("["): 0}

    def __bool__(self) -> bool:
        return bool(self._brackets)

    @property
    def depth(self) -> int:
        return len(self._brackets)

    @property
    def innermost(self) -> int:
        return self._brackets[-1] if self._brackets else 0

    def add(self, bracket: int) -> None:
        self._brackets.append(bracket)
        self.count[bracket] += 1

    def pop(self) -> None:
        self.count[self._brackets.pop()] -= 1

    def close(self, opener: int) -> None:
        """Close what is within the innermost bracket of a kind; everything where there is none."""
        while self._brackets and self._brackets[-1] != opener:
            self.pop()


def _is_stray(text: bytes, at: int, open_: _Open) -> bool:
    """Return whether a closing bracket belongs to nothing: what follows could not follow what it would close."""
    if text[at] == ord("}"):
        return not open_.count[ord("{")] and _STRAY_BRACE.match(text, at) is not None
    return open_.innermost == ord("{") and _STRAY_BRACKET.match(text, at) is not None


def _follows_colon(text: bytes, at: int) -> bool:
    at -= 1
    while text[at] in _WHITE:
        at -= 1
    return text[at] == ord(":")


def _repair(found: re.Match[bytes]) -> bytes:
    string = found["string"]
    if string is not None:
        return _BAD_ESCAPE.sub(_repair_escape, string)
    if found["brace"]:
        return b"{"
    if found["commas"]:
        return b"," if _KEY_NEXT.match(found.string, found.end()) else _filled(found["commas"])
    before = found["before"]
    if found["nothing"]:
        return _filled(before) + b"null"
    if found["truth"]:
        return _filled(before) + found["truth"].lower()
    if before == b":":
        return b":null"
    if before == b"[":
        return b"[null" if found["after"] == b"," else b"["
    return b""  # Commas before an end.


def _filled(commas: bytes) -> bytes:
    """Return what parts two values of an array, with those that are missing between."""
    return b",null" * (commas.count(b",") - 1) + commas[-1:]


def _repair_escape(found: re.Match[bytes]) -> bytes:
    if found["good"]:
        return found[0]
    if found["surrogate"]:
        return b"\\ufffd"
    return b"\\\\" if found["backslash"] else b"\\u%04x" % found[0][0]
