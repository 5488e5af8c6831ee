"""The dashboard in a real browser, at desktop and phone width."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_world import CHART, MAP, SLOW_MS, Visitor, address, browser, overflow, press, settle
from dashboard_world import Owner, add_device, add_events, report, walk
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.hub, pytest.mark.browser]

__all__ = ["address", "browser"]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_whole_page_is_drawn_from_its_own_origin(owner: Owner, address: str, browser: Browser, width: int) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(datetime.now(UTC), hours=30))
    visitor = Visitor(browser, width)
    page = visitor.page
    page.goto(f"{address}/?range=24h")
    expect(page.locator(MAP).first).to_be_visible(timeout=40_000)
    expect(page.locator(CHART)).to_have_count(5, timeout=40_000)
    expect(page.get_by_role("heading", name="Prąd baterii, mA")).to_be_visible()
    press(page.get_by_text("Więcej pomiarów"))
    expect(page.get_by_role("heading", name="Prędkość, m/s")).to_be_visible()
    expect(page.locator(CHART)).to_have_count(7, timeout=40_000)
    expect(page).to_have_title("IoT Personal Hub")
    expect(page.get_by_text("Deploy")).to_have_count(0)
    assert overflow(page) == 0
    assert visitor.hosts() == {urlsplit(address).netloc}
    assert visitor.errors == []
    visitor.context.close()


def test_a_reading_shows_up_by_itself(owner: Owner, address: str, browser: Browser) -> None:
    add_device(owner, 1, "phone")
    visitor = Visitor(browser, 1440)
    page = visitor.page
    page.goto(f"{address}/?lang=en")
    expect(page.get_by_role("heading", name="Nothing to show")).to_be_visible(timeout=40_000)
    add_events(owner, 1, [(datetime.now(UTC), report(level=73))])
    expect(page.get_by_text("73\u202f%")).to_be_visible(timeout=30_000)
    expect(page.locator(MAP).first).to_be_visible(timeout=30_000)
    assert visitor.errors == []
    visitor.context.close()


def test_a_table_can_be_read_and_downloaded(owner: Owner, address: str, browser: Browser) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(datetime.now(UTC), report())])
    visitor = Visitor(browser, 1440)
    page = visitor.page
    page.goto(f"{address}/?lang=en")
    tab = page.get_by_role("tab", name="Table").nth(1)
    press(tab)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(1, timeout=20_000)
    with page.expect_download() as downloaded:
        press(page.locator("button:visible", has_text="CSV").nth(1))
    assert downloaded.value.suggested_filename == "events-1.csv"
    assert Path(downloaded.value.path()).read_text("utf-8-sig").startswith("Time,Events,Time (UTC)\n")
    assert visitor.errors == []
    visitor.context.close()


def test_a_tab_in_the_background_asks_nothing_and_at_once_when_it_is_shown(
    owner: Owner, address: str, browser: Browser
) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(datetime.now(UTC), report(level=73))])
    visitor = Visitor(browser, 1440)
    page = visitor.page
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    # The page's clock is turned forward, so that nobody waits.
    page.clock.install()
    page.goto(f"{address}/?lang=en&range=24h")
    expect(page.locator(CHART)).to_have_count(5, timeout=SLOW_MS)
    settle(page)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    asked = len(sent)
    page.clock.run_for(120_000)
    assert len(sent) == asked
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: false});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_function("true")
    assert len(sent) == asked + 1
    settle(page)
    page.clock.run_for(10_000)
    assert len(sent) == asked + 2
    assert visitor.errors == []
    visitor.context.close()
