"""What an attacker can read of a device: published views, as ``iot_hub_viewer``, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import DictRow

from attacks.plane import Numbers, Plane, Points, lengths
from attacks.statements import statement

SILENCE_SECONDS = 15 * 60.0
FEWEST_SILENCES = 5
HUB, NAIVE = "iot_personal_hub", "naive_filter"
"""The schema that the views are read from."""


@dataclass(frozen=True, eq=False)
class Look:
    """All that is published of a device at one time. Seconds are Unix time; metres on the attacker's plane."""

    plane: Plane
    seconds: Numbers
    fixes: Points
    event_seconds: Numbers
    """By the device's own clock."""
    odometer_km: Numbers
    charge: Points
    """Of each event the level, whether it charges (1, 0), volts and current; not a number where it is not shown."""
    steps: Numbers
    hours: Numbers
    hour_events: Numbers
    hour_means: Points
    """Where the device was on average, by the hourly totals; not a number where none are."""
    way_ends: Points
    """Where the lines of trips begin and end."""
    ways_on: Points
    """Of each of those the direction that leads on from it, beyond the trip."""
    cells: Points
    cell_seconds: Numbers
    cell_days: Numbers
    """The day on which each cell's tile was first visited in its month."""
    trip_starts: Numbers
    trip_ends: Numbers
    trip_metres: Numbers
    """How long each trip is said to be."""
    trip_line_metres: Numbers
    departures: Points
    arrivals: Points
    stay_starts: Numbers
    stay_ends: Numbers
    stays: Points

    @cached_property
    def gates(self) -> Gates:
        """The cut ends of tracks."""
        gaps = np.diff(self.seconds)
        # Where nothing is cut, because fixes scatter over the border, the longest gaps.
        ends = np.sort(np.argsort(gaps)[-max(FEWEST_SILENCES, int((gaps > SILENCE_SECONDS).sum())) :])
        return Gates(ends, ends + 1, self.seconds, self.fixes)


class Gates:
    """Silences: the last fix before each, and the first one after it."""

    def __init__(self, last: NDArray[np.int64], first: NDArray[np.int64], seconds: Numbers, fixes: Points) -> None:
        """Index fixes, and the places of the two in them."""
        self.starts, self.ends = seconds[last], seconds[first]
        self.entries, self.exits = fixes[last], fixes[first]
        self.entry_ways = _ways(fixes, seconds, last, -1)
        self.exit_ways = _ways(fixes, seconds, first, +1)

    def __len__(self) -> int:
        """Count the silences."""
        return len(self.starts)

    @property
    def points(self) -> Points:
        """All cut ends."""
        return np.concatenate([self.entries, self.exits])

    @property
    def ways(self) -> Points:
        """Of each cut end the direction that leads into the silence; (0, 0) where one stood."""
        return np.concatenate([self.entry_ways, self.exit_ways])


def _ways(fixes: Points, seconds: Numbers, ends: NDArray[np.int64], step: int) -> Points:
    """Return the way from the neighbour outside to the cut end, if both belong to a movement."""
    others = np.clip(ends + step, 0, len(fixes) - 1)
    way = fixes[ends] - fixes[others]
    metres = lengths(way)
    moving = (np.abs(seconds[ends] - seconds[others]) < 180) & (metres > 40)
    return np.where(moving[:, None], way / np.maximum(metres, 1)[:, None], 0.0)


def look(
    viewer: psycopg.Connection[DictRow], schema: str, device_id: int, plane: Plane | None, *, places_only: bool = False
) -> Look:
    """Read what is published. The plane is that of an earlier look, or of this one's median fix."""
    viewer.execute(f"SET search_path = {schema}, public".encode())
    fixes = _columns(viewer, "fixes", device_id, ("at", "latitude", "longitude"))
    none = np.empty(0)
    measured = ("at", "odometer_km", "percent", "charging", "volts", "milliamperes", "steps")
    events = [none] * len(measured) if places_only else _columns(viewer, "events", device_id, measured)
    hours = (
        [none] * 4 if places_only else _columns(viewer, "hours", device_id, ("at", "events", "latitude", "longitude"))
    )
    ends = [none] * 4 if places_only else _columns(
        viewer, "ways", device_id, ("latitude", "longitude", "latitude_beside", "longitude_beside")
    )  # fmt: skip
    cells = [none] * 4 if places_only else _columns(
        viewer, "cells", device_id, ("latitude", "longitude", "seconds", "first_day")
    )  # fmt: skip
    trips = [none] * 8 if places_only else _columns(viewer, "trips", device_id, (
        "starts", "ends", "metres", "line_metres", "latitude_from", "longitude_from", "latitude_to", "longitude_to",
    ))  # fmt: skip
    stays = (
        [none] * 4 if places_only else _columns(viewer, "stays", device_id, ("starts", "ends", "latitude", "longitude"))
    )
    # Where nothing is published any plane will do.
    plane = plane or Plane(*(float(np.median(one)) if len(one) else 0.0 for one in fixes[1:]))
    tips = plane.points(ends[0], ends[1])
    steps = tips - plane.points(ends[2], ends[3])
    return Look(
        plane, fixes[0], plane.points(fixes[1], fixes[2]),
        events[0], events[1], np.column_stack(events[2:6]), events[6],
        hours[0], hours[1], plane.points(hours[2], hours[3]),
        tips, steps / np.maximum(lengths(steps), 1e-9)[:, None], plane.points(cells[0], cells[1]), cells[2], cells[3],
        *trips[:4], plane.points(*trips[4:6]), plane.points(*trips[6:8]), *stays[:2], plane.points(*stays[2:4]),
    )  # fmt: skip


def _columns(viewer: psycopg.Connection[DictRow], name: str, device_id: int, columns: tuple[str, ...]) -> list[Numbers]:
    found = viewer.execute(statement(name), {"device_id": device_id}).fetchall()
    return [np.array([row[column] for row in found], dtype=np.float64) for column in columns]
