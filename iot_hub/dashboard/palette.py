"""The colours of what is drawn, for a light and a dark page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours as #rrggbb."""

    ink: str
    rule: str
    data: str
    last: str
    halo: str
    sea: str
    land: str
    coast: str
    grid: str
    series: tuple[str, ...]
    """Colors that differ also for those who can't tell red from green."""


LIGHT = Palette(
    ink="#52616c",
    rule="#8a97a1",
    data="#1d6f86",
    last="#d9702b",
    halo="#ffffff",
    sea="#dfeaf0",
    land="#f6f4ee",
    coast="#b4bfc6",
    grid="#c3d0d8",
    series=("#0072b2", "#d55e00", "#009e73", "#b4578f", "#56b4e9", "#8a6d00", "#5b3a99", "#6f7479"),
)
DARK = Palette(
    ink="#a9b6bf",
    rule="#6d7b86",
    data="#62b6cb",
    last="#f2a65a",
    halo="#12181d",
    sea="#17232b",
    land="#253038",
    coast="#475660",
    grid="#2f3f49",
    series=("#56b4e9", "#f2a65a", "#3fc79a", "#e79ac6", "#9adcf5", "#dcc95c", "#b79cf2", "#b3bac0"),
)


def palette_of(theme: str | None) -> Palette:
    """Return the colours of a theme, ``light`` or ``dark``."""
    return DARK if theme == "dark" else LIGHT


def rgba(colour: str, alpha: int = 255) -> list[int]:
    """Return a colour as numbers up to 255."""
    return [*bytes.fromhex(colour.removeprefix("#")), alpha]
