"""The page of cars in a real browser: a drive's way in its colours, and its charts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from browser_world import CHART, Visit, address, browser, overflow, press, settings, settle, visit
from dashboard_world import Owner, add_device
from drive_world import MINUTE, SECOND, Car
from events import refresh, store
from playwright.sync_api import expect

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(240)]

__all__ = ["address", "browser", "settings", "visit"]

STARTS = datetime.now(UTC).replace(day=1, hour=6, minute=0, second=0, microsecond=0) - timedelta(days=3)


@pytest.fixture(scope="module", autouse=True)
def driven(settings: Settings) -> None:
    """A car that was driven twice, faster the second time."""
    with connect(owner_conninfo(settings, "tests")) as owner:
        add_device(owner, 1, "Octavia")
        car = Car(every=5 * SECOND)
        ends = car.drive(STARTS, 900, 40)
        car.drive(ends + 30 * MINUTE, 900, 90)
        store(owner, *car.reports)
        refresh(owner)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_drive_opens_with_its_way_and_its_charts(
    owner: Owner, address: str, visit: Visit, width: int, scheme: str
) -> None:
    visitor = visit(width, locale="en-GB", color_scheme=scheme).log_in(owner)
    page = visitor.page
    page.goto(f"{address}/car?drive={quote(STARTS.isoformat())}")
    way = page.frame_locator(".st-key-drive-map iframe")
    expect(way.locator("#legend")).to_contain_text("km/h")
    expect(way.locator("canvas").first).to_be_visible()
    expect(page.locator(f".st-key-car-drive {CHART}").first).to_be_visible()
    settle(page)
    assert overflow(page) == 0
    press(page.get_by_role("button", name="Later").or_(page.get_by_text("Later →")).first)
    later = (STARTS + 45 * MINUTE).astimezone(ZoneInfo("Europe/Warsaw"))
    expect(page.get_by_text(f"{later:%H:%M} – ")).to_be_visible()
    expect(way.locator("#legend")).to_contain_text("90 km/h")
    press(page.get_by_role("radio", name="Altitude").or_(page.get_by_role("button", name="Altitude")).first)
    expect(way.locator("#legend")).to_contain_text(" m")
    press(page.get_by_role("button", name="Close"))
    expect(page.locator(".st-key-drive-map")).to_have_count(0)
    assert visitor.errors == []
    assert len(visitor.hosts()) == 1
