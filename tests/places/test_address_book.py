"""The owner's places: kept, found, and given to the stays around them."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from command_line import fail, run
from events import Connection, add_device, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places_world import METRE, add_stay, name_stays, visits

from iot_hub.archive.backup.create import BUNDLED_TABLES, count_rows
from iot_hub.errors import UserError
from iot_hub.places.address_book import add_place, edit_place, find_place, list_places, remove_place
from iot_hub.places.place import Place, kind_named, position_of
from iot_hub.places.suggestions import suggest_places
from iot_hub.worker.stay_naming import StayNaming

HOME = Place("Home", 52.2297, 21.0122, "home")


def test_a_stay_within_the_radius_is_called_by_the_place(owner: Connection) -> None:
    add_device(owner)
    add_place(owner, HOME)
    add_stay(owner, HOME.latitude + 90 * METRE, HOME.longitude, day=0)
    add_stay(owner, HOME.latitude + 110 * METRE, HOME.longitude, day=1)
    assert name_stays(owner) == 2
    assert visits(owner) == ["Home", None]


def test_of_several_places_the_nearest_counts(owner: Connection) -> None:
    add_device(owner)
    add_place(owner, Place("Estate", HOME.latitude, HOME.longitude, radius_m=2000))
    add_place(owner, Place("Gym", HOME.latitude + 200 * METRE, HOME.longitude))
    add_stay(owner, HOME.latitude + 150 * METRE, HOME.longitude, day=0)
    add_stay(owner, HOME.latitude + 1500 * METRE, HOME.longitude, day=1)
    name_stays(owner)
    assert visits(owner) == ["Gym", "Estate"]


def test_a_change_of_the_address_book_is_in_past_stays_at_once(owner: Connection) -> None:
    add_device(owner)
    add_stay(owner, HOME.latitude, HOME.longitude)
    name_stays(owner)
    place_id = add_place(owner, HOME)
    assert visits(owner) == ["Home"]
    edit_place(owner, place_id, Place("Flat", HOME.latitude + 500 * METRE, HOME.longitude))
    assert visits(owner) == [None]
    edit_place(owner, place_id, Place("Flat", HOME.latitude + 500 * METRE, HOME.longitude, radius_m=600))
    assert visits(owner) == ["Flat"]
    remove_place(owner, place_id)
    assert visits(owner) == [None]


def test_a_removed_place_leaves_its_stays_to_the_one_beside(owner: Connection) -> None:
    add_device(owner)
    add_place(owner, Place("Estate", HOME.latitude, HOME.longitude, radius_m=2000))
    nearer = add_place(owner, HOME)
    add_stay(owner, HOME.latitude, HOME.longitude)
    name_stays(owner)
    remove_place(owner, nearer)
    assert visits(owner) == ["Estate"]


def test_a_stay_that_moves_is_looked_up_again_and_one_that_goes_is_forgotten(owner: Connection) -> None:
    add_device(owner)
    add_place(owner, HOME)
    add_stay(owner, HOME.latitude, HOME.longitude)
    assert (name_stays(owner), name_stays(owner)) == (1, 0)
    owner.execute("UPDATE iot_personal_hub.journeys SET latitude = latitude + 1")
    assert visits(owner) == [None]
    assert (name_stays(owner), name_stays(owner)) == (1, 0)
    owner.execute("DELETE FROM iot_personal_hub.journeys")
    assert rows(owner, "SELECT * FROM iot_personal_hub.journey_places") == []


def test_a_place_on_the_antimeridian_reaches_to_both_sides(owner: Connection) -> None:
    add_device(owner)
    add_place(owner, Place("Taveuni", -16.8, 180, radius_m=200))
    add_stay(owner, -16.8, 179.9995, day=0)
    add_stay(owner, -16.8, -179.9995, day=1)
    name_stays(owner)
    assert visits(owner) == ["Taveuni", "Taveuni"]


OFFSETS = st.integers(-400, 400)
PLACES = st.lists(st.tuples(OFFSETS, st.integers(10, 300)), max_size=4, unique_by=lambda place: place[0])


@given(stays=st.lists(OFFSETS, min_size=1, max_size=5), before=PLACES, after=PLACES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_it_does_not_matter_what_came_first_stays_or_places(
    owner: Connection, stays: list[int], before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    """Stays are named, the address book changes: the names are those of stays that came after the change."""
    with owner.transaction(force_rollback=True):
        add_device(owner)
        for day, offset in enumerate(stays):
            add_stay(owner, 50 + offset * METRE, 20, day)
        old = [add_place(owner, Place(str(offset), 50 + offset * METRE, 20, radius_m=r)) for offset, r in before]
        name_stays(owner)
        for place_id in old:
            remove_place(owner, place_id)
        for offset, radius in after:
            add_place(owner, Place(str(offset), 50 + offset * METRE, 20, radius_m=radius))
        kept_in_step = visits(owner)
        owner.execute("DELETE FROM iot_personal_hub.journey_places")
        name_stays(owner)
        assert visits(owner) == kept_in_step


def test_places_that_need_a_name_are_suggested_by_time(owner: Connection) -> None:
    add_device(owner)
    for day in range(4):
        add_stay(owner, 50 + day * 5 * METRE, 20, day * 2, hours=3)
    for day in range(2):
        add_stay(owner, 50.1, 20.1, day * 2 + 1, hours=9)
    add_stay(owner, 51, 20, 20)
    name_stays(owner)
    first, second = suggest_places(owner)
    assert (first.visits, first.hours, second.visits, second.hours) == (2, 18, 4, 12)
    assert abs(second.latitude - 50) < 20 * METRE
    add_place(owner, Place("Office", first.latitude, first.longitude, "work"))
    assert [each.visits for each in suggest_places(owner)] == [4]


def test_a_stay_that_a_week_cuts_is_one_visit(owner: Connection) -> None:
    add_device(owner)
    add_stay(owner, 50, 20, 0)
    add_stay(owner, 50, 20, 1, continued=True)
    name_stays(owner)
    assert suggest_places(owner) == []


@pytest.mark.parametrize(
    ("name", "at", "kind", "radius_m", "message"),
    [
        ("", (52, 21), "home", 100, "needs a name"),
        ("x" * 201, (52, 21), "home", 100, "200 letters"),
        ("Home", (91, 21), "home", 100, "latitude"),
        ("Home", (52, 181), "home", 100, "longitude"),
        ("Home", (float("nan"), 21), "home", 100, "latitude"),
        ("Home", (52, 21), "castle", 100, "Unknown kind"),
        ("Home", (52, 21), "home", 5, "radius"),
    ],
)
def test_an_impossible_place_is_refused(
    name: str, at: tuple[float, float], kind: str, radius_m: float, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        Place(name, *at, kind, radius_m)


def test_the_database_knows_the_same_kinds(owner: Connection) -> None:
    from iot_hub.places.place import KINDS

    for number, kind in enumerate(KINDS):
        add_place(owner, Place(kind, number, 20, kind))
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("INSERT INTO iot_personal_hub.places (name, kind, latitude, longitude) VALUES ('x', 'y', 1, 1)")
    assert {row["kind"] for row in list_places(owner)} == set(KINDS)


def test_a_kind_is_named_in_both_languages() -> None:
    assert [kind_named(word) for word in ("Home", "dom", " PRACA ", "Lidl", None)] == [
        "home", "home", "work", "other", "other"
    ]  # fmt: skip
    assert kind_named("Restaurant", "food") == "food"


@pytest.mark.parametrize("text", ["52", "52,21,3", "north,east", "", "nan,21"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="LAT,LON"):
        position_of(text)


def test_one_of_two_places_of_a_name_is_found_by_its_number(owner: Connection) -> None:
    first = add_place(owner, Place("Shop", 50, 20))
    second = add_place(owner, Place("Shop", 51, 20))
    with pytest.raises(UserError, match=f"2 places are called 'shop'. Use a number: {first}, {second}"):
        find_place(owner, "shop")
    assert find_place(owner, str(second))[1].latitude == 51
    with pytest.raises(UserError, match="already"):
        add_place(owner, Place("Shop", 50, 20))


@pytest.mark.usefixtures("hub_variables")
def test_the_commands_keep_an_address_book(owner: Connection) -> None:
    assert run("place", "list") == "No place yet. See what to name: iot-hub place suggest\n"
    assert run("place", "add", "Home", "--at", "52.2297,21.0122") == "Added the place 'Home' (home).\n"
    assert json.loads(run("place", "add", "Gym", "--at", "52.3,21", "--kind", "sport", "--json"))["kind"] == "sport"
    assert run("place", "edit", "gym", "--radius", "60", "--name", "The gym") == "Changed the place 'The gym'.\n"
    [home, gym] = json.loads(run("place", "list", "--json"))
    assert (home["kind"], gym["name"], gym["radius_m"], gym["visits"]) == ("home", "The gym", 60, 0)
    assert "Remove the place 'Home'?" in run("place", "remove", "home", input="y\n")
    run("place", "remove", "The gym", "--yes")
    assert list_places(owner) == []
    assert "no place 'Home'" in fail("place", "remove", "Home", "--yes")
    assert "What is to change?" in fail("place", "edit", "Home")
    assert "Nothing to suggest" in run("place", "suggest")


@pytest.mark.usefixtures("hub_variables")
def test_a_place_is_not_removed_without_consent(owner: Connection) -> None:
    add_place(owner, HOME)
    fail("place", "remove", "Home")
    assert len(list_places(owner)) == 1


@pytest.mark.usefixtures("hub_variables")
def test_an_import_is_safe_to_repeat(owner: Connection, tmp_path: Path) -> None:
    file = tmp_path / "places.gpx"
    file.write_text(
        '<gpx><wpt lat="50" lon="20"><name>Hut</name></wpt><wpt lat="50" lon="x"><name>?</name></wpt></gpx>'
    )
    assert run("place", "import", str(file), "--dry-run") == (
        "1 places found; 1 entries have no position or no name.\n"
    )
    assert list_places(owner) == []
    assert run("place", "import", str(file)).startswith("1 places added, 0 were there already")
    assert json.loads(run("place", "import", str(file), "--json")) == {
        "places": 1, "added": 0, "known": 1, "without_position": 1,
    }  # fmt: skip


def test_the_worker_names_stays_and_loads_the_gazetteer_for_the_first(owner: Connection) -> None:
    naming = StayNaming()
    assert naming.tick(owner) == 0
    assert rows(owner, "SELECT * FROM iot_personal_hub.cities LIMIT 1") == []
    add_device(owner)
    add_stay(owner, 50.0614, 19.9366)
    assert naming.tick(owner) == 0, "not before its pause is over"
    assert StayNaming().tick(owner) == 1
    [visit] = rows(owner, "SELECT * FROM iot_personal_hub.visits")
    assert (visit["name"], visit["region"], visit["country_code"]) == ("Kraków", "Lesser Poland", "PL")
    assert StayNaming().tick(owner) == 0


def test_a_backup_holds_the_address_book_and_not_the_world(owner: Connection) -> None:
    counted = count_rows(owner)
    assert "iot_personal_hub.places" in counted
    assert "iot_personal_hub.journey_places" in counted
    assert [table for table in BUNDLED_TABLES if table in counted] == []
    existing = {row["name"] for row in rows(
        owner, "SELECT relname AS name FROM pg_class WHERE relnamespace = 'iot_personal_hub'::regnamespace"
    )}  # fmt: skip
    assert {table.removeprefix("iot_personal_hub.") for table in BUNDLED_TABLES} <= existing


def test_neither_viewers_nor_guests_read_anything_of_places(
    owner: Connection, viewer: Connection, guest: Connection
) -> None:
    for stranger in (viewer, guest):
        for relation in ("places", "journey_places", "visits", "cities", "countries", "country_pieces"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute(f"SELECT * FROM iot_personal_hub.{relation}".encode())
        for call in ("place_at(1, 1)", "place_name_of(1, 1)", "name_stays(1)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute(f"SELECT iot_personal_hub.{call}".encode())
