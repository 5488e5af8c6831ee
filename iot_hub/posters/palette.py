"""The colours of a poster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from iot_hub.posters.poster import Theme


class Palette(NamedTuple):
    """One theme's."""

    paper: str
    sea: str
    land: str
    region: str
    border: str
    ink: str
    soft: str
    modes: Mapping[str, str]


MODES = ("vehicle", "bicycle", "on_foot", "train", "boat", "flight", "unknown")
"""In the order of the legend."""


def _modes(*colours: str) -> Mapping[str, str]:
    return dict(zip(MODES, colours, strict=True))


PALETTES: Mapping[Theme, Palette] = {
    "light": Palette(
        paper="#fbf9f4", sea="#dce7ea", land="#f4f0e6", region="#e3dccb", border="#c9bfa9", ink="#1c2730",
        soft="#6a7680",
        modes=_modes("#0072b2", "#d55e00", "#009e73", "#b4578f", "#2f9fd8", "#5b3a99", "#6f7479"),
    ),
    "dark": Palette(
        paper="#0d1318", sea="#101a21", land="#223039", region="#2e3d47", border="#4b5d69", ink="#eef2f4",
        soft="#93a1ab",
        modes=_modes("#5fc0f2", "#ffae66", "#45d6a6", "#f29ad0", "#a6e3fa", "#bfa2ff", "#b3bac0"),
    ),
}  # fmt: skip
