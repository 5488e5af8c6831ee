"""The map alone, which the dashboard's pages have in them: what it shows, to whom, and what it says where it can't."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from browser_world import Visit, Visitor, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from free_ports import free_ports
from login_world import Front, api, front, open_session
from map_front import hub
from map_world import Owner, add_stay, add_trip
from playwright.sync_api import expect
from query_api_world import add_device

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "hub", "visit"]

NOON = datetime(2025, 11, 19, 12, tzinfo=UTC)
HOME, WORK = (50.06, 19.94), (50.10, 20.02)
DAY = "/map/frame?lang=en&device=1&from=2025-11-19&to=2025-11-19"


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    """A hub with two phones: one was at home, drove to work for half an hour, and stayed; the other is its owner's alone."""
    with hub_with_copy(cluster, database_copies) as settings:
        with connect(owner_conninfo(settings, "tests")) as owner:
            add_device(owner, 1, "phone")
            add_device(owner, 2, "car", published=False)
            drives = add_stay(owner, 1, NOON - timedelta(hours=8), 8 * 60, HOME)
            add_stay(owner, 1, add_trip(owner, 1, drives, 30, [HOME, WORK]), 120, WORK)
        yield settings


@pytest.fixture
def session(owner: Owner) -> dict[str, str]:
    return open_session(owner, secrets.token_urlsafe())


def opened(visitor: Visitor, owner: Owner, address: str) -> Visitor:
    """Open an address as the owner, until its map is drawn."""
    visitor.log_in(owner).page.goto(address)
    expect(visitor.page.locator("canvas.maplibregl-canvas")).to_be_visible()
    return visitor


def test_it_shows_a_device_in_a_range_and_leads_to_the_same_view_of_the_whole_map(
    owner: Owner, hub: Front, visit: Visit
) -> None:
    visitor = opened(visit(640, 340), owner, f"{hub.url}{DAY}#12.5/50.08/19.98")
    page = visitor.page
    expect(page.get_by_role("status")).to_have_text("1 trip · 7.3 km · 19 Nov 2025 – 19 Nov 2025")
    link = page.get_by_role("link", name="Open in the map")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute(
        "href", "/map?device=1&from=2025-11-19&to=2025-11-19&lang=en#12.50/50.08000/19.98000"
    )
    expect(page.get_by_role("main", name="Map")).to_be_visible()
    expect(page.get_by_role("button", name="Zoom in")).to_be_visible()
    expect(page.get_by_role("list", name="Legend").get_by_role("listitem")).to_have_text(["Vehicle"])
    page.get_by_role("region", name="Map").focus()
    page.keyboard.press("ArrowRight")
    expect(link).not_to_have_attribute(
        "href", "/map?device=1&from=2025-11-19&to=2025-11-19&lang=en#12.50/50.08000/19.98000"
    )
    tiles = [url for url in visitor.requested if "/v1/tiles/journeys" in url]
    assert {parse_qs(urlsplit(url).query)["device"][0] for url in tiles} == {"1"}
    assert visitor.hosts() == {urlsplit(hub.url).netloc}
    assert visitor.errors == []


def test_its_words_are_those_of_the_language_that_is_asked_for(owner: Owner, hub: Front, visit: Visit) -> None:
    page = opened(visit(390, 340), owner, hub.url + DAY.replace("lang=en", "lang=pl")).page
    expect(page.get_by_role("link", name="Otwórz na mapie")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("1 podróż · 7,3 km · 19 lis 2025 – 19 lis 2025")


def test_where_there_is_no_session_it_says_so_and_tells_nothing_of_the_hub(hub: Front, visit: Visit) -> None:
    page = visit(640, 340).page
    answer = page.goto(f"{hub.url}{DAY}")
    assert answer and answer.status == 401
    expect(page.get_by_role("alert")).to_have_text("Log in to see the map.")
    expect(page.get_by_role("link", name="Log in")).to_have_attribute("href", "/login")
    assert urlsplit(page.url).path == "/map/frame"


def test_a_browser_without_webgl_is_told_so_and_led_to_the_days(owner: Owner, hub: Front, visit: Visit) -> None:
    page = visit(640, 340).log_in(owner).page
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"{hub.url}{DAY}")
    # It stays when all has been asked for, which the sum shows.
    expect(page.get_by_role("status")).to_have_text("1 trip · 7.3 km · 19 Nov 2025 – 19 Nov 2025")
    expect(page.get_by_role("alert")).to_have_text("This browser cannot draw the map: WebGL 2 is missing or off.")
    expect(page.get_by_role("link", name="Open in the map")).to_be_visible()


def test_only_the_frame_may_be_framed_and_only_by_the_hub(hub: Front, session: dict[str, str]) -> None:
    with hub.browser() as owner:
        owner.cookies.update(session)
        policies = {path: owner.get(path).headers["content-security-policy"] for path in ("/map", "/map/frame")}
    assert policies["/map"].endswith("frame-ancestors 'none'")
    assert policies["/map/frame"].endswith("frame-ancestors 'self'")
    assert policies["/map"].rpartition(";")[0] == policies["/map/frame"].rpartition(";")[0]


def test_the_owner_may_ask_for_what_others_see(hub: Front, session: dict[str, str]) -> None:
    with hub.browser() as owner:
        owner.cookies.update(session)
        assert [device["id"] for device in owner.get("/v1/devices").json()] == [1, 2]
        assert [device["id"] for device in owner.get("/v1/devices?view=published").json()] == [1]
        assert owner.get("/v1/journeys/days?view=published").json()["view"] == "published"
        days = "from=2025-11-19T00:00Z&to=2025-11-20T00:00Z"
        assert owner.get(f"/v1/devices/2/journeys?view=published&{days}").status_code == 404
        assert owner.get("/v1/places?view=published").json()["error"]["code"] == "owner_only"
        wrong = owner.get("/v1/devices?view=everything")
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "bad_parameter")
    with hub.browser() as stranger:
        assert stranger.get("/v1/devices?view=published").status_code == 401


def test_visitors_of_an_open_hub_see_published_trips_and_the_owner_among_them_no_more(
    settings: Settings, owner: Owner, visit: Visit, tmp_path: Path
) -> None:
    opened_hub = settings.model_copy(update={"public_dashboard": "yes"})
    api_port, nowhere = free_ports(2)
    with api(opened_hub, tmp_path, api_port), front(opened_hub, tmp_path, api_port, nowhere) as hub:
        page = visit(640, 340).page
        page.goto(f"{hub.url}{DAY}&view=published")
        expect(page.locator("canvas.maplibregl-canvas")).to_be_visible()
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.get_by_role("status")).to_have_text("no trips · 19 Nov 2025 – 19 Nov 2025")
        visitor = opened(visit(640, 340), owner, f"{hub.url}{DAY}&view=published")
        expect(visitor.page.get_by_role("status")).to_have_text("no trips · 19 Nov 2025 – 19 Nov 2025")
        asked = [url for url in visitor.requested if "/v1/" in url]
        assert asked and all("view=published" in url for url in asked)


def test_while_the_api_is_away_it_is_a_page_that_tries_again(settings: Settings, tmp_path: Path) -> None:
    api_port, nowhere = free_ports(2)
    with ExitStack() as fronts, ExitStack() as apis:
        apis.enter_context(api(settings, tmp_path, api_port))
        hub = fronts.enter_context(front(settings, tmp_path, api_port, nowhere))
        apis.close()
        answer = httpx.get(f"{hub.url}/map/frame")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")
    assert 'http-equiv="refresh"' in answer.text
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
