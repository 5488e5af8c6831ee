"""Journeys as a device has them: a day between home and work, written as the derivation writes them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import DictRow

Owner = psycopg.Connection[DictRow]
Place = tuple[float, float]
"""Latitude and longitude in degrees."""


def add_stay(owner: Owner, device: int, starts: datetime, minutes: float, place: Place) -> datetime:
    """Add a stay; return when it ends."""
    ends = starts + timedelta(minutes=minutes)
    owner.execute(
        "INSERT INTO iot_personal_hub.journeys"
        " (device_id, starts, ends, kind, latitude, longitude, extent_m, fixes, is_continued, is_anchor)"
        " VALUES (%s, %s, %s, 'stay', %s, %s, 20, 10, false, false)",
        [device, starts, ends, *place],
    )
    return ends


def name_stay(
    owner: Owner, device: int, starts: datetime, place: Place, city: str | None, own_place: int | None = None
) -> None:
    """Give a stay the names of its place: a city of Poland, a place of the owner's, or both."""
    owner.execute(
        "INSERT INTO iot_personal_hub.journey_places"
        " (device_id, starts, latitude, longitude, place_id, country_code, country, city)"
        " VALUES (%s, %s, %s, %s, %s, 'PL', 'Poland', %s)",
        [device, starts, *place, own_place, city],
    )


def add_gap(owner: Owner, device: int, starts: datetime, minutes: float) -> datetime:
    """Add a time of which nothing is known; return when it ends."""
    ends = starts + timedelta(minutes=minutes)
    owner.execute(
        "INSERT INTO iot_personal_hub.journeys"
        " (device_id, starts, ends, kind, extent_m, fixes, is_continued, is_anchor)"
        " VALUES (%s, %s, %s, 'gap', 0, 0, false, false)",
        [device, starts, ends],
    )
    return ends


def add_trip(
    owner: Owner, device: int, starts: datetime, minutes: float, places: Sequence[Place], mode: str | None = "vehicle"
) -> datetime:
    """Add a trip along some places; return when it ends."""
    ends = starts + timedelta(minutes=minutes)
    owner.execute(
        """
        WITH way AS (
            SELECT st_makeline(st_setsrid(st_makepoint(x, y), 4326) ORDER BY n) AS line
            FROM unnest(%(longitudes)s::float8[], %(latitudes)s::float8[]) WITH ORDINALITY AS point (x, y, n)
        )
        INSERT INTO iot_personal_hub.journeys
            (device_id, starts, ends, kind, mode, distance_m, extent_m, fixes, is_continued, is_anchor,
             path_10, path_50, path_500)
        SELECT %(device)s, %(starts)s, %(ends)s, 'trip', %(mode)s, st_length(line::geography),
               st_length(line::geography), %(fixes)s, false, false,
               st_multi(st_simplify(st_transform(line, 3857), 10)), st_multi(st_simplify(st_transform(line, 3857), 50)),
               st_multi(st_simplify(st_transform(line, 3857), 500))
        FROM way
        """,
        {
            "device": device, "starts": starts, "ends": ends, "mode": mode, "fixes": len(places),
            "latitudes": [place[0] for place in places], "longitudes": [place[1] for place in places],
        },
    )  # fmt: skip
    return ends


def add_legs(
    owner: Owner, device: int, starts: datetime, legs: Sequence[tuple[float, str | None, Sequence[Place]]]
) -> datetime:
    """Add a trip of legs, each so many minutes in a mode along some places; return when it ends."""
    minutes = sum(leg[0] for leg in legs)
    ends = add_trip(owner, device, starts, minutes, [place for leg in legs for place in leg[2]], legs[0][1])
    begins = starts
    for lasts, mode, places in legs:
        owner.execute(
            """
            WITH way AS (
                SELECT st_multi(st_transform(
                    st_makeline(st_setsrid(st_makepoint(x, y), 4326) ORDER BY n), 3857)) AS line
                FROM unnest(%(longitudes)s::float8[], %(latitudes)s::float8[]) WITH ORDINALITY AS point (x, y, n)
            ),
            counted AS (
                UPDATE iot_personal_hub.journeys SET legs = legs + 1
                WHERE device_id = %(device)s AND starts = %(trip_starts)s
            )
            INSERT INTO iot_personal_hub.journey_legs
                (device_id, starts, trip_starts, ends, mode, distance_m, path_10, path_50, path_500)
            SELECT %(device)s, %(starts)s, %(trip_starts)s, %(ends)s, %(mode)s,
                   st_length(st_transform(line, 4326)::geography), line, line, line
            FROM way
            """,
            {
                "device": device, "starts": begins, "trip_starts": starts, "ends": begins + timedelta(minutes=lasts),
                "mode": mode, "latitudes": [place[0] for place in places], "longitudes": [place[1] for place in places],
            },
        )  # fmt: skip
        begins += timedelta(minutes=lasts)
    return ends


def winding(start: Place, end: Place, seed: int, points: int = 40) -> list[Place]:
    """A way from one place to another that bends as roads do."""
    chance = random.Random(seed)
    bends = [(chance.uniform(-0.08, 0.08), chance.uniform(1, 4)) for _ in range(4)]
    north, east = end[0] - start[0], end[1] - start[1]

    def at(share: float) -> Place:
        aside = sum(size * math.sin(math.pi * share * count) for size, count in bends) * math.sin(math.pi * share)
        return start[0] + north * share + east * aside * 0.6, start[1] + east * share - north * aside

    return [at(n / (points - 1)) for n in range(points)]


def live_through(owner: Owner, device: int, first: datetime, days: int, home: Place, work: Place) -> None:
    """Add days between home and work, by car or bicycle, with a walk in the evening and a trip on Sundays."""
    at = first
    for day in range(days):
        morning = first + timedelta(days=day, hours=7, minutes=10 + day % 25)
        at = add_stay(owner, device, at, (morning - at) / timedelta(minutes=1), home)
        if morning.weekday() == 6:
            lake = (home[0] + 0.5, home[1] + 0.7 + day % 5 / 10)
            at = add_trip(owner, device, at, 75, winding(home, lake, day, 90))
            at = add_stay(owner, device, at, 240, lake)
            at = add_trip(owner, device, at, 80, winding(lake, home, day + 1, 90))
            continue
        mode = "bicycle" if day % 3 == 0 else "vehicle"
        at = add_trip(owner, device, at, 26, winding(home, work, day % 4), mode)
        at = add_stay(owner, device, at, 8 * 60, work)
        at = add_trip(owner, device, at, 31, winding(work, home, day % 4), mode)
        at = add_stay(owner, device, at, 55, home)
        park = (home[0] + 0.012, home[1] - 0.02)
        at = add_trip(owner, device, at, 18, winding(home, park, day % 2), "on_foot")
        at = add_stay(owner, device, at, 25, park)
        if day % 5 == 2:
            at = add_gap(owner, device, at, 70)
        at = add_trip(owner, device, at, 17, winding(park, home, day % 2), "on_foot")
