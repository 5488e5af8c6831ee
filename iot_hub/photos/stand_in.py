"""The picture that stands for a photo which cannot be decoded: neutral, with the file's name."""

from __future__ import annotations

from html import escape
from pathlib import PurePosixPath

_MOST_LETTERS = 26


def stand_in(path: str, width: int) -> bytes:
    """Draw it as SVG, 3 by 2."""
    name = PurePosixPath(path).name
    if len(name) > _MOST_LETTERS:
        name = f"{name[: _MOST_LETTERS - 9]}…{name[-8:]}"
    # XML has no control characters, not even escaped ones.
    shown = escape("".join(letter if letter.isprintable() else "�" for letter in name))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{width * 2 // 3}" viewBox="0 0 300 200">'
        '<rect width="300" height="200" fill="#5d6673"/>'
        '<g fill="none" stroke="#fff" stroke-width="5" stroke-linejoin="round" opacity=".75">'
        '<rect x="105" y="45" width="90" height="66" rx="8"/><path d="m108 105 28-30 20 20 13-13 24 22"/>'
        '<circle cx="171" cy="66" r="6"/></g>'
        '<text x="150" y="152" text-anchor="middle" fill="#fff" font-family="system-ui, sans-serif" font-size="20">'
        f"{shown}</text></svg>"
    ).encode()
