"""The time zones of stays."""

from __future__ import annotations

import pytest
from events import Connection, add_device, rows
from places_world import add_stay, world

from iot_hub.worker.stay_naming import name_stays

__all__ = ["world"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "country", "zone"),
    [
        (52.23, 21.01, "PL", "Europe/Warsaw"), (32.78, -96.80, "US", "America/Chicago"),
        (33.45, -112.07, "US", "America/Phoenix"), (39.74, -104.98, "US", "America/Denver"),
        (28.61, 77.21, "IN", "Asia/Kolkata"), (27.72, 85.32, "NP", "Asia/Kathmandu"),
        (-16.85, 179.95, "FJ", "Pacific/Fiji"), (-16.85, -179.95, "FJ", "Pacific/Fiji"),
        (60.72, -135.05, "CA", "America/Whitehorse"), (28.10, -15.43, "ES", "Atlantic/Canary"),
        # A few kilometres from Poland.
        (49.839, 24.03, "UA", "Europe/Kiev"), (52.34, 14.55, "DE", "Europe/Berlin"),
        # The country is not known.
        (52.23, 21.01, None, "Europe/Warsaw"), (-40.0, -120.0, None, None),
    ],
)  # fmt: skip
def test_the_zone_is_that_of_the_nearest_city_of_the_country(
    world: Connection, latitude: float, longitude: float, country: str | None, zone: str | None
) -> None:
    [found] = rows(world, "SELECT iot_personal_hub.zone_of(%s, %s, %s) AS zone", latitude, longitude, country)
    assert (found["zone"] or "").replace("Kyiv", "Kiev") == (zone or "")


def test_every_bundled_zone_is_one_that_the_database_knows(world: Connection) -> None:
    assert rows(
        world,
        "SELECT zone FROM iot_personal_hub.zone_cities EXCEPT SELECT name FROM pg_timezone_names",
    ) == []  # fmt: skip


def test_a_stay_has_its_zone_with_its_name(owner: Connection) -> None:
    add_device(owner)
    add_stay(owner, 40.75, -73.98)
    add_stay(owner, 0.0, -30.0, day=1)
    name_stays(owner, 10)
    found = rows(owner, "SELECT zone FROM iot_personal_hub.visits ORDER BY starts")
    assert [row["zone"] for row in found] == ["America/New_York", None]
