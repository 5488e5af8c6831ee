"""Places on the map page in a real browser: named from a stay, listed, changed, removed, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from browser_world import Visit, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from login_world import Front
from map_front import hub
from map_world import Owner, add_stay, live_through
from playwright.sync_api import Page, expect
from query_api_world import add_device

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "hub", "visit"]

FIRST = datetime(2025, 11, 10, tzinfo=UTC)
DAY = "2025-11-19"
HOME, WORK = (50.06, 19.94), (50.10, 20.02)


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    with hub_with_copy(cluster, database_copies) as settings:
        yield settings


@pytest.fixture
def owner(settings: Settings) -> Iterator[Owner]:
    """A connection to a hub where a device lives between home and work, and no place has a name."""
    with connect(owner_conninfo(settings, "tests")) as owner:
        owner.execute("TRUNCATE iot_personal_hub.journeys, iot_personal_hub.places CASCADE")
        owner.execute("DELETE FROM iot_personal_hub.dim_devices")
        add_device(owner, 1, "Ola's phone")
        live_through(owner, 1, FIRST, 14, HOME, WORK)
        owner.execute("SELECT iot_personal_hub.name_stays(1000)")
        yield owner


def opened(visit: Visit, owner: Owner, hub: Front, width: int = 1440, query: str = f"?day={DAY}") -> Page:
    page = visit(width, 844 if width < 500 else 900, locale="en-GB").log_in(owner).page
    page.goto(f"{hub.url}/map{query}")
    expect(page.locator("#day-view[aria-busy=false]")).to_be_visible()
    expect(page.locator("#map canvas")).to_be_visible()
    return page


def places(owner: Owner) -> list[tuple[str, str, float]]:
    rows = owner.execute("SELECT name, kind, radius_m FROM iot_personal_hub.places ORDER BY name")
    return [(row["name"], row["kind"], row["radius_m"]) for row in rows]


def name_first_stay(page: Page, name: str) -> None:
    page.locator("#journeys button.stay").first.click()
    page.get_by_role("button", name="Name this place").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toast")).to_contain_text(f"{name} is saved.")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_stay_of_the_day_gets_a_name_that_it_is_called_by_at_once(
    visit: Visit, owner: Owner, hub: Front, width: int
) -> None:
    page = opened(visit, owner, hub, width)
    # Its kind follows from its name.
    name_first_stay(page, "Home")
    assert places(owner) == [("Home", "home", 100)]
    expect(page.locator("#journeys button.stay strong").first).to_have_text("Home")
    # It is chosen still, and called by what can be done now.
    expect(page.get_by_role("button", name="Edit the place")).to_be_visible()


def test_a_place_is_changed_and_the_change_is_taken_back(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    name_first_stay(page, "Home")
    page.get_by_role("button", name="Your places").click()
    page.get_by_role("button", name="Edit Home").click()
    page.get_by_label("Name", exact=True).fill("Flat")
    page.get_by_label("Kind").select_option("Family")
    page.get_by_label("Radius in metres").fill("250")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#journeys button.stay strong").first).to_have_text("Flat")
    assert places(owner) == [("Flat", "family", 250)]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#journeys button.stay strong").first).to_have_text("Home")
    assert places(owner) == [("Home", "home", 100)]


def test_a_removed_place_comes_back_by_undo(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    name_first_stay(page, "Flat")
    page.get_by_role("button", name="Edit the place").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#toast")).to_contain_text("Flat is removed.")
    expect(page.locator("#journeys button.stay strong").first).not_to_have_text("Flat")
    assert places(owner) == []
    page.keyboard.press("Control+z")
    expect(page.locator("#journeys button.stay strong").first).to_have_text("Flat")
    assert places(owner) == [("Flat", "other", 100)]


def test_a_place_is_moved_by_a_click_on_the_map(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, query=f"?day={DAY}#15/{WORK[0]}/{WORK[1]}")
    page.get_by_role("button", name="When was I here?").click()
    page.keyboard.press("Enter")
    page.locator(".when-here").get_by_role("button", name="Name this place").click()
    page.get_by_label("Name", exact=True).fill("Office")
    box = page.locator("#map canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + 150, box["y"] + box["height"] / 2)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("Office is saved.")
    [row] = owner.execute("SELECT latitude, longitude FROM iot_personal_hub.places")
    assert row["latitude"] == pytest.approx(WORK[0], abs=1e-4)
    assert 0.001 < row["longitude"] - WORK[1] < 0.02


def test_what_the_hub_rejects_is_said_in_the_form_and_escape_closes_it(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    name_first_stay(page, "Home")
    owner.execute("UPDATE iot_personal_hub.places SET radius_m = 10")
    page.reload()
    stay = page.locator("#journeys button.stay").first
    stay.click()
    page.get_by_role("button", name="Edit the place").click()
    page.get_by_label("Name", exact=True).fill("  ")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#place-problem")).to_have_text("A place needs a name.")
    page.keyboard.press("Escape")
    expect(page.locator("#place")).to_be_hidden()
    assert places(owner) == [("Home", "home", 10)]


def test_where_one_often_is_is_suggested_and_named(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    page.get_by_role("button", name="Your places").click()
    expect(page.locator("#places-none")).to_be_visible()
    suggestion = page.locator("#places-suggestions li").first
    suggestion.get_by_role("button", name="Name it").click()
    page.get_by_label("Name", exact=True).fill("Home")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#journeys button.stay strong").first).to_have_text("Home")
    page.get_by_role("button", name="Your places").click()
    expect(page.locator("#places-own li")).to_contain_text("Home")
    # Its name and its visits are there; who chooses it sees when they were.
    page.locator("#places-own li button").first.click()
    expect(page.locator(".when-here h2")).to_contain_text("Home:")


def test_a_page_that_is_open_shows_what_comes_in(visit: Visit, owner: Owner, hub: Front) -> None:
    owner.execute("TRUNCATE iot_personal_hub.journeys CASCADE")
    page = visit(1440, 900, locale="en-GB").log_in(owner).page
    page.clock.install()
    page.goto(f"{hub.url}/map")
    expect(page.locator("#journeys")).to_contain_text("No trips yet")
    live_through(owner, 1, FIRST, 3, HOME, WORK)
    page.clock.run_for(31_000)
    expect(page.locator("#journeys button.trip").first).to_be_visible()
    listed = page.locator("#journeys li")
    before = listed.count()
    [last] = owner.execute("SELECT max(ends) AS ends FROM iot_personal_hub.journeys")
    page.locator("#journeys button.trip").first.click()
    add_stay(owner, 1, last["ends"] + timedelta(minutes=1), 60, WORK)
    page.clock.run_for(91_000)
    expect(listed).to_have_count(before + 1)
    # What was chosen is chosen still.
    expect(page.locator("#journeys button[aria-pressed=true]")).to_have_count(1)
