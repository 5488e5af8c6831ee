"""A share link in a real browser, against the process that serves it: its data ends with the link."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from browser_world import MAP, chromium
from dashboard_world import Owner, add_device, add_events, walk
from events import rows
from free_ports import free_ports
from playwright.sync_api import Page, expect
from waiting import wait_until

from iot_hub.dashboard.command import public_command, public_environment
from iot_hub.privacy.share_links import ShareScope, add_share, revoke_share
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 390, "height": 900})


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def address(settings: Settings, tmp_path: Path, log: Path) -> Iterator[str]:
    """The address of a running public dashboard that only links open."""
    [port] = free_ports(1)
    environment = public_environment(settings.model_copy(update={"public_dashboard": "links"}), os.environ)
    with log.open("wb") as said, subprocess.Popen(
        public_command(port), env=environment, cwd=tmp_path, stdout=said, stderr=said
    ) as server:  # fmt: skip
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/public/_stcore/health"))
            yield f"http://127.0.0.1:{port}/public/"
        finally:
            server.terminate()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, verify=False).status_code == 200
    except httpx.TransportError:
        return False


def test_an_open_page_ends_with_its_link(owner: Owner, address: str, log: Path, page: Page) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(datetime.now(UTC), hours=5))
    token = add_share(owner, "mum", ShareScope(["phone"], "1km", live=timedelta(hours=24))).token
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}?share={token}&lang=en")
    expect(page.get_by_text("Shared by the owner: mum")).to_be_visible(timeout=40_000)
    expect(page.locator(MAP).first).to_be_visible(timeout=40_000)
    assert len(rows(owner, "SELECT * FROM iot_personal_hub.share_openings")) == 1
    revoke_share(owner, "mum")
    # By itself, when it next refreshes.
    expect(page.get_by_text("This link is no longer valid")).to_be_visible(timeout=40_000)
    expect(page.locator(MAP)).to_have_count(0)
    assert errors == []
    assert token not in log.read_text()
