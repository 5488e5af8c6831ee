"""The pages for people use the field's words: a list of those that had made readers stop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from paths import ROOT

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
INSTEAD = {
    "anew": "again, or a verb with re-",
    "as it came": "as it arrived, or unchanged",
    "brought along": "installed",
    "errand": "job",
    "in hand": "in flight",
    "keeper": "delivery service, or spool",
    "lies in": "is in",
    "made up for": "caught up",
    "mend": "fix",
    "mended": "fixed",
    "passed over": "skipped",
    "so many": "this many",
    "spoken": "supported",
    "stand in": "take over",
    "take up": "notice, apply, or switch to",
    "taken up": "noticed, applied, or switched to",
    "tells nothing": "reveals nothing",
    "to who": "to whoever",
    "told": "reported, or shown",
    "told apart": "distinguished",
    "whence": "where from",
}
DIALECT = re.compile(rf"\b({'|'.join(sorted(INSTEAD, key=len, reverse=True))})\b", re.IGNORECASE)
CODE = re.compile(r"^```.*?^```|^ {4,}\S.*?$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_uses_the_fields_words(page: Path) -> None:
    prose = CODE.sub("", page.read_text(encoding="utf-8"))
    found = {word.lower() for word in DIALECT.findall(" ".join(prose.split()))}
    assert {word: INSTEAD[word] for word in found} == {}
