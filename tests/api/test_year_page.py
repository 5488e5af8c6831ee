"""A year in review, in a real browser: what it shows, that it needs nothing else, and who may see it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser_world import Visit, browser, overflow, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from free_ports import free_ports
from login_world import Front, api, front, open_session
from map_world import Owner, add_gap, add_stay, add_trip, live_through
from playwright.sync_api import expect
from query_api_world import add_device

from iot_hub.api.year.drawing import map_picture, months_picture
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place
from iot_hub.settings import Settings
from iot_hub.worker.stay_naming import name_stays

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "visit"]

HOME, WORK, LISBON = (52.2297, 21.0122), (52.24, 21.06), (38.722, -9.139)


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    """A hub of a phone that was in Lisbon in 2025, and of a watch that walked once in 2024."""
    with hub_with_copy(cluster, database_copies) as settings:
        with connect(owner_conninfo(settings, "tests")) as owner:
            add_device(owner, 1, "<b>phone</b>")
            add_device(owner, 2, "watch")
            add_place(owner, Place("<i>Nest</i>", *HOME, "home"))
            live_through(owner, 1, datetime(2025, 2, 3, tzinfo=UTC), 20, HOME, WORK)
            at = add_trip(owner, 1, datetime(2025, 3, 1, tzinfo=UTC), 240, [HOME, LISBON], "flight")
            at = add_stay(owner, 1, at, 60 * 30, LISBON)
            add_gap(owner, 1, at, 60 * 24)
            add_trip(owner, 2, datetime(2024, 6, 1, 8, tzinfo=UTC), 20, [HOME, WORK], "on_foot")
            name_stays(owner, 1000)
        yield settings


@pytest.fixture(scope="module")
def hub(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("year")
    api_port, nowhere = free_ports(2)
    with api(settings, folder, api_port), front(settings, folder, api_port, nowhere) as running:
        yield running


@pytest.mark.parametrize("width", [1440, 390])
def test_a_year_is_drawn_from_the_page_alone(visit: Visit, owner: Owner, hub: Front, width: int) -> None:
    visitor = visit(width, 900, locale="en-GB").log_in(owner)
    page = visitor.page
    page.goto(f"{hub.url}/map/year/2025")
    expect(page.get_by_role("heading", name="2025 in review")).to_be_visible()
    expect(page.get_by_text("<b>phone</b>", exact=True)).to_be_visible()
    expect(page.get_by_text("<i>Nest</i>").first).to_be_visible()
    assert page.locator("svg.map .line").count() >= 3
    # The world's countries in the frame, of which two were visited.
    assert page.locator("svg.map .land").count() > 10
    assert page.locator("svg.map .land.been").count() == 2
    assert overflow(page) == 0
    assert visitor.errors == []
    assert visitor.hosts() == {urlsplit(hub.url).netloc}
    assert [url for url in visitor.requested if "/map/" in url] == [f"{hub.url}/map/year/2025"]


def test_it_prints_to_pdf(visit: Visit, owner: Owner, hub: Front) -> None:
    page = visit(1440, 900).log_in(owner).page
    page.goto(f"{hub.url}/map/year/2025")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_another_device_and_language_can_be_asked_for(hub: Front, owner: Owner) -> None:
    with hub.browser() as known:
        known.cookies.update(open_session(owner, secrets.token_urlsafe()))
        watch = known.get("/map/year/2024?device=2&lang=pl")
        assert "Rok 2024" in watch.text and "Pieszo" in watch.text
        everything = known.get("/map/year/2024?device=all&lang=en").text
        assert "all devices" in everything and "2025 ›" in everything
        assert "Nothing is known of this year." in known.get("/map/year/2020?lang=en").text
        assert known.get("/map/year/0").status_code == 404


def test_a_page_may_do_nothing_and_a_stranger_is_led_to_the_login(hub: Front, owner: Owner) -> None:
    with hub.browser() as stranger:
        answer = stranger.get("/map/year/2025?device=1")
        assert (answer.status_code, answer.headers["location"]) == (302, "/login?next=/map/year/2025?device=1")
        stranger.cookies.update(open_session(owner, secrets.token_urlsafe()))
        page = stranger.get("/map/year/2025")
        [policy] = page.headers.get_list("content-security-policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
        assert "<script" not in page.text and " style=" not in page.text


def month(number: int, **metres: int) -> dict[str, Any]:
    return {"period": f"2025-{number:02}", "modes": {mode: {"distance_m": each} for mode, each in metres.items()}}


def test_months_are_as_high_as_they_are_far_and_flights_are_left_out() -> None:
    names = list("abcdefghijkl")
    picture = months_picture([month(1, on_foot=30_000, vehicle=70_000), month(3, flight=9_000_000)], names, "km")
    assert picture.count("<rect") == 2 and "flight" not in picture
    assert ">100</text>" in picture and "9000" not in picture
    assert "<rect" not in months_picture([], names, "km")


def test_visited_countries_have_another_colour() -> None:
    picture = map_picture({"land": {"PL": "M0 0", "DE": "M1 1"}, "lines": {"boat": "M2 2"}}, {"PL"}, 'a "map"')
    assert (
        '<path class="land been" d="M0 0"/><path class="land" d="M1 1"/><path class="line boat" d="M2 2"/>' in picture
    )
    assert "&quot;map&quot;" in picture
