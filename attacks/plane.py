"""Plane geometry in metres: arrays of points have one row a point, east and north."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

METRES_A_DEGREE = 111_195

Points = NDArray[np.float64]
Numbers = NDArray[np.float64]


class Plane:
    """A plane that touches the Earth at a place: good for some tens of kilometres."""

    def __init__(self, latitude: float, longitude: float) -> None:
        """Lay the plane at a place, in degrees."""
        self.latitude, self.longitude = latitude, longitude
        self._east = METRES_A_DEGREE * math.cos(math.radians(latitude))

    def points(self, latitudes: Numbers, longitudes: Numbers) -> Points:
        """Project degrees to metres."""
        return np.column_stack(
            [(longitudes - self.longitude) * self._east, (latitudes - self.latitude) * METRES_A_DEGREE]
        )

    def degrees(self, points: Points) -> Points:
        """Return latitude and longitude of points."""
        return np.column_stack(
            [self.latitude + points[:, 1] / METRES_A_DEGREE, self.longitude + points[:, 0] / self._east]
        )


def lengths(vectors: Points) -> Numbers:
    """Measure vectors."""
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))


def toward(radians: float) -> Points:
    """Return the unit vector of a direction, counted from the east."""
    return np.array([math.cos(radians), math.sin(radians)])


def distance_to_polygon(points: Points, corners: Points) -> Numbers:
    """Measure how far points are from a convex polygon, whose corners run anticlockwise; 0 inside."""
    starts, sides = corners, np.roll(corners, -1, axis=0) - corners
    offsets = points[:, None, :] - starts[None, :, :]
    part = np.clip((offsets * sides).sum(-1) / (sides**2).sum(-1), 0, 1)
    to_sides = lengths(offsets - part[..., None] * sides).min(axis=1)
    inside = (sides[:, 0] * offsets[..., 1] - sides[:, 1] * offsets[..., 0] >= 0).all(axis=1)
    return np.where(inside, 0.0, to_sides)


def hull(points: Points) -> Points:
    """Return the corners of the convex hull, anticlockwise (Andrew's monotone chain)."""
    ordered = np.unique(points, axis=0)
    if len(ordered) < 3:
        return ordered
    lower, upper = _chain(ordered), _chain(ordered[::-1])
    return np.array(lower[:-1] + upper[:-1])


def _chain(points: Points) -> list[Points]:
    chain: list[Points] = []
    for point in points:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _turn(a: Points, b: Points, c: Points) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def centroid(corners: Points) -> Points:
    """Return a polygon's centre of mass."""
    if len(corners) < 3:
        return np.asarray(corners.mean(axis=0))
    origin = corners[0]
    a, b = corners - origin, np.roll(corners, -1, axis=0) - origin
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    if abs(cross.sum()) < 1e-6:
        return np.asarray(corners.mean(axis=0))
    return np.asarray(origin + ((a + b) * cross[:, None]).sum(axis=0) / (3 * cross.sum()))
