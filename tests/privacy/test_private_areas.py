"""What is published: nothing from inside a private area, and nothing but published views."""

from __future__ import annotations

import json

import psycopg
import pytest
from events import Connection, add_device, refresh, rows, store

from iot_hub.errors import UserError
from iot_hub.privacy.areas import add_area, list_areas, remove_area

HOUR = 1755860400
HOME = {
    "type": "Polygon",
    "coordinates": [[[21.0, 52.22], [21.02, 52.22], [21.02, 52.24], [21.0, 52.24], [21.0, 52.22]]],
}
PUBLISHED_HOURLY = ["battery_details", "events_counter", "location_details", "metrics"]


def at(latitude: float, longitude: float, *, accuracy: object = 5, **location: object) -> dict[str, object]:
    return {
        "battery": {"remaining_percent": 50, "voltage_V": 4},
        "location": {
            "latitude": latitude,
            "longitude": longitude,
            "fix_accuracy_m": accuracy,
            "altitude_m": 9,
            **location,
        },
        "network": {"ssid": "home Wi-Fi"},
    }


def make_home(owner: Connection) -> None:
    add_area(owner, "home", json.dumps(HOME).encode())


def published(viewer: Connection) -> dict[str, int]:
    views = [f"published_hourly_{name}" for name in PUBLISHED_HOURLY] + ["published_locations", "published_events"]
    return {view: len(rows(viewer, f"SELECT * FROM iot_personal_hub.{view}")) for view in views}


NOTHING = dict.fromkeys(
    [*(f"published_hourly_{name}" for name in PUBLISHED_HOURLY), "published_locations", "published_events"], 0
)


