"""Cells of the map: where devices were for how long, the same however their journeys came to be."""

from __future__ import annotations

import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from events import Connection, refresh, rows
from journey_world import DAY, HOUR, life, put, stay, take
from map_world import Place, add_gap, add_legs, add_stay, add_trip, winding
from query_api_world import add_device

from iot_hub.worker.worker import derive_owned

HOME, WORK = (50.06, 19.94), (50.10, 20.02)
NOVEMBER = datetime(2025, 11, 3, tzinfo=UTC)
LEVELS = range(9, 22, 2)


@pytest.fixture(autouse=True)
def device(owner: Connection) -> None:
    add_device(owner, 1)


def cell_of(place: Place, level: int = 21) -> tuple[int, int]:
    """The column and row of the cell that a position is in (slippy map tile names of a zoom)."""
    latitude, longitude = place
    size = 1 << level
    north = 1 - math.asinh(math.tan(math.radians(latitude))) / math.pi
    return int((longitude + 180) / 360 * size), int(north / 2 * size)


def cells(owner: Connection, level: int = 21) -> Counter[tuple[int, int]]:
    """The seconds of each cell of a level."""
    found = Counter[tuple[int, int]]()
    for tile in rows(owner, "SELECT * FROM iot_personal_hub.map_cells WHERE level = %s", level):
        for cell, seconds in zip(tile["cells"], tile["seconds"], strict=True):
            found[tile["tile_x"] * 128 + cell % 128, tile["tile_y"] * 128 + cell // 128] += seconds
    return found


def tables(owner: Connection) -> list[dict[str, object]]:
    return rows(owner, "SELECT * FROM iot_personal_hub.map_cells ORDER BY device_id, level, tile_x, tile_y, month")


def test_a_stay_is_in_one_cell_of_each_level_with_all_its_time(owner: Connection) -> None:
    add_stay(owner, 1, NOVEMBER, 90, HOME)
    refresh(owner)
    assert [dict(cells(owner, level)) for level in LEVELS] == [{cell_of(HOME, level): 5400} for level in LEVELS]


def test_a_trip_is_in_all_cells_along_its_way_whatever_lies_between_its_fixes(owner: Connection) -> None:
    add_trip(owner, 1, NOVEMBER, 30, [HOME, WORK])
    refresh(owner)
    found = cells(owner, 17)
    share = [n / 2000 for n in range(2001)]
    along = {cell_of((HOME[0] + (WORK[0] - HOME[0]) * n, HOME[1] + (WORK[1] - HOME[1]) * n), 17) for n in share}
    # A corner that is touched may count or not.
    assert len(set(found) ^ along) <= 4
    assert sum(cells(owner).values()) == pytest.approx(1800, rel=0.25)


def test_flights_and_gaps_explore_nothing(owner: Connection) -> None:
    lands = add_trip(owner, 1, NOVEMBER, 200, [HOME, (40.6, -73.8)], "flight")
    add_gap(owner, 1, lands, 300)
    refresh(owner)
    assert tables(owner) == []


def test_a_receiver_that_jumps_about_the_world_explores_nothing_between(owner: Connection) -> None:
    far = (-33.9, 151.2)
    add_trip(owner, 1, NOVEMBER, 30, winding(HOME, WORK, 3))
    add_trip(owner, 1, NOVEMBER + HOUR, 30, [HOME, WORK, far, WORK, far, HOME])
    refresh(owner)
    assert set(cells(owner, 9)) == {cell_of(HOME, 9)}


def test_a_straight_way_of_hours_is_explored_though_few_fixes_tell_it(owner: Connection) -> None:
    add_trip(owner, 1, NOVEMBER, 300, [HOME, (50.3, 21.5), (50.0, 23.0), (50.2, 24.5)])
    refresh(owner)
    assert {cell_of(place, 9) for place in ((50.3, 21.5), (50.15, 22.25), (50.1, 23.75))} <= set(cells(owner, 9))


def test_of_a_trip_to_the_airport_and_on_by_plane_only_the_drive_explores(owner: Connection) -> None:
    airport = (50.08, 19.79)
    add_legs(owner, 1, NOVEMBER, [(30, "vehicle", [HOME, airport]), (200, "flight", [airport, (40.6, -73.8)])])
    refresh(owner)
    found = cells(owner, 13)
    assert {cell_of(HOME, 13), cell_of(airport, 13)} <= set(found)
    assert len(found) < 10


def test_each_month_is_apart_and_has_its_first_day(owner: Connection) -> None:
    add_stay(owner, 1, NOVEMBER + 5 * DAY, 60, HOME)
    add_stay(owner, 1, NOVEMBER + 2 * DAY, 60, HOME)
    add_stay(owner, 1, NOVEMBER + 40 * DAY, 60, HOME)
    refresh(owner)
    found = {(str(row["month"]), str(row["first_day"])) for row in tables(owner)}
    assert found == {("2025-11-01", "2025-11-05"), ("2025-12-01", "2025-12-13")}


@pytest.mark.parametrize("place", [(0.0, 180.0 - 1e-9), (0.0, -180.0), (89.9, 10.0), (-89.9, 10.0)])
def test_the_edges_of_the_map_have_cells_too(owner: Connection, place: Place) -> None:
    add_stay(owner, 1, NOVEMBER, 60, place)
    refresh(owner)
    [(column, row)] = cells(owner)
    assert 0 <= column < 1 << 21 and 0 <= row < 1 << 21


def test_a_way_across_the_antimeridian_is_at_both_edges_and_nowhere_between(owner: Connection) -> None:
    put(owner, [*life(NOVEMBER, 3, random.Random(8), (-17.7, 179.99))])
    refresh(owner)
    columns = {column for column, _ in cells(owner, 9)}
    assert columns <= {0, 1, 510, 511}
    assert {0, 511} <= columns


def test_coarser_cells_are_the_sums_of_finer_ones(owner: Connection) -> None:
    add_trip(owner, 1, NOVEMBER, 30, winding(HOME, WORK, 3))
    add_stay(owner, 1, NOVEMBER + HOUR, 100, WORK)
    refresh(owner)
    for level in LEVELS[:-1]:
        sums = Counter[tuple[int, int]]()
        for (column, row), seconds in cells(owner, 21).items():
            sums[column >> (21 - level), row >> (21 - level)] += seconds
        assert sums == cells(owner, level)


def test_late_fixes_and_removed_ones_leave_the_cells_of_what_there_is(owner: Connection) -> None:
    chance = random.Random(4)
    fixes = life(NOVEMBER + 20 * DAY, 14, chance)
    put(owner, fixes)
    refresh(owner)
    whole = tables(owner)
    assert whole
    for _ in range(6):
        since = fixes[0].at + (fixes[-1].at - fixes[0].at) * chance.random()
        late = [fix for fix in fixes if since <= fix.at < since + chance.choice([HOUR, DAY, 3 * DAY])]
        take(owner, late)
        refresh(owner)
        put(owner, late)
        refresh(owner)
        assert tables(owner) == whole


def test_cells_of_a_long_history_come_with_its_journeys_and_not_after_them(owner: Connection) -> None:
    put(owner, list(stay(HOME, NOVEMBER - 400 * DAY, NOVEMBER, DAY / 4, random.Random(2))))
    owner.execute("DELETE FROM iot_personal_hub.stale_journeys")
    owner.execute(
        "INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)"
        " SELECT 1, month, month + interval '27 days' FROM generate_series(%s, %s, interval '1 month') AS month",
        [NOVEMBER - 400 * DAY, NOVEMBER],
    )
    assert derive_owned(owner).marks
    assert rows(owner, "SELECT FROM iot_personal_hub.stale_journeys LIMIT 1")
    assert rows(owner, "SELECT FROM iot_personal_hub.map_cells LIMIT 1")


def test_changes_of_this_month_are_gathered_and_past_months_are_not(owner: Connection) -> None:
    now = datetime.now(UTC).replace(day=1, hour=1, minute=0, second=0, microsecond=0)
    # What has no cells yet waits for nothing.
    add_stay(owner, 1, now, 30, HOME)
    add_stay(owner, 1, now - 40 * DAY, 30, HOME)
    assert seconds_after(owner, timedelta(minutes=5)) == [1800, 1800]
    add_stay(owner, 1, now + HOUR, 30, HOME)
    add_stay(owner, 1, now - 39 * DAY, 30, HOME)
    assert seconds_after(owner, timedelta(minutes=5)) == [3600, 1800]
    assert seconds_after(owner, timedelta()) == [3600, 3600]


def seconds_after(owner: Connection, gathered: timedelta) -> list[int]:
    """Work off what is stale, and return the seconds of each month."""
    while owner.execute("SELECT iot_personal_hub.refresh_stale_map_cells(%s) AS n", [gathered]).fetchall()[0]["n"]:
        pass
    found = rows(
        owner,
        "SELECT sum(cell.lasted) AS seconds FROM iot_personal_hub.map_cells, unnest(seconds) AS cell (lasted)"
        " WHERE level = 21 GROUP BY month ORDER BY month",
    )
    return [row["seconds"] for row in found]
