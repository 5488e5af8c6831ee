"""Links of a trip: a stretch of time of a device, shown as far as it is published, also after late data."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from events import Connection, add_device, mask, refresh, rows, store
from journey_world import HOUR, MINUTE, Fix, beside, stay, trip, utc
from login_world import open_session
from private_zone import METRE, square
from query_api_world import Api, running_api
from typer.testing import CliRunner

from iot_hub.access.readers import add_reader
from iot_hub.cli.main import app
from iot_hub.errors import UserError
from iot_hub.privacy.areas import add_area
from iot_hub.privacy.share_links import add_trip_share, preview_trip, revoke_share_by_id
from iot_hub.settings import Settings

HOME = (52.23, 21.01)
MORNING = utc(2026, 3, 3, 6)
OFF, ARRIVED = MORNING + HOUR, MORNING + HOUR + 18 * MINUTE
TRIP = (OFF, ARRIVED)
WEEK = timedelta(days=7)


def event(fix: Fix) -> dict[str, Any]:
    return {"location": {"latitude": fix.latitude, "longitude": fix.longitude, "fix_accuracy_m": fix.accuracy_m}}


def report(owner: Connection, fixes: list[Fix]) -> None:
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    store(owner, *((fix.at.timestamp(), event(fix)) for fix in fixes))
    refresh(owner)


def day(chance: random.Random) -> list[Fix]:
    """An hour at home, 10 km north and 10 km east by car, four hours there.

    So exactly that each step north leads out of the zone: one that is 4 m off would end what is hidden of the way.
    """
    corner, shop = beside(HOME, 10_000, 0), beside(HOME, 10_000, 10_000)
    return [
        *stay(HOME, MORNING, OFF, MINUTE, chance),
        *trip(HOME, (10_000, 0), OFF, 20, MINUTE / 6, chance, noise_m=0.4),
        *trip(corner, (0, 10_000), OFF + timedelta(seconds=500), 20, MINUTE / 6, chance, noise_m=0.4),
        *stay(shop, ARRIVED, MORNING + 5 * HOUR, MINUTE, chance),
    ]


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "links") as api:
        yield api


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner)
    return owner


def shared(api: Api, token: str) -> dict[str, Any]:
    answer = api.get("/v1/shared", {"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def length(content: dict[str, Any]) -> float:
    return float(sum(move["distance_m"] for move in content["moves"]))


def latitudes(content: dict[str, Any]) -> list[float]:
    return [
        latitude
        for move in content["moves"]
        for line in [move["path"]["coordinates"]]
        for _, latitude in (line if move["path"]["type"] == "LineString" else [one for part in line for one in part])
    ]


def test_a_link_shows_the_trip_and_nothing_before_or_after(owner: Connection, api: Api) -> None:
    report(owner, day(random.Random(1)))
    [own] = rows(owner, "SELECT starts, ends, distance_m FROM iot_personal_hub.journeys WHERE kind = 'trip'")
    whole = preview_trip(owner, "phone", own["starts"], own["ends"])
    assert whole.is_whole
    link = add_trip_share(owner, "to the shop", "phone", (own["starts"], own["ends"]), ttl=WEEK)
    content = shared(api, link.token)
    assert (content["name"], content["kind"]) == ("to the shop", "trip")
    assert {move["mode"] for move in content["moves"]} == {"vehicle"}
    assert length(content) == pytest.approx(own["distance_m"], rel=0.03)
    half = add_trip_share(owner, "half", "phone", (own["starts"], OFF + 8 * MINUTE), ttl=WEEK)
    content = shared(api, half.token)
    assert 0.4 * own["distance_m"] < length(content) < 0.5 * own["distance_m"]
    assert max(latitudes(content)) < HOME[0] + 9_700 / 111_195
    assert max(move["ends"] for move in content["moves"]) <= (OFF + 8 * MINUTE).isoformat().replace("+00:00", "Z")


def test_what_is_in_a_private_area_is_not_there_and_the_owner_is_told_before(owner: Connection, api: Api) -> None:
    report(owner, day(random.Random(2)))
    whole = preview_trip(owner, "phone", *TRIP)
    add_area(owner, "home", square(*HOME))
    mask(owner)
    refresh(owner)
    partly = preview_trip(owner, "phone", *TRIP)
    assert not partly.is_whole
    assert partly.shown_m < whole.shown_m - 6_000
    link = add_trip_share(owner, "to the shop", "phone", TRIP, ttl=WEEK)
    content = shared(api, link.token)
    published = rows(owner, "SELECT latitude FROM iot_hub_public.locations")
    assert min(latitudes(content)) >= min(row["latitude"] for row in published) - 1e-4
    assert length(content) == pytest.approx(partly.shown_m, rel=0.1)
    # When one left home is nowhere in it.
    first, last = min(move["starts"] for move in content["moves"]), max(move["ends"] for move in content["moves"])
    assert (content["since"], content["until"]) == (first, last)
    assert all(str(value)[:16] != OFF.isoformat()[:16] for value in (content["since"], first))
    coarse = shared(api, add_trip_share(owner, "roughly", "phone", TRIP, "100m", WEEK).token)
    assert coarse["since"] >= content["since"]


def test_a_link_of_a_trip_that_is_hidden_later_says_neither_what_nor_when(owner: Connection, api: Api) -> None:
    report(owner, day(random.Random(6)))
    link = add_trip_share(owner, "to the shop", "phone", TRIP, ttl=WEEK)
    add_area(owner, "all of it", square(*beside(HOME, 5_000, 5_000), half=12_000 * METRE))
    mask(owner)
    refresh(owner)
    content = shared(api, link.token)
    assert (content["moves"], content["cells"], content["since"], content["until"]) == ([], [], None, None)


def test_a_trip_of_which_nothing_is_published_can_not_be_shared(owner: Connection) -> None:
    add_area(owner, "all", square(*beside(HOME, 5000, 5000)), 12_000)
    report(owner, day(random.Random(3)))
    with pytest.raises(UserError, match="Nothing of this trip is published"):
        add_trip_share(owner, "to the shop", "phone", TRIP)
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = false")
    with pytest.raises(UserError, match="not published"):
        add_trip_share(owner, "to the shop", "phone", TRIP)
    assert rows(owner, "SELECT FROM iot_personal_hub.share_links") == []


def test_a_link_follows_late_data_and_an_area_that_is_drawn_later(owner: Connection, api: Api) -> None:
    fixes = day(random.Random(4))
    report(owner, [fix for fix in fixes if not OFF + 3 * MINUTE <= fix.at < OFF + 13 * MINUTE])
    link = add_trip_share(owner, "to the shop", "phone", TRIP, ttl=WEEK)
    before = length(shared(api, link.token))
    report(owner, fixes)
    after = length(shared(api, link.token))
    assert after > before + 5_000
    assert after == pytest.approx(20_000, rel=0.05)
    add_area(owner, "home", square(*HOME))
    # At once.
    assert shared(api, link.token)["moves"] == []
    mask(owner)
    refresh(owner)
    assert length(shared(api, link.token)) < after - 6_000


def test_reduced_precision_shows_cells_and_no_line(owner: Connection, api: Api) -> None:
    report(owner, day(random.Random(5)))
    link = add_trip_share(owner, "to the shop", "phone", (OFF, OFF + 40 * MINUTE), "1km", WEEK)
    content = shared(api, link.token)
    assert content["moves"] == []
    assert 15 < len(content["cells"]) < 28
    assert all(cell["first_time"][14:16] in {"00", "10", "20", "30"} for cell in content["cells"])
    with pytest.raises(UserError, match="must last at least 2:00:00"):
        add_trip_share(owner, "coarse", "phone", TRIP, "city")


def test_ended_and_unknown_links_and_links_of_devices_get_one_answer(
    owner: Connection, api: Api, settings: Settings
) -> None:
    report(owner, day(random.Random(6)))
    revoked = add_trip_share(owner, "revoked", "phone", TRIP)
    revoke_share_by_id(owner, revoked.id)
    expired = add_trip_share(owner, "expired", "phone", TRIP)
    owner.execute(
        "UPDATE iot_personal_hub.share_links SET created_at = now() - interval '2 days', expires_at = now()"
        " - interval '1 second' WHERE name = 'expired'"
    )
    valid = add_trip_share(owner, "valid", "phone", TRIP)
    reader = add_reader(owner, "grafana")
    answers = {
        (answer.status_code, answer.text)
        for token in (revoked.token, expired.token, reader, secrets.token_urlsafe(32), "", "\0", "\xff")
        for answer in [api.get("/v1/shared", {"Authorization": f"Bearer {token}".encode("latin-1")})]  # type: ignore[dict-item]
    }
    assert answers == {(401, api.get("/v1/devices").text)}
    assert api.post("/v1/shared").status_code == 401
    assert shared(api, valid.token)["name"] == "valid"
    # A link's token opens nothing else.
    assert api.get("/v1/devices", {"Authorization": f"Bearer {valid.token}"}).status_code == 401
    with running_api(settings, "no") as closed:
        assert closed.get("/v1/shared", {"Authorization": f"Bearer {valid.token}"}).status_code == 401


def test_the_owner_shares_a_trip_from_a_page_sees_when_it_was_opened_and_revokes_it(
    owner: Connection, api: Api
) -> None:
    report(owner, day(random.Random(7)))
    session = open_session(owner, secrets.token_urlsafe())
    page = {"headers": {"Origin": "http://hub"}}
    span = {"device_id": 1, "since": OFF.isoformat(), "until": ARRIVED.isoformat()}
    preview = api.ask("POST", "/v1/shares/trips/preview", session, json=span, **page).json()
    assert (preview["is_whole"], preview["links_work"]) == (True, True)
    wanted = span | {"name": "shop", "expires_at": (datetime.now(UTC) + WEEK).isoformat()}
    made = api.ask("POST", "/v1/shares/trips", session, json=wanted, **page)
    assert made.status_code == 201, made.text
    path, _, token = made.json()["path"].partition("#")
    assert path == "/map/shared"
    assert shared(api, token)["name"] == "shop"
    [listed] = api.ask("GET", "/v1/shares", session).json()
    assert (listed["kind"], listed["state"], listed["openings"]) == ("trip", "valid", 1)
    again = api.ask("POST", "/v1/shares/trips", session, json=wanted, **page)
    assert (again.status_code, again.json()["error"]["code"]) == (422, "bad_parameter")
    assert api.ask("DELETE", f"/v1/shares/{made.json()['id']}", session, **page).status_code == 200
    assert api.get("/v1/shared", {"Authorization": f"Bearer {token}"}).status_code == 401
    for reader in (add_reader(owner, "all"), add_reader(owner, "some", ["phone"], view="owner")):
        for method, address in (("GET", "/v1/shares"), ("POST", "/v1/shares/trips"), ("DELETE", "/v1/shares/1")):
            answer = api.ask(method, address, None, headers={"Authorization": f"Bearer {reader}"})
            assert answer.status_code == 403, (method, address)


@pytest.mark.usefixtures("hub_variables")
def test_a_command_shares_the_trip_of_a_time(owner: Connection, api: Api) -> None:
    report(owner, day(random.Random(8)))
    at = (OFF + 5 * MINUTE).isoformat()
    added = CliRunner().invoke(app, ["share", "trip", "shop", "--device", "phone", "--at", at, "--json"])
    assert added.exit_code == 0, added.output
    assert "Visitors see the whole trip." in added.stderr
    token = json.loads(added.stdout)["url"].partition("/map/shared#")[2]
    assert length(shared(api, token)) == pytest.approx(20_000, rel=0.05)
    nothing = CliRunner().invoke(app, ["share", "trip", "home", "--device", "phone", "--at", MORNING.isoformat()])
    assert nothing.exit_code != 0
