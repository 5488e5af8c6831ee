"""The suite's own SQL: one statement a file, in ``sql/``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import LiteralString

_FOLDER = Path(__file__).parent / "sql"


@cache
def statement(name: str) -> LiteralString:
    """Return the statement with that name."""
    # The project's own files vouch for it: no user's text is in there.
    text: LiteralString = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return text
