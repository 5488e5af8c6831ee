"""The calendar of the map page in a real browser: a month at a glance, and the way to any day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from browser_world import Visit, browser, overflow, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from login_world import Front
from map_front import hub
from map_world import Owner, add_stay, add_trip, live_through, name_stay
from playwright.sync_api import Page, expect
from query_api_world import add_device

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "hub", "visit"]

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
HOME, WORK, FAR = (50.06, 19.94), (50.10, 20.02), (52.23, 21.01)


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    """A hub of a device that lives through January, and goes far on the last day of February alone."""
    with hub_with_copy(cluster, database_copies) as settings:
        with connect(owner_conninfo(settings, "tests")) as owner:
            add_device(owner, 1, "Ola's phone")
            live_through(owner, 1, FIRST, 30, HOME, WORK)
            ends = add_trip(owner, 1, FIRST + timedelta(days=58, hours=9), 200, [HOME, FAR])
            add_stay(owner, 1, ends, 60, FAR)
            name_stay(owner, 1, ends, FAR, "Warszawa")
        yield settings


def opened(visit: Visit, owner: Owner, hub: Front, day: str, width: int = 1440, locale: str = "en-GB") -> Page:
    """The calendar of a day."""
    page = visit(width, 844 if width < 500 else 900, locale=locale).log_in(owner).page
    page.goto(f"{hub.url}/map?day={day}")
    expect(page.locator("#day-view[aria-busy=false]")).to_be_visible()
    page.locator("#open-calendar").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def focused(page: Page) -> str | None:
    return page.locator("#calendar-days button:focus").get_attribute("data-day")


def test_a_month_shows_which_days_have_trips_and_which_went_far(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "2025-02-28")
    expect(page.get_by_role("heading", name="February 2025")).to_be_visible()
    days = page.locator("#calendar-days button")
    expect(days).to_have_count(28)
    far = page.get_by_role("button", name=re.compile("Friday,? 28 February 2025, 1 trip, "))
    expect(far).to_have_attribute("data-far", "4")
    expect(page.get_by_role("button", name=re.compile("27 February 2025, no trips"))).not_to_have_attribute(
        "data-far", "4"
    )
    expect(page.locator("#calendar [aria-selected=true] button")).to_have_attribute("data-day", "2025-02-28")
    page.get_by_role("button", name="Previous month").click()
    # A commute is near, the lake on Sundays is not.
    near, lake = (page.locator(f"#calendar [data-day='2025-01-{day}']") for day in ("15", "19"))
    assert (near.get_attribute("data-far") or "") < (lake.get_attribute("data-far") or "")
    expect(near.locator("i")).to_have_text("••••")


def test_days_on_which_a_place_was_new_have_a_mark(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "2025-02-28")
    far = page.get_by_role("button", name=re.compile("28 February 2025, 1 trip, .*, 1 new place$"))
    expect(far).to_have_class("new")
    assert far.evaluate("day => getComputedStyle(day, '::after').position") == "absolute"
    expect(page.locator("#calendar-days .new")).to_have_count(1)


def test_the_keyboard_goes_to_any_day(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "2025-01-31")
    assert focused(page) == "2025-01-31"
    for keys, day in (
        ("ArrowRight", "2025-02-01"), ("ArrowUp", "2025-01-25"), ("Home", "2025-01-20"), ("End", "2025-01-26"),
        ("ArrowDown", "2025-02-02"), ("ArrowLeft", "2025-02-01"), ("ArrowLeft", "2025-01-31"),
        ("PageDown", "2025-02-28"), ("Shift+PageUp", "2024-02-28"), ("ArrowRight", "2024-02-29"),
        ("Shift+PageDown", "2025-02-28"), ("PageUp", "2025-01-28"),
    ):  # fmt: skip
        page.keyboard.press(keys)
        assert focused(page) == day, keys
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#day-title")).to_have_text("Tue, 28 Jan 2025")
    expect(page.locator("#open-calendar")).to_be_focused()


def test_escape_and_a_click_beside_it_leave_the_day_as_it_was(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "2025-01-15")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#open-calendar")).to_have_attribute("aria-expanded", "false")
    page.locator("#open-calendar").click()
    assert focused(page) == "2025-01-15"
    page.mouse.click(300, 400)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#day-title")).to_have_text("Wed, 15 Jan 2025")


def test_on_a_phone_it_is_a_sheet_with_days_for_a_thumb(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "2025-01-15", 390, "pl-PL")
    expect(page.get_by_role("heading", name="styczeń 2025")).to_be_visible()
    day = page.get_by_role("button", name="poniedziałek, 20 stycznia 2025")
    box = day.bounding_box()
    assert box and box["width"] >= 44 and box["height"] >= 44
    assert overflow(page) == 0
    day.click()
    expect(page.locator("#day-title")).to_contain_text("20 sty 2025")


def test_a_date_can_be_typed(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "2025-01-15")
    page.get_by_label("Go to").fill("2025-02-28")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#day-title")).to_contain_text("28 Feb")
