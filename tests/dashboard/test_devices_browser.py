"""The owner's page of devices in a real browser: a phone is paired, and its token seen by nobody else."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from browser_world import CHART, Visit, address, browser, overflow, press, settings, settle, visit
from dashboard_world import Owner, add_events, report
from hub_server import running_api
from PIL import Image
from playwright.sync_api import Page, expect

from iot_hub.access import devices
from iot_hub.access.discovered import assign_room
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(240)]

__all__ = ["address", "browser", "settings", "visit"]

LOOKS = os.environ.get("IOT_HUB_TEST_SCREENSHOTS")


@pytest.mark.parametrize(("width", "name"), [(1440, "Ana's phone"), (390, "Jan's phone")])
def test_a_phone_is_paired_and_the_page_sees_it_report_by_itself(
    owner: Owner, address: str, visit: Visit, settings: Settings, width: int, name: str, tmp_path: Path
) -> None:
    visitor = visit(width).log_in(owner)
    page = visitor.page
    open_page(page, address)
    add_by_keyboard(page, name)
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()
    token = page.get_by_test_id("stCode").nth(3).inner_text().strip()
    url = page.get_by_test_id("stCode").nth(1).inner_text().strip()
    assert scanned(page, tmp_path) == page.get_by_role("link", name="Open in OwnTracks").get_attribute("href")
    assert url == "http://127.0.0.1:8080/owntracks"
    assert overflow(page) == 0
    position = {"_type": "location", "lat": 52.23, "lon": 21.01, "tst": round(datetime.now(UTC).timestamp())}
    with running_api(settings) as api:
        answer = api.post("/owntracks", auth=("phone", token), json=position)
    assert answer.json() == []
    expect(page.get_by_text(re.compile("First event received at .* Received: location"))).to_be_visible()
    expect(page.get_by_text("Waiting for the first event")).to_have_count(0)
    assert token not in page.url
    press(page.get_by_role("link", name="Private areas"))
    expect(page.get_by_role("application")).to_be_visible()
    press(page.get_by_role("link", name="Urządzenia"))  # In the browser's own language again.
    expect(page.get_by_role("heading", name="Dodaj urządzenie")).to_be_visible()
    expect(page.get_by_test_id("stCode")).to_have_count(0)
    assert visitor.errors == []
    assert len(visitor.hosts()) == 1


def test_a_token_is_shown_to_nobody_whose_session_has_ended(owner: Owner, address: str, visit: Visit) -> None:
    visitor = visit(1440).log_in(owner)
    page = visitor.page
    open_page(page, address)
    add_by_keyboard(page, "Mia's phone")
    expect(page.get_by_test_id("stCode")).to_have_count(5)
    owner.execute("DELETE FROM iot_personal_hub.owner_sessions")
    expect(page.get_by_text("You are not logged in")).to_be_visible()
    expect(page.get_by_test_id("stCode")).to_have_count(0)


def test_a_home_is_seen_by_room_and_leads_to_each_device(owner: Owner, address: str, visit: Visit) -> None:
    furnish(owner)
    visitor = visit(390, 1200).log_in(owner)
    page = visitor.page
    page.goto(f"{address}/home?lang=en")
    expect(page.get_by_role("heading", name="Salon")).to_be_visible()
    expect(page.locator(CHART).first).to_be_visible()
    expect(page.get_by_text("battery at 9")).to_be_visible()
    assert overflow(page) == 0
    link = page.get_by_role("link", name="window").first
    settle(page)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Device", exact=True)).to_have_value("window")
    assert visitor.errors == []


def furnish(owner: Owner) -> None:
    """Add a home: sensors in rooms, and one in none."""
    now = datetime.now(UTC)
    for name, room, degrees in (
        ("thermometer", "Salon", 21.4), ("window", "Salon", 19.0), ("radiator", "Bathroom", 23.5),
        ("freezer", "Cellar", -18.0), ("plug", None, 20.0),
    ):  # fmt: skip
        device, _ = devices.add_device(owner, name, "sensor")
        assign_room(owner, str(device), room)
        climate = [
            {
                "temperature_C": degrees + (n % 7) / 5,
                "humidity_percent": 40 + n % 9 + device % 5,
                "pressure_hPa": 1013.2,
            }
            for n in range(40)
        ]
        battery = {"remaining_percent": 9 if name == "radiator" else 80}
        silence = timedelta(hours=20 if name == "freezer" else 0)
        for n, each in enumerate(climate):
            state = {"contact": {"open": n % 3 == 0}} if name == "window" else {"energy": {"energy_Wh": 9999 - 37 * n}}
            if not 12 < n < 16:
                at = now - silence - n * timedelta(minutes=50)
                add_events(owner, device, [(at, {"climate": each, "battery": battery} | state)])


def open_page(page: Page, address: str) -> None:
    page.goto(f"{address}/devices?lang=en")
    expect(page.get_by_role("heading", name="Add a device")).to_be_visible()


def add_by_keyboard(page: Page, name: str) -> None:
    settle(page)
    page.get_by_label("Name").first.focus()
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def scanned(page: Page, folder: Path) -> str:
    """What a camera reads off the screen."""
    page.get_by_role("img", name="QR code with the settings of OwnTracks").screenshot(path=folder / "qr.png")
    with Image.open(folder / "qr.png") as picture:
        [code] = zxingcpp.read_barcodes(picture.convert("L"))
    return code.text


@pytest.mark.skipif(not LOOKS, reason="pictures are kept where IOT_HUB_TEST_SCREENSHOTS names a folder")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pictures(owner: Owner, address: str, visit: Visit, width: int, scheme: Any) -> None:
    owner.execute("TRUNCATE iot_personal_hub.dim_devices RESTART IDENTITY CASCADE")
    for number, name in enumerate(("Ana's phone", "Jan's phone", "Living room"), 1):
        devices.add_device(owner, name, "smartphone")
        add_events(owner, number, [(datetime.now(UTC), report())])
    owner.execute(
        "INSERT INTO iot_personal_hub.discovered_devices (identity, protocol, label, model, area, status)"
        " VALUES ('0x00158d0001a2b3c4', 'zigbee2mqtt', 'front door', 'MCCGQ11LM', 'Hall', 'proposed'),"
        " ('tasmota/cellar', 'tasmota', 'freezer', 'Nous A1T', NULL, 'proposed'),"
        " ('rtl_433/LaCrosse/201', 'rtl_433', NULL, NULL, NULL, 'ignored') ON CONFLICT DO NOTHING"
    )
    visitor = visit(width, 1700 if width > 400 else 2700).log_in(owner)
    page = visitor.page
    page.emulate_media(color_scheme=scheme)
    open_page(page, address)
    page.screenshot(path=f"{LOOKS}/devices-{width}-{scheme}.png")
    add_by_keyboard(page, "Eva's phone")
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()
    page.wait_for_timeout(1500)
    page.screenshot(path=f"{LOOKS}/pairing-{width}-{scheme}.png")
    assert overflow(page) == 0
    add_events(owner, 4, [(datetime.now(UTC), report())])
    owner.execute("UPDATE iot_personal_hub.raw_devices_properties SET source = 'owntracks' WHERE device_id = 4")
    expect(page.get_by_text("First event received")).to_be_visible()
    page.get_by_test_id("stPopoverButton").nth(2).click()
    page.wait_for_timeout(1500)
    page.screenshot(path=f"{LOOKS}/arrived-{width}-{scheme}.png")
    furnish(owner)
    page.goto(f"{address}/home?lang=en")
    expect(page.locator(CHART)).to_have_count(4)
    page.wait_for_timeout(1500)
    page.screenshot(path=f"{LOOKS}/home-{width}-{scheme}.png")
    assert overflow(page) == 0
