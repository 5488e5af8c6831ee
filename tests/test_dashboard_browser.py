"""The dashboard in a real browser, at desktop and phone width."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_world import press
from dashboard_world import Owner, add_device, add_events, report, walk
from login_world import free_ports, open_session, process
from playwright.sync_api import Browser, Page, expect, sync_playwright

from iot_hub.access.login.authorization import COOKIE
from iot_hub.dashboard.command import owner_command
from iot_hub.settings import Settings

TOKEN = "a browser of a test"
CHROMIUM = "/usr/bin/chromium"
# The map is drawn by the processor: a test machine has no graphics card.
ARGUMENTS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader"]
MAP = "[data-testid=stDeckGlJsonChart] canvas"
CHART = "[data-testid=stVegaLiteChart] :is(canvas, svg)"


@pytest.fixture
def address(settings: Settings, owner: Owner, tmp_path: Path) -> Iterator[str]:
    """The address of a running dashboard, the owner's, with a session opened."""
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    open_session(owner, TOKEN)
    with process(owner_command(port), settings, tmp_path / "log", f"{url}/_stcore/health"):
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """A browser's page, with what it asked for and complained of."""

    def __init__(self, browser: Browser, width: int, height: int = 900) -> None:
        # A visitor on the other side of the world sees the owner's time.
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, timezone_id="America/New_York", locale="pl-PL"
        )
        self.context.add_cookies([{"name": COOKIE, "value": TOKEN, "domain": "127.0.0.1", "path": "/"}])
        self.page: Page = self.context.new_page()
        self.requested: set[str] = set()
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requested.add(request.url))
        self.page.on("websocket", lambda socket: self.requested.add(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))

    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.requested if urlsplit(url).scheme not in ("data", "blob")}


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


def overflow(page: Page) -> int:
    """Say how many pixels stick out to the right."""
    wide: int = page.evaluate(
        "() => Math.max(...[document.documentElement, document.querySelector('.stMain')]"
        ".map(part => part.scrollWidth - part.clientWidth))"
    )
    return wide


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
