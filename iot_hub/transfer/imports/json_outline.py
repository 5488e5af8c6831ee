"""Which members a JSON file has, by its beginning: enough to tell a format, wherever the beginning is cut."""

from __future__ import annotations

import re

DEEPEST = 6
"""How deep members are looked at: what tells a format stands near the outside."""
KINDS = frozenset({"type", "_type", "dataType"})
"""Members that say what their object is: what they say is told with the name, as ``features[].type=Feature``."""

_tokens = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}\[\]:,])|[^\s{}\[\]:,"]+').finditer


def outline(text: str) -> frozenset[str]:
    """Return the paths of the members that begin in a text: ``locations[].latitudeE7``."""
    found: set[str] = set()
    # Of each object or array that is open: its path, and the name of the member that is being read.
    within = [("", "")]
    string: str | None = None
    for token in _tokens(text):
        prefix, name = within[-1]
        path = f"{prefix}.{name}" if prefix and name else prefix or name
        sign = token[2]
        if sign is None:
            string = token[1]
            if name in KINDS and string is not None and len(within) <= DEEPEST:
                found.add(f"{path}={string}")
            continue
        if sign == ":" and string is not None:
            within[-1] = (prefix, string)
            if len(within) <= DEEPEST:
                found.add(f"{prefix}.{string}" if prefix else string)
        elif sign == ",":
            within[-1] = (prefix, "")
        elif sign in "{[":
            within.append((path if sign == "{" else f"{path}[]", ""))
        elif sign in "}]" and len(within) > 1:
            within.pop()
        string = None
    return frozenset(found)
