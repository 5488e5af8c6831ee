"""Statistics of journeys, compared with a slow count that looks at every minute."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import hub_with_copy
from dashboard_world import add_device
from database_copies import DatabaseCopies
from events import Connection
from map_world import add_gap, add_stay, add_trip

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

MINUTE, DAY, WEEK = timedelta(minutes=1), timedelta(days=1), timedelta(weeks=1)
MODES = ("on_foot", "bicycle", "vehicle", "flight", None)
LEAST_S = 1800
ZONES = {
    "Europe/Warsaw": date(2025, 3, 1),
    "Atlantic/Azores": date(2025, 9, 20),
    "Asia/Kathmandu": date(2025, 1, 20),
    "Australia/Lord_Howe": date(2025, 3, 10),
    "America/St_Johns": date(2024, 10, 10),
    "Asia/Beirut": date(2025, 10, 1),
}
"""Zones and a day from which their clocks change within three months: at 0:00, 1:00 or 2:00, by an hour or a half."""


@dataclass(frozen=True)
class Town:
    """Where a stay is, and what is known of it."""

    name: str | None
    country: str | None
    kind: str | None = None


TOWNS = (
    Town("Nest", "PL", "home"), Town("Office", "PL", "work"), Town("Brno", "CZ"), Town("Praha", "CZ"),
    Town("Gdynia", "PL"), Town(None, None),
)  # fmt: skip


@dataclass(frozen=True)
class Leg:
    starts: datetime
    ends: datetime
    mode: str | None
    metres: int


@dataclass
class Row:
    device: int
    starts: datetime
    ends: datetime
    kind: str
    mode: str | None = None
    metres: int = 0
    legs: tuple[Leg, ...] = ()
    town: Town | None = None
    is_continued: bool = False
    whole: timedelta = timedelta()
    """How long the stay is that it is a part of."""

    @property
    def is_visit(self) -> bool:
        return self.whole >= timedelta(seconds=LEAST_S)


def life(device: int, first: datetime, days: int, chance: random.Random) -> Iterator[Row]:
    """Stays, trips and gaps without a hole, as they are derived: cut at weeks, never two stays in a row."""
    at, was_stay = first + chance.randrange(900) * MINUTE, False
    while at < first + days * DAY:
        kind = chance.choice(("trip", "trip", "gap") if was_stay else ("stay", "stay", "stay", "trip", "gap"))
        lasts = chance.choice((5, 12, 29, 30, 31, 95, 480, 1500, 20_000 if chance.random() < 0.1 else 60)) * MINUTE
        if kind == "trip":
            lasts = min(lasts, 500 * MINUTE)
            legs = tuple(legs_of(at, lasts, chance)) if chance.random() < 0.4 else ()
            whole = max(legs, key=lambda leg: leg.metres).mode if legs else chance.choice(MODES)
            metres = sum(leg.metres for leg in legs) or chance.randrange(100, 90_000)
            yield Row(device, at, at + lasts, kind, whole, metres, legs)
        elif kind == "gap":
            yield Row(device, at, at + lasts, kind)
        else:
            town = chance.choice(TOWNS)
            part = at
            while part < at + lasts:
                monday = (part - timedelta(days=part.weekday())).replace(hour=0, minute=0) + WEEK
                end = min(monday, at + lasts)
                yield Row(device, part, end, kind, town=town, is_continued=part > at, whole=lasts)
                part = end
        at, was_stay = at + lasts, kind == "stay"


def legs_of(at: datetime, lasts: timedelta, chance: random.Random) -> Iterator[Leg]:
    """Three parts of a trip, each of a minute or more."""
    first, second = sorted(chance.sample(range(1, lasts // MINUTE), 2))
    cuts = (timedelta(), first * MINUTE, second * MINUTE, lasts)
    for start, end in itertools.pairwise(cuts):
        yield Leg(at + start, at + end, chance.choice(MODES), chance.randrange(100, 40_000))


def put(owner: Connection, journeys: list[Row]) -> None:
    numbers = {}
    for n, town in enumerate(TOWNS):
        if town.kind:
            owner.execute(
                "INSERT INTO iot_personal_hub.places (name, kind, latitude, longitude) VALUES (%s, %s, %s, 20)",
                [town.name, town.kind, n],
            )
            numbers[town] = n
    for row in journeys:
        minutes = (row.ends - row.starts) / MINUTE
        if row.kind == "gap":
            add_gap(owner, row.device, row.starts, minutes)
        elif row.kind == "trip":
            add_trip(owner, row.device, row.starts, minutes, [(50.0, 20.0), (50.0, 20.01)], row.mode)
        else:
            assert row.town
            add_stay(owner, row.device, row.starts, minutes, (TOWNS.index(row.town), 20))
            if row.town.name:
                owner.execute(
                    "INSERT INTO iot_personal_hub.journey_places (device_id, starts, latitude, longitude, place_id,"
                    " country_code, country, region, city) VALUES (%s, %s, %s, 20, (SELECT id FROM"
                    " iot_personal_hub.places WHERE name = %s), %s, %s, NULL, %s)",
                    [row.device, row.starts, TOWNS.index(row.town), row.town.name, row.town.country,
                     f"land {row.town.country}", f"city of {row.town.name}"],
                )  # fmt: skip
    for row in journeys:
        metres = row.metres if row.kind == "trip" else None
        owner.execute(
            "UPDATE iot_personal_hub.journeys SET is_continued = %s, distance_m = %s, legs = %s"
            " WHERE device_id = %s AND starts = %s",
            [row.is_continued, metres, len(row.legs), row.device, row.starts],
        )
        for leg in row.legs:
            owner.execute(
                "INSERT INTO iot_personal_hub.journey_legs (device_id, starts, trip_starts, ends, mode, distance_m)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [row.device, leg.starts, row.starts, leg.ends, leg.mode, leg.metres],
            )


@cache
def day_of(minute: datetime, zone: ZoneInfo) -> date:
    return minute.astimezone(zone).date()


def minutes_of(row: Row | Leg, since: datetime, until: datetime) -> Iterator[datetime]:
    at = max(row.starts, since)
    while at < min(row.ends, until):
        yield at
        at += MINUTE


def moves_of(row: Row) -> tuple[Row | Leg, ...]:
    """The legs of a trip, or the trip itself; nothing of a stay or a gap."""
    return row.legs or ((row,) if row.kind == "trip" else ())


@dataclass
class World:
    owner: Connection
    journeys: list[Row]
    zone: ZoneInfo
    since: datetime
    until: datetime

    def asked(self, name: str, **values: object) -> list[dict[str, Any]]:
        # As the API asks: named_journeys and journey_moves are an audience's own.
        self.owner.execute("SET search_path = iot_hub_owner, public")
        given = {
            "devices": None, "zone": self.zone.key, "since": self.since, "until": self.until, "least_s": LEAST_S,
            "most": 1000,
        }  # fmt: skip
        return self.owner.execute(query(name), given | values).fetchall()

    def inside(self, row: Row) -> bool:
        return self.since <= row.starts < self.until


@pytest.fixture(scope="module", params=[(zone, seed) for zone in ZONES for seed in range(2)], ids=str)
def world(request: pytest.FixtureRequest, cluster: Settings, database_copies: DatabaseCopies) -> Iterator[World]:
    """A random life; the tests change nothing in it."""
    with hub_with_copy(cluster, database_copies) as settings, connect(owner_conninfo(settings, "tests")) as owner:
        yield made_world(owner, *request.param)


def made_world(owner: Connection, name: str, seed: int) -> World:
    zone, first = ZoneInfo(name), ZONES[name]
    chance = random.Random(f"{name} {seed}")
    since, until = (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
                    for day in (first, first + 75 * DAY))  # fmt: skip
    journeys = []
    for device in (1, 2):
        add_device(owner, device, f"phone {device}")
        monday = (since - timedelta(days=12)).replace(hour=3, minute=0)
        journeys += list(life(device, monday, 90, chance))
    put(owner, journeys)
    return World(owner, journeys, zone, since, until)


@pytest.mark.parametrize("step", ["month", "year"])
def test_each_period_has_what_its_minutes_add_up_to(world: World, step: str) -> None:
    length = 7 if step == "month" else 4
    seconds: dict[str, Counter[str]] = defaultdict(Counter)
    modes: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    countries: dict[str, set[str]] = defaultdict(set)
    metres: dict[str, Counter[str]] = defaultdict(Counter)
    for row in world.journeys:
        for minute in minutes_of(row, world.since, world.until):
            period = day_of(minute, world.zone).isoformat()[:length]
            seconds[period][row.kind] += 60
            if row.town and row.town.kind:
                kinds[period][row.town.kind] += 60
            if row.town and row.town.country and row.is_visit:
                countries[period].add(row.town.country)
        for move in moves_of(row):
            for minute in minutes_of(move, world.since, world.until):
                modes[day_of(minute, world.zone).isoformat()[:length]][move.mode or "unknown"] += 60
        if world.inside(row) and not row.is_continued:
            period = day_of(row.starts, world.zone).isoformat()[:length]
            counts[period]["metres"] += row.metres
            for move in moves_of(row):
                metres[period][move.mode or "unknown"] += move.metres
            counts[period][row.kind if row.kind != "stay" else "visit" if row.is_visit else "stop"] += 1
    found = world.asked("statistics_by_period", step=step)
    assert [row["period"] for row in found] == sorted(seconds)
    for row in found:
        period = row["period"]
        assert (row["moving_s"], row["staying_s"], row["unknown_s"]) == tuple(
            seconds[period][kind] for kind in ("trip", "stay", "gap")
        )
        assert {mode: each["seconds"] for mode, each in row["modes"].items() if each["seconds"]} == modes[period]
        assert {mode: each["distance_m"] for mode, each in row["modes"].items() if each["distance_m"]} == metres[period]
        assert sum(each["trips"] for each in row["modes"].values()) == row["trips"]
        assert row["kinds"] == kinds[period]
        assert row["countries"] == len(countries[period])
        assert (row["trips"], row["visits"], row["stops"]) == tuple(
            counts[period][kind] for kind in ("trip", "visit", "stop")
        )
        assert (
            row["distance_m"] == counts[period]["metres"] == sum(each["distance_m"] for each in row["modes"].values())
        )


def test_months_add_up_to_the_years(world: World) -> None:
    months, years = (world.asked("statistics_by_period", step=step) for step in ("month", "year"))
    for name in ("trips", "distance_m", "moving_s", "staying_s", "unknown_s", "visits", "stops"):
        assert sum(row[name] for row in months) == sum(row[name] for row in years) > 0, name


def test_countries_have_the_days_that_a_stay_touches_and_the_nights_that_one_holds(world: World) -> None:
    days: dict[str | None, set[date]] = defaultdict(set)
    nights: dict[str | None, set[date]] = defaultdict(set)
    seconds: Counter[str | None] = Counter()
    visits: Counter[str | None] = Counter()
    first: dict[str | None, date] = {}
    on_the_way, known = set(), set()
    for row in world.journeys:
        country = row.town.country if row.town else None
        if row.kind == "stay" and row.is_visit and row.starts < world.until:
            day = day_of(row.starts, world.zone)
            first[country] = min(first.get(country, day), day)
        for minute in minutes_of(row, world.since, world.until):
            day = day_of(minute, world.zone)
            is_last = day_of(minute + MINUTE, world.zone) != day
            if row.kind == "trip":
                known.add(day)
                on_the_way |= {day} if is_last else set()
            if row.kind == "stay":
                known.add(day)
                seconds[country] += 60
                days[country].add(day)
                nights[country] |= {day} if is_last else set()
        if row.kind == "stay" and row.is_visit and not row.is_continued and world.inside(row):
            visits[country] += 1
    found = world.asked("statistics_by_place", level="country")
    assert {row["country_code"]: (row["seconds"], row["days"], row["nights"], row["visits"]) for row in found} == {
        country: (seconds[country], len(days[country]), len(nights[country]), visits[country]) for country in seconds
    }
    assert {row["country_code"]: row["first_visit"] for row in found} == {
        country: day.isoformat() for country, day in first.items()
    }
    at_places = set().union(*nights.values())
    assert world.asked("statistics_of_days") == [{
        "days": len(known), "nights_at_places": len(at_places), "nights_on_the_way": len(on_the_way - at_places),
        "nights_unknown": len(known - at_places - on_the_way),
    }]  # fmt: skip


def test_places_are_the_owners_or_else_cities(world: World) -> None:
    seconds: Counter[str | None] = Counter()
    for row in world.journeys:
        if row.town:
            name = row.town.name if row.town.kind or not row.town.name else f"city of {row.town.name}"
            seconds[name] += 60 * len(list(minutes_of(row, world.since, world.until)))
    found = world.asked("statistics_by_place", level="place")
    assert {row["name"]: row["seconds"] for row in found} == {name: some for name, some in seconds.items() if some}
    assert [row["seconds"] for row in found] == sorted((row["seconds"] for row in found), reverse=True)


def test_streaks_are_the_longest_runs_of_days_with_a_trip(world: World) -> None:
    days: dict[str, set[date]] = defaultdict(set)
    for row in world.journeys:
        for move in moves_of(row):
            if move.mode and world.since <= move.starts < world.until:
                days[move.mode].add(day_of(move.starts, world.zone))
    found = {row["mode"]: row for row in world.asked("statistics_streaks")}
    assert set(found) == set(days)
    for mode, row in found.items():
        runs = [_run_from(day, days[mode]) for day in sorted(days[mode]) if day - DAY not in days[mode]]
        longest = max(runs, key=len)
        assert row["active_days"] == len(days[mode])
        assert (row["longest_days"], row["first_day"], row["last_day"]) == (
            len(longest), longest[0].isoformat(), longest[-1].isoformat(),
        )  # fmt: skip


def _run_from(day: date, days: set[date]) -> list[date]:
    return [day, *_run_from(day + DAY, days)] if day in days else []


def test_the_longest_trips_come_first(world: World) -> None:
    trips = sorted((row.metres for row in world.journeys if row.kind == "trip" and world.inside(row)), reverse=True)
    found = world.asked("statistics_longest_trips", most=5)
    assert [row["distance_m"] for row in found] == trips[:5]
    towns = {(row.device, row.ends): row.town for row in world.journeys if row.town}
    for row in found:
        before = towns.get((row["device_id"], row["starts"]))
        name = before and (before.name if before.kind or not before.name else f"city of {before.name}")
        assert row["start_name"] == name


def test_only_the_asked_devices_count(world: World) -> None:
    both = world.asked("statistics_by_period", step="year")
    alone = [world.asked("statistics_by_period", step="year", devices=[device]) for device in (1, 2)]
    assert sum(row["trips"] for row in both) == sum(row["trips"] for rows in alone for row in rows)
    assert all(rows for rows in alone)


def test_a_month_of_which_nothing_is_known_has_no_distance(owner: Connection) -> None:
    add_device(owner, 1, "phone")
    begins = datetime(2025, 1, 20, tzinfo=UTC)
    silent = add_stay(owner, 1, begins, 60, (50, 20))
    heard = add_gap(owner, 1, silent, 60 * 24 * 60)
    add_stay(owner, 1, heard, 60, (50, 20))
    found = World(owner, [], ZoneInfo("UTC"), datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)).asked(
        "statistics_by_period", step="month"
    )
    assert [(row["period"], row["distance_m"]) for row in found] == [("2025-01", 0), ("2025-02", None), ("2025-03", 0)]
    assert found[1]["unknown_s"] == 28 * 86_400