def test_nothing_measured_inside_is_published(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    make_home(owner)
    store(owner, (HOUR, at(52.23, 21.01)), (HOUR + 60, {"battery": {"remaining_percent": 49}}))
    refresh(owner)
    assert published(viewer) == NOTHING
    assert rows(viewer, "SELECT * FROM iot_personal_hub.published_last_seen") == []


def test_what_lies_outside_is_published(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    make_home(owner)
    store(owner, (HOUR, at(52.30, 21.01)))
    refresh(owner)
    assert all(published(viewer).values())
    [seen] = rows(viewer, "SELECT * FROM iot_personal_hub.published_last_seen")
    # What a battery holds before and after a silence tells whether it was charged meanwhile: it is withheld.
    assert (seen["last_seen"].timestamp(), seen["battery_level"]) == (HOUR, None)
    [event] = rows(viewer, "SELECT properties FROM iot_personal_hub.published_events")
    assert set(event["properties"]) == {"location"}
    remove_area(owner, "home")
    refresh(owner)
    [seen] = rows(viewer, "SELECT * FROM iot_personal_hub.published_last_seen")
    assert seen["battery_level"] == 50


@pytest.mark.parametrize(
    ("metres", "accuracy", "hidden"),
    [
        (0, 1, True),  # on the border
        (60, 5, True),  # the least that a zone reaches beyond its area is 63 m
        (1_680, 5, False),  # the most is 1737 m, and that only on one side
        (1_680, 3_000, True),
        (1_680, None, False),  # how well it is known is not known: 100 m
        (1_680, 0, False),  # zero is what phones say for "unknown"
        (2_500, 3_000, True),
    ],
)
def test_the_border_and_the_accuracy_are_counted_in(
    owner: Connection, viewer: Connection, metres: int, accuracy: object, hidden: bool
) -> None:
    add_device(owner)
    make_home(owner)
    # On the side from which the zone was moved away, where it reaches least; there is one of the two.
    shift = rows(owner, "SELECT shift_north_m FROM iot_personal_hub.dim_blocked_areas")[0]["shift_north_m"]
    edge, sign = (52.24, 1) if shift < 0 else (52.22, -1)
    store(owner, (HOUR, at(edge + sign * metres / 111_195, 21.01, accuracy=accuracy)))
    refresh(owner)
    assert (published(viewer) == NOTHING) is hidden


def test_an_area_drawn_today_hides_yesterday_and_its_removal_shows_it_again(
    owner: Connection, viewer: Connection
) -> None:
    add_device(owner)
    store(owner, (HOUR, at(52.23, 21.01)))
    refresh(owner)
    before = published(viewer)
    assert all(before.values())
    make_home(owner)
    assert published(viewer) == NOTHING
    remove_area(owner, "home")
    refresh(owner)
    assert published(viewer) == before


def test_hours_in_which_a_phone_at_home_repeats_an_old_fix_are_hidden_too(
    owner: Connection, viewer: Connection
) -> None:
    add_device(owner)
    make_home(owner)
    old_fix = at(52.23, 21.01, fix_timestamp=HOUR)
    store(owner, *((HOUR + 3600 * hour, {**old_fix, "battery": {"remaining_percent": 90 - hour}}) for hour in range(8)))
    store(owner, (HOUR + 3600 * 3 + 600, {"battery": {"remaining_percent": 1}}))
    refresh(owner)
    assert published(viewer) == NOTHING


def test_an_event_is_not_published_before_its_hour_was_judged(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    make_home(owner)
    store(owner, (HOUR, at(52.30, 21.01)))
    refresh(owner)
    [shown] = rows(viewer, "SELECT * FROM iot_personal_hub.published_events")
    store(owner, (HOUR + 60, at(52.23, 21.01)))
    assert rows(viewer, "SELECT * FROM iot_personal_hub.published_events") == [shown]
    owner.execute("SELECT iot_personal_hub.queue_hours(1, '{(,)}'), iot_personal_hub.publish_due_hours()")
    assert rows(viewer, "SELECT * FROM iot_personal_hub.published_events") == [shown]
    refresh(owner)
    assert rows(viewer, "SELECT * FROM iot_personal_hub.published_events") == []


def test_only_measurements_are_published_of_an_event(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, at(52.30, 21.01)))
    refresh(owner)
    [row] = rows(viewer, "SELECT * FROM iot_personal_hub.published_events")
    assert set(row["properties"]) == {"battery", "location"}


def test_the_viewer_can_read_published_views_and_nothing_else(owner: Connection, viewer: Connection) -> None:
    relations = rows(
        owner,
        "SELECT relname, relkind::text AS kind FROM pg_class"
        " WHERE relnamespace = 'iot_personal_hub'::regnamespace AND relkind IN ('r', 'p', 'v', 'S', 'm')",
    )
    readable = set()
    for relation in relations:
        try:
            viewer.execute(f'SELECT * FROM iot_personal_hub."{relation["relname"]}" LIMIT 1')
            readable.add(relation["relname"])
        except psycopg.errors.InsufficientPrivilege:
            pass
    assert readable == {r["relname"] for r in relations if r["relname"].startswith(("published_", "view_"))}


def test_the_viewer_reads_all_of_the_publics_schema_and_nothing_of_the_owners_or_of_links(
    owner: Connection, viewer: Connection
) -> None:
    relations = rows(
        owner,
        "SELECT relnamespace::regnamespace::text AS place, relname FROM pg_class WHERE relnamespace IN"
        " ('iot_hub_owner'::regnamespace, 'iot_hub_public'::regnamespace, 'iot_hub_shared'::regnamespace)",
    )
    readable: dict[str, set[str]] = {}
    for relation in relations:
        names = readable.setdefault(relation["place"], set())
        try:
            viewer.execute(f'SELECT * FROM {relation["place"]}."{relation["relname"]}" LIMIT 1')
            names.add(relation["relname"])
        except psycopg.errors.InsufficientPrivilege:
            pass
    public = {relation["relname"] for relation in relations if relation["place"] == "iot_hub_public"}
    assert len(public) == 17
    assert readable == {"iot_hub_owner": set(), "iot_hub_shared": set(), "iot_hub_public": public}


def test_all_audiences_have_the_same_columns(owner: Connection) -> None:
    columns = rows(
        owner,
        "SELECT table_schema AS place, table_name AS name, column_name AS column_, data_type AS type"
        " FROM information_schema.columns WHERE table_schema LIKE 'iot_hub_%%' ORDER BY ordinal_position",
    )
    found = {
        place: [row for row in ((c["name"], c["column_"], c["type"]) for c in columns if c["place"] == place)]
        for place in ("iot_hub_owner", "iot_hub_public", "iot_hub_shared")
    }
    own = sorted(found["iot_hub_owner"])
    assert sorted(found["iot_hub_public"]) == own
    # A link's guest sees fixes, and no journeys made of them.
    shared = {name for name, _, _ in found["iot_hub_shared"]}
    names = {name for name, _, _ in own}
    assert names - shared == {"journeys", "journey_legs", "journey_moves", "named_journeys", "visits", "map_cells"}
    assert sorted(row for row in found["iot_hub_shared"] if row[0] in names) == [row for row in own if row[0] in shared]


def test_the_viewer_can_call_no_function_of_the_hub_but_the_harmless_ones(owner: Connection) -> None:
    callable_ = rows(
        owner,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'iot_personal_hub'::regnamespace"
        " AND has_function_privilege('iot_hub_viewer', oid, 'EXECUTE') ORDER BY proname",
    )
    assert [row["proname"] for row in callable_] == ["number_at", "number_of", "period_starts"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (a int)",
        "CREATE TEMP TABLE mine (a int)",
        "UPDATE iot_personal_hub.published_devices SET name = 'x'",
        "SELECT pg_read_file('/etc/hostname')",
        "SET ROLE iot_hub",
        "SELECT * FROM public.iot_hub_migrations",
    ],
)
def test_the_viewer_can_change_nothing_and_go_nowhere(viewer: Connection, statement: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
        viewer.execute(statement)


def test_a_clever_condition_sees_no_hidden_row(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    make_home(owner)
    store(owner, (HOUR, at(52.23, 21.01)))
    refresh(owner)
    # Without a security barrier the division would run on the hidden row first and fail.
    assert (
        rows(viewer, "SELECT * FROM iot_personal_hub.published_locations WHERE 1 / (latitude - 52.23)::int > 0") == []
    )


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        ({"type": "Point", "coordinates": [21, 52]}, "point"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "border"),
        ({"type": "Polygon", "coordinates": [[[-179, -89], [179, -89], [179, 89], [-179, 89], [-179, -89]]]}, "larger"),
        ({"type": "FeatureCollection", "features": []}, "exactly one"),
        (None, "no geometry"),
        ({"type": "Polygon", "coordinates": "x"}, "can't be used"),
    ],
)
def test_an_area_that_would_hide_nothing_is_refused_with_the_reason(
    owner: Connection, geometry: object, why: str
) -> None:
    with pytest.raises(UserError, match=why):
        add_area(owner, "odd", json.dumps(geometry).encode())
    assert list_areas(owner) == []


def test_the_database_itself_refuses_an_area_without_a_polygon(owner: Connection) -> None:
    with pytest.raises(psycopg.errors.NotNullViolation):
        owner.execute("INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon) VALUES ('home', NULL)")


def test_areas_are_taken_as_features_and_listed(owner: Connection) -> None:
    add_area(owner, "home", json.dumps({"type": "Feature", "properties": {}, "geometry": HOME}).encode())
    [area] = list_areas(owner)
    assert (area["name"], round(area["hectares"])) == ("home", 304)
    with pytest.raises(UserError, match="already"):
        make_home(owner)
    with pytest.raises(UserError, match="no area"):
        remove_area(owner, "work")
