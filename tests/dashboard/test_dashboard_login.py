"""The way into the owner's dashboard in a real browser, through nginx and the API."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_world import Visit, address, browser, overflow, press, settings, settle, visit
from dashboard_world import Owner, add_device, add_events, report
from free_ports import free_ports
from login_world import PASSWORD, Front, api, front
from playwright.sync_api import expect

from iot_hub.access.login.password import set_password
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(240)]

__all__ = ["address", "browser", "settings", "visit"]


@pytest.fixture(scope="module")
def hub(settings: Settings, address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx, the API and the dashboard of an owner who has a password and a phone."""
    with connect(owner_conninfo(settings, "tests")) as owner:
        set_password(owner, PASSWORD)
        add_device(owner, 1, "phone")
        add_events(owner, 1, [(datetime.now(UTC), report(level=73))])
    folder = tmp_path_factory.mktemp("hub")
    [api_port] = free_ports(1)
    with api(settings, folder, api_port), front(settings, folder, api_port, urlsplit(address).port or 0) as running:
        yield running


@pytest.mark.parametrize("width", [1440, 390])
def test_the_owner_logs_in_looks_and_an_open_page_ends_with_its_session(
    hub: Front, owner: Owner, visit: Visit, tmp_path: Path, width: int
) -> None:
    visitor = visit(width)
    page = visitor.page
    page.goto(f"{hub.url}/?device=1&range=24h")
    expect(page.get_by_role("heading", name="Zaloguj się")).to_be_visible()
    assert overflow(page) == 0
    page.get_by_label("Hasło").fill("a guess that is wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("To nie jest to hasło.")
    page.get_by_label("Hasło").fill(PASSWORD)
    page.get_by_role("button", name="Zaloguj się").click()
    expect(page.get_by_text("73\u202f%")).to_be_visible()
    assert "device=1&range=24h" in page.url
    assert overflow(page) == 0
    press(page.get_by_text("Co widzą inni", exact=True))
    expect(page.get_by_text("Pokazane z opóźnieniem")).to_be_visible()
    # Until then the values of before stand beside the new ones.
    settle(page)
    expect(page.get_by_text("73\u202f%")).to_be_visible()
    page.screenshot(path=os.environ.get("SHOTS", str(tmp_path)) + f"/login-{width}.png")
    # Chromium tells of the wrong password's 401; nothing else may go wrong.
    assert [said for said in visitor.errors if "401" not in said] == []
    owner.execute("DELETE FROM iot_personal_hub.owner_sessions")
    expect(page.get_by_text("Nie jesteś zalogowany")).to_be_visible()
    expect(page.get_by_text("73\u202f%")).to_have_count(0)
