"""The letters of a poster: Source Sans 3, and for those that it lacks a font of the system."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal

from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFError, TTFont

Weight = Literal["light", "regular", "semibold"]

_OWN = Path(__file__).parent / "fonts"
_SYSTEM = Path("/usr/share/fonts")
_FALLBACKS = ("DejaVuSans.ttf", "NotoSans*-Regular.ttf", "DroidSansFallback*.ttf", "wqy-*.ttc")
"""Patterns of file names, by what is usually installed. Fonts with PostScript outlines (OTF) can't be embedded."""


def runs(text: str, weight: Weight) -> Iterator[tuple[str, str]]:
    """Yield the stretches of a text, each with the font that has its letters."""
    own = _own(weight)
    for font, letters in groupby(text, lambda letter: own.fontName if _has(own, letter) else _fallback_of(letter, own)):
        yield "".join(letters), font


def width_of(text: str, weight: Weight, size: float, spacing: float = 0) -> float:
    """Return how wide a text is, in points."""
    return sum(float(stringWidth(run, font, size)) for run, font in runs(text, weight)) + spacing * len(text)


@cache
def _own(weight: Weight) -> TTFont:
    return _registered(weight, _OWN / f"{weight}.ttf")


@cache
def _fallbacks() -> tuple[TTFont, ...]:
    found: list[TTFont] = []
    for pattern in _FALLBACKS:
        for file in sorted(_SYSTEM.rglob(pattern)):
            try:
                found.append(_registered(f"system {file.stem}", file))
            except (TTFError, OSError):
                continue
    return tuple(found)


@cache
def _fallback_of(letter: str, own: TTFont) -> str:
    """Return the first font that has a letter; else the own one, which draws a box."""
    return next((font.fontName for font in _fallbacks() if _has(font, letter)), own.fontName)


def _registered(name: str, file: Path) -> TTFont:
    font = TTFont(name, str(file))
    registerFont(font)
    return font


def _has(font: TTFont, letter: str) -> bool:
    return ord(letter) in font.face.charToGlyph
