"""What tests in a real browser share: when a page is whole, so that it may be clicked."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from conftest import FAILED, hub_with_copy
from dashboard_world import Owner
from database_copies import DatabaseCopies
from free_ports import free_ports
from login_world import api, front, open_session, process
from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Locator, Page, expect, sync_playwright
from started import needs

from iot_hub.dashboard.command import owner_command
from iot_hub.settings import Settings

SLOW_MS = 60_000
"""A busy machine takes its time; who need not wait does not."""

expect.set_options(timeout=SLOW_MS)


def settle(page: Page) -> None:
    """Wait until Streamlit has shown the page whole.

    Until then parts of the one before stand beside it, and an element may be exchanged under a click.
    """
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def press(what: Locator) -> None:
    """Click a part of a Streamlit page, once it is there and the page whole."""
    expect(what).to_be_visible()
    settle(what.page)
    what.click(timeout=SLOW_MS)


CHROMIUM = "/usr/bin/chromium"


# A test machine has no graphics card: the processor draws. The page goes together without OpenGL, which only maps
# need, and stands still: that halves what drawing costs.
ARGUMENTS = [
    "--no-sandbox", "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader",
    "--disable-gpu-compositing", "--disable-gpu-rasterization", "--force-prefers-reduced-motion",
]  # fmt: skip


MAP = "[data-testid=stDeckGlJsonChart] canvas"
"""A map of positions: that of a share link, and those beside each other under private areas."""


def framed_map(page: Page) -> FrameLocator:
    """The map page's map in a page of the dashboard."""
    return page.frame_locator("iframe[src*='/map/frame']")


def expect_map(page: Page) -> None:
    """Wait until the map in a page of the dashboard is there."""
    expect(framed_map(page).locator("canvas.maplibregl-canvas")).to_be_visible()


CHART = "[data-testid=stVegaLiteChart] :is(canvas, svg)"


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    """Settings of a hub whose database a module's tests share: each has devices of its own, or removes what it adds."""
    with hub_with_copy(cluster, database_copies) as settings:
        yield settings


@pytest.fixture(scope="module")
def address(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running dashboard, the owner's: behind nginx, with the API beside it, as its map asks that."""
    port, api_port = free_ports(2)
    folder = tmp_path_factory.mktemp("dashboard")
    with (
        process(owner_command(port), settings, folder / "log", f"http://127.0.0.1:{port}/_stcore/health"),
        api(settings, folder, api_port),
        front(settings, folder, api_port, port) as running,
    ):
        yield running.url


@contextlib.contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Chromium without a window, until the block ends."""
    needs("browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


class Visitor:
    """A browser's page, with what it asked for and complained of."""

    def __init__(self, browser: Browser, width: int, height: int = 900, **context: Any) -> None:
        # A visitor on the other side of the world sees the owner's time.
        elsewhere = {"timezone_id": "America/New_York", "locale": "pl-PL"}
        self.context = browser.new_context(viewport={"width": width, "height": height}, **(elsewhere | context))
        self.context.set_default_timeout(SLOW_MS)
        self.page: Page = self.context.new_page()
        self.requested: set[str] = set()
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requested.add(request.url))
        self.page.on("websocket", lambda socket: self.requested.add(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._hear)

    def log_in(self, owner: Owner) -> Self:
        """Log in without the form, with a session of its own."""
        for name, value in open_session(owner, secrets.token_urlsafe()).items():
            self.context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}])
        return self

    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.requested if urlsplit(url).scheme not in ("data", "blob")}

    def report(self) -> str:
        """Return what the page shows and what it complained of."""
        shown = self.page.locator("body").inner_text()
        fields = self.page.locator("input").evaluate_all("all => all.map(one => `${one.ariaLabel}: ${one.value}`)")
        return "\n".join([f"--- {self.page.url}", shown, *fields, *self.errors])

    def _hear(self, said: ConsoleMessage) -> None:
        # Streamlit looks for its server below the page's own path first.
        looked_below = "404" in said.text and "/_stcore/" in said.location["url"]
        if said.type == "error" and not looked_below:
            self.errors.append(said.text)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """What opens a page, and closes it after the test: one that stays open goes on refreshing.

    A failed test's report has what its pages showed.
    """
    visitors: list[Visitor] = []

    def open_page(width: int, height: int = 900, **context: Any) -> Visitor:
        visitors.append(Visitor(browser, width, height, **context))
        return visitors[-1]

    yield open_page
    for visitor in visitors:
        if request.node.stash.get(FAILED, False):
            print(visitor.report())
        visitor.context.close()


def layout_shift(page: Page) -> float:
    """Return how far the page's parts moved by themselves while it loaded: Cumulative Layout Shift, all of it."""
    shift: float = page.evaluate(
        """() => new Promise(resolve => {
            new PerformanceObserver(list => resolve(
                list.getEntries().filter(entry => !entry.hadRecentInput).reduce((sum, entry) => sum + entry.value, 0)
            )).observe({type: 'layout-shift', buffered: true});
            setTimeout(resolve, 1000, 0);
        })"""
    )
    return shift


def overflow(page: Page) -> int:
    """Return how many pixels the page overflows to the right."""
    wide: int = page.evaluate(
        "() => Math.max(...[document.documentElement, document.querySelector('.stMain')].filter(Boolean)"
        ".map(part => part.scrollWidth - part.clientWidth))"
    )
    return wide
