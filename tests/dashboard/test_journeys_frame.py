"""The map page's map in the dashboard's pages, and the header that both have, in a real browser behind nginx and the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from browser_world import (
    CHART,
    Visit,
    address,
    browser,
    expect_map,
    framed_map,
    overflow,
    press,
    settings,
    settle,
    visit,
)
from dashboard_world import Owner, add_device, add_events, walk
from playwright.sync_api import Page, Request, expect

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(240)]

__all__ = ["address", "browser", "settings", "visit"]


@pytest.fixture(scope="module", autouse=True)
def walked(settings: Settings) -> None:
    """A phone that walked for days, and up to now."""
    with connect(owner_conninfo(settings, "tests")) as owner:
        add_device(owner, 1, "phone")
        add_events(owner, 1, walk(datetime.now(UTC), hours=60))


def is_tile(request: Request) -> bool:
    return "/v1/tiles/journeys/" in request.url


def query_of(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query)


def test_another_range_is_shown_by_the_same_frame_at_the_same_height(owner: Owner, address: str, visit: Visit) -> None:
    visitor = visit(1440, locale="en-GB").log_in(owner)
    page = visitor.page
    with page.expect_request(is_tile) as first:
        page.goto(f"{address}/?device=1&range=24h")
    expect_map(page)
    expect(page.locator("iframe")).to_have_attribute("title", "Map")
    link = framed_map(page).get_by_role("link", name="Open in the map")
    expect(link).to_be_visible()
    address_before = link.get_attribute("href")
    box = page.locator("iframe").bounding_box()
    assert box and box["height"] == 340
    framed_map(page).locator("body").evaluate("body => { body.dataset.mark = 'the same page' }")
    with page.expect_request(is_tile) as second:
        press(page.get_by_role("radio", name="7 days").or_(page.get_by_role("button", name="7 days")).first)
    settle(page)
    expect(link).not_to_have_attribute("href", address_before or "")
    assert framed_map(page).locator("body").get_attribute("data-mark") == "the same page"
    assert page.locator("iframe").bounding_box() == box
    before, after = (query_of(asked.value) for asked in (first, second))
    # The instants of the charts.
    assert datetime.fromisoformat(before["from"][0]) - datetime.fromisoformat(after["from"][0]) == timedelta(days=6)
    assert (before["device"], before["to"]) == (after["device"], after["to"]) == (["1"], before["to"])
    assert visitor.errors == []


@pytest.mark.parametrize(("preferred", "theme"), [("light", "dark"), ("dark", "light")])
def test_it_has_streamlits_theme_rather_than_the_browsers(
    owner: Owner, address: str, visit: Visit, preferred: str, theme: str
) -> None:
    page = visit(640, color_scheme=preferred).log_in(owner).page
    page.goto(f"{address}/?device=1&range=24h&embed=true&embed_options={theme}_theme")
    expect_map(page)
    expect(framed_map(page).locator(f"html[data-theme={theme}]")).to_have_count(1)


def test_what_others_see_is_asked_for_as_what_others_see(owner: Owner, address: str, visit: Visit) -> None:
    page = visit(1440, locale="en-GB").log_in(owner).page
    with page.expect_request(is_tile) as asked:
        page.goto(f"{address}/?device=1&range=7d&view=public")
    assert query_of(asked.value)["view"] == ["published"]
    expect_map(page)


def links(page: Page, part: str) -> list[str]:
    expect(page.locator(f"{part} a[aria-current=page]")).to_be_visible()
    # They come one by one.
    expect(page.locator(f"{part} a:visible")).to_have_count(8)
    return page.locator(f"{part} a:visible").all_inner_texts()


@pytest.mark.parametrize("width", [1440, 390])
def test_both_have_one_header_that_marks_the_page_and_logs_out(
    owner: Owner, address: str, visit: Visit, width: int
) -> None:
    page = visit(width, locale="en-GB").log_in(owner).page
    page.goto(f"{address}/?device=1&range=24h")
    expect(page.locator(CHART).first).to_be_visible()
    settle(page)
    on_dashboard = links(page, ".st-key-links")
    assert on_dashboard == [
        "Dashboard", "Map", "Statistics", "Car", "Home", "Private areas", "Devices", "Log out",
    ]  # fmt: skip
    assert page.locator(".st-key-links a[aria-current]").inner_text() == "Dashboard"
    press(page.locator(".st-key-links").get_by_text("Statistics"))
    expect(page.locator(".st-key-links a[aria-current]")).to_have_text("Statistics")
    page.goto(f"{address}/map")
    assert links(page, "nav") == on_dashboard
    assert page.locator("nav a[aria-current]").inner_text() == "Map"
    assert overflow(page) == 0
    page.get_by_role("link", name="Log out").click()
    expect(page).to_have_url(f"{address}/logout?lang=en")
