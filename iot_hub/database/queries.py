"""The SQL files beside the Python that runs them.

``sql/queries/<topic>.sql`` holds named statements: a line ``-- name: <name>``, then one statement.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import LiteralString, cast

SQL = Path(__file__).with_name("sql")
_NAME_LINE = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def sql_files(folder: str) -> list[Path]:
    """List a folder's SQL files in the order of their names."""
    return sorted((SQL / folder).glob("*.sql"))


@cache
def _statements() -> dict[str, LiteralString]:
    found: dict[str, LiteralString] = {}
    for file in sql_files("queries"):
        _, *parts = _NAME_LINE.split(file.read_text(encoding="utf-8"))
        for name, statement in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"two statements are named {name}")
            # The hub's own files vouch for it: no user's text is in there.
            found[name] = cast(LiteralString, statement.strip())
    return found


def query(name: str) -> LiteralString:
    """Return the statement of that name."""
    return _statements()[name]


def query_names() -> set[str]:
    """Return the names of all statements, for the test that each is used."""
    return set(_statements())
