"""Links of a year: coarse squares and totals of published trips, and nothing that says when anybody was where."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from events import Connection, add_device, mask, refresh, rows, store
from journey_world import HOUR, MINUTE, beside, stay, trip, utc
from login_world import open_session
from private_zone import square
from query_api_world import Api, running_api
from share_world import UNPUBLISHED, VIEWS, seen
from typer.testing import CliRunner

from iot_hub.access.readers import add_reader
from iot_hub.cli.main import app
from iot_hub.database.gazetteer import load_gazetteer
from iot_hub.errors import UserError
from iot_hub.privacy.areas import add_area
from iot_hub.privacy.share_links import add_year_share, preview_year, revoke_share
from iot_hub.settings import Settings

HOME = (50.06, 19.94)
WARSAW = ZoneInfo("Europe/Warsaw")
MORNING = utc(2025, 3, 3, 6)


def travel(owner: Connection, morning: datetime = MORNING, seed: int = 1) -> None:
    """Report a day: from home 20 km north and 20 km east by car, and a stay there."""
    chance, off = random.Random(seed), morning + HOUR
    corner, shop = beside(HOME, 20_000, 0), beside(HOME, 20_000, 20_000)
    fixes = [
        *stay(HOME, morning, off, MINUTE, chance),
        *trip(HOME, (20_000, 0), off, 20, MINUTE / 6, chance),
        *trip(corner, (0, 20_000), off + timedelta(seconds=1000), 20, MINUTE / 6, chance),
        *stay(shop, off + 35 * MINUTE, off + 4 * HOUR, MINUTE, chance),
    ]
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    store(owner, *(
        (fix.at.timestamp(), {"location": {"latitude": fix.latitude, "longitude": fix.longitude, "fix_accuracy_m": 5}})
        for fix in fixes
    ))  # fmt: skip
    refresh(owner)


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "links") as api:
        yield api


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner)
    return owner


def share(owner: Connection, year: int = 2025, name: str = "my year") -> str:
    return add_year_share(owner, name, year, ["phone"], WARSAW).token


def shared(api: Api, token: str) -> dict[str, Any]:
    answer = api.get("/v1/shared", {"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_a_link_shows_squares_distances_and_countries_of_the_year(owner: Connection, api: Api) -> None:
    load_gazetteer(owner)
    travel(owner)
    travel(owner, utc(2024, 5, 5, 6), 2)
    content = shared(api, share(owner))
    year = content["year"]
    assert (content["kind"], content["moves"], content["cells"], content["arrival"]) == ("year", [], [], None)
    # 40 km of squares 3.1 km wide, and one more where the way is near a border of two.
    assert 12 <= len(year["squares"]) <= 18
    [mode] = year["modes"]
    assert (mode["mode"], mode["km"]) == ("vehicle", pytest.approx(40, abs=2))
    assert year["countries"] == ["PL"]


def test_no_view_of_the_guests_has_a_position_a_time_or_a_device_of_a_year(
    owner: Connection, guest: Connection, api: Api
) -> None:
    travel(owner)
    token = share(owner)
    for view in (*VIEWS, *UNPUBLISHED, "moves"):
        if view != "link":
            assert seen(guest, token, view) == [], view
    assert set(seen(guest, token, "year_squares")[0]) == {"x", "y"}
    assert set(seen(guest, token, "year_modes")[0]) == {"mode", "km"}
    assert "2025-03" not in json.dumps(shared(api, token))


def test_other_links_show_nothing_of_a_year(owner: Connection, guest: Connection) -> None:
    travel(owner)
    year = share(owner)
    assert seen(guest, year, "year_squares")
    owner.execute("UPDATE iot_personal_hub.share_links SET kind = 'devices'")
    for view in ("year_squares", "year_modes", "year_countries"):
        assert seen(guest, year, view) == [], view


def test_what_an_area_hides_is_in_no_square_and_in_no_total(owner: Connection, api: Api) -> None:
    travel(owner)
    token = share(owner)
    before = shared(api, token)["year"]
    add_area(owner, "home", square(*HOME))
    # At once.
    assert shared(api, token)["year"] == {"squares": [], "modes": [], "countries": []}
    mask(owner)
    refresh(owner)
    after = shared(api, token)["year"]
    assert 0 < len(after["squares"]) < len(before["squares"])
    assert after["modes"][0]["km"] < before["modes"][0]["km"]
    hidden = {tuple(square) for square in before["squares"]} - {tuple(square) for square in after["squares"]}
    # The squares from home on.
    assert max(y for _, y in before["squares"]) in {y for _, y in hidden}
    # Published trips make it, and nothing else.
    owner.execute(
        "TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.locations, iot_personal_hub.private_spans,"
        " iot_personal_hub.journeys, iot_personal_hub.map_cells CASCADE"
    )
    assert shared(api, token)["year"] == after


def test_of_the_year_that_runs_the_months_that_are_over_are_shown(owner: Connection, api: Api) -> None:
    now = datetime.now(UTC)
    this_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    travel(owner, max(this_month, now - 12 * HOUR))
    with pytest.raises(UserError, match="the months that are over"):
        share(owner, now.year)
    before = this_month - timedelta(days=20)
    travel(owner, before, 2)
    [mode] = shared(api, share(owner, before.year))["year"]["modes"]
    assert mode["km"] == pytest.approx(40, abs=2)


def test_a_year_of_which_nothing_is_published_can_not_be_shared(owner: Connection) -> None:
    travel(owner)
    with pytest.raises(UserError, match="No trip of 2023 is published"):
        share(owner, 2023)
    with pytest.raises(UserError, match="at least one device"):
        preview_year(owner, 2025, [], WARSAW)
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = false")
    with pytest.raises(UserError, match="not published"):
        share(owner)
    assert rows(owner, "SELECT FROM iot_personal_hub.share_links") == []


def test_the_owner_shares_a_year_from_a_page_and_nobody_else_does(owner: Connection, api: Api) -> None:
    travel(owner)
    session = open_session(owner, secrets.token_urlsafe())
    page = {"headers": {"Origin": "http://hub"}}
    span = {"device_id": 1, "year": 2025}
    preview = api.ask("POST", "/v1/shares/years/preview", session, json=span, **page).json()
    assert (preview["trips"], preview["links_work"]) == (1, True)
    wanted = span | {"name": "2025", "expires_at": (datetime.now(UTC) + timedelta(days=7)).isoformat()}
    made = api.ask("POST", "/v1/shares/years", session, json=wanted, **page)
    assert made.status_code == 201, made.text
    token = made.json()["path"].partition("/map/shared#")[2]
    assert len(shared(api, token)["year"]["squares"]) == preview["squares"]
    assert [link["kind"] for link in api.ask("GET", "/v1/shares", session).json()] == ["year"]
    revoke_share(owner, "2025")
    assert api.get("/v1/shared", {"Authorization": f"Bearer {token}"}).status_code == 401
    for reader in (add_reader(owner, "all"), add_reader(owner, "some", ["phone"], view="owner")):
        for address in ("/v1/shares/years", "/v1/shares/years/preview"):
            answer = api.ask("POST", address, None, json=wanted, headers={"Authorization": f"Bearer {reader}"})
            assert answer.status_code == 403, address


@pytest.mark.usefixtures("hub_variables")
def test_a_command_shares_a_year(owner: Connection, api: Api) -> None:
    travel(owner)
    run = CliRunner().invoke(app, ["share", "year", "2025", "--device", "phone", "--json"])
    assert run.exit_code == 0, run.output
    assert "Trips in the totals: 1." in run.stderr
    token = json.loads(run.stdout)["url"].partition("/map/shared#")[2]
    assert shared(api, token)["name"] == "2025"
