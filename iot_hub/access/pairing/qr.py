"""A link as a QR code: for a terminal, and as a picture."""

from __future__ import annotations

import segno

_QUIET = 4
"""Modules of white around a code, which scanners need (ISO/IEC 18004)."""

# Black on white whatever the terminal's own colours are; scanners dislike the reverse.
_PAPER = "\x1b[38;5;16;48;5;231m"
_PLAIN = "\x1b[0m"
_HALVES = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}


def terminal(link: str) -> str:
    """Draw a link in half blocks: a character is one module wide and two high."""
    rows = [list(row) for row in _code(link).matrix_iter(border=_QUIET)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    return "\n".join(
        _PAPER + "".join(_HALVES[upper, lower] for upper, lower in zip(*pair, strict=True)) + _PLAIN
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )


def svg(link: str) -> str:
    """Draw a link as an SVG picture that fits whatever room it is given."""
    return _code(link).svg_inline(border=_QUIET, dark="#000", light="#fff", omitsize=True)


def _code(link: str) -> segno.QRCode:
    # The least redundancy makes the largest modules; a screen has no dirt on it.
    return segno.make_qr(link, error="l", boost_error=False)
