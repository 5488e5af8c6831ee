"""The dashboard in a real browser, at desktop and phone width."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_world import CHART, Visit, address, browser, expect_map, overflow, press, settings, settle, visit
from dashboard_world import Owner, add_device, add_events, report, walk
from playwright.sync_api import expect

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(240)]

__all__ = ["address", "browser", "settings", "visit"]

WALKED, SILENT = 1, 2


@pytest.fixture(scope="module", autouse=True)
def two_devices(settings: Settings) -> None:
    """One that walked to now, and one that has sent nothing yet.

    Both are there before a page is opened: the dashboard shows a list of devices that is seconds old.
    """
    with connect(owner_conninfo(settings, "tests")) as owner:
        add_device(owner, WALKED, "phone")
        add_device(owner, SILENT, "tracker")
        add_events(owner, WALKED, walk(datetime.now(UTC), hours=30))


@pytest.mark.parametrize("width", [1440, 390])
def test_the_whole_page_is_drawn_from_its_own_origin(owner: Owner, address: str, visit: Visit, width: int) -> None:
    visitor = visit(width).log_in(owner)
    page = visitor.page
    page.goto(f"{address}/?device={WALKED}&range=24h")
    expect_map(page)
    expect(page.locator(CHART)).to_have_count(5)
    expect(page.get_by_role("heading", name="Prąd baterii, mA")).to_be_visible()
    press(page.get_by_text("Więcej pomiarów"))
    expect(page.get_by_role("heading", name="Prędkość, m/s")).to_be_visible()
    expect(page.locator(CHART)).to_have_count(7)
    expect(page).to_have_title("IoT Personal Hub")
    expect(page.get_by_text("Deploy")).to_have_count(0)
    assert overflow(page) == 0
    assert visitor.hosts() == {urlsplit(address).netloc}
    assert visitor.errors == []


def test_a_reading_shows_up_by_itself(owner: Owner, address: str, visit: Visit) -> None:
    visitor = visit(1440).log_in(owner)
    page = visitor.page
    page.goto(f"{address}/?lang=en&device={SILENT}")
    expect(page.get_by_role("heading", name="Nothing to show")).to_be_visible()
    add_events(owner, SILENT, [(datetime.now(UTC), report(level=73))])
    expect(page.get_by_test_id("stMetric").get_by_text("73\u202f%")).to_be_visible()
    expect_map(page)
    assert visitor.errors == []


def test_a_table_can_be_read_and_downloaded(owner: Owner, address: str, visit: Visit) -> None:
    visitor = visit(1440).log_in(owner)
    page = visitor.page
    page.goto(f"{address}/?lang=en&device={WALKED}")
    tab = page.get_by_role("tab", name="Table").nth(1)
    press(tab)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(1)
    with page.expect_download() as downloaded:
        press(page.locator("button:visible", has_text="CSV").nth(1))
    assert downloaded.value.suggested_filename == f"events-{WALKED}.csv"
    assert Path(downloaded.value.path()).read_text("utf-8-sig").startswith("Time,Events,Time (UTC)\n")
    assert visitor.errors == []


def test_a_tab_in_the_background_asks_nothing_and_at_once_when_it_is_shown(
    owner: Owner, address: str, visit: Visit
) -> None:
    visitor = visit(1440).log_in(owner)
    page = visitor.page
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    # The page's clock is turned forward, so that nobody waits.
    page.clock.install()
    page.goto(f"{address}/?lang=en&device={WALKED}&range=24h")
    expect(page.locator(CHART)).to_have_count(5)
    settle(page)
    # And stands still in between, however slow the machine is: as much passes as the test says.
    # A minute ahead: the clock runs on until it is paused, and cannot be turned back.
    page.clock.pause_at(page.evaluate("Date.now()") / 1_000 + 60)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    # What was asked before is sent and answered, and its frames are known here.
    page.clock.run_for(1_000)
    settle(page)
    asked = len(sent)
    page.clock.run_for(120_000)
    assert len(sent) == asked
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: false});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.clock.run_for(100)
    settle(page)
    assert len(sent) == asked + 1
    page.clock.run_for(10_000)
    settle(page)
    assert len(sent) == asked + 2
    assert visitor.errors == []
