"""The way into the owner's dashboard in a real browser, through nginx and the API."""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser_world import Visitor, browser, overflow, press
from dashboard_world import Owner, add_device, add_events, report
from free_ports import free_ports
from login_world import PASSWORD, api, front, process
from playwright.sync_api import Browser, expect

from iot_hub.access.login.password import set_password
from iot_hub.dashboard.command import owner_command
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]

__all__ = ["browser"]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_owner_logs_in_looks_and_an_open_page_ends_with_its_session(
    settings: Settings, owner: Owner, browser: Browser, tmp_path: Path, width: int
) -> None:
    set_password(owner, PASSWORD)
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(datetime.now(UTC), report(level=73))])
    api_port, port = free_ports(2)
    with ExitStack() as stack:
        health = f"http://127.0.0.1:{port}/_stcore/health"
        stack.enter_context(process(owner_command(port), settings, tmp_path / "dashboard.log", health))
        stack.enter_context(api(settings, tmp_path, api_port))
        hub = stack.enter_context(front(settings, tmp_path, api_port, port))
        visitor = Visitor(browser, width)
        page = visitor.page
        page.goto(f"{hub.url}/?device=1&range=24h")
        expect(page.get_by_role("heading", name="Zaloguj się")).to_be_visible()
        assert overflow_of(page) == 0
        page.get_by_label("Hasło").fill("a guess that is wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("To nie jest to hasło.")
        page.get_by_label("Hasło").fill(PASSWORD)
        page.get_by_role("button", name="Zaloguj się").click()
        expect(page.get_by_text("73\u202f%")).to_be_visible(timeout=40_000)
        assert "device=1&range=24h" in page.url
        assert overflow(page) == 0
        press(page.get_by_text("Co widzą inni", exact=True))
        expect(page.get_by_text("Pokazane z opóźnieniem")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("73\u202f%")).to_be_visible(timeout=20_000)
        page.screenshot(path=os.environ.get("SHOTS", str(tmp_path)) + f"/login-{width}.png")
        # Chromium tells of the wrong password's 401; nothing else may go wrong.
        assert [said for said in visitor.errors if "401" not in said] == []
        owner.execute("DELETE FROM iot_personal_hub.owner_sessions")
        expect(page.get_by_text("Nie jesteś zalogowany")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("73\u202f%")).to_have_count(0)
        visitor.context.close()


def overflow_of(page: object) -> int:
    wide: int = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")  # type: ignore[attr-defined]
    return wide
