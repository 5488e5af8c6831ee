"""Decisions: numbered without a gap, each with the same parts, and listed in the index and the menu."""

from __future__ import annotations

import re
from datetime import date

from paths import ROOT

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("[0-9]*.md"))}
STATUS = r"proposed|accepted|rejected|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\)"
FORM = re.compile(
    rf"# (?P<number>\d{{4}})\. (?P<title>.+)\n\n- Status: (?P<status>{STATUS})\n- Date: (?P<date>\d{{4}}-\d\d-\d\d)\n\n"
    r"## Context\n\n.+\n\n## Decision\n\n.+\n\n## Consequences\n\n.+\n",
    re.DOTALL,
)
HALF_A_PAGE = 260


def parts(name: str) -> dict[str, str]:
    matched = FORM.fullmatch(DECISIONS[name])
    assert matched, f"{name} has not the form of the others"
    return matched.groupdict()


def test_numbers_follow_each_other_and_file_names_say_them() -> None:
    assert [int(name[:4]) for name in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    assert [name for name in DECISIONS if not re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", name)] == []
    assert [name for name in DECISIONS if parts(name)["number"] != name[:4]] == []


def test_dates_are_dates_and_never_go_back() -> None:
    dates = [date.fromisoformat(parts(name)["date"]) for name in DECISIONS]
    assert dates == sorted(dates)


def test_none_is_longer_than_half_a_page() -> None:
    assert {name: len(text.split()) for name, text in DECISIONS.items() if len(text.split()) > HALF_A_PAGE} == {}


def test_what_supersedes_a_decision_is_there() -> None:
    assert {name for text in DECISIONS.values() for name in re.findall(r"\]\((\d{4}-[^)]+)\)", text)} <= set(DECISIONS)


def test_the_index_lists_each_as_it_is() -> None:
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| (.+) \| (\S+) \|$", index, re.MULTILINE)
    expected = [(name[:4], name, *(parts(name)[part] for part in ("title", "status", "date"))) for name in DECISIONS]
    assert rows == expected


def test_the_menu_lists_them_in_order() -> None:
    menu = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    listed = re.findall(r'"([^"]+)" = "decisions/(\d[^"]+)"', menu)
    assert listed == [(f"{name[:4]} {parts(name)['title']}", name) for name in DECISIONS]
