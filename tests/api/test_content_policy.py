"""The hub's pages in a real browser, over TLS: no policy is violated, and what is not allowed is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from browser_world import CHART, MAP, browser, expect_map, layout_shift, settle
from hub_process import PASSWORD, Hub, post, running_hub
from nginx_world import behind, nginx_before
from playwright.sync_api import Browser, BrowserContext, Page, expect
from waiting import wait_until

from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]

__all__ = ["browser"]


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running_hub(IOT_HUB_PUBLIC_DASHBOARD="yes") as running:
        running.set_password()
        yield running


@pytest.fixture(scope="module")
def share(hub: Hub) -> str:
    """The path of a share link to a device that moved just now."""
    device: dict[str, Any] = json.loads(hub.command("device", "add", "My phone", "--json").stdout)
    for minutes in range(1, 30):
        at = time.time() - 60 * minutes
        assert post(hub, device, at, latitude=52.2 + minutes / 1000, longitude=21.0).status_code == 200
    hub.command("device", "publish", "My phone")
    shared = hub.command("share", "add", "friends", "--device", "My phone", "--json").stdout
    return urlsplit(json.loads(shared)["url"]).path


@pytest.fixture(scope="module")
def front(hub: Hub, share: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("front")
    with nginx_before(behind(hub), folder, tls="self-signed", public_dashboard="yes") as settings:
        public = f"{settings.web_address}/public/"
        wait_until(lambda: httpx.get(public, verify=False).status_code == 200, 60)
        yield settings


@pytest.fixture(scope="module")
def visitor(browser: Browser, front: Settings) -> Iterator[BrowserContext]:
    """A browser that has logged in."""
    context = browser.new_context(ignore_https_errors=True, locale="en-GB", base_url=front.web_address)
    context.add_init_script(
        "window.violations = []; addEventListener('securitypolicyviolation',"
        " event => violations.push(`${event.violatedDirective} ${event.blockedURI}`))"
    )
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/", timeout=60_000)
    yield context
    context.close()


def areas_page(page: Page) -> None:
    expect(page.get_by_role("application")).to_be_visible(timeout=60_000)
    expect(page.locator(MAP).last).to_be_visible(timeout=60_000)


def pairing_page(page: Page) -> None:
    expect(page.get_by_label("Name").first).to_be_visible(timeout=60_000)
    settle(page)
    page.get_by_label("Name").first.fill("A phone that is paired")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="QR code")).to_be_visible(timeout=60_000)
    width = page.get_by_role("img", name="QR code").evaluate("picture => picture.complete && picture.naturalWidth")
    assert width > 0


def map_and_charts(page: Page) -> None:
    expect_map(page)
    expect(page.locator(CHART).first).to_be_visible(timeout=60_000)


def map_alone(page: Page) -> None:
    expect(page.locator(MAP).first).to_be_visible(timeout=60_000)


def documentation(page: Page) -> None:
    page.get_by_text("/v1/devices", exact=True).first.click(timeout=60_000)


def way_in(page: Page) -> None:
    expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "is_drawn"),
    [
        ("/?range=24h", map_and_charts), ("/areas", areas_page), ("/devices", pairing_page), ("/public/?range=24h", None), ("share", map_alone),
        ("/docs", documentation), ("/login", way_in),
    ],
)  # fmt: skip
def test_a_page_is_drawn_whole_and_violates_no_policy(
    visitor: BrowserContext, share: str, path: str, is_drawn: Any
) -> None:
    page = visitor.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(share if path == "share" else path)
    if is_drawn:
        is_drawn(page)
    else:
        expect(page.locator(".stMain h1, .stMain h2, .stMain [data-testid=stMarkdown]").first).to_be_visible(
            timeout=60_000
        )
    assert page.evaluate("violations") == []
    assert [line for line in said if "Content Security Policy" in line or "Content-Security-Policy" in line] == []
    page.close()


def test_nothing_moves_while_a_page_loads_on_a_phone(visitor: BrowserContext, share: str) -> None:
    page = visitor.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/?range=24h")
    map_and_charts(page)
    settle(page)
    assert layout_shift(page) <= 0.1
    page.close()


@pytest.mark.parametrize("path", ["/", "/public/", "/docs", "/login"])
def test_a_script_that_slips_into_a_page_is_refused(visitor: BrowserContext, path: str) -> None:
    page = visitor.new_page()
    page.goto(path)
    page.evaluate(
        "() => { const script = document.createElement('script'); script.textContent = 'window.slipped = 1';"
        " document.body.append(script); const other = document.createElement('script');"
        " other.src = 'https://evil.example/x.js'; document.body.append(other) }"
    )
    page.wait_for_function("violations.length >= 2")
    assert page.evaluate("window.slipped") is None
    page.close()
