"""Journeys over HTTP: tiles, lists and days, for the owner and for nobody else."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from login_world import open_session
from map_world import Owner, Place, add_gap, add_legs, add_stay, add_trip, name_stay
from query_api_world import Api, add_device, at, publish, running_api
from vector_tile import Feature, read_tile

from iot_hub.access.readers import add_reader
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place as OwnPlace
from iot_hub.settings import Settings
from iot_hub.worker.stay_naming import name_stays

MORNING = datetime(2026, 1, 31, 7, tzinfo=UTC)
HOME, WORK = (50.06, 19.94), (50.10, 20.02)
NEAR_HOME = "/v1/journeys/near?at=50.06,19.94"
OWN_PATHS = ("/v1/tiles/journeys/0/0/0", "/v1/journeys/days", NEAR_HOME, "/v1/devices/1/journeys")


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "no") as api:
        yield api


def a_morning(owner: Owner, device: int = 1) -> None:
    """A device at home, on its way, at work, and then silent."""
    add_device(owner, device, f"phone {device}")
    leaves = add_stay(owner, device, MORNING, 60, HOME)
    arrives = add_trip(owner, device, leaves, 30, [HOME, (50.08, 19.95), WORK])
    add_gap(owner, device, add_stay(owner, device, arrives, 90, WORK), 30)


def tile_of(place: Place, z: int) -> str:
    latitude, longitude = place
    x = int((longitude + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**z)
    return f"/v1/tiles/journeys/{z}/{x}/{y}"


def asked(api: Api, owner: Owner, path: str, **parameters: Any) -> Any:
    return api.ask("GET", path, open_session(owner, secrets.token_urlsafe()), params=parameters or None)


def layers(api: Api, owner: Owner, path: str, **parameters: Any) -> dict[str, list[Feature]]:
    answer = asked(api, owner, path, **parameters)
    assert answer.headers["cache-control"] == "private, no-cache"
    if answer.status_code == 204:
        return {}
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.mapbox-vector-tile")
    return read_tile(answer.content)


def test_a_tile_has_the_trips_that_cross_it_and_the_stays_in_it(owner: Owner, api: Api) -> None:
    a_morning(owner)
    found = layers(api, owner, tile_of(HOME, 9))
    [trip] = found["trips"]
    starts = int((MORNING + timedelta(hours=1)).timestamp())
    assert trip.properties == {
        "device_id": 1, "mode": "vehicle", "starts": starts, "ends": starts + 1800, "day": "2026-01-31",
        "kmh": 16,
    }  # fmt: skip
    assert len(trip.lines) == 1 and len(trip.lines[0]) == 3
    assert sorted(each.properties["hours"] for each in found["stays"]) == [1.0, 1.5]
    assert all(each.properties["visits"] == 1 for each in found["stays"])


def by_bicycle_and_train(owner: Owner) -> None:
    add_device(owner, 1)
    station = (50.08, 19.95)
    arrives = add_stay(owner, 1, MORNING, 60, HOME)
    add_legs(owner, 1, arrives, [(10, "bicycle", [HOME, station]), (20, "train", [station, WORK])])


def test_a_tile_has_the_legs_of_a_trip_in_their_modes(owner: Owner, api: Api) -> None:
    by_bicycle_and_train(owner)
    starts = int((MORNING + timedelta(hours=1)).timestamp())
    found = [each.properties for each in layers(api, owner, tile_of(HOME, 9))["trips"]]
    assert sorted((each["mode"], each["starts"], each["ends"]) for each in found) == [
        ("bicycle", starts, starts + 600), ("train", starts + 600, starts + 1800),
    ]  # fmt: skip


def test_a_trip_is_listed_with_its_legs(owner: Owner, api: Api) -> None:
    by_bicycle_and_train(owner)
    answer = asked(
        api, owner, "/v1/devices/1/journeys", **{"from": "2026-01-31T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    )
    stay, trip = answer.json()["journeys"]
    assert stay["legs"] == []
    assert [(leg["mode"], leg["starts"][11:16], leg["ends"][11:16]) for leg in trip["legs"]] == [
        ("bicycle", "08:00", "08:10"), ("train", "08:10", "08:30"),
    ]  # fmt: skip
    assert [leg["path"]["coordinates"][0][0] for leg in trip["legs"]] == [[19.94, 50.06], [19.95, 50.08]]


@pytest.mark.parametrize("z", [0, 6, 7, 8])
def test_a_tile_from_afar_has_no_stays(owner: Owner, api: Api, z: int) -> None:
    a_morning(owner)
    found = layers(api, owner, tile_of(HOME, z))
    assert "stays" not in found
    assert len(found.get("trips", [])) == (1 if z > 5 else 0)


def test_a_trip_of_less_than_two_pixels_is_left_out(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    add_trip(owner, 1, MORNING, 10, [HOME, (HOME[0] + 0.001, HOME[1])])
    assert layers(api, owner, tile_of(HOME, 9)) == {}
    assert len(layers(api, owner, tile_of(HOME, 14))["trips"]) == 1


def test_a_tile_is_of_the_asked_time_and_devices(owner: Owner, api: Api) -> None:
    a_morning(owner)
    a_morning(owner, 2)
    path = tile_of(HOME, 12)
    eight = (MORNING + timedelta(hours=1)).isoformat()

    def devices(**parameters: Any) -> set[int]:
        return {
            each.properties["device_id"] for layer in layers(api, owner, path, **parameters).values() for each in layer
        }

    assert devices() == {1, 2}
    assert devices(device=[2]) == {2}
    assert devices(to="2026-01-31T07:00:00Z") == set()
    assert set(layers(api, owner, path, to=eight)) == {"stays"}
    assert set(layers(api, owner, path, **{"from": eight, "to": "2026-01-31T08:01:00Z"})) == {"trips"}


def test_an_empty_tile_has_no_content(owner: Owner, api: Api) -> None:
    answer = asked(api, owner, "/v1/tiles/journeys/3/1/1")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_tile_that_has_not_changed_is_not_sent_twice(owner: Owner, api: Api) -> None:
    a_morning(owner)
    first = asked(api, owner, tile_of(HOME, 12))
    session = open_session(owner, "another")
    again = api.ask("GET", tile_of(HOME, 12), session, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    owner.execute("DELETE FROM iot_personal_hub.journeys WHERE kind = 'stay'")
    changed = api.ask("GET", tile_of(HOME, 12), session, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("0/1/0", 404, "unknown_tile"), ("3/0/8", 404, "unknown_tile"), ("23/0/0", 404, "unknown_tile"),
        ("-1/0/0", 404, "unknown_tile"), ("2/-1/0", 404, "unknown_tile"), ("99999999999/0/0", 404, "unknown_tile"),
        ("a/0/0", 422, "bad_parameter"), ("1/0", 404, "not_found"), ("0/0/0?from=yesterday", 422, "bad_parameter"),
        ("0/0/0?device=-1", 422, "bad_parameter"),
    ],
)  # fmt: skip
def test_a_tile_that_is_none_is_refused(owner: Owner, api: Api, path: str, status: int, code: str) -> None:
    answer = asked(api, owner, f"/v1/tiles/journeys/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_device_s_journeys_are_listed_with_their_lines(owner: Owner, api: Api) -> None:
    a_morning(owner)
    answer = asked(
        api, owner, "/v1/devices/1/journeys", **{"from": "2026-01-31T07:30:00Z", "to": "2026-02-01T00:00:00Z"}
    )
    schemas = api.app.openapi()
    reference = {"$ref": "#/components/schemas/Journeys", "components": schemas["components"]}
    jsonschema.validate(answer.json(), reference)
    journeys = answer.json()["journeys"]
    assert [each["kind"] for each in journeys] == ["stay", "trip", "stay", "gap"]
    assert (journeys[0]["latitude"], journeys[0]["longitude"]) == HOME
    trip = journeys[1]
    assert (trip["starts"], trip["ends"], trip["mode"]) == ("2026-01-31T08:00:00Z", "2026-01-31T08:30:00Z", "vehicle")
    [line] = trip["path"]["coordinates"]
    assert line == [[19.94, 50.06], [19.95, 50.08], [20.02, 50.1]]
    assert answer.json()["next_from"] is None


def test_a_stay_has_the_name_of_the_owners_place(owner: Owner, api: Api) -> None:
    a_morning(owner)
    span = {"from": "2026-01-31T00:00:00Z", "to": "2026-02-01T00:00:00Z"}

    def names() -> list[tuple[str | None, str | None]]:
        journeys = asked(api, owner, "/v1/devices/1/journeys", **span).json()["journeys"]
        return [(each["name"], each["place_kind"]) for each in journeys]

    assert names() == [(None, None)] * 4
    add_place(owner, OwnPlace("Nest", *HOME, "home"))
    name_stays(owner, 10)
    assert names() == [("Nest", "home"), (None, None), ("Kraków", None), (None, None)]


def test_who_asks_when_a_position_was_visited_gets_stays_and_trips_newest_first(owner: Owner, api: Api) -> None:
    a_morning(owner)
    a_morning(owner, 2)

    def visits(**parameters: Any) -> list[tuple[int, str, str]]:
        journeys = asked(api, owner, "/v1/journeys/near", **parameters).json()["journeys"]
        return [(each["device_id"], each["kind"], each["starts"]) for each in journeys]

    at_home = {"at": f"{HOME[0]},{HOME[1]}"}
    both = [(n, kind, f"2026-01-31T0{hour}:00:00Z") for kind, hour in (("trip", 8), ("stay", 7)) for n in (1, 2)]
    assert visits(**at_home) == both
    assert visits(**at_home, device=[2]) == [each for each in both if each[0] == 2]
    assert visits(**at_home, limit=1) == both[:1]
    assert visits(at="50.08,19.945") == []
    assert [kind for _, kind, _ in visits(at="50.08,19.945", radius_m=400)] == ["trip", "trip"]
    for nowhere in ("91,0", "here", "1"):
        bad = asked(api, owner, "/v1/journeys/near", at=nowhere)
        assert (bad.status_code, bad.json()["error"]["code"]) == (422, "bad_parameter")


def test_the_days_have_how_far_they_went_in_the_owner_s_time(owner: Owner, api: Api) -> None:
    a_morning(owner)
    late = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    add_trip(owner, 1, late, 10, [HOME, WORK], mode=None)
    days = asked(api, owner, "/v1/journeys/days").json()
    assert days["zone"] == "Europe/Warsaw"
    assert [(each["day"], each["trips"]) for each in days["days"]] == [("2026-01-31", 1), ("2026-02-01", 1)]
    assert 7_000 < days["days"][1]["distance_m"] < 8_000


def test_days_have_how_many_places_and_cities_were_new(owner: Owner, api: Api) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "tablet")
    [gym] = owner.execute(
        "INSERT INTO iot_personal_hub.places (name, kind, latitude, longitude) VALUES ('Gym', 'sport', 50, 20)"
        " RETURNING id"
    ).fetchall()
    for device, day, minutes, city, own in (
        (1, 1, 20, "Brno", None),  # A stop is no visit.
        (1, 2, 60, "Brno", None), (1, 3, 60, "Brno", None),
        (1, 4, 60, "Brno", gym["id"]), (1, 5, 60, "Zlin", gym["id"]), (1, 6, 60, None, None),
        (2, 7, 60, "Zlin", None), (2, 8, 60, "Lodz", None),
    ):  # fmt: skip
        starts = datetime(2026, 1, day, 12, tzinfo=UTC)
        ends = add_trip(owner, device, starts, 10, [HOME, WORK])
        add_stay(owner, device, ends, minutes, WORK)
        name_stay(owner, device, ends, WORK, city, own)

    def new(**asked_for: object) -> dict[str, int]:
        days = asked(api, owner, "/v1/journeys/new-places", **asked_for).json()["days"]
        return {day["day"][-2:]: day["new_places"] for day in days}

    assert new() == {"02": 1, "04": 1, "05": 1, "08": 1}
    # Of a device alone, its own history counts.
    assert new(device=2) == {"07": 1, "08": 1}
    reader = {"Authorization": f"Bearer {add_reader(owner, 'friend')}"}
    answer = api.get("/v1/journeys/new-places", headers=reader)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "owner_only")


@pytest.mark.parametrize("path", OWN_PATHS)
def test_nobody_else_sees_the_owners_journeys(settings: Settings, owner: Owner, path: str) -> None:
    a_morning(owner)
    published = {"Authorization": f"Bearer {add_reader(owner, 'published')}"}
    with running_api(settings, "no") as closed, running_api(settings, "yes") as public:
        assert closed.get(path).status_code == 401
        for answer in (public.get(path), closed.get(path, headers=published), public.get(path, headers=published)):
            if path == NEAR_HOME:
                assert (answer.status_code, answer.json()["error"]["code"]) == (403, "owner_only")
            elif "tiles" in path:
                assert answer.status_code == 204
            else:
                assert answer.json().get("journeys", answer.json().get("days")) == []


def test_others_see_the_trips_that_published_fixes_make_and_no_stays(
    settings: Settings, owner: Owner, api: Api
) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "tablet", published=False)
    way = [(HOME[0], HOME[1] + 0.002 * max(0, min(n - 30, 20))) for n in range(80)]
    for device in (1, 2):
        publish(owner, device, ((MORNING + timedelta(minutes=n), at(place)) for n, place in enumerate(way)))
    friend = {"Authorization": f"Bearer {add_reader(owner, 'friend')}"}
    with running_api(settings, "yes") as public:
        for ask in (lambda path: api.get(path, headers=friend), public.get):
            # The tile has both devices of the owner's.
            found = read_tile(ask(tile_of(HOME, 12)).content)
            assert [(each.properties["device_id"], each.properties["mode"]) for each in found["trips"]] == [
                (1, "on_foot")
            ]
            assert "stays" not in found
            [trip] = ask("/v1/devices/1/journeys?from=2026-01-31T00:00:00Z&to=2026-02-01T00:00:00Z").json()["journeys"]
            assert (trip["kind"], trip["mode"], trip["name"]) == ("trip", "on_foot", None)
            assert 2_500 < trip["distance_m"] < 3_000
            assert ask("/v1/devices/2/journeys").json()["error"]["code"] == "unknown_device"
            assert [day["trips"] for day in ask("/v1/journeys/days").json()["days"]] == [1]
    assert len(layers(api, owner, tile_of(HOME, 12))["trips"]) == 2


@pytest.mark.parametrize("path", OWN_PATHS)
def test_a_token_that_reads_everything_of_some_devices_sees_their_journeys(owner: Owner, api: Api, path: str) -> None:
    a_morning(owner)
    a_morning(owner, 2)
    everything = {"Authorization": f"Bearer {add_reader(owner, 'map', ['phone 2'], 'owner')}"}
    if path == "/v1/devices/1/journeys":
        assert api.get(path, headers=everything).json()["error"]["code"] == "unknown_device"
        path = "/v1/devices/2/journeys"
    assert api.get(path, headers=everything).status_code in (200, 204)
    if path.startswith("/v1/tiles"):
        trips = read_tile(api.get(tile_of(HOME, 12), headers=everything).content)["trips"]
        assert {each.properties["device_id"] for each in trips} == {2}
        assert api.get(f"{path}?device=1", headers=everything).json()["error"]["code"] == "unknown_device"
    if path.endswith("days"):
        [day] = api.get(path, headers=everything).json()["days"]
        assert day["trips"] == 1
