"""Search on the map page in a real browser, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from browser_world import Visit, Visitor, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from login_world import Front
from map_front import hub
from map_world import Owner, live_through
from playwright.sync_api import expect
from query_api_world import add_device
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.gazetteer import load_gazetteer
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "hub", "visit"]

FIRST = datetime(2025, 11, 10, tzinfo=UTC)
HOME, WORK = (50.06, 19.94), (49.99, 20.06)


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    with hub_with_copy(cluster, database_copies) as settings:
        with connect(owner_conninfo(settings, "tests")) as owner:
            load_gazetteer(owner)
            add_device(owner, 1, "Ola's phone")
            add_place(owner, Place("Office", *WORK))
            live_through(owner, 1, FIRST, 14, HOME, WORK)
            owner.execute("SELECT iot_personal_hub.name_stays(1000)")
        yield settings


def opened(visit: Visit, owner: Owner, hub: Front, width: int = 1440) -> Visitor:
    visitor = visit(width, 844 if width < 500 else 900, locale="en-GB").log_in(owner)
    visitor.page.goto(f"{hub.url}/map")
    expect(visitor.page.locator("#day-view[aria-busy=false]")).to_be_visible()
    return visitor


def test_who_searches_by_the_keyboard_is_led_to_a_day_of_a_visit(visit: Visit, owner: Owner, hub: Front) -> None:
    visitor = opened(visit, owner, hub)
    page = visitor.page
    # The page waits for keys once it is there.
    page.keyboard.press("/")
    page.keyboard.type("krakow")
    first = page.locator("#search-results li button").first
    expect(first).to_contain_text("Kraków")
    expect(first).to_contain_text("visits")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#search-title")).to_have_text("Kraków")
    visits = page.locator("#search-days li button")
    expect(visits.first).to_be_visible()
    day = visits.last.locator("strong").inner_text()
    visits.last.click()
    expect(page.locator("#day-title")).to_contain_text(day)
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_be_hidden()
    assert visitor.errors == []


@pytest.mark.parametrize("width", [390, 1440])
def test_a_place_of_one_s_own_and_a_city_of_the_world_are_found(
    visit: Visit, owner: Owner, hub: Front, width: int
) -> None:
    page = opened(visit, owner, hub, width).page
    page.get_by_role("button", name="Search for a place").click()
    page.get_by_label("Search for a place").last.fill("off")
    page.locator("#search-results li button", has_text="Office").click()
    expect(page.locator("#search-title")).to_have_text("Office")
    page.get_by_role("button", name="Back to the results").click()
    page.locator("#search-name").fill("Reykjav")
    page.locator("#search-results li button", has_text="Iceland").click()
    wait_until(lambda: "/64.1" in page.evaluate("location.hash"), 30)
    page.locator("#search-name").fill("xyzzyx")
    expect(page.locator("#search-count")).to_have_text("Nothing of this name.")
