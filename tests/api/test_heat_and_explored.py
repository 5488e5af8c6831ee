"""Heat and explored land over HTTP: as tiles, and counted, for the owner and for nobody else."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema
import pytest
from events import refresh
from login_world import open_session
from map_world import Owner, Place, add_stay, add_trip
from query_api_world import Api, add_device, at, publish, running_api
from vector_tile import Feature, read_tile

from iot_hub.access.readers import add_reader
from iot_hub.settings import Settings

NOVEMBER = datetime(2025, 11, 3, tzinfo=UTC)
HOME, WORK = (50.06, 19.94), (50.10, 20.02)
PATHS = ("/v1/tiles/heat/2/2/1", "/v1/tiles/explored/2/2/1", "/v1/explored")


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "no") as api:
        yield api


@pytest.fixture
def life(owner: Owner) -> None:
    """One device at home, on its way and at work in November; another at work in January."""
    for device in (1, 2):
        add_device(owner, device, f"phone {device}")
    leaves = add_stay(owner, 1, NOVEMBER, 60, HOME)
    arrives = add_trip(owner, 1, leaves, 30, [HOME, WORK])
    add_stay(owner, 1, arrives, 120, WORK)
    add_stay(owner, 2, datetime(2026, 1, 8, tzinfo=UTC), 45, WORK)
    refresh(owner)


def asked(api: Api, owner: Owner, path: str, **parameters: Any) -> httpx.Response:
    return api.ask("GET", path, open_session(owner, secrets.token_urlsafe()), params=parameters or None)


def tile_of(place: Place, z: int, kind: str) -> str:
    latitude, longitude = place
    x = int((longitude + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**z)
    return f"/v1/tiles/{kind}/{z}/{x}/{y}"


def layers(api: Api, owner: Owner, path: str, **parameters: Any) -> dict[str, list[Feature]]:
    answer = asked(api, owner, path, **parameters)
    assert answer.headers["cache-control"] == "private, no-cache"
    return {} if answer.status_code == 204 else read_tile(answer.content)


def seconds(layers: dict[str, list[Feature]]) -> int:
    return sum(each.properties["seconds"] for each in layers.get("heat", ()))


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("z", range(15))
def test_each_zoom_has_all_the_time_of_its_tile(owner: Owner, api: Api, z: int) -> None:
    wide = z < 10
    found = layers(api, owner, tile_of(HOME, z, "heat"))
    # A way's time is rounded to a second a cell.
    assert seconds(found) == pytest.approx((60 + 30 + 120 + 45) * 60, rel=0.05) if wide else seconds(found) >= 3600
    assert all(0 <= x <= 4096 and 0 <= y <= 4096 for each in found["heat"] for line in each.lines for x, y in line)


@pytest.mark.usefixtures("life")
def test_heat_is_of_the_devices_and_months_asked_for(owner: Owner, api: Api) -> None:
    path = tile_of(WORK, 8, "heat")
    assert seconds(layers(api, owner, path, device=2)) == 45 * 60
    assert seconds(layers(api, owner, path, **{"from": "2026-01-15T00:00:00Z"})) == 45 * 60
    november = {"from": "2025-11-30T00:00:00Z", "to": "2025-12-01T00:00:00Z"}
    assert seconds(layers(api, owner, path, **november)) == pytest.approx(210 * 60, rel=0.05)
    assert layers(api, owner, path, **{"to": "2025-11-01T00:00:00Z"}) == {}


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("z", range(15))
def test_explored_squares_and_fog_fill_a_tile_exactly(owner: Owner, api: Api, z: int) -> None:
    found = layers(api, owner, tile_of(HOME, z, "explored"))
    boxes = [box(each) for name in ("explored", "fog") for each in found.get(name, ())]
    assert sum((east - west) * (south - north) for west, north, east, south in boxes) == 4096 * 4096
    assert found["explored"]
    assert {each.properties["day"] for each in found["explored"]} == {"2025-11-03"}
    if z == 14:
        assert len(boxes) == 1


def box(feature: Feature) -> tuple[int, int, int, int]:
    columns, rows = zip(*feature.lines[0], strict=True)
    return min(columns), min(rows), max(columns), max(rows)


@pytest.mark.usefixtures("life")
def test_where_nobody_was_is_fog_alone(owner: Owner, api: Api) -> None:
    for z in (3, 9, 14):
        [fog] = layers(api, owner, tile_of((-33.9, 151.2), z, "explored"))["fog"]
        assert box(fog) == (0, 0, 4096, 4096)


@pytest.mark.usefixtures("life")
def test_squares_are_counted(owner: Owner, api: Api) -> None:
    document = asked(api, owner, "/openapi.json").json()
    answer = asked(api, owner, "/v1/explored").json()
    jsonschema.validate(answer, {"$ref": "#/components/schemas/Explored", "components": document["components"]})
    names = {tile_of((HOME[0] + 0.04 * n / 500, HOME[1] + 0.08 * n / 500), 14, "") for n in range(501)}
    assert answer["squares"] == len(names)
    assert asked(api, owner, "/v1/explored", device=2).json() == {"squares": 1}


def test_a_tile_that_does_not_exist_is_not_found(owner: Owner, api: Api) -> None:
    for path in ("15/0/0", "3/8/0", "3/0/8", "-1/0/0"):
        answer = asked(api, owner, f"/v1/tiles/heat/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_tile")
        assert "z is 0 to 14" in answer.json()["error"]["message"]


@pytest.mark.usefixtures("life")
def test_others_see_none_of_the_owners_cells(owner: Owner, api: Api, settings: Settings) -> None:
    published = {"Authorization": f"Bearer {add_reader(owner, 'friend')}"}
    with running_api(settings, "yes") as public:
        for path in PATHS:
            assert api.ask("GET", path).status_code == 401
            for answer in (api.ask("GET", path, headers=published), public.get(path)):
                if "heat" in path:
                    assert answer.status_code == 204
                elif "tiles" in path:
                    assert set(read_tile(answer.content)) == {"fog"}
                else:
                    assert answer.json() == {"squares": 0}


def test_others_see_cells_of_trips_and_none_of_stays(owner: Owner, api: Api, settings: Settings) -> None:
    add_device(owner, 1, "phone")
    way = [(HOME[0], HOME[1] + 0.002 * max(0, min(n - 60, 20))) for n in range(200)]
    publish(owner, 1, ((NOVEMBER + timedelta(minutes=n), at(place)) for n, place in enumerate(way)))
    assert 180 * 60 < seconds(layers(api, owner, PATHS[0])) <= 200 * 60
    with running_api(settings, "yes") as public:
        assert 18 * 60 <= seconds(read_tile(public.get(PATHS[0]).content)) < 25 * 60
        assert public.get("/v1/explored").json()["squares"] >= 2
