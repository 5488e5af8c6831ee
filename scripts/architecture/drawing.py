"""Writes the placed rooms as SVG that is clear on light and on dark pages."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from layout import BOX_WIDTH, Placed
from rooms import Building

BOX_HEIGHT = 74
ROW_HEIGHT = 116
MARGIN = 32
BAND_HEIGHT = 58
CHARACTERS_A_LINE = 46
CORRIDOR = frozenset({"ingest", "sources", "database", "worker", "api", "dashboard"})

STYLE = """
    .page { fill: #ffffff; }
    .room { fill: #f6f8fa; stroke: #d0d7de; }
    .corridor { fill: #e7f1fb; stroke: #6aa5d8; }
    .name { font: 600 15px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; }
    .purpose { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #57606a; }
    .arrow { fill: none; stroke: #8c959f; stroke-width: 1.4; }
    .head { fill: #8c959f; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; }
      .room { fill: #161b22; stroke: #3d444d; }
      .corridor { fill: #12263a; stroke: #4184b8; }
      .name { fill: #e6edf3; }
      .purpose { fill: #9da7b1; }
        .arrow { stroke: #768390; }
      .head { fill: #768390; }
    }"""


def draw(building: Building, placed: Placed) -> str:
    """Return the picture: a box for each room, an arrow for each import, the root's modules as a band below."""
    left = min(placed.x[name] for name in building.rooms) - BOX_WIDTH / 2 - MARGIN
    width = round(max(placed.x[name] for name in building.rooms) + BOX_WIDTH / 2 + MARGIN - left)
    height = 2 * MARGIN + (placed.rows - 1) * ROW_HEIGHT + BOX_HEIGHT + BAND_HEIGHT + 24
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-label="The packages of iot_hub and which imports which, from the top down">',
        f"  <style>{STYLE}\n  </style>",
        '  <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="head" d="M0,0 L8,4 L0,8 z"/></marker>',
        f'  <rect class="page" width="{width}" height="{height}" rx="12"/>',
        *(_arrow(path, placed, left) for path in placed.paths),
        *(line for name in sorted(building.rooms) for line in _box(name, building, placed, left)),
        *_band(building.root_modules, width, height),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _top(name: str, placed: Placed) -> int:
    return MARGIN + placed.row[name] * ROW_HEIGHT


def _arrow(path: Sequence[str], placed: Placed, left: float) -> str:
    """Return a curve from a box's lower edge through its bends to another's upper edge."""
    points = [(round(placed.x[path[0]] - left), _top(path[0], placed) + BOX_HEIGHT)]
    for bend in path[1:-1]:
        x = round(placed.x[bend] - left)
        points += [(x, _top(bend, placed)), (x, _top(bend, placed) + BOX_HEIGHT)]
    points.append((round(placed.x[path[-1]] - left), _top(path[-1], placed) - 2))
    curves = [f"M{points[0][0]},{points[0][1]}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (y + to_y) // 2
        curves.append(f"V{to_y}" if x == to_x else f"C{x},{half} {to_x},{half} {to_x},{to_y}")
    return f'  <path class="arrow" d="{" ".join(curves)}" marker-end="url(#head)"/>'


def _box(name: str, building: Building, placed: Placed, left: float) -> Iterator[str]:
    x, y = round(placed.x[name] - left - BOX_WIDTH / 2), _top(name, placed)
    kind = "corridor" if name in CORRIDOR else "room"
    yield f'  <rect class="{kind}" x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
    yield f'  <text class="name" x="{x + 14}" y="{y + 24}">{name}/</text>'
    purpose = textwrap.wrap(
        building.rooms[name], CHARACTERS_A_LINE, max_lines=2, placeholder=" …", break_on_hyphens=False
    )
    for number, line in enumerate(purpose):
        yield f'  <text class="purpose" x="{x + 14}" y="{y + 45 + 16 * number}">{escape(line)}</text>'


def _band(modules: Sequence[str], width: int, height: int) -> Iterator[str]:
    y = height - MARGIN - BAND_HEIGHT
    yield f'  <rect class="room" x="{MARGIN}" y="{y}" width="{width - 2 * MARGIN}" height="{BAND_HEIGHT}" rx="8"/>'
    yield f'  <text class="name" x="{MARGIN + 14}" y="{y + 24}">{" · ".join(modules)}</text>'
    caption = "What no room owns: the entry point of the command line, and what all rooms share"
    yield f'  <text class="purpose" x="{MARGIN + 14}" y="{y + 45}">{caption}</text>'
