"""Topic filters: which overlap, so that each message comes once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.topic_filters import check_filters, is_filter, overlap

LEVEL = st.sampled_from(["a", "b", "+"])
FILTERS = st.builds(
    lambda levels, has_rest: "/".join([*levels, "#"] if has_rest else levels),
    st.lists(LEVEL, min_size=1, max_size=3),
    st.booleans(),
)
TOPICS = st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join)


def matches(pattern: str, topic: str) -> bool:
    wanted, given = pattern.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


def matches_all(pattern: str, topic: str) -> bool:
    return matches(pattern, topic) or (pattern.endswith("/#") and matches(pattern[:-2], topic))


@given(FILTERS, FILTERS, TOPICS)
def test_filters_that_match_a_topic_both_overlap(one: str, other: str, topic: str) -> None:
    if matches_all(one, topic) and matches_all(other, topic):
        assert overlap(one, other)
    assert overlap(one, other) == overlap(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a/#", "b/#"), ("a/+", "a"), ("a/b", "a/b/c"), ("+/x", "a/y"), ("#", "$SYS/#"), ("a/+/c", "a/b")],
)
def test_these_do_not_overlap(one: str, other: str) -> None:
    assert not overlap(one, other)


@pytest.mark.parametrize("text", ["", "a/#/b", "a+", "a#", "$share/hub/a"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    if text:
        assert not is_filter(text)
    with pytest.raises(ValueError, match="filter"):
        check_filters([text] if text else [])
