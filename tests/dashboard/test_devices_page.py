"""The owner's page of devices: a device is added, connected, published, renamed, and seen to report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st
from dashboard_world import Owner, add_events, report
from events import rows
from login_world import open_session
from streamlit.testing.v1 import AppTest

from iot_hub import settings as hub_settings
from iot_hub.access import devices
from iot_hub.dashboard import authorization
from iot_hub.operations.demo import demo_devices
from iot_hub.operations.demo.prepare import prepare_demo
from iot_hub.settings import Settings

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


SENSOR, PROBES = "0x00158d0001a2b3c4", "tasmota/cellar"
DECISIONS = "SELECT identity, status, device_id FROM iot_personal_hub.discovered_devices ORDER BY identity"


def find(owner: Owner, identity: str, label: str, *, waiting: int = 0, **known: object) -> None:
    """Note a device as the MQTT receiver does, with messages that wait."""
    owner.execute(
        "INSERT INTO iot_personal_hub.discovered_devices (identity, protocol, label, manufacturer, model, area,"
        " last_heard) VALUES (%s, 'zigbee2mqtt', %s, 'Aqara', 'WSDCGQ11LM', %s, %s)",
        [identity, label, known.get("area"), known.get("last_heard")],
    )
    owner.execute(
        "INSERT INTO iot_personal_hub.held_messages (identity, topic, payload, received_at, retained)"
        " SELECT %s, 'topic', '', now(), false FROM generate_series(1, %s)",
        [identity, waiting],
    )


def test_a_device_that_was_found_is_shown_with_what_is_known_of_it_and_approved(page: AppTest, owner: Owner) -> None:
    find(owner, SENSOR, "*living* room", waiting=3, area="Salon", last_heard=datetime.now(UTC))
    page.run()
    assert "**\\*living\\* room**" in said(page)
    known = f"Aqara WSDCGQ11LM · zigbee2mqtt · {SENSOR} · in Salon · last heard just now · 3 messages waiting"
    assert known in said(page).replace("\\", "")
    page.button(key=f"found-approve-{SENSOR}").click().run()
    assert not page.exception
    assert rows(owner, "SELECT name, room FROM iot_personal_hub.dim_devices") == [
        {"name": "*living* room", "room": "Salon"}
    ]
    assert "is approved" in said(page)
    assert "Found in your home" not in said(page)


def test_a_device_that_was_never_heard_says_so(page: AppTest, owner: Owner) -> None:
    find(owner, SENSOR, "ghost")
    page.run()
    assert "never heard live" in said(page)
    assert "waiting" not in said(page)


def test_parts_are_decided_about_with_their_whole_and_all_at_once_makes_each_device_once(
    page: AppTest, owner: Owner
) -> None:
    for identity, waiting in ((PROBES, 1), (f"{PROBES}#1", 2), (f"{PROBES}#2", 4), (SENSOR, 0)):
        find(owner, identity, identity, waiting=waiting)
    page.run()
    assert "7 messages waiting" in said(page)
    assert f"{PROBES}\\#1" not in said(page)
    button(page, "Approve all").click().run()
    assert {row["status"] for row in rows(owner, DECISIONS)} == {"approved"}
    assert len(rows(owner, "SELECT id FROM iot_personal_hub.dim_devices")) == 4
    assert "2 devices are approved" in said(page)


def test_an_ignored_device_waits_where_it_can_be_proposed_again_with_its_parts(page: AppTest, owner: Owner) -> None:
    for identity in (PROBES, f"{PROBES}#1"):
        find(owner, identity, identity)
    page.run()
    page.button(key=f"found-ignore-{PROBES}").click().run()
    assert {row["status"] for row in rows(owner, DECISIONS)} == {"ignored"}
    assert "Found in your home" not in said(page)
    assert page.expander[0].label == "Ignored devices (1)"
    page.session_state["found-ignored-en"] = True
    page.run()
    page.button(key=f"found-propose-{PROBES}").click().run()
    assert {row["status"] for row in rows(owner, DECISIONS)} == {"proposed"}
    assert "Found in your home" in said(page)


def test_an_owner_is_asked_before_what_waits_of_a_device_is_deleted(page: AppTest, owner: Owner) -> None:
    find(owner, SENSOR, "sensor", waiting=3)
    page.run()
    assert "what waits is deleted: 3 messages waiting" in said(page)
    assert {row["status"] for row in rows(owner, DECISIONS)} == {"proposed"}
    button(page, "Delete and ignore").click().run()
    assert {row["status"] for row in rows(owner, DECISIONS)} == {"ignored"}


def test_a_device_is_assigned_to_a_room_that_is_known_and_leaves_it(page: AppTest, owner: Owner) -> None:
    devices.add_device(owner, "plug", "sensor")
    find(owner, SENSOR, "sensor", area="Salon")
    room = "SELECT room FROM iot_personal_hub.dim_devices"
    page.run()
    assert page.selectbox(key="room-1").options == ["No room", "Salon"]
    for chosen, stored in (("Salon", "Salon"), ("", None)):
        page.selectbox(key="room-1").set_value(chosen)
        page.button(key="assign-room-1").click().run()
        assert not page.exception
        assert rows(owner, room) == [{"room": stored}]
