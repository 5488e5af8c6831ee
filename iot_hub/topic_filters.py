"""MQTT topic filters: what they are, and whether two of them match the same topic.

Facts: MQTT 5.0, 4.7: ``+`` stands for one level, ``#`` for the rest, and neither for a topic that begins with ``$``.
A broker sends a message once for each of a client's filters that it matches (3.3.4), so a reader's have to be disjoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations


def split_filters(text: str) -> list[str]:
    """Return the filters of a comma-separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def check_filters(filters: Sequence[str]) -> None:
    """Raise ValueError where there is no filter, one is malformed, or two overlap."""
    if not filters:
        raise ValueError("it names no topic filter such as # or zigbee2mqtt/#")
    for each in filters:
        if not is_filter(each):
            raise ValueError(f"{each!r} is not a topic filter such as zigbee2mqtt/# or tele/+/SENSOR")
    for one, other in combinations(filters, 2):
        if overlap(one, other):
            raise ValueError(f"{one!r} and {other!r} match the same topics, whose messages would come twice")


def is_filter(text: str) -> bool:
    """Return whether a text is a valid topic filter."""
    *levels, last = text.split("/")
    inner = all(level == "+" or not set(level) & set("+#") for level in levels)
    is_shared = text.startswith("$share/")
    return inner and (last in ("+", "#") or not set(last) & set("+#")) and not is_shared and "\0" not in text


def overlap(one: str, other: str) -> bool:
    """Return whether some topic matches both of two filters."""
    if one.startswith("$") != other.startswith("$"):
        return False
    left, right = one.split("/"), other.split("/")
    for index, (mine, theirs) in enumerate(zip(left, right, strict=False)):
        if "#" in (mine, theirs):
            return True
        if mine != theirs and "+" not in (mine, theirs):
            return False
        # "a/#" matches "a" too.
        if index + 1 == min(len(left), len(right)):
            rest = left[index + 1 :] or right[index + 1 :]
            return not rest or rest == ["#"]
    return False
