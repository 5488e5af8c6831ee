"""Fixes of people on the move, for tests of journeys: put into the table of fixes as the hub derives them."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from events import Connection, rows

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
METRES_OF_A_DEGREE = 111_195.0

JOURNEYS = (
    "SELECT starts, ends, kind, mode, latitude, longitude, distance_m, extent_m, fixes, is_continued, is_anchor,"
    " st_astext(path_10) AS way, legs FROM iot_personal_hub.journeys WHERE device_id = %s ORDER BY starts"
)
LEGS = (
    "SELECT trip_starts, starts, ends, mode, distance_m, st_astext(path_10) AS way"
    " FROM iot_personal_hub.journey_legs WHERE device_id = %s ORDER BY starts"
)


@dataclass(frozen=True)
class Fix:
    at: datetime
    latitude: float
    longitude: float
    accuracy_m: float = 10.0
    hint: str | None = None


Place = tuple[float, float]


def beside(place: Place, north_m: float, east_m: float) -> Place:
    """The place so far to the north and east of another."""
    latitude = place[0] + north_m / METRES_OF_A_DEGREE
    longitude = place[1] + east_m / METRES_OF_A_DEGREE / math.cos(math.radians(place[0]))
    return latitude, (longitude + 180) % 360 - 180


def stay(place: Place, since: datetime, until: datetime, every: timedelta, chance: random.Random) -> Iterator[Fix]:
    """Fixes at rest, each a few metres off."""
    while since < until:
        yield Fix(since, *beside(place, chance.gauss(0, 6), chance.gauss(0, 6)))
        since += every


def trip(
    start: Place, end_m: tuple[float, float], since: datetime, speed: float, every: timedelta, chance: random.Random,
    hint: str | None = None, noise_m: float = 4,
) -> Iterator[Fix]:  # fmt: skip
    """Fixes on a straight way so many metres to the north and east, at a speed in m/s, both ends left out."""
    length = math.hypot(*end_m)
    steps = max(int(length / speed / every.total_seconds()), 1)
    for n in range(1, steps):
        share = n / steps
        yield Fix(
            since + every * n,
            *beside(start, end_m[0] * share + chance.gauss(0, noise_m), end_m[1] * share + chance.gauss(0, noise_m)),
            hint=hint,
        )


def life(since: datetime, days: int, chance: random.Random, home: Place = (52.2, 21.0)) -> list[Fix]:
    """Days of a person: nights at home, often silent, ways by foot, bicycle and car, jumps, lost signals."""
    fixes: list[Fix] = []
    now, here = since, (0.0, 0.0)
    until = since + days * DAY
    while now < until:
        at_home = chance.random() < 0.5
        goal = (0.0, 0.0) if at_home else (chance.uniform(-9000, 9000), chance.uniform(-9000, 9000))
        way = (goal[0] - here[0], goal[1] - here[1])
        speed = chance.choice([1.3, 4.5, 13.0, 25.0])
        every = timedelta(seconds=chance.choice([15, 60, 150]))
        length = math.hypot(*way)
        if length > 200:
            hint = chance.choice([None, None, "on_foot", "bicycle", "vehicle", "train"])
            moving = list(trip(beside(home, *here), way, now, speed, every, chance, hint))
            if chance.random() < 0.4:
                moving = [replace(fix, hint=None) if chance.random() < 0.6 else fix for fix in moving]
            if chance.random() < 0.15:
                moving = moving[: len(moving) // 4]
            fixes += moving
            now += timedelta(seconds=length / speed)
        here = goal
        # None at all: the next way goes on in another mode.
        rest = timedelta(minutes=chance.choice([0, 0, 2, 7, 30, 90, 500, 900]))
        place = beside(home, *here)
        if chance.random() < 0.4:
            fixes += stay(place, now, now + min(rest, 6 * MINUTE), MINUTE, chance)
            fixes += stay(place, now + rest, now + rest + 2 * MINUTE, MINUTE, chance)
        else:
            fixes += stay(place, now, now + rest, timedelta(seconds=chance.choice([60, 60, 300])), chance)
        now += rest + MINUTE
        if chance.random() < 0.1:
            now += timedelta(hours=chance.choice([3, 40]))
    return sorted({fix.at: with_faults(fix, chance) for fix in fixes}.values(), key=lambda fix: fix.at)


def with_faults(fix: Fix, chance: random.Random) -> Fix:
    """A fix that now and then jumps, or is coarse."""
    if chance.random() < 0.02:
        return Fix(fix.at, *beside((fix.latitude, fix.longitude), chance.uniform(-150, 150), 80), 60)
    return replace(fix, accuracy_m=400) if chance.random() < 0.02 else fix


def put(owner: Connection, fixes: Sequence[Fix], device_id: int = 1) -> None:
    """Put fixes into the table, and mark what they concern stale."""
    with owner.cursor().copy(
        "COPY iot_personal_hub.locations (device_id, location_time, latitude, longitude, first_reported, last_reported,"
        " event_id, event_digest, uncertainty_m, private, hidden, properties, hinted_mode) FROM STDIN"
    ) as copy:
        for n, fix in enumerate(fixes):
            copy.write_row(
                (device_id, fix.at, fix.latitude, fix.longitude, fix.at, fix.at, n, hashlib.sha256(b"").digest(),
                 fix.accuracy_m, False, False, "{}", fix.hint)
            )  # fmt: skip
    mark(owner, fixes, device_id)


def take(owner: Connection, fixes: Sequence[Fix], device_id: int = 1) -> None:
    """Take fixes out of the table, and mark what they concern stale."""
    owner.execute(
        "DELETE FROM iot_personal_hub.locations WHERE device_id = %s AND location_time = ANY (%s)",
        [device_id, [fix.at for fix in fixes]],
    )
    mark(owner, fixes, device_id)


def mark(owner: Connection, fixes: Sequence[Fix], device_id: int) -> None:
    if fixes:
        times = [fix.at for fix in fixes]
        owner.execute(
            "INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until) VALUES (%s, %s, %s)",
            [device_id, min(times), max(times)],
        )


def derive(owner: Connection) -> None:
    """Derive what is stale, mark by mark."""
    while next(iter(rows(owner, "SELECT iot_personal_hub.refresh_stale_journeys(1) AS marks")))["marks"]:
        pass


def journeys(owner: Connection, device_id: int = 1) -> list[dict[str, object]]:
    return rows(owner, JOURNEYS, device_id)


def legs(owner: Connection, device_id: int = 1) -> list[dict[str, object]]:
    return rows(owner, LEGS, device_id)


def derived_whole(owner: Connection, device_id: int = 1) -> list[dict[str, object]]:
    """The journeys and legs as one derivation from all fixes gives them; what is stored stays."""
    with owner.transaction(force_rollback=True):
        owner.execute("DELETE FROM iot_personal_hub.journeys WHERE device_id = %s", [device_id])
        owner.execute("SELECT iot_personal_hub.refresh_journeys(%s, '2000-01-01', '2100-01-01')", [device_id])
        return everything(owner, device_id)


def everything(owner: Connection, device_id: int = 1) -> list[dict[str, object]]:
    return journeys(owner, device_id) + legs(owner, device_id)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
