"""Finds the endpoint that a request's path means, as people type it into apps.

Slashes too many, a space at the end and another case of the path's letters are no other address. A token's case counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from iot_hub.ingest.http.endpoints import ENDPOINTS, Endpoint

_LEAST_SIMILAR = 0.75
"""What shares this much of its letters with an address is taken for it, misspelt: ``owntrack``, ``gps-logger``."""
_LONGEST = 200


class Address(NamedTuple):
    """An endpoint's path, and the token that came in the path."""

    path: str
    token: str | None = None


def by_key(endpoints: Iterable[Endpoint]) -> dict[str, Endpoint]:
    """Return endpoints by their paths in small letters."""
    return {endpoint.path.lower(): endpoint for endpoint in endpoints}


_BY_KEY = by_key(ENDPOINTS)
_MOST_BEHIND = 1 + max(endpoint.after_token for endpoint in ENDPOINTS)


def find_address(path: str, query_string: bytes, endpoints: Mapping[str, Endpoint] = _BY_KEY) -> Address | None:
    """Return the address that a path means; None where it means none."""
    # As the pages of this hub write it, thousands of times a second.
    if endpoint := endpoints.get(path):
        if not endpoint.needs_field:
            return Address(path)
    else:
        root, _, token = path.rpartition("/")
        if token and not token.isspace() and (endpoint := endpoints.get(root)) and endpoint.token_in_path:
            return Address(root, token.strip())
    segments = segments_of(path)
    for length in range(len(segments), max(len(segments) - _MOST_BEHIND, 0) - 1, -1):
        endpoint = endpoints.get("/" + "/".join(segments[:length]).lower())
        rest = segments[length:]
        if endpoint is None or len(rest) > (1 + endpoint.after_token) * endpoint.token_in_path:
            continue
        if endpoint.needs_field and not _has_field(query_string, endpoint.needs_field):
            continue
        return Address(endpoint.path, *rest[:1])
    return None


def segments_of(path: str) -> list[str]:
    """Return the segments of a path, without empty ones and the spaces around them."""
    return [segment for part in path.split("/") if (segment := part.strip())]


def nearest(path: str) -> Endpoint | None:
    """Return the endpoint whose path somebody may have misspelt; None where none is near."""
    segments = [_letters(segment) for segment in segments_of(path[:_LONGEST].lower())]
    best, found = _LEAST_SIMILAR, None
    # Of a path with more at its end, such as a token, the first segment may be the address, or all but the last.
    for length in sorted({1, len(segments) - 1, len(segments)} & set(range(1, len(segments) + 1))):
        # A long common root says little: /api/v1/settings is no misspelt /api/v1/points.
        for name, endpoint in _NAMES.get(tuple(segments[: length - 1]), ()):
            ratio = _similarity(segments[length - 1], name)
            if ratio >= best:
                best, found = ratio, endpoint
    return found


def _letters(name: str) -> str:
    """Return a name without its punctuation, which is soon forgotten: own-tracks, gps_logger."""
    return re.sub("[^a-z0-9]", "", name)


def _by_name(endpoints: Iterable[Endpoint]) -> dict[tuple[str, ...], list[tuple[str, Endpoint]]]:
    """Return endpoints by their last segment, in groups by the segments before."""
    names: dict[tuple[str, ...], list[tuple[str, Endpoint]]] = {}
    for endpoint in endpoints:
        if segments := [_letters(segment) for segment in segments_of(endpoint.path.lower())]:
            names.setdefault(tuple(segments[:-1]), []).append((segments[-1], endpoint))
    return names


_NAMES = _by_name(ENDPOINTS)


def _similarity(one: str, other: str) -> float:
    # Comparing takes long, and strangers choose the path: most are told apart by their lengths.
    if abs(len(one) - len(other)) > max(len(one), len(other)) * _LEAST_SIMILAR / 2:
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _LEAST_SIMILAR else 0.0


def _has_field(query_string: bytes, names: Iterable[str]) -> bool:
    given = {pair.partition(b"=")[0].lower() for pair in query_string.split(b"&")}
    return any(name.encode() in given for name in names)
