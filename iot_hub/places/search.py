"""Finds names as people type them: without accents, from the beginning of any word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

_UNCOMPOSED = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th",
}  # fmt: skip
"""Letters that Unicode doesn't compose of a plain one and an accent."""


def folded(text: str) -> str:
    """Return a text in lower case, without accents, with single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(_UNCOMPOSED.get(letter, letter) for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(plain.split())


def _accented_letters() -> tuple[str, str]:
    """Return the Latin letters that are folded to one other letter, and what each becomes."""
    letters = [(chr(code), folded(chr(code))) for code in range(0xC0, 0x250)]
    pairs = [(letter, plain) for letter, plain in letters if len(plain) == 1 and plain != letter]
    return "".join(letter for letter, _ in pairs), "".join(plain for _, plain in pairs)


ACCENTED, PLAIN = _accented_letters()
"""For translate() in SQL, which folds names that are too many to be read."""


def rank(query: str, name: str) -> int | None:
    """Return how well a name fits what was typed: 0 best; None: not at all."""
    wanted, known = folded(query), folded(name)
    if not wanted:
        return None
    if known == wanted:
        return 0
    if known.startswith(wanted):
        return 1
    if f" {wanted}" in known.replace("-", " "):
        return 2
    return 3 if wanted in known else None


def best(query: str, rows: Iterable[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Return the rows whose ``name`` fits, the best first, of equal ones those with the most ``visits``."""
    ranked = [(rank(query, row["name"]), row) for row in rows]
    fitting = [(fit, row) for fit, row in ranked if fit is not None]
    fitting.sort(key=lambda each: (each[0], -each[1]["visits"], each[1]["name"]))
    return [row for _, row in fitting[:most]]
