"""A trip shared from the map page, and opened by a visitor, in a real browser."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from browser_world import Visit, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from events import mask, refresh
from events import store as store_events
from journey_world import HOUR, MINUTE, beside, stay, trip, utc
from login_world import Front
from map_front import hub
from map_world import Owner
from playwright.sync_api import Page, expect
from private_zone import square
from query_api_world import add_device

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place
from iot_hub.privacy.areas import add_area
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "hub", "visit"]

MORNING = utc(2025, 11, 19, 6)
HOME = (50.06, 19.94)


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    with hub_with_copy(cluster, database_copies) as settings:
        yield settings.model_copy(update={"public_dashboard": "links"})


@pytest.fixture
def owner(settings: Settings) -> Iterator[Owner]:
    """A connection to a hub whose one device went 10 km north and 10 km east by car, and stayed."""
    with connect(owner_conninfo(settings, "tests")) as owner:
        owner.execute("TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.locations CASCADE")
        owner.execute("DELETE FROM iot_personal_hub.share_links")
        owner.execute("DELETE FROM iot_personal_hub.dim_blocked_areas")
        mask(owner)
        owner.execute("DELETE FROM iot_personal_hub.dim_devices")
        add_device(owner, 1, "Ola's phone")
        chance, off, corner = random.Random(1), MORNING + HOUR, beside(HOME, 10_000, 0)
        shop = beside(HOME, 10_000, 10_000)
        fixes = [
            *stay(HOME, MORNING, off, MINUTE, chance),
            # So exactly that each step north leads out of the zone.
            *trip(HOME, (10_000, 0), off, 20, MINUTE / 6, chance, noise_m=0.4),
            *trip(corner, (0, 10_000), off + timedelta(seconds=500), 20, MINUTE / 6, chance, noise_m=0.4),
            *stay(shop, off + 18 * MINUTE, off + 3 * HOUR, MINUTE, chance),
        ]
        owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
        store_events(owner, *(
            (fix.at.timestamp(), {"location": {"latitude": fix.latitude, "longitude": fix.longitude, "fix_accuracy_m": 5}})
            for fix in fixes
        ))  # fmt: skip
        refresh(owner)
        yield owner


def share(visit: Visit, owner: Owner, hub: Front, width: int = 1440, precision: str = "full") -> tuple[Page, str]:
    """Share the day's trip on the owner's page; return that and the link."""
    page = visit(width, 844 if width < 500 else 900, locale="en-GB").log_in(owner).page
    page.goto(f"{hub.url}/map?day=2025-11-19")
    expect(page.locator("#day-view[aria-busy=false]")).to_be_visible()
    page.locator("#journeys button.trip").click()
    page.locator("#journeys").get_by_role("button", name="Share", exact=True).click()
    expect(page.locator("#share-shown")).to_contain_text("Whoever has the link sees")
    page.locator("#share-name").fill("To the lake")
    page.get_by_label("Positions").select_option(precision)
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_label("The link")).to_be_visible()
    return page, page.get_by_label("The link").input_value()


@pytest.mark.parametrize("width", [390, 1440])
def test_a_visitor_sees_the_trip_until_the_owner_takes_it_back(
    visit: Visit, owner: Owner, hub: Front, width: int
) -> None:
    page, link = share(visit, owner, hub, width)
    assert link.startswith(f"{hub.url}/map/shared#")
    guest = visit(width, 844 if width < 500 else 900, locale="en-GB").page
    guest.goto(link)
    expect(guest.get_by_role("heading", name="To the lake")).to_be_visible()
    expect(guest.locator("#map canvas")).to_be_visible()
    expect(guest.locator("#figures")).to_contain_text(re.compile("19|20"))
    expect(guest.locator("#legs li")).to_contain_text("Vehicle")
    expect(guest.locator("#note")).to_be_hidden()
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#share")).to_be_hidden()
    # Its open page notices, and a new one says the same as of a link that never existed.
    expect(guest.get_by_role("alert")).to_contain_text("This link is not valid.")
    expect(guest.get_by_role("heading", name="To the lake")).to_be_hidden()
    message = guest.get_by_role("alert").inner_text()
    guest.goto(f"{hub.url}/map/shared#unknown")
    expect(guest.get_by_role("alert")).to_have_text(message)


def test_the_owner_is_told_what_an_area_hides_before_the_link_is_made(visit: Visit, owner: Owner, hub: Front) -> None:
    add_area(owner, "home", square(*HOME))
    mask(owner)
    refresh(owner)
    page, link = share(visit, owner, hub)
    guest = visit(1440, 900, locale="pl-PL").page
    guest.goto(link)
    expect(guest.get_by_role("heading", name="To the lake")).to_be_visible()
    expect(guest.locator("#legs li")).to_contain_text("Pojazd")
    seen = float(guest.locator("#figures").inner_text().split()[0].replace(",", "."))
    assert 4 < seen < 12
    assert page.locator("#share-done").is_visible()


def test_a_visitor_of_coarse_positions_sees_where_and_roughly_when(visit: Visit, owner: Owner, hub: Front) -> None:
    _, link = share(visit, owner, hub, precision="100m")
    guest = visit(390, 844, locale="en-GB").page
    guest.goto(link)
    expect(guest.locator("#note")).to_have_text("Positions are shown to 100 m.")
    expect(guest.locator("#legs li")).to_have_count(0)


@pytest.fixture
def driving(owner: Owner) -> Owner:
    """The hub, whose device has been driving to the station for half an hour, 20 minutes from there."""
    owner.execute("DELETE FROM iot_personal_hub.places")
    add_place(owner, Place("Station", *beside(HOME, 60_000, 0)))
    now = datetime.now(UTC)
    fixes = trip(HOME, (36_000, 0), now - 31 * MINUTE, 20, MINUTE / 3, random.Random(3))
    store_events(owner, *(
        (fix.at.timestamp(), {"location": {"latitude": fix.latitude, "longitude": fix.longitude, "fix_accuracy_m": 5}})
        for fix in fixes
    ))  # fmt: skip
    refresh(owner)
    return owner


def open_live(visit: Visit, owner: Owner, hub: Front, width: int = 1440) -> Page:
    """Open the form of a live link, on the owner's page."""
    page = visit(width, 844 if width < 500 else 900, locale="en-GB").log_in(owner).page
    page.goto(f"{hub.url}/map")
    expect(page.locator("#day-view[aria-busy=false]")).to_be_visible()
    page.get_by_role("button", name="Share a live position").click()
    expect(page.locator("#live-hint")).to_have_text("Choose a place, or click the map.")
    expect(page.locator("#live-make")).to_be_disabled()
    return page


