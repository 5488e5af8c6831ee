"""Places boxes in rows so that every arrow goes down: a layered drawing after Sugiyama.

1. A box's row is the longest path from it to the bottom.
2. An arrow that passes a row gets a bend there, which takes room as a narrow box does.
3. Rows are ordered by the mean place of each box's neighbours, up and down in turns.
4. Boxes move towards their neighbours as far as the boxes beside them allow.
5. Of many starts, each in an order of its own, the drawing with the fewest crossings and the shortest arrows wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from random import Random
from statistics import fmean

BOX_WIDTH = 310
BEND_WIDTH = 24
GAP = 28
SWEEPS = 24
STARTS = 60
SHAKE = 150  # How far chance moves a box in the first half of the sweeps, out of the orders they would stay in.
A_CROSSING = 2000  # It costs as much as this many units of length.
STRAIGHT = 6  # A bend wants to be below the bend before it, this many times as much as a box does.

Arrows = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Placed:
    """Where each box's middle is, from left to right, its row, and the points of each arrow between."""

    x: Mapping[str, float]
    row: Mapping[str, int]
    rows: int
    paths: Sequence[Sequence[str]]


def place(boxes: Sequence[str], arrows: Arrows) -> Placed:
    """Place the boxes; the names in a path are boxes or bends, from the top down."""

    @cache
    def height(box: str) -> int:
        return max((height(below) + 1 for below in arrows[box]), default=0)

    top = max(map(height, boxes))
    row = {box: top - height(box) for box in boxes}
    paths = [_path(box, below, row) for box in boxes for below in sorted(arrows[box])]
    segments = [pair for path in paths for pair in pairwise(path)]
    rows = [[name for name in sorted(row) if row[name] == number] for number in range(top + 1)]
    drawings = (drawing for start in range(STARTS) for drawing in _sweep(rows, segments, Random(start)))
    return Placed(min(drawings, key=lambda x: _cost(x, row, segments)), row, top + 1, paths)


def _path(above: str, below: str, row: dict[str, int]) -> list[str]:
    bends = [f"{above}>{below}:{number}" for number in range(row[above] + 1, row[below])]
    row |= {bend: row[above] + 1 + place for place, bend in enumerate(bends)}
    return [above, *bends, below]


def _sweep(
    rows: Sequence[Sequence[str]], segments: Sequence[tuple[str, str]], start: Random
) -> Iterator[dict[str, float]]:
    """Order the rows up and down in turns, then by both sides; yield where the middles are after each of the latter."""
    above: dict[str, list[str]] = {name: [] for names in rows for name in names}
    below: dict[str, list[str]] = {name: [] for name in above}
    for upper, lower in segments:
        weight = STRAIGHT if _is_bend(upper) and _is_bend(lower) else 1
        above[lower] += [upper] * weight
        below[upper] += [lower] * weight
    order = [start.sample(names, len(names)) for names in rows]
    x = {name: place for names in order for name, place in _without_overlap(names, dict.fromkeys(names, 0.0)).items()}
    for sweep in range(SWEEPS):
        upwards, both = sweep % 2 == 0, sweep >= SWEEPS // 2
        for names in order[::-1] if upwards else order:
            near = {name: below[name] * (both or upwards) + above[name] * (both or not upwards) for name in names}
            shake = 0 if both else SHAKE
            wanted = {
                name: fmean([x[other] for other in near[name]] or [x[name]]) + start.uniform(-shake, shake)
                for name in names
            }
            names.sort(key=lambda name: (wanted[name], name))
            x |= _without_overlap(names, wanted)
        if both:
            yield dict(x)


def _cost(x: Mapping[str, float], row: Mapping[str, int], segments: Sequence[tuple[str, str]]) -> float:
    crossings = sum(
        (x[upper] - x[other_upper]) * (x[lower] - x[other_lower]) < 0
        for (upper, lower), (other_upper, other_lower) in combinations(segments, 2)
        if row[upper] == row[other_upper]
    )
    return crossings * A_CROSSING + sum(abs(x[upper] - x[lower]) for upper, lower in segments)


def _is_bend(name: str) -> bool:
    return ">" in name


def _width(name: str) -> int:
    return BEND_WIDTH if _is_bend(name) else BOX_WIDTH


def _without_overlap(names: Sequence[str], wanted: Mapping[str, float]) -> dict[str, float]:
    """Return places in the given order, as near to the wanted ones as the widths allow.

    Neighbours that would overlap move as one block, to the mean of what its members want.
    """
    blocks: list[list[str]] = []
    starts: list[float] = []
    for name in names:
        blocks.append([name])
        starts.append(wanted[name])
        while len(blocks) > 1 and starts[-2] + _length(blocks[-2], blocks[-1]) > starts[-1]:
            blocks[-2:] = [blocks[-2] + blocks[-1]]
            starts[-2:] = [fmean(wanted[member] - _length(blocks[-1], [member]) for member in blocks[-1])]
    return {
        member: start + _length(block, [member])
        for block, start in zip(blocks, starts, strict=True)
        for member in block
    }


def _length(block: Sequence[str], following: Sequence[str]) -> float:
    """Return the distance from a block's first middle to that of a name in it, or right after it."""
    names = block[: block.index(following[0]) + 1] if following[0] in block else [*block, following[0]]
    return sum((_width(left) + _width(right)) / 2 + GAP for left, right in pairwise(names))
