"""Links of a live position: where a device is, when it is expected, and what of the destination a visitor can't compute."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from events import Connection, add_device, mask, refresh, rows, store
from journey_world import HOUR, MINUTE, Fix, Place, beside, stay, trip
from login_world import open_session
from private_zone import square
from query_api_world import Api, running_api
from share_world import seen
from typer.testing import CliRunner

from iot_hub.access.readers import add_reader
from iot_hub.cli.main import app
from iot_hub.errors import UserError
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place as NamedPlace
from iot_hub.privacy.areas import add_area
from iot_hub.privacy.share_links import (
    Destination,
    add_live_share,
    list_shares,
    preview_live,
    revoke_share_by_id,
)
from iot_hub.settings import Settings

START = (52.23, 21.01)
SPEED = 20.0
STATION = beside(START, 60_000, 0)


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "links") as api:
        yield api


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner)
    return owner


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def report(owner: Connection, fixes: Sequence[Fix]) -> None:
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    store(owner, *(
        (fix.at.timestamp(), {"location": {
            "latitude": fix.latitude, "longitude": fix.longitude, "fix_accuracy_m": fix.accuracy_m}})
        for fix in fixes
    ))  # fmt: skip
    refresh(owner)


def drive(until: datetime, length_m: float = 36_000, start: Place = START) -> list[Fix]:
    """Due north at 20 m/s, until an instant."""
    begins = until - timedelta(seconds=length_m / SPEED)
    return list(trip(start, (length_m, 0), begins, SPEED, timedelta(seconds=20), random.Random(1)))


def drive_to(station: Place, until: datetime, onwards: datetime) -> list[Fix]:
    """36 km due north, five minutes at the station, and on until an instant."""
    off = until + 5 * MINUTE
    rest = list(stay(station, until, off, MINUTE, random.Random(2)))
    return [*drive(until), *rest, *drive(onwards, (onwards - off).total_seconds() * SPEED, station)]


def share(owner: Connection, place: Place = STATION, name: str = "to mum") -> str:
    return add_live_share(owner, name, "phone", Destination("the station", *place), 3 * HOUR).token


def shared(api: Api, token: str) -> dict[str, Any]:
    answer = api.get("/v1/shared", {"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def age_link(owner: Connection, by: timedelta) -> None:
    owner.execute(
        "UPDATE iot_personal_hub.share_links SET created_at = created_at - %s, expires_at = expires_at - %s", [by, by]
    )


def test_a_visitor_sees_where_it_is_and_when_it_arrives_to_five_minutes(
    owner: Connection, api: Api, now: datetime
) -> None:
    report(owner, drive(now - MINUTE))
    content = shared(api, share(owner))
    arrival = content["arrival"]
    assert (content["kind"], content["moves"], content["cells"]) == ("live", [], [])
    assert arrival["destination"] == "the station"
    assert arrival["latitude"] == pytest.approx(START[0] + 36_000 / 111_195, abs=0.01)
    expected = datetime.fromisoformat(arrival["expected_at"])
    assert abs(expected - (now - MINUTE + timedelta(seconds=24_000 / SPEED))) < 4 * MINUTE
    assert (expected.minute % 5, expected.second, expected.microsecond) == (0, 0, 0)
    assert arrival["arrived_at"] is None


def test_nothing_that_a_visitor_reads_has_the_destination_in_it(
    owner: Connection, guest: Connection, api: Api, now: datetime
) -> None:
    report(owner, drive(now - MINUTE))
    token = share(owner)
    assert f"{STATION[0]:.3f}" not in json.dumps(shared(api, token))
    [link] = seen(guest, token, "link")
    assert not {"destination_latitude", "destination_longitude", "latitude"} & link.keys()


@pytest.mark.parametrize("what", ["stands", "moves away", "is silent", "is far"])
def test_no_arrival_is_told_of_a_device_that_stands_moves_away_is_silent_or_is_far(
    owner: Connection, api: Api, now: datetime, what: str
) -> None:
    place = STATION
    if what == "stands":
        report(owner, list(stay(START, now - 40 * MINUTE, now, MINUTE, random.Random(2))))
    elif what == "moves away":
        report(owner, drive(now - MINUTE))
        place = beside(START, -5_000, 0)
    elif what == "is silent":
        report(owner, drive(now - 35 * MINUTE))
    else:
        report(owner, drive(now - MINUTE))
        place = beside(START, 5_000_000, 0)
    arrival = shared(api, share(owner, place))["arrival"]
    assert arrival["location_time"] is not None
    assert (arrival["expected_at"], arrival["arrived_at"]) == (None, None)


def test_with_the_arrival_the_link_shows_nothing_later_and_ends(
    owner: Connection, guest: Connection, api: Api, now: datetime
) -> None:
    station = beside(START, 36_000, 0)
    reached = now - 20 * MINUTE
    token = share(owner, station)
    age_link(owner, HOUR)
    report(owner, drive_to(station, reached, now - MINUTE))
    arrival = shared(api, token)["arrival"]
    arrived = datetime.fromisoformat(arrival["arrived_at"])
    assert abs(arrived - reached) < MINUTE
    assert arrival["expected_at"] is None
    assert datetime.fromisoformat(arrival["location_time"]) <= arrived
    assert all(row["location_time"] <= arrived for row in seen(guest, token))
    [link] = list_shares(owner)
    assert link["expires_at"] <= now + 41 * MINUTE
    age_link(owner, HOUR)
    assert api.get("/v1/shared", {"Authorization": f"Bearer {token}"}).status_code == 401


def test_an_arrival_that_was_told_stays_the_end_after_an_area_is_drawn_over_it(
    owner: Connection, guest: Connection, api: Api, now: datetime
) -> None:
    station = beside(START, 36_000, 0)
    reached = now - 40 * MINUTE
    token = share(owner, station)
    age_link(owner, HOUR)
    report(owner, drive_to(station, reached, now - MINUTE))
    assert shared(api, token)["arrival"]["arrived_at"] is not None
    add_area(owner, "flat", square(*station))
    mask(owner)
    refresh(owner)
    assert shared(api, token)["arrival"]["arrived_at"] is None
    assert all(row["location_time"] <= reached + MINUTE for row in seen(guest, token))


def test_a_destination_in_the_zone_of_an_area_is_refused(owner: Connection, now: datetime) -> None:
    add_area(owner, "home", square(*STATION))
    mask(owner)
    report(owner, drive(now - MINUTE))
    with pytest.raises(UserError, match="in or around a private area"):
        share(owner)
    [zone] = rows(owner, "SELECT zone_latitude, zone_longitude, zone_radius_m FROM iot_personal_hub.dim_blocked_areas")
    # Its 200 m, in which a device has arrived, reach into the zone; and one beyond them.
    north = zone["zone_radius_m"]
    inside = beside((zone["zone_latitude"], zone["zone_longitude"]), north * 0.9, 0)
    with pytest.raises(UserError, match="in or around a private area"):
        share(owner, inside)
    beyond = beside((zone["zone_latitude"], zone["zone_longitude"]), north + 400, 0)
    assert preview_live(owner, "phone", Destination("the station", *beyond)).late_minutes == 15
    assert share(owner, beyond)


def test_an_area_that_is_drawn_later_at_the_destination_takes_the_arrival_away(
    owner: Connection, api: Api, now: datetime
) -> None:
    report(owner, drive(now - MINUTE))
    token = share(owner)
    assert shared(api, token)["arrival"]["expected_at"] is not None
    add_area(owner, "home", square(*STATION))
    # At once, before anything is masked.
    assert shared(api, token)["arrival"]["expected_at"] is None
    mask(owner)
    refresh(owner)
    late = shared(api, token)["arrival"]
    assert late["location_time"] is not None
    assert (late["expected_at"], late["arrived_at"]) == (None, None)
    # What stands in place of an arrival is the same as of a device that stands: nobody can tell an area by it.
    assert late["destination"] == "the station"


def test_in_a_hub_with_an_area_anywhere_positions_and_arrivals_are_of_15_minutes_ago(
    owner: Connection, api: Api, now: datetime
) -> None:
    add_area(owner, "far away", square(*beside(START, -300_000, 0)))
    mask(owner)
    report(owner, drive(now - MINUTE))
    arrival = shared(api, share(owner))["arrival"]
    newest = datetime.fromisoformat(arrival["location_time"])
    assert 14 * MINUTE <= now - newest <= 17 * MINUTE
    assert abs(datetime.fromisoformat(arrival["expected_at"]) - (now - MINUTE + timedelta(seconds=24_000 / SPEED))) < (
        4 * MINUTE
    )


def test_what_is_hidden_says_nothing_to_a_visitor(owner: Connection, api: Api, now: datetime) -> None:
    """The answer is that of a hub in which the hidden fixes never were."""
    add_area(owner, "on the way", square(*beside(START, 3_000, 0)))
    mask(owner)
    report(owner, drive(now - MINUTE, 200_000))
    goal = beside(START, 230_000, 0)
    shown = shared(api, share(owner, goal))["arrival"]
    published = rows(owner, "SELECT location_time FROM iot_hub_public.locations")
    owner.execute("DELETE FROM iot_personal_hub.locations WHERE hidden")
    assert shared(api, share(owner, goal, name="again"))["arrival"] == shown
    assert datetime.fromisoformat(shown["location_time"]) <= max(row["location_time"] for row in published)


def test_a_live_link_needs_a_published_device_a_label_and_ends_within_a_day(owner: Connection) -> None:
    with pytest.raises(UserError, match="a day at most"):
        add_live_share(owner, "long", "phone", Destination("the station", *STATION), timedelta(days=2))
    with pytest.raises(UserError, match="needs a label"):
        add_live_share(owner, "blank", "phone", Destination(" ", *STATION), HOUR)
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = false")
    with pytest.raises(UserError, match="not published"):
        share(owner)
    assert list_shares(owner) == []


def test_the_owner_shares_a_live_position_from_a_page_and_nobody_else_does(
    owner: Connection, api: Api, now: datetime
) -> None:
    report(owner, drive(now - MINUTE))
    session = open_session(owner, secrets.token_urlsafe())
    page = {"headers": {"Origin": "http://hub"}}
    going = {"device_id": 1, "latitude": STATION[0], "longitude": STATION[1]}
    preview = api.ask("POST", "/v1/shares/live/preview", session, json=going, **page).json()
    assert (preview["late_minutes"], preview["links_work"]) == (0, True)
    assert preview["newest_at"] is not None
    wanted = going | {"name": "to mum", "destination": "the station", "expires_at": (now + 3 * HOUR).isoformat()}
    made = api.ask("POST", "/v1/shares/live", session, json=wanted, **page)
    assert made.status_code == 201, made.text
    path, _, token = made.json()["path"].partition("#")
    assert path == "/map/shared"
    assert shared(api, token)["arrival"]["expected_at"] is not None
    [listed] = api.ask("GET", "/v1/shares", session).json()
    assert (listed["kind"], listed["state"]) == ("live", "valid")
    revoke_share_by_id(owner, made.json()["id"])
    assert api.get("/v1/shared", {"Authorization": f"Bearer {token}"}).status_code == 401
    for reader in (add_reader(owner, "all"), add_reader(owner, "some", ["phone"], view="owner")):
        for address in ("/v1/shares/live", "/v1/shares/live/preview"):
            answer = api.ask("POST", address, None, json=wanted, headers={"Authorization": f"Bearer {reader}"})
            assert answer.status_code == 403, address


@pytest.mark.usefixtures("hub_variables")
def test_a_command_shares_the_way_to_a_place_or_a_point(owner: Connection, api: Api, now: datetime) -> None:
    report(owner, drive(now - MINUTE))
    add_place(owner, NamedPlace("Mum's", STATION[0], STATION[1], "family"))
    run = CliRunner().invoke(app, ["share", "live", "one", "--device", "phone", "--to", "mum's", "--json"])
    assert run.exit_code == 0, run.output
    token = json.loads(run.stdout)["url"].partition("/map/shared#")[2]
    assert shared(api, token)["arrival"]["destination"] == "Mum's"
    point = f"{STATION[0]:.5f},{STATION[1]:.5f}"
    unnamed = CliRunner().invoke(app, ["share", "live", "two", "--device", "phone", "--to", point])
    assert unnamed.exit_code != 0
    named = CliRunner().invoke(
        app, ["share", "live", "two", "--device", "phone", "--to", point, "--label", "the station", "--json"]
    )
    token = json.loads(named.stdout)["url"].partition("/map/shared#")[2]
    assert shared(api, token)["arrival"]["destination"] == "the station"
