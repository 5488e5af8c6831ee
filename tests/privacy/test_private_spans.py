"""What is hidden besides the fixes in a zone: the way to the door, and what time would tell."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from private_zone import LATITUDE, METRE, MINUTE, NOON, fix, square

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.privacy.areas import add_area, remove_area
from iot_hub.settings import Settings


def shown(viewer: Connection) -> list[int]:
    """The minutes after noon of which a fix is shown."""
    found = rows(viewer, "SELECT location_time FROM iot_personal_hub.published_locations ORDER BY location_time")
    return [round((row["location_time"].timestamp() - NOON) / MINUTE) for row in found]


def come_home(owner: Connection, speed: float, minutes: int = 60, east_m: float = 0) -> None:
    """Come straight from the north and be home after so many minutes, at metres a minute."""
    store(owner, *((NOON + n * MINUTE, fix((minutes - n) * speed, east_m)) for n in range(minutes + 1)))
    refresh(owner)


def test_the_straight_way_to_the_door_is_hidden_for_an_hour(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    come_home(owner, 500, minutes=120)
    fixes = rows(owner, "SELECT private FROM iot_personal_hub.locations ORDER BY location_time")
    entered = next(number for number, fix in enumerate(fixes) if fix["private"])
    assert shown(viewer)[-1] == entered - 61


def test_a_walk_around_the_block_is_not_shown_at_all(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    way = [*range(0, 1700, 100), *range(1700, -1, -100)]
    store(owner, *((NOON + n * MINUTE, fix(north)) for n, north in enumerate(way)))
    refresh(owner)
    assert shown(viewer) == []
    remove_area(owner, "home")
    refresh(owner)
    assert len(shown(viewer)) == len(way)


def test_who_turns_away_before_is_hidden_only_for_the_blurred_minutes(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    # Along the northern side, 3 km away, then within a minute at the door.
    store(owner, *((NOON + n * MINUTE, fix(3000, -6000 + 300 * n)) for n in range(41)))
    store(owner, (NOON + 41 * MINUTE, fix(0)))
    refresh(owner)
    assert 41 - 9 <= shown(viewer)[-1] <= 41 - 3


def test_how_long_a_visit_is_made_to_look_differs_from_visit_to_visit_but_not_from_look_to_look(
    owner: Connection, viewer: Connection
) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    for day in range(6):
        start = NOON + day * 86400
        store(owner, *((start + n * MINUTE, fix(3000, -6000 + 300 * n)) for n in range(41)))
        store(owner, (start + 41 * MINUTE, fix(0)))
        store(owner, (start + 82 * MINUTE, fix(9000)))
    refresh(owner)
    first = shown(viewer)
    lasts = {max(n for n in first if day * 1440 <= n < day * 1440 + 41) - day * 1440 for day in range(6)}
    assert len(lasts) > 1
    remove_area(owner, "home")
    add_area(owner, "house", square(half=60 * METRE))
    refresh(owner)
    assert shown(viewer) == first


def test_events_without_a_position_are_hidden_from_the_last_fix_outside_to_the_next(
    owner: Connection, viewer: Connection
) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    battery = {"battery": {"remaining_percent": 40}}
    store(owner, (NOON, fix(9000)), (NOON + 6 * 3600, fix(0)), (NOON + 12 * 3600, fix(9000)))
    store(owner, *((NOON + hour * 3600 + 60, battery) for hour in range(12)), (NOON + 12 * 3600 + 60, battery))
    refresh(owner)
    times = [row["device_time"].timestamp() for row in rows(viewer, "SELECT * FROM iot_personal_hub.published_events")]
    assert sorted(times) == [NOON, NOON + 12 * 3600, NOON + 12 * 3600 + 60]
    hours = rows(viewer, "SELECT * FROM iot_personal_hub.published_hourly_events_counter")
    # Of the first hour an event is hidden, so it has no totals.
    assert [row["count_events"] for row in hours] == [2]


def test_the_hours_before_and_after_of_which_nothing_is_hidden_keep_their_totals(
    owner: Connection, viewer: Connection
) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    store(owner, *((NOON + n * 300, fix(9000)) for n in range(12)))
    store(owner, *((NOON + 3600 * 3 + n * 300, fix(0)) for n in range(12)))
    store(owner, *((NOON + 3600 * 6 + n * 300, fix(9000)) for n in range(12)))
    refresh(owner)
    hours = rows(viewer, "SELECT * FROM iot_personal_hub.published_hourly_events_counter ORDER BY date_hour")
    assert [(row["date_hour"].timestamp() - NOON) / 3600 for row in hours] == [0, 6]


def test_an_old_fix_from_home_is_not_shown_with_the_event_that_repeats_it_far_away(
    owner: Connection, viewer: Connection
) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    old = fix(0)
    old["location"]["fix_timestamp"] = NOON - 86400
    store(owner, *((NOON + n * 600, fix(9000)) for n in range(6)), (NOON + 1500, old), (NOON + 1501, old))
    refresh(owner)
    events = rows(
        viewer, "SELECT properties #>> '{location,latitude}' AS latitude FROM iot_personal_hub.published_events"
    )
    assert events
    assert all(float(event["latitude"]) > LATITUDE + 0.05 for event in events)


def test_ids_do_not_tell_how_many_events_are_hidden_between_two(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    store(owner, *((NOON + n * 60, fix(9000)) for n in range(5)))
    refresh(owner)
    for relation, column in [("published_events", "id"), ("published_locations", "event_id")]:
        shown_ids = [row["id"] for row in rows(viewer, f"SELECT {column} AS id FROM iot_personal_hub.{relation}")]
        known = [row["id"] for row in rows(owner, "SELECT id FROM iot_personal_hub.raw_devices_properties")]
        assert not set(shown_ids) & set(known)
        assert len(set(shown_ids)) == len(shown_ids)
        gaps = {later - earlier for earlier, later in itertools.pairwise(shown_ids)}
        assert len(gaps) == len(shown_ids) - 1


def test_every_device_is_shown_a_quarter_of_an_hour_late_as_soon_as_there_is_an_area(
    owner: Connection, viewer: Connection
) -> None:
    add_device(owner)
    add_device(owner, 2, "other phone")
    add_area(owner, "home", square())
    [now] = rows(owner, "SELECT extract(epoch FROM now())::float AS now")
    for device in (1, 2):
        store(owner, (now["now"] - 600, fix(9000)), (now["now"] - 1200, fix(9500)), device_id=device)
    store(owner, (now["now"] - 86400, fix(0)), device_id=1)
    refresh(owner)
    seen = "SELECT device_id, count(*) AS n FROM iot_personal_hub.{} GROUP BY device_id ORDER BY device_id"
    for relation in ("published_locations", "published_events"):
        # Whether it was in a zone itself must not be told by the delay.
        assert [row["n"] for row in rows(viewer, seen.format(relation))] == [1, 1]
    remove_area(owner, "home")
    refresh(owner)
    assert [row["n"] for row in rows(viewer, seen.format("published_locations"))] == [3, 2]


@pytest.mark.parametrize("place", [(0.0, 179.999), (0.0, -179.999), (84.0, 30.0), (-33.9, 151.2)])
def test_zones_hold_at_the_antimeridian_and_near_a_pole(
    owner: Connection, viewer: Connection, place: tuple[float, float]
) -> None:
    add_device(owner)
    latitude, longitude = place
    half = 0.0005
    ring = [[-half, -half], [half, -half], [half, half], [-half, half], [-half, -half]]
    west = [[longitude + x, latitude + y] for x, y in ring]
    add_area(owner, "home", json.dumps({"type": "Polygon", "coordinates": [west]}).encode())
    # Just across the antimeridian, if there is one.
    near = longitude + 0.0015
    near = near - 360 if near > 180 else near
    for number, east in enumerate((longitude, near)):
        event = {"location": {"latitude": latitude, "longitude": east, "fix_accuracy_m": 80}}
        store(owner, (NOON + number * 60, event))
    refresh(owner)
    assert shown(viewer) == []


def seen(viewer: Connection) -> list[dict[str, Any]]:
    """What is published as an event: its minute after noon, by its device's clock, and its position."""
    return rows(
        viewer,
        "SELECT ((extract(epoch FROM device_time) - %s) / 60)::float AS minute, properties #>> '{location,latitude}' AS latitude"
        " FROM iot_personal_hub.published_events ORDER BY device_time",
        NOON,
    )


