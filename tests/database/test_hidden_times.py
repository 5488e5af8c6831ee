"""No relation that others may read has a row of a hidden time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from events import Connection, add_device, refresh, rows, store
from private_zone import square
from share_world import link, reading

from iot_hub.database.connections import connect, guest_conninfo, viewer_conninfo
from iot_hub.privacy.areas import add_area
from iot_hub.privacy.share_links import add_trip_share
from iot_hub.settings import Settings

Role = Literal["viewer", "guest"]

HOME, SHOP = (52.23, 21.01), (52.30, 21.10)
WARSAW = ZoneInfo("Europe/Warsaw")
# Some views show the last seven days.
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
STAY = START + timedelta(hours=6), START + timedelta(hours=18)


def at(place: tuple[float, float], n: int) -> dict[str, Any]:
    return {
        "location": {"latitude": place[0], "longitude": place[1] + n % 5 * 1e-5, "fix_accuracy_m": 5, "altitude_m": 9},
        "battery": {"remaining_percent": 50, "temperature_C": 20, "usage_current_mA": 3},
        "climate": {"temperature_C": 23},
        "energy": {"energy_Wh": 100 + n},
        "contact": {"open": n % 2 == 0},
    }


def shopping_and_a_night_at_home() -> Iterator[tuple[float, dict[str, Any]]]:
    for minute in range(0, 180, 5):
        yield (START + timedelta(minutes=minute)).timestamp(), at(SHOP, minute)
    for minute in range(0, 720, 5):
        yield (STAY[0] + timedelta(minutes=minute)).timestamp(), at(HOME, minute)
    # A walk from home, a ride past it, and a walk back.
    for minute, north_m in enumerate([*range(0, 480, 60), *range(480, -320, -200), *range(-320, 0, 64)]):
        place = HOME[0] + north_m / 111_195, HOME[1]
        yield (STAY[0] + timedelta(hours=3, minutes=minute, seconds=1)).timestamp(), at(place, minute)


@dataclass(frozen=True)
class World:
    settings: Settings
    owner: Connection
    token: str

    @contextmanager
    def reader(self, role: Role) -> Iterator[Connection]:
        if role == "viewer":
            with connect(viewer_conninfo(self.settings, "tests")) as viewer:
                yield viewer
        else:
            with connect(guest_conninfo(self.settings, "tests")) as guest, reading(guest, self.token):
                yield guest


@pytest.fixture
def world(settings: Settings, owner: Connection) -> World:
    add_device(owner)
    store(owner, *shopping_and_a_night_at_home())
    refresh(owner)
    return World(settings, owner, link(owner, measurements=True, since=START - timedelta(days=1)))


def readable(owner: Connection, role: Role) -> list[str]:
    """Every relation of the hub's schemas of which the role may read any column."""
    found = rows(
        owner,
        "SELECT relation.oid::regclass::text AS name FROM pg_class AS relation"
        " WHERE relation.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relation.relispartition"
        "   AND relation.relnamespace::regnamespace::text LIKE 'iot%%'"
        "   AND has_schema_privilege(%s, relation.relnamespace, 'USAGE')"
        "   AND has_any_column_privilege(%s, relation.oid, 'SELECT')"
        " ORDER BY 1",
        f"iot_hub_{role}",
        f"iot_hub_{role}",
    )
    return [row["name"] for row in found]


def relations_of_the_stay(world: World, role: Role) -> set[str]:
    """Relations with a row in which any value is a time of the stay, or a position at home."""
    with world.reader(role) as reader:
        return {
            name
            for name in readable(world.owner, role)
            if any(is_of_the_stay(value) for row in rows(reader, f"SELECT * FROM {name}") for value in row.values())
        }


def is_of_the_stay(value: object) -> bool:
    match value:
        case datetime():
            return STAY[0] <= value <= STAY[1]
        case bool():
            return False
        case int():
            return STAY[0].timestamp() <= value <= STAY[1].timestamp()
        case float():
            return abs(value - HOME[0]) < 0.01 or abs(value - HOME[1]) < 0.01
        case str():
            return is_label_of_the_stay(value)
        case dict():
            return any(map(is_of_the_stay, value.values()))
        case list():
            return any(map(is_of_the_stay, value))
        case _:
            return False


