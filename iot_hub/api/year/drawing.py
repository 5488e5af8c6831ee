"""Pictures of a year as SVG: its ways on a map, and its months as bars. Pure: figures in, markup out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

MODES = ("vehicle", "bicycle", "on_foot", "train", "boat", "flight", "unknown")
MAP_WIDTH, MAP_HEIGHT = 1000, 560
_WIDTH, _HEIGHT, _FOOT, _SIDE = 1000, 260, 24, 56
_STEPS = (1, 2, 5)


def map_picture(paths: Mapping[str, Mapping[str, str]], visited: Collection[str], title: str) -> str:
    """Return the map: countries, those visited in another colour, and the lines of each mode."""
    land = "".join(
        f'<path class="land{" been" if code in visited else ""}" d="{path}"/>' for code, path in paths["land"].items()
    )
    # Flights below: they cross everything else.
    order = ("flight", *(mode for mode in MODES if mode != "flight"))
    lines = "".join(
        f'<path class="line {mode}" d="{paths["lines"][mode]}"/>' for mode in order if mode in paths["lines"]
    )
    return (
        f'<svg class="map" viewBox="0 0 {MAP_WIDTH} {MAP_HEIGHT}" role="img" aria-label="{escape(title)}">{land}{lines}'
        "</svg>"
    )


def months_picture(months: Sequence[Mapping[str, Any]], names: Sequence[str], title: str) -> str:
    """Return a bar per month in kilometres, stacked by mode, without flights. A month without a figure has no bar."""
    by_month = {int(month["period"][-2:]): on_the_ground(month) for month in months}
    highest = max((sum(each.values()) for each in by_month.values()), default=0) / 1000
    step = _step(highest)
    top = max(step, -(-highest // step) * step)
    scale = (_HEIGHT - _FOOT - 10) / top
    ground = _HEIGHT - _FOOT
    lines = "".join(
        f'<line class="grid" x1="{_SIDE}" x2="{_WIDTH}" y1="{ground - n * step * scale:.1f}"'
        f' y2="{ground - n * step * scale:.1f}"/><text x="{_SIDE - 8}" y="{ground - n * step * scale + 4:.1f}"'
        f' text-anchor="end">{n * step:g}</text>'
        for n in range(int(top / step) + 1)
    )
    width = (_WIDTH - _SIDE) / 12
    bars = ""
    for month, name in enumerate(names, 1):
        left, bottom = _SIDE + (month - 1) * width, float(ground)
        bars += f'<text x="{left + width / 2:.1f}" y="{_HEIGHT - 5}" text-anchor="middle">{escape(name)}</text>'
        for mode, metres in by_month.get(month, {}).items():
            height = metres / 1000 * scale
            bottom -= height
            bars += (
                f'<rect class="bar {mode}" x="{left + width * 0.15:.1f}" width="{width * 0.7:.1f}" y="{bottom:.1f}"'
                f' height="{height:.1f}"/>'
            )
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">{lines}{bars}</svg>'


def on_the_ground(month: Mapping[str, Any]) -> dict[str, int]:
    """Return the metres of each mode but flights, which outweigh a year of everything else."""
    return {mode: month["modes"][mode]["distance_m"] for mode in MODES if mode in month["modes"] and mode != "flight"}


def _step(highest: float) -> float:
    """Return a round step of which there are two to five up to the highest."""
    step, n = 1.0, 0
    while highest / step > 5:
        n += 1
        step = 10 ** (n // 3) * _STEPS[n % 3]
    return step
