"""A zone's displacement belongs to its place: nothing that is done to the area tells where in the zone the place is."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

import pytest
from events import Connection, rows
from private_zone import METRE, square

from iot_hub.archive.object_store import object_store
from iot_hub.archive.state import State, _parts, read_state, restore_state, write_state
from iot_hub.database.queries import query, sql_files
from iot_hub.privacy.areas import add_area, edit_area, remove_area, zone_extent_m
from iot_hub.settings import Settings

HOME = (52.23, 21.01)


def displacement(owner: Connection, name: str = "home") -> tuple[float, float]:
    """How far the zone's middle is from the area's, to the east and to the north, in metres."""
    [area] = rows(
        owner, "SELECT shift_east_m, shift_north_m FROM iot_personal_hub.dim_blocked_areas WHERE name = %s", name
    )
    return area["shift_east_m"], area["shift_north_m"]


def beside(east_m: float, north_m: float = 0) -> bytes:
    """An area so many metres beside home."""
    return square(HOME[0] + north_m * METRE, HOME[1] + east_m * METRE / math.cos(math.radians(HOME[0])))


def test_a_change_of_the_margin_grows_the_zone_around_its_middle(owner: Connection) -> None:
    add_area(owner, "home", beside(0))
    first = displacement(owner)
    assert 630 <= math.hypot(*first) <= 837
    for margin in (500, 700, 2000, 20_000, 900):
        edit_area(owner, "home", margin_m=margin)
        assert displacement(owner) == first
        [zone] = rows(
            owner,
            "SELECT reach_m - sqrt(shift_east_m ^ 2 + shift_north_m ^ 2) AS room, reach_m FROM iot_personal_hub.dim_blocked_areas",
        )
        assert zone["room"] >= 63 - 1e-6
        least, most = zone_extent_m(margin)
        assert least <= zone["room"] + 1e-6
        assert zone["reach_m"] + math.hypot(*first) <= most + 1e-6


def test_an_area_drawn_again_with_another_margin_hides_around_the_same_middle(owner: Connection) -> None:
    add_area(owner, "home", beside(0), 900)
    first = displacement(owner)
    remove_area(owner, "home")
    add_area(owner, "home", beside(0), 3000)
    assert displacement(owner) == first


def test_a_zone_whose_margin_is_made_too_small_does_not_lie_on_the_line_to_the_place(owner: Connection) -> None:
    add_area(owner, "home", beside(0), 900)
    east, north = displacement(owner)
    edit_area(owner, "home", margin_m=300)
    small = displacement(owner)
    assert 0.70 * 300 <= math.hypot(*small) <= 0.93 * 300
    across = abs(east * small[1] - north * small[0]) / math.hypot(east, north)
    assert across > 1
    edit_area(owner, "home", margin_m=900)
    assert displacement(owner) == pytest.approx((east, north))


@pytest.mark.slow
def test_a_place_redrawn_a_little_keeps_its_displacement_wherever_it_is(owner: Connection) -> None:
    draw = Random("redrawn")
    for number in range(150):
        place = draw.uniform(-60, 70), draw.uniform(-179, 179)
        turn = draw.uniform(0, 2 * math.pi)

        def moved(metres: float, place: tuple[float, float] = place, turn: float = turn) -> bytes:
            east = metres * math.cos(turn) * METRE / math.cos(math.radians(place[0]))
            return square(place[0] + metres * math.sin(turn) * METRE, place[1] + east)

        name = f"place {number}"
        add_area(owner, name, moved(0))
        first = displacement(owner, name)
        edit_area(owner, name, geojson=moved(50))
        assert displacement(owner, name) == first
        remove_area(owner, name)
        add_area(owner, name, moved(100))
        assert displacement(owner, name) == first


def test_an_area_that_wanders_in_small_steps_keeps_its_displacement_and_so_does_its_successor(
    owner: Connection,
) -> None:
    add_area(owner, "home", beside(0))
    first = displacement(owner)
    for east_m in range(900, 4500, 900):
        edit_area(owner, "home", geojson=beside(east_m))
        assert displacement(owner) == first
    remove_area(owner, "home")
    add_area(owner, "home", beside(3600))
    assert displacement(owner) == first


def test_a_place_a_kilometre_further_has_a_displacement_of_its_own(owner: Connection) -> None:
    add_area(owner, "home", beside(0))
    found = {displacement(owner)}
    for number in range(1, 6):
        add_area(owner, f"place {number}", beside(0, 1100 * number))
        found.add(displacement(owner, f"place {number}"))
    assert len(found) == 6


def test_a_rename_moves_nothing(owner: Connection) -> None:
    add_area(owner, "home", beside(0))
    [before] = rows(owner, "SELECT * FROM iot_personal_hub.dim_blocked_areas")
    edit_area(owner, "home", new_name="house")
    [after] = rows(owner, "SELECT * FROM iot_personal_hub.dim_blocked_areas")
    assert {**after, "name": "home", "updated_at": None} == {**before, "updated_at": None}


def emptied(owner: Connection) -> None:
    """A hub that was lost."""
    owner.execute(
        "TRUNCATE iot_personal_hub.dim_blocked_areas, iot_personal_hub.zone_displacements RESTART IDENTITY CASCADE"
    )


def zones(owner: Connection) -> list[dict[str, Any]]:
    return rows(
        owner,
        "SELECT name, zone_latitude, zone_longitude, reach_m, shift_east_m, shift_north_m"
        " FROM iot_personal_hub.dim_blocked_areas ORDER BY name",
    )


def test_a_restored_hub_draws_no_second_zone(owner: Connection, settings: Settings) -> None:
    add_area(owner, "home", beside(0))
    edit_area(owner, "home", geojson=beside(800))
    add_area(owner, "work", beside(1900), 2000)
    add_area(owner, "old", beside(-9000))
    gone = displacement(owner, "old")
    remove_area(owner, "old")
    before = zones(owner)
    store = object_store(settings)
    write_state(owner, store)
    emptied(owner)
    # The new hub had an area for a while.
    add_area(owner, "tried", beside(100))
    remove_area(owner, "tried")
    with owner.transaction():
        restore_state(owner, read_state(store))
        owner.execute(query("restore_sequences"))
    assert zones(owner) == before
    add_area(owner, "old again", beside(-9050))
    assert displacement(owner, "old again") == gone


def test_an_archive_of_a_hub_that_kept_no_displacements_restores_the_same_zones(
    owner: Connection, settings: Settings
) -> None:
    add_area(owner, "home", beside(0))
    add_area(owner, "work", beside(1300))
    before = zones(owner)
    store = object_store(settings)
    write_state(owner, store)
    parts = dict(read_state(store).parts)
    del parts["displacements"]
    areas = [
        {name: value for name, value in area.items() if name not in ("displacement_id", "reach_m")}
        for area in json.loads(bytes(parts["areas"]))
    ]
    emptied(owner)
    with owner.transaction():
        restore_state(owner, State({**parts, **_parts.decode(json.dumps({"areas": areas}))}, []))
    for now, then in zip(zones(owner), before, strict=True):
        assert {**now, "name": ""} == pytest.approx({**then, "name": ""}, abs=1e-6)


UNDO = """
DROP TABLE iot_personal_hub.zone_crossings, iot_personal_hub.publication_watches;
ALTER TABLE iot_personal_hub.dim_blocked_areas DROP COLUMN displacement_id, DROP COLUMN reach_m;
DROP TABLE iot_personal_hub.zone_displacements;
DROP INDEX iot_personal_hub.locations_misdated_idx, iot_personal_hub.locations_misdated_reported_idx;
CREATE INDEX locations_private_reported_idx ON iot_personal_hub.locations (device_id, last_reported) WHERE private;
"""


def test_an_upgrade_moves_no_zone(owner: Connection) -> None:
    margins = {"home": 900.0, "large": 3000.0, "narrow": 300.0, "small": 500.0}
    for number, (name, margin) in enumerate(margins.items()):
        add_area(owner, name, beside(20_000 * number), margin)
    # As version 1.1 placed them: 80 % of the margin away, which is the zone's reach.
    owner.execute("ALTER TABLE iot_personal_hub.dim_blocked_areas DISABLE TRIGGER USER")
    owner.execute(
        "UPDATE iot_personal_hub.dim_blocked_areas SET shift_east_m = 0.8 * margin_m, shift_north_m = 0, reach_m = margin_m"
    )
    owner.execute("ALTER TABLE iot_personal_hub.dim_blocked_areas ENABLE TRIGGER USER")
    before = zones(owner)
    owner.execute(UNDO.encode())
    [migration] = [file for file in sql_files("migrations") if file.name.startswith("0018_")]
    owner.execute(migration.read_bytes())
    assert zones(owner) == before
    for name, margin in margins.items():
        edit_area(owner, name, new_name=f"{name} renamed")
        assert displacement(owner, f"{name} renamed") == pytest.approx((0.8 * margin, 0))
        remove_area(owner, f"{name} renamed")
    # And drawn again, with another margin too.
    add_area(owner, "home", beside(0), 1500)
    assert displacement(owner) == pytest.approx((720, 0))
