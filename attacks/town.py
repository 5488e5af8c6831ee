"""A town's streets: a turned grid of blocks, every few of them a main road, and some ways across country."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import numpy as np

from attacks.plane import Points

Node = tuple[int, int]
CROSS_COUNTRY_M = 5_000


@dataclass(frozen=True)
class Town:
    """Streets cross each ``block[0]`` by ``block[1]`` metres; each ``main``-th is a main road."""

    angle: float
    block: tuple[float, float]
    main: int

    @classmethod
    def drawn(cls, draw: Random) -> Town:
        """Draw a town."""
        return cls(draw.uniform(0, math.pi / 2), (draw.uniform(70, 180), draw.uniform(60, 140)), draw.randint(4, 9))

    def at(self, u: float, v: float) -> Points:
        """Return the position of a point of the grid, in metres."""
        east, north = u * self.block[0], v * self.block[1]
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return np.array([east * cos - north * sin, east * sin + north * cos])

    def nearest(self, point: Points) -> Node:
        """Find the crossing nearest to a point."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        east, north = point[0] * cos + point[1] * sin, point[1] * cos - point[0] * sin
        return round(east / self.block[0]), round(north / self.block[1])

    def walk(self, start: Node, end: Node, draw: Random) -> list[Points]:
        """Go on foot: turn where it pleases, now and then a street further than needed."""
        here, nodes = list(start), [start]
        while tuple(here) != end:
            axis = draw.choice([n for n in (0, 1) if here[n] != end[n]])
            rest = end[axis] - here[axis]
            here[axis] += int(math.copysign(min(abs(rest), draw.randint(1, 4)), rest))
            nodes.append((here[0], here[1]))
        return [self.at(*node) for node in nodes]

    def drive(self, start: Node, end: Node, draw: Random) -> list[Points]:
        """Go by car: to a main road, along it, far ways straight across country, then side streets."""
        axis = draw.randint(0, 1)
        off, on = self._junction(start, axis, draw), self._junction(end, axis, draw)
        ends = self.at(*off), self.at(*on)
        if math.dist(*ends) > CROSS_COUNTRY_M:
            middle = self._along(off, (off[0] + (on[0] - off[0]) // 8, off[1] + (on[1] - off[1]) // 8), axis)
            return [self.at(*start), *middle, *ends[1:], self.at(*end)]
        return [self.at(*start), *self._along(off, on, axis), self.at(*end)]

    def _junction(self, node: Node, axis: int, draw: Random) -> Node:
        """Find where a side street reaches a main road, on either side."""
        line = node[axis] / self.main
        nearest = self.main * (
            round(line) if draw.random() < 0.75 else draw.choice([math.floor(line), math.ceil(line)])
        )
        return (nearest, node[1]) if axis == 0 else (node[0], nearest)

    def _along(self, start: Node, end: Node, axis: int) -> list[Points]:
        corner = (start[0], end[1]) if axis == 0 else (end[0], start[1])
        return [self.at(*node) for node in (start, corner, end)]
