"""Masking holds on both sides of the antimeridian and around the poles."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from private_zone import MINUTE, NOON

from iot_hub.errors import UserError
from iot_hub.privacy.area_shapes import Circle
from iot_hub.privacy.areas import add_area, circle

DAY = 86_400
FAR = (-40.0, 60.0)
lenient = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# As precise as a position may be written: a square of less would be none to PostgreSQL.
places = st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(
    lambda place: (round(place[0], 12), round(place[1], 12))
)


def fix(latitude: float, longitude: object, **more: object) -> dict[str, Any]:
    return {"location": {"latitude": latitude, "longitude": longitude, "fix_accuracy_m": 5, **more}}


def published(viewer: Connection) -> list[float]:
    return [row["longitude"] for row in rows(viewer, "SELECT longitude FROM iot_personal_hub.published_locations")]


@pytest.mark.parametrize("drawn_first", [True, False])
def test_an_area_on_one_side_of_the_antimeridian_hides_the_other(
    owner: Connection, viewer: Connection, drawn_first: bool
) -> None:
    add_device(owner)
    home = circle(owner, Circle(-16.8, 179.99, 1500))
    if drawn_first:
        add_area(owner, "home", home)
    # However the sender writes it; a day apart, between days far away.
    written = [179.99, -179.998, 180.002, -180.01, "180", -180]
    store(owner, *((NOON + DAY * n, fix(-16.8, longitude)) for n, longitude in enumerate(written)))
    store(owner, *((NOON + DAY * n / 2 - DAY, fix(*FAR)) for n in range(0, 2 * len(written) + 4, 1) if n % 2 or n < 2))
    refresh(owner)
    if not drawn_first:
        add_area(owner, "home", home)
    refresh(owner)
    hidden = rows(owner, "SELECT private, hidden FROM iot_personal_hub.locations WHERE latitude = -16.8")
    assert hidden == [{"private": True, "hidden": True}] * len(written)
    assert set(published(viewer)) == {60}
    events = rows(viewer, "SELECT properties #>> '{location,longitude}' AS it FROM iot_personal_hub.published_events")
    assert {row["it"] for row in events} <= {"60.0", "60", None}


def test_the_way_into_a_zone_across_the_antimeridian_is_hidden_as_any_other(owner: Connection) -> None:
    """A walk from east to west, at 0 degrees of longitude and on the antimeridian."""
    for name, middle in (("here", 0.0), ("there", -180.0)):
        # Without a margin the zone is the area.
        add_area(owner, name, circle(owner, Circle(10, middle, 3000)), 0)
    for device_id, middle in ((1, 0.0), (2, -180.0)):
        add_device(owner, device_id, f"phone {device_id}")
        walk = [(middle + 0.2 - 0.0025 * n + 180) % 360 - 180 for n in range(160)]
        fixes = ((NOON + n * MINUTE, fix(10, longitude)) for n, longitude in enumerate(walk))
        store(owner, *fixes, device_id=device_id)
    refresh(owner)
    here, there = (
        rows(
            owner,
            "SELECT private, hidden FROM iot_personal_hub.locations WHERE device_id = %s ORDER BY location_time",
            n,
        )
        for n in (1, 2)
    )
    assert [row["private"] for row in here] == [row["private"] for row in there]
    hidden = [sum(row["hidden"] for row in walk) for walk in (here, there)]
    # How much is hidden around a stay is random.
    assert abs(hidden[0] - hidden[1]) <= 12
    assert 20 < sum(row["private"] for row in here) < min(hidden)
    assert max(hidden) < 160


@lenient
@given(
    latitude=st.one_of(st.floats(-88, 88), st.floats(80, 88)),
    longitude=st.one_of(st.floats(-180, 179.99), st.sampled_from([179.99, -179.99, -180.0])),
    radius_m=st.floats(10, 100_000),
    uncertainty_m=st.one_of(st.floats(1, 1000), st.floats(1, 1e6)),
    # Radians of a subnormal number underflow.
    bearing=st.floats(0, 360, allow_subnormal=False),
    share=st.one_of(st.floats(0, 1.2), st.floats(0.4, 0.7)),
    margin_m=st.sampled_from([900, 900, 0, 10, 100, 499, 500, 2000, 20_000]),
)
def test_places_are_ruled_in_and_out_in_advance_as_the_exact_test_does(
    owner: Connection, latitude: float, longitude: float, radius_m: float, uncertainty_m: float, bearing: float,
    share: float, margin_m: float,
) -> None:  # fmt: skip
    owner.execute("TRUNCATE iot_personal_hub.dim_blocked_areas")
    try:
        add_area(owner, "home", circle(owner, Circle(latitude, longitude, radius_m)), margin_m)
    except UserError:
        assume(False)
    [found] = rows(
        owner,
        """
        WITH fix AS (
            SELECT st_project(
                st_setsrid(st_makepoint(area.zone_longitude, area.zone_latitude), 4326)::geography,
                least(%(share)s * (area.zone_radius_m + %(uncertainty)s), 1.9e7), radians(%(bearing)s))::geometry AS place
            FROM iot_personal_hub.dim_blocked_areas AS area
        ),
        placed AS (
            SELECT st_y(fix.place) AS latitude,
                   iot_personal_hub.canonical_longitude(st_x(fix.place)::numeric) AS longitude
            FROM fix
        )
        SELECT
            st_dwithin(
                area.polygon::geography,
                iot_personal_hub.translate_point(
                    placed.latitude, placed.longitude, -area.shift_east_m, -area.shift_north_m),
                area.reach_m + %(uncertainty)s) AS is_in,
            EXISTS (SELECT FROM iot_personal_hub.areas_containing(
                placed.latitude, placed.longitude, %(uncertainty)s)) AS is_found
        FROM iot_personal_hub.dim_blocked_areas AS area
        CROSS JOIN placed
        """.replace("%(share)s", repr(share))
        .replace("%(uncertainty)s", repr(uncertainty_m))
        .replace("%(bearing)s", repr(bearing)),
    )
    assert found["is_found"] == found["is_in"]


@lenient
@given(one=places, other=places)
def test_distances_are_those_of_a_sphere(
    owner: Connection, one: tuple[float, float], other: tuple[float, float]
) -> None:
    [row] = rows(owner, "SELECT iot_personal_hub.great_circle_m(%s, %s, %s, %s) AS metres", *one, *other)
    here, there = ((math.radians(latitude), math.radians(longitude)) for latitude, longitude in (one, other))
    points = [
        (math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north))
        for north, east in (here, there)
    ]
    chord = math.dist(*points)
    assert row["metres"] == pytest.approx(math.degrees(2 * math.asin(min(1, chord / 2))) * 111_195, abs=0.5)


def test_a_fix_right_at_a_pole_is_in_no_area_and_stops_nothing(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_area(owner, "station", circle(owner, Circle(-88.0, 45.0, 1000)))
    store(owner, *((NOON + DAY * n, fix(latitude, 12.3)) for n, latitude in enumerate([-90, 90, -90.0])))
    refresh(owner)
    assert len(published(viewer)) == 3
    # So coarse that it may be anywhere around the pole, the station included.
    store(owner, (NOON + DAY * 3, fix(-89.9, -135, fix_accuracy_m=500_000)))
    refresh(owner)
    assert rows(owner, "SELECT private FROM iot_personal_hub.locations WHERE latitude = -89.9") == [{"private": True}]


def test_a_polygon_around_a_pole_is_refused_and_not_taken_for_its_outside(owner: Connection) -> None:
    ring = [[-120, -85], [0, -85], [120, -85], [-120, -85]]
    with pytest.raises(UserError, match="around a pole"):
        add_area(owner, "pole", json.dumps({"type": "Polygon", "coordinates": [ring]}))