def a_day_out_and_home(ahead: float, minutes: int = 240) -> list[tuple[float, dict[str, Any]]]:
    """Two hours far away, then two at home, by a clock that is ahead of GPS by so many minutes."""
    reports = []
    for minute in range(0, minutes, 5):
        told = NOON + (minute + ahead) * MINUTE
        report = fix(9000 if minute < minutes / 2 else 0)
        report["location"]["fix_timestamp"] = NOON + minute * MINUTE
        # What has no position has the device's time alone.
        reports += [(told, report), (told + 60, {"battery": {"remaining_percent": minute // 5}})]
    return reports


@pytest.mark.parametrize("ahead", [-720, -120, -30, -2, 0, 2, 30, 120, 720])
def test_a_wrong_clock_shows_nothing_of_what_was_measured_at_home(
    owner: Connection, viewer: Connection, ahead: float
) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    store(owner, *a_day_out_and_home(ahead))
    refresh(owner)
    published = seen(viewer)
    # Home was entered at the 120th minute, which this clock called another one.
    assert all(event["minute"] < 120 + ahead for event in published)
    assert all(float(event["latitude"]) > LATITUDE + 0.05 for event in published if event["latitude"])
    assert all(minute < 120 for minute in shown(viewer))
    if abs(ahead) <= 2:
        assert len(shown(viewer)) >= 20


def test_a_clock_that_is_set_right_on_the_way_home_hides_both_times(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    behind, right = a_day_out_and_home(-90), a_day_out_and_home(0)
    store(owner, *behind[:60], *right[60:])
    refresh(owner)
    assert all(event["minute"] < 120 - 90 or not event["latitude"] for event in seen(viewer) if event["minute"] < 0)
    home = [event for event in seen(viewer) if event["minute"] >= 120]
    assert home == []
    assert all(float(event["latitude"]) > LATITUDE + 0.05 for event in seen(viewer) if event["latitude"])


@pytest.mark.parametrize(("minutes", "is_shown"), [(8, False), (14, False), (16, True), (60, True)])
def test_a_short_appearance_between_home_and_a_silence_is_hidden(
    owner: Connection, viewer: Connection, minutes: int, is_shown: bool
) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    store(owner, *((NOON + n * MINUTE, fix(0)) for n in range(30)))
    # Seen again from 80 minutes on, and then, for eight hours, not; the first fixes come straight out of the zone.
    store(owner, *((NOON + n * MINUTE, fix(9000)) for n in range(80, 82 + minutes)))
    store(owner, *((NOON + n * MINUTE, fix(9000)) for n in range(600, 660)))
    refresh(owner)
    assert (82 in shown(viewer)) == is_shown
    assert set(shown(viewer)) >= set(range(600, 660))


# On the way to the door, at it, and where no way leads.
places = st.tuples(st.sampled_from([0, 1500, 2500, 3500, 5000, 7000, 9000]), st.sampled_from([0, 0, 0, 5000]))
readings = st.one_of(st.none(), places)
# Of a fix reported late, and of clocks that are ahead and behind: none, a little, hours, more than a day.
ages = st.sampled_from([None, None, None, -1, -30, 30, -120, 120, -1500, 1500])
minutes = st.one_of(st.integers(0, 90), st.integers(0, 90), st.integers(390, 430))
events = st.tuples(minutes, readings, ages)


@pytest.mark.slow
@given(given_events=st.lists(events, min_size=1, max_size=25, unique_by=lambda event: event[0]), data=st.data())
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_what_is_hidden_does_not_depend_on_the_order_in_which_events_and_areas_came(
    settings: Settings, given_events: list[tuple[int, tuple[int, int] | None, int | None]], data: st.DataObject
) -> None:
    def properties(place: tuple[int, int] | None, age: int | None, minute: int) -> dict[str, Any]:
        if place is None:
            return {"battery": {"remaining_percent": 50}}
        event = fix(*place)
        if age is not None:
            event["location"]["fix_timestamp"] = NOON + (minute + age) * MINUTE
        return event

    made = [(NOON + minute * MINUTE, properties(place, age, minute)) for minute, place, age in given_events]
    arrival = data.draw(st.permutations(made))
    area_after = data.draw(st.integers(0, len(arrival) - 1))
    with connect(owner_conninfo(settings, "tests")) as owner:
        found = []
        for order, area_first in ((made, 0), (arrival, area_after)):
            owner.execute("TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.dim_devices CASCADE")
            owner.execute("TRUNCATE iot_personal_hub.dim_blocked_areas, iot_personal_hub.stale_hours")
            owner.execute("TRUNCATE iot_personal_hub.locations, iot_personal_hub.private_spans")
            owner.execute("TRUNCATE iot_personal_hub.agg_hourly_devices_smartphone_events_counter")
            add_device(owner)
            for number, event in enumerate(order):
                if number == area_first:
                    add_area(owner, "home", square())
                store(owner, event)
                if order is arrival:
                    refresh(owner)
            refresh(owner)
            found.append((_spans(owner), _hidden(owner)))
    assert found[0] == found[1]
    spans = found[0][0]
    assert all(earlier["ends"] < later["starts"] for earlier, later in itertools.pairwise(spans))
    assert all(row["hidden"] for row in found[0][1] if row["private"])


def _spans(owner: Connection) -> list[dict[str, Any]]:
    return rows(
        owner,
        "SELECT extract(epoch FROM starts)::float AS starts, extract(epoch FROM ends)::float AS ends"
        " FROM iot_personal_hub.private_spans ORDER BY starts",
    )


def _hidden(owner: Connection) -> list[dict[str, Any]]:
    return rows(
        owner,
        "SELECT location_time, latitude, longitude, private, hidden FROM iot_personal_hub.locations"
        " ORDER BY location_time, latitude, longitude",
    )
