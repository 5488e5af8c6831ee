"""What others see of journeys: made of published fixes alone, without stays, and withdrawn with the fixes it is made of."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any

import psycopg
import pytest
from correction_world import correct, undo
from events import Connection, add_device, mask, refresh, rows
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from journey_world import HOUR, MINUTE, beside, life, stay, trip, utc
from private_zone import square
from published_journeys_world import HOME, MORNING, SHOWN, day_out, live, made_of_published_rows_alone, report, shown

from iot_hub.database.queries import query
from iot_hub.privacy.areas import add_area, remove_area


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner)
    return owner


def trips(viewer: Connection) -> list[dict[str, Any]]:
    return rows(
        viewer,
        "SELECT kind, starts, ends, distance_m, public.st_asgeojson(public.st_transform(path_10, 4326)) AS way"
        " FROM iot_hub_public.journeys ORDER BY starts",
    )


def spans(owner: Connection) -> list[dict[str, Any]]:
    return rows(
        owner,
        "SELECT greatest(starts, '2000-01-01') AS starts, least(ends, '2100-01-01') AS ends"
        " FROM iot_personal_hub.private_spans ORDER BY starts",
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@given(seed=some.integers(0, 2**32))
@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_published_of_any_life_is_made_of_published_rows_alone(
    owner: Connection, viewer: Connection, seed: int
) -> None:
    chance, since = random.Random(seed), utc(2026, 1, 30)
    owner.execute("DELETE FROM iot_personal_hub.corrections")
    owner.execute("DELETE FROM iot_personal_hub.dim_devices")
    owner.execute("TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.locations CASCADE")
    owner.execute("DELETE FROM iot_personal_hub.dim_blocked_areas")
    mask(owner)
    add_device(owner)
    fixes = life(since, chance.choice([2, 4]), chance, HOME)
    areas = {"home": HOME, "elsewhere": beside(HOME, chance.uniform(-9000, 9000), chance.uniform(-9000, 9000))}
    pieces = (
        [fixes[n::3] for n in range(3)]
        if chance.random() < 0.3
        else [fixes[n : n + 500] for n in range(0, len(fixes), 500)]
    )
    chance.shuffle(pieces)
    drawn: set[str] = set()
    for piece in pieces:
        for name in chance.sample(sorted(areas), chance.randrange(3)):
            if name in drawn:
                remove_area(owner, name)
            else:
                add_area(owner, name, square(*areas[name]), chance.choice([500, 900]))
            drawn ^= {name}
        if chance.random() < 0.5:
            begins = (fixes[0].at + chance.random() * (fixes[-1].at - fixes[0].at)).replace(second=0, microsecond=0)
            made = _correct(owner, chance, begins)
            if chance.random() < 0.3:
                undo(owner, made)
        live(owner, piece)
    assert shown(owner) == made_of_published_rows_alone(owner)
    found = trips(viewer)
    assert {each["kind"] for each in found} <= {"trip"}
    for each in found:
        for span in spans(owner):
            assert each["ends"] <= span["starts"] or each["starts"] >= span["ends"] - MINUTE, (each, span)


def _correct(owner: Connection, chance: random.Random, begins: datetime) -> int:
    kind = chance.choice(["hide", "mode", "wrong_fixes"])
    ends = begins + chance.choice([7, 90, 600]) * MINUTE
    return correct(owner, kind, begins, ends, mode="train" if kind == "mode" else None)


def test_others_see_trips_and_no_stays_and_nothing_of_the_area(owner: Connection, viewer: Connection) -> None:
    add_area(owner, "home", square(*HOME))
    live(owner, day_out(random.Random(1)))
    assert [row["kind"] for row in rows(owner, "SELECT kind FROM iot_personal_hub.journeys ORDER BY starts")] == [
        "stay", "trip", "stay", "trip", "stay", "trip", "stay",
    ]  # fmt: skip
    # Straight ways from home and to it are hidden as a whole.
    [between] = trips(viewer)
    assert between["kind"] == "trip"
    assert 4_500 < between["distance_m"] < 5_500
    for line in json.loads(between["way"])["coordinates"]:
        assert all((latitude - HOME[0]) * 111_195 > 8_900 for _, latitude in line)


def test_no_silence_is_joined_over_so_that_home_looks_like_a_phone_that_is_off(
    owner: Connection, viewer: Connection
) -> None:
    chance, shop = random.Random(2), beside(HOME, 9000, 0)
    add_area(owner, "far", square(*beside(HOME, 90_000, 0)))
    live(owner, [
        *trip(HOME, (3000, 0), MORNING, 10, MINUTE / 2, chance),
        # Five minutes without a fix on the way, and nine hours at rest.
        *trip(beside(HOME, 6000, 0), (3000, 0), MORNING + 10 * MINUTE, 10, MINUTE / 2, chance),
        *stay(shop, MORNING + 15 * MINUTE, MORNING + 30 * MINUTE, MINUTE, chance),
        *stay(shop, MORNING + 9 * HOUR, MORNING + 9 * HOUR + 12 * MINUTE, MINUTE, chance),
    ])  # fmt: skip
    assert [row["kind"] for row in rows(owner, "SELECT kind FROM iot_personal_hub.journeys ORDER BY starts")] == [
        "trip", "stay",
    ]  # fmt: skip
    assert [row["kind"] for row in rows(owner, "SELECT kind FROM iot_personal_hub.shown_journeys ORDER BY starts")] == [
        "trip", "gap", "trip", "stay", "gap", "stay",
    ]  # fmt: skip
    assert all(each["distance_m"] < 3_500 for each in trips(viewer))


def test_what_late_fixes_hide_is_gone_before_anything_is_derived_again(owner: Connection, viewer: Connection) -> None:
    add_area(owner, "home", square(*HOME))
    whole = day_out(random.Random(3))
    arrived = MORNING + 5 * HOUR + 10 * MINUTE
    live(owner, [fix for fix in whole if fix.at < arrived])
    assert len(trips(viewer)) == 2
    assert rows(viewer, "SELECT FROM iot_hub_public.map_cells")
    report(owner, [fix for fix in whole if fix.at >= arrived])
    while next(iter((owner.execute(query("refresh_stale_hours")).fetchone() or {}).values())):
        pass
    # The way home was shown until it led home. The month's cells had it, too.
    assert len(trips(viewer)) == 1
    assert rows(viewer, "SELECT FROM iot_hub_public.map_cells") == []
    refresh(owner)
    assert rows(viewer, "SELECT FROM iot_hub_public.map_cells")
    assert shown(owner) == made_of_published_rows_alone(owner)


def test_an_area_drawn_later_hides_published_trips_with_its_commit(owner: Connection, viewer: Connection) -> None:
    live(owner, day_out(random.Random(4)))
    assert max(each["distance_m"] for each in trips(viewer)) > 8_500
    add_area(owner, "home", square(*HOME))
    for relation in ("journeys", "journey_legs", "map_cells"):
        assert rows(viewer, f"SELECT FROM iot_hub_public.{relation}") == []
    mask(owner)
    assert [each for each in trips(viewer) if each["distance_m"] > 8_000] == []
    refresh(owner)
    assert len(trips(viewer)) == 1
    assert shown(owner) == made_of_published_rows_alone(owner)


def test_what_the_owner_hid_or_marked_wrong_is_published_nowhere_and_what_the_owner_knows_better_is_kept(
    owner: Connection, viewer: Connection
) -> None:
    live(owner, day_out(random.Random(5)))
    before = trips(viewer)
    assert len(before) == 3
    way = [MORNING + 2 * HOUR - 5 * MINUTE, MORNING + 2 * HOUR + 15 * MINUTE]
    correct(owner, "mode", *way, mode="train")
    correct(owner, "move", MORNING + 3 * HOUR, MORNING + 4 * HOUR, at=(0.0, 0.0))
    refresh(owner)
    assert trips(viewer) == before
    hidden = correct(owner, "hide", *way)
    # At once.
    assert len(trips(viewer)) == 2
    refresh(owner)
    assert [each["starts"] for each in trips(viewer)] == [before[0]["starts"], before[2]["starts"]]
    undo(owner, hidden)
    refresh(owner)
    assert trips(viewer) == before
    correct(owner, "wrong_fixes", *way)
    refresh(owner)
    assert len(trips(viewer)) == 2


def test_the_publics_role_reads_published_trips_and_nothing_beneath_them(owner: Connection, viewer: Connection) -> None:
    live(owner, day_out(random.Random(6)))
    for relation in (
        *SHOWN,
        "journeys",
        "journey_legs",
        "map_cells",
        "shown_fixes",
        "shown_trips",
        "stale_shown_journeys",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            viewer.execute(f"SELECT FROM iot_personal_hub.{relation}".encode())
    assert len(rows(viewer, "SELECT FROM iot_personal_hub.published_journeys")) == 3


def test_a_device_that_is_no_longer_published_has_no_published_trips(owner: Connection, viewer: Connection) -> None:
    live(owner, day_out(random.Random(7)))
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = false")
    for table in SHOWN:
        assert rows(owner, f"SELECT FROM iot_personal_hub.{table}") == []
    refresh(owner)
    assert trips(viewer) == []


def test_the_tables_of_what_is_shown_have_the_owners_columns(owner: Connection) -> None:
    def columns(table: str) -> list[dict[str, Any]]:
        return rows(
            owner,
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'iot_personal_hub' AND table_name = %s ORDER BY column_name",
            table,
        )

    for table in SHOWN:
        assert columns(table) == columns(table.removeprefix("shown_"))
