"""What the fault codes of a car's computer mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "pl")
_CODE = re.compile(r"[PCBU][0-3][0-9A-F]{3}")


def is_fault_code(text: str) -> bool:
    """Return whether a text is a fault code: a letter, a digit up to 3, and three hexadecimal ones (SAE J2012)."""
    return _CODE.fullmatch(text) is not None


def meaning(code: str, language: str = "en") -> str | None:
    """Return what a code means, or the part of the car that it is about; None for what is no code.

    Codes whose first digit is 1, and P30 to P33, are each maker's own: their part of the car is all that is known.
    """
    if not is_fault_code(code):
        return None
    at = LANGUAGES.index(language) if language in LANGUAGES else 0
    codes, groups = _texts()
    if code in codes:
        return codes[code][at]
    return next(groups[code[:length]][at] for length in (3, 2, 1) if code[:length] in groups)


@cache
def _texts() -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    shipped = tomllib.loads((files(__package__) / "fault_codes.toml").read_text(encoding="utf-8"))
    return shipped["codes"], shipped["groups"]
