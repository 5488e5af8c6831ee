"""What tests in a real browser share: when a page is whole, so that it may be clicked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from dashboard_world import Owner
from free_ports import free_ports
from login_world import open_session, process
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from started import needs

from iot_hub.access.login.authorization import COOKIE
from iot_hub.dashboard.command import owner_command
from iot_hub.settings import Settings

SLOW_MS = 60_000
"""A busy machine takes its time; who need not wait does not."""


def settle(page: Page) -> None:
    """Wait until Streamlit has shown the page whole.

    Until then parts of the one before stand beside it, and an element may be exchanged under a click.
    """
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible(timeout=SLOW_MS)
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=SLOW_MS)


def press(what: Locator) -> None:
    """Click a part of a Streamlit page, once it is there and the page whole."""
    expect(what).to_be_visible(timeout=SLOW_MS)
    settle(what.page)
    what.click(timeout=SLOW_MS)


TOKEN = "a browser of a test"


CHROMIUM = "/usr/bin/chromium"


# A test machine has no graphics card: the processor draws. The page goes together without OpenGL, which only maps
# need, and stands still: that halves what drawing costs.
ARGUMENTS = [
    "--no-sandbox", "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader",
    "--disable-gpu-compositing", "--disable-gpu-rasterization", "--force-prefers-reduced-motion",
]  # fmt: skip


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


def overflow(page: Page) -> int:
    """Return how many pixels the page overflows to the right."""
    wide: int = page.evaluate(
        "() => Math.max(...[document.documentElement, document.querySelector('.stMain')]"
        ".map(part => part.scrollWidth - part.clientWidth))"
    )
    return wide
