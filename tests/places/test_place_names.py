"""Countries, regions and cities of positions, without asking anyone."""

from __future__ import annotations

import math

import pytest
from events import Connection, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from places_world import world as world

from iot_hub.database.gazetteer import load_gazetteer


def name_of(owner: Connection, latitude: float, longitude: float) -> dict[str, str | None] | None:
    found = rows(owner, "SELECT * FROM iot_personal_hub.place_name_of(%s, %s)", latitude, longitude)
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("latitude", "longitude", "country_code", "region", "city"),
    [
        pytest.param(50.0614, 19.9366, "PL", "Lesser Poland", "Kraków", id="a city's square"),
        pytest.param(50.0775, 19.9066, "PL", "Lesser Poland", "Kraków", id="its edge, nearer to a village"),
        pytest.param(52.2297, 21.0122, "PL", "Mazovia", "Warsaw", id="a capital"),
        pytest.param(51.5007, -0.1246, "GB", "England", "London", id="another"),
        pytest.param(40.7580, -73.9855, "US", "New York", "New York City", id="a metropolis of many names"),
        pytest.param(-33.8568, 151.2153, "AU", "New South Wales", "Sydney", id="the south"),
        pytest.param(5.8520, -55.2038, "SR", "Paramaribo District", "Paramaribo", id="a country beside an exclave"),
        pytest.param(4.9227, -52.3269, "GF", "Guyane", "Cayenne", id="a territory that is drawn as a part of another"),
        pytest.param(42.6629, 21.1655, "XK", "Pristina", "Pristina", id="a country that is not in ISO 3166"),
        pytest.param(-18.1416, 178.4419, "FJ", "Central", "Suva", id="just west of the antimeridian"),
        pytest.param(64.1466, -21.9426, "IS", "Capital Region", "Reykjavík", id="the north"),
    ],
)
def test_a_position_has_a_country_a_region_and_a_city(
    world: Connection, latitude: float, longitude: float, country_code: str, region: str, city: str
) -> None:
    name = name_of(world, latitude, longitude)
    assert name is not None
    assert (name["country_code"], name["region"], name["city"]) == (country_code, region, city)


@pytest.mark.parametrize(("latitude", "longitude"), [(0, -30), (-48.9, -123.4), (90, 0)])
def test_the_open_sea_and_the_north_pole_have_no_name(world: Connection, latitude: float, longitude: float) -> None:
    assert name_of(world, latitude, longitude) is None


def test_the_south_pole_is_in_a_country_without_cities(world: Connection) -> None:
    assert name_of(world, -90, 0) == {"country_code": "AQ", "country": "Antarctica", "region": None, "city": None}


def test_an_island_without_a_city_has_its_country(world: Connection) -> None:
    name = name_of(world, 79.0, 16.0)  # Svalbard, 90 km north of Longyearbyen
    assert name is not None
    assert (name["country_code"], name["city"]) == ("SJ", None)


def test_a_desert_has_a_region_and_no_city(world: Connection) -> None:
    name = name_of(world, 25.5, 2.6)
    assert name is not None
    assert (name["country_code"], name["city"]) == ("DZ", None)


def test_a_pier_off_the_drawn_coast_is_in_its_city(world: Connection) -> None:
    name = name_of(world, 54.4487, 18.5787)  # the end of the pier of Sopot
    assert name is not None
    assert (name["country_code"], name["city"]) == ("PL", "Sopot")


def test_both_countries_are_named_where_a_border_is_too_near_to_tell(world: Connection) -> None:
    unsure = [
        name
        for step in range(-8, 9)
        # Across the Oder, from Frankfurt to Słubice.
        if (name := name_of(world, 52.3480, 14.5590 + step * 0.001)) and name["country_code"] is None
    ]
    assert all(name["country"] in ("Germany / Poland", "Poland / Germany") for name in unsure)
    far = name_of(world, 52.3480, 14.4700), name_of(world, 52.3480, 14.6500)
    assert [name and name["country_code"] for name in far] == ["DE", "PL"]


@given(st.floats(-89, 89), st.floats(-180, 180))
@settings(max_examples=60)
def test_a_full_turn_changes_no_name(world: Connection, latitude: float, longitude: float) -> None:
    turned = longitude + (360 if longitude <= 0 else -360)
    assert name_of(world, latitude, longitude) == name_of(world, latitude, turned)


@given(st.floats(-90, 90), st.floats(-180, 180))
@settings(max_examples=60)
def test_a_city_is_of_the_country_unless_both_are_named(world: Connection, latitude: float, longitude: float) -> None:
    name = name_of(world, latitude, longitude)
    if name is None or name["city"] is None or name["country_code"] is None:
        return
    near = rows(
        world,
        "SELECT st_distance(point, st_makepoint(%s, %s)::geography) AS metres, population"
        " FROM iot_personal_hub.cities WHERE name = %s AND country_code = %s ORDER BY metres LIMIT 1",
        longitude, latitude, name["city"], name["country_code"],
    )  # fmt: skip
    assert near
    assert near[0]["metres"] - 1000 * math.sqrt(near[0]["population"] / 4000 / math.pi) < 25_000


def test_a_loaded_gazetteer_is_not_loaded_again(world: Connection) -> None:
    assert load_gazetteer(world) is False
    counts = rows(world, "SELECT count(*) AS cities FROM iot_personal_hub.cities")
    assert counts[0]["cities"] > 150_000