def is_label_of_the_stay(text: str) -> bool:
    """The first beta's views name an hour by the owner's clock."""
    try:
        return is_of_the_stay(datetime.strptime(text, "%Y-%m-%d %H:00").replace(tzinfo=WARSAW))
    except ValueError:
        return False


TIMELESS = {
    "viewer": {
        "iot_hub_public.devices",
        "iot_personal_hub.published_devices",
        "iot_personal_hub.published_settings",
        "iot_hub_public.map_cells",
        "iot_personal_hub.published_map_cells",
    },
    "guest": {"iot_hub_shared.devices", "iot_hub_shared.link"},
}
# Their owner's alone.
EMPTY = {
    "viewer": {
        f"{schema}_{name}"
        for schema in ("iot_hub_public.hourly", "iot_personal_hub.published_hourly")
        for name in ("counters", "states")
    }
    | {"iot_hub_public.visits"},
    "guest": {
        "iot_hub_shared.hourly_counters",
        "iot_hub_shared.hourly_states",
        # Of links of a trip and of a year alone: tests/privacy/test_trip_links.py and test_year_links.py.
        "iot_hub_shared.moves",
        "iot_hub_shared.year_countries",
        "iot_hub_shared.year_modes",
        "iot_hub_shared.year_squares",
    },
}


@pytest.mark.parametrize("role", ["viewer", "guest"])
def test_no_relation_of_any_audience_has_a_row_of_a_hidden_time(world: World, role: Role) -> None:
    # Each would show the stay, were it not private.
    assert relations_of_the_stay(world, role) == set(readable(world.owner, role)) - TIMELESS[role] - EMPTY[role]
    assert len(rows(world.owner, "SELECT FROM iot_hub_owner.hourly_counters")) > 12
    assert len(rows(world.owner, "SELECT FROM iot_hub_owner.hourly_states")) > 12
    add_area(world.owner, "home", square(*HOME))
    assert relations_of_the_stay(world, role) == set()
    refresh(world.owner)
    assert relations_of_the_stay(world, role) == set()
    with world.reader(role) as reader:
        shown = "iot_hub_public" if role == "viewer" else "iot_hub_shared"
        assert rows(reader, f"SELECT FROM {shown}.hourly_values LIMIT 1") != []


def test_no_relation_of_a_trips_link_has_a_row_of_a_hidden_time(settings: Settings, owner: Connection) -> None:
    add_device(owner)
    # A walk from home and back, a fix a minute: of others a trip needs that.
    walk = [*range(0, 3_000, 75), *range(3_000, 0, -75)]
    store(owner, *(
        ((STAY[0] + timedelta(minutes=n)).timestamp(), at((HOME[0] + north_m / 111_195, HOME[1]), n))
        for n, north_m in enumerate([*[0] * 60, *walk, *[0] * 60])
    ))  # fmt: skip
    refresh(owner)
    made = add_trip_share(owner, "walk", "phone", (STAY[0] + timedelta(hours=1), STAY[0] + timedelta(minutes=140)))
    world = World(settings, owner, made.token)
    assert relations_of_the_stay(world, "guest") >= {"iot_hub_shared.moves", "iot_hub_shared.link"}
    add_area(owner, "home", square(*HOME))
    assert relations_of_the_stay(world, "guest") == set()
    refresh(owner)
    assert relations_of_the_stay(world, "guest") == set()


@pytest.mark.parametrize(
    ("role", "schema"), [("viewer", "iot_personal_hub"), ("viewer", "iot_hub_public"), ("guest", "iot_hub_shared")]
)
@pytest.mark.parametrize(
    "careless",
    [
        "SELECT hourly.date_hour FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS hourly",
        "SELECT fix.latitude FROM iot_personal_hub.locations AS fix",
        "SELECT to_char(raw.device_time AT TIME ZONE 'Europe/Warsaw', 'YYYY-MM-DD HH24:00') AS device_timestamp"
        " FROM iot_personal_hub.raw_devices_properties AS raw",
    ],
)
def test_a_view_that_forgets_to_mask_is_found(world: World, role: Role, schema: str, careless: str) -> None:
    add_area(world.owner, "home", square(*HOME))
    refresh(world.owner)
    world.owner.execute(f"CREATE VIEW {schema}.careless AS {careless}")
    world.owner.execute(f"GRANT SELECT ON {schema}.careless TO iot_hub_{role}")
    assert relations_of_the_stay(world, role) == {f"{schema}.careless"}