@pytest.mark.parametrize("width", [390, 1440])
def test_a_visitor_sees_when_the_device_arrives(visit: Visit, driving: Owner, hub: Front, width: int) -> None:
    page = open_live(visit, driving, hub, width)
    page.get_by_label("Where to").select_option("Station")
    expect(page.locator("#live-hint")).to_contain_text("The newest position that they see now is of")
    expect(page.locator("#live-name")).to_have_value("On the way to Station")
    page.get_by_label("Destination, as visitors read it").fill("Town")
    page.locator("#live-make").click()
    expect(page.get_by_label("The link")).to_be_visible()
    link = page.get_by_label("The link").input_value()
    assert link.startswith(f"{hub.url}/map/shared#")
    guest = visit(width, 844 if width < 500 else 900, locale="en-GB").page
    guest.goto(link)
    expect(guest.get_by_role("heading", name="On the way to Town")).to_be_visible()
    expect(guest.locator("#towards")).to_have_text("To: Town")
    expect(guest.locator("#figures")).to_have_text(re.compile(r"^Arrives about \d\d:\d[05]$"))
    expect(guest.locator("#when")).to_have_text(re.compile(r"^Position of \d\d:\d\d$"))
    expect(guest.locator("#map canvas")).to_be_visible()
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(guest.get_by_role("alert")).to_contain_text("This link is not valid.")


def test_the_owner_reads_that_positions_are_late_and_that_a_private_destination_can_not_be(
    visit: Visit, driving: Owner, hub: Front
) -> None:
    add_area(driving, "station", square(*beside(HOME, 60_000, 0)))
    mask(driving)
    refresh(driving)
    page = open_live(visit, driving, hub)
    page.get_by_label("Where to").select_option("Station")
    expect(page.locator("#live-problem")).to_contain_text("in or around a private area")
    expect(page.locator("#live-make")).to_be_disabled()
    box = page.locator("#map canvas").bounding_box()
    assert box
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share a live position").click()
    page.get_by_role("button", name="Zoom out").click()
    page.get_by_role("button", name="Zoom out").click()
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.8)
    expect(page.locator("#live-hint")).to_contain_text("Visitors see positions 15 minutes late")
    expect(page.locator(".maplibregl-marker")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_a_visitor_sees_a_year_as_squares(visit: Visit, owner: Owner, hub: Front, width: int) -> None:
    page = visit(width, 844 if width < 500 else 900, locale="en-GB").log_in(owner).page
    page.goto(f"{hub.url}/map/year/2025?device=1&lang=en")
    page.get_by_role("link", name="Share").click()
    expect(page.get_by_role("heading", name="Share this year")).to_be_visible()
    expect(page.locator("#share-shown")).to_contain_text("squares of the map, each 3 km wide")
    expect(page.get_by_label("Positions")).to_be_hidden()
    page.locator("#share-name").fill("My year")
    page.locator("#share-make").click()
    expect(page.get_by_label("The link")).to_be_visible()
    link = page.get_by_label("The link").input_value()
    guest = visit(width, 844 if width < 500 else 900, locale="en-GB").page
    guest.goto(link)
    expect(guest.get_by_role("heading", name="My year")).to_be_visible()
    expect(guest.locator("#figures")).to_have_text(re.compile("^(19|20).* km$"))
    expect(guest.locator("#legs li")).to_have_text(re.compile("^Vehicle · (19|20).* km$"))
    expect(guest.locator("#note")).to_have_text("Squares of about 3 km, without days and lines.")
    expect(guest.locator("#map canvas")).to_be_visible()
