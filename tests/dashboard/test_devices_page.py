"""The owner's page of devices: a device is added, connected, and seen to report."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
import zxingcpp
from browser_world import Visitor, address, browser, overflow, press, settle
from dashboard_world import Owner, add_events, report
from events import rows
from hub_server import running_api
from login_world import open_session
from PIL import Image
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest
from test_dashboard_browser import Browser

from iot_hub import settings as hub_settings
from iot_hub.access import devices
from iot_hub.dashboard import authorization
from iot_hub.operations.demo import demo_devices
from iot_hub.operations.demo.prepare import prepare_demo
from iot_hub.settings import Settings

__all__ = ["address", "browser"]
LOOKS = os.environ.get("IOT_HUB_TEST_SCREENSHOTS")
TOKENS = "SELECT device_id, revoked_at IS NULL AS valid FROM iot_personal_hub.device_tokens ORDER BY created_at"


def alone() -> None:
    """The page, as a script of its own."""
    from functools import partial

    from iot_hub.dashboard import authorization
    from iot_hub.dashboard.pages import devices as devices_page
    from iot_hub.dashboard.session import page_context
    from iot_hub.database import audiences
    from iot_hub.settings import settings

    ctx = page_context(settings(), audiences.owner(settings()))
    devices_page.show(ctx, partial(authorization.is_authorized, ctx.audience))


@pytest.fixture
def page(settings: Settings, monkeypatch: pytest.MonkeyPatch, owner: Owner) -> Iterator[AppTest]:
    """The page of an owner who has logged in."""
    assert settings.database_url
    monkeypatch.setenv("IOT_HUB_HOME", str(settings.home))
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("IOT_HUB_LANGUAGE", "en")
    monkeypatch.setattr(authorization, "session_token", lambda: "a-token-of-a-test")
    hub_settings.settings.cache_clear()
    open_session(owner)
    yield AppTest.from_function(alone, default_timeout=30)
    st.cache_resource.clear()
    st.cache_data.clear()
    hub_settings.settings.cache_clear()


def button(page: AppTest, label: str) -> Any:
    return next(each for each in page.button if each.label == label)


def said(page: AppTest) -> str:
    elements = [*page.header, *page.markdown, *page.caption, *page.warning, *page.success, *page.error]
    return "\n".join(str(element.value) for element in elements)


def add(page: AppTest, name: str, app: str) -> AppTest:
    page.run()
    page.text_input[0].input(name)
    page.selectbox(key="device-add-app").set_value(app)
    return button(page, "Add and connect").click().run()


def test_a_device_is_added_with_the_settings_of_its_app(page: AppTest, owner: Owner) -> None:
    add(page, "Ana's phone", "gpslogger")
    assert not page.exception
    [device] = rows(owner, "SELECT name, type FROM iot_personal_hub.dim_devices")
    assert device == {"name": "Ana's phone", "type": "smartphone"}
    assert "Connect Ana's phone: GPSLogger (Android)" in said(page)
    values = [code.value for code in page.code]
    assert len(values) == 4
    assert len(values[-1]) == 43
    assert "smartphone · active · nothing received yet · 1 token" in said(page).replace("\\", "")


def test_the_token_is_shown_until_the_owner_is_done_with_it(page: AppTest) -> None:
    add(page, "phone", "curl")
    assert page.code
    page.run()
    assert page.code
    button(page, "Done").click().run()
    assert not page.code


def test_a_nameless_device_is_refused_and_the_page_says_why(page: AppTest, owner: Owner) -> None:
    add(page, "  ", "curl")
    assert "A device needs a name." in said(page)
    assert rows(owner, "SELECT id FROM iot_personal_hub.dim_devices") == []


def test_the_first_event_is_shown_with_its_time_and_groups(page: AppTest, owner: Owner) -> None:
    add(page, "phone", "agent")
    assert not page.success
    add_events(owner, 1, [(datetime.now(UTC), report())])
    page.run()
    page.run()
    [message] = page.success
    assert re.fullmatch(r"✓ First event received at \d\d:\d\d:\d\d\. Received: battery, location\.", message.value)
    assert "45.2" not in message.value


def test_what_cannot_be_stored_is_shown_while_waiting(page: AppTest, owner: Owner) -> None:
    add(page, "phone", "owntracks")
    owner.execute(
        "INSERT INTO iot_personal_hub.quarantine (device_id, source, reason, payload)"
        " VALUES (1, 'owntracks', 'key_missing', '')"
    )
    page.run()
    assert "key\\_missing" in said(page)


def test_another_app_gets_another_token(page: AppTest, owner: Owner) -> None:
    devices.add_device(owner, "phone", "smartphone")
    page.run()
    page.selectbox(key="app-1").set_value("overland")
    page.button(key="connect-1").click().run()
    assert [row["valid"] for row in rows(owner, TOKENS)] == [True, True]
    assert "Connect phone: Overland" in said(page)


def test_a_new_token_ends_the_old_and_revoking_ends_all(page: AppTest, owner: Owner) -> None:
    devices.add_device(owner, "phone", "smartphone")
    page.run()
    page.button(key="rotate-1").click().run()
    assert [row["valid"] for row in rows(owner, TOKENS)] == [False, True]
    assert page.code
    page.button(key="revoke-1").click().run()
    assert [row["valid"] for row in rows(owner, TOKENS)] == [False, False]
    assert not page.code
    assert "no longer has a valid token" in said(page)


def test_a_device_is_renamed(page: AppTest, owner: Owner) -> None:
    devices.add_device(owner, "phone", "smartphone")
    page.run()
    page.text_input(key="name-1").input("*Ana's* phone")
    page.button(key="rename-1").click().run()
    assert rows(owner, "SELECT name FROM iot_personal_hub.dim_devices") == [{"name": "*Ana's* phone"}]
    assert "Renamed to \\*Ana's\\* phone\\.".replace("\\.", ".") in said(page)


def test_a_device_is_published_and_withdrawn(page: AppTest, owner: Owner) -> None:
    published = "SELECT published FROM iot_personal_hub.dim_devices"
    add(page, "phone", "curl")
    button(page, "Done").click().run()
    assert rows(owner, published) == [{"published": False}]
    assert "· published" not in said(page).replace("\\", "")
    assert "what **phone** measures outside private areas, past readings included" in said(page)
    button(page, "Publish it").click().run()
    assert rows(owner, published) == [{"published": True}]
    assert "· published" in said(page).replace("\\", "")
    # What is withdrawn elsewhere meanwhile stays so.
    devices.set_published(owner, 1, published=False)
    page.run()
    assert rows(owner, published) == [{"published": False}]
    button(page, "Publish it").click().run()
    button(page, "Withdraw it").click().run()
    assert rows(owner, published) == [{"published": False}]
    assert "phone is private" in said(page)


def test_an_open_demo_shows_its_devices_and_asks_for_a_password_before_anything_is_changed(
    page: AppTest, owner: Owner, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = demo_devices(settings.zone)[0]
    prepare_demo(settings, owner)
    owner.execute("DELETE FROM iot_personal_hub.owner_sessions")
    monkeypatch.setattr(authorization, "is_demo", lambda: True)
    page.run()
    assert not page.exception
    assert f"**{simulated.name}**" in said(page)
    assert "Choose a password before you add a device" in said(page)
    assert [*page.button, *page.text_input] == []
    open_session(owner)
    page.run()
    assert "Choose a password" not in said(page)
    assert page.text_input


@pytest.mark.hub
@pytest.mark.browser
@pytest.mark.timeout(240)
@pytest.mark.parametrize("width", [1440, 390])
def test_a_phone_is_paired_and_the_page_sees_it_report_by_itself(
    owner: Owner, address: str, browser: Browser, settings: Settings, width: int, tmp_path: Path
) -> None:
    visitor = Visitor(browser, width)
    page = visitor.page
    open_page(page, address)
    add_by_keyboard(page, "Ana's phone")
    expect(page.get_by_text("Waiting for the first event")).to_be_visible(timeout=30_000)
    token = page.get_by_test_id("stCode").nth(3).inner_text().strip()
    url = page.get_by_test_id("stCode").nth(1).inner_text().strip()
    assert scanned(page, tmp_path) == page.get_by_role("link", name="Open in OwnTracks").get_attribute("href")
    assert url == "http://127.0.0.1:8080/owntracks"
    assert overflow(page) == 0
    position = {"_type": "location", "lat": 52.23, "lon": 21.01, "tst": round(datetime.now(UTC).timestamp())}
    with running_api(settings) as api:
        answer = api.post("/owntracks", auth=("anas-phone", token), json=position)
    assert answer.json() == []
    expect(page.get_by_text(re.compile("First event received at .* Received: location"))).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Waiting for the first event")).to_have_count(0)
    assert token not in page.url
    press(page.get_by_role("link", name="Private areas"))
    expect(page.get_by_role("application")).to_be_visible(timeout=60_000)
    press(page.get_by_role("link", name="Urządzenia"))  # In the browser's own language again.
    expect(page.get_by_role("heading", name="Dodaj urządzenie")).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stCode")).to_have_count(0)
    # Streamlit looks for its server below the page's own path first.
    assert [said for said in visitor.errors if "404" not in said] == []
    assert len(visitor.hosts()) == 1
    visitor.context.close()


@pytest.mark.hub
@pytest.mark.browser
def test_a_token_is_shown_to_nobody_whose_session_has_ended(owner: Owner, address: str, browser: Browser) -> None:
    visitor = Visitor(browser, 1440)
    page = visitor.page
    open_page(page, address)
    add_by_keyboard(page, "Ana's phone")
    expect(page.get_by_test_id("stCode")).to_have_count(5, timeout=30_000)
    owner.execute("DELETE FROM iot_personal_hub.owner_sessions")
    expect(page.get_by_text("You are not logged in")).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stCode")).to_have_count(0)
    visitor.context.close()


def open_page(page: Page, address: str) -> None:
    page.goto(f"{address}/devices?lang=en")
    expect(page.get_by_role("heading", name="Add a device")).to_be_visible(timeout=60_000)


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


@pytest.mark.hub
@pytest.mark.browser
@pytest.mark.skipif(not LOOKS, reason="pictures are kept where IOT_HUB_TEST_SCREENSHOTS names a folder")
@pytest.mark.timeout(240)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pictures(owner: Owner, address: str, browser: Browser, width: int, scheme: Any) -> None:
    for number, name in enumerate(("Ana's phone", "Jan's phone", "Living room"), 1):
        devices.add_device(owner, name, "smartphone")
        add_events(owner, number, [(datetime.now(UTC), report())])
    visitor = Visitor(browser, width, 1700 if width > 400 else 2700)
    page = visitor.page
    page.emulate_media(color_scheme=scheme)
    open_page(page, address)
    page.screenshot(path=f"{LOOKS}/devices-{width}-{scheme}.png")
    add_by_keyboard(page, "Mia's phone")
    expect(page.get_by_text("Waiting for the first event")).to_be_visible(timeout=30_000)
    page.wait_for_timeout(1500)
    page.screenshot(path=f"{LOOKS}/pairing-{width}-{scheme}.png")
    assert overflow(page) == 0
    add_events(owner, 4, [(datetime.now(UTC), report())])
    owner.execute("UPDATE iot_personal_hub.raw_devices_properties SET source = 'owntracks' WHERE device_id = 4")
    expect(page.get_by_text("First event received")).to_be_visible(timeout=30_000)
    page.get_by_test_id("stPopoverButton").nth(2).click()
    page.wait_for_timeout(1500)
    page.screenshot(path=f"{LOOKS}/arrived-{width}-{scheme}.png")
    visitor.context.close()
