"""The page as Streamlit runs it: what it says of devices, and of their absence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from dashboard_world import Owner, add_device, add_events, block_area, report, utc, walk
from login_world import open_session
from streamlit.testing.v1 import AppTest

import iot_hub.dashboard
from iot_hub import settings as hub_settings
from iot_hub.dashboard import authorization
from iot_hub.dashboard.command import owner_command, public_command, public_environment
from iot_hub.dashboard.components import overview as overview_of
from iot_hub.operations.demo.prepare import prepare_demo
from iot_hub.settings import Settings

FOLDER = Path(iot_hub.dashboard.__file__).parent
OWNER, PUBLIC = FOLDER / "apps" / "owner_app.py", FOLDER / "apps" / "public_app.py"


@pytest.fixture
def in_english(hub_variables: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub with a public dashboard, in English, of which nothing is cached."""
    monkeypatch.setenv("IOT_HUB_LANGUAGE", "en")
    monkeypatch.setenv("IOT_HUB_PUBLIC_DASHBOARD", "yes")
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page(in_english: None) -> AppTest:
    """The public page."""
    return AppTest.from_file(str(PUBLIC), default_timeout=30)


@pytest.fixture
def own_page(in_english: None) -> AppTest:
    """The owner's page."""
    return AppTest.from_file(str(OWNER), default_timeout=30)


@pytest.fixture
def cookie(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The cookie of a browser, which these tests are without: at first none."""
    tokens = [""]
    monkeypatch.setattr(authorization, "session_token", lambda: tokens[-1])
    yield tokens


def log_in(owner: Owner, cookie: list[str]) -> None:
    cookie += open_session(owner).values()


def now() -> datetime:
    return datetime.now(UTC)


def said(page: AppTest) -> list[str]:
    """Return every text on the page."""
    elements = [*page.title, *page.header, *page.markdown, *page.caption, *page.code]
    return [str(element.value) for element in elements]


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_the_page_shows_six_pictures_and_the_newest_values(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(now() - timedelta(minutes=3, seconds=10), hours=5))
    page.run()
    assert not page.exception
    assert metrics(page) == {"Last seen": "3 min ago", "Battery": "50\u202f%", "Events in this range": "60"}
    assert [header.value for header in page.header] == [
        "Map",
        "Events per hour",
        "Battery level, %",
        "Altitude, m",
        "Battery temperature, °C",
        "Battery current, mA",
    ]
    assert len(page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")) == 5
    assert len(page.get("component_instance")) == 1
    assert len(page.get("deck_gl_json_chart")) == 0


def test_the_page_speaks_polish_to_those_who_ask(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(now(), hours=5))
    page.query_params["lang"] = "pl"
    page.run()
    assert not page.exception
    assert "Ostatni kontakt" in metrics(page)
    assert "Temperatura baterii, °C" in [header.value for header in page.header]


def test_an_address_chooses_device_and_days(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "tablet")
    add_events(owner, 1, [(now(), report())])
    add_events(owner, 2, [(utc(2025, 10, 26, 0, 30), report()), (utc(2025, 10, 26, 1, 30), report())])
    page.query_params.update({"device": "2", "range": "custom", "from": "2025-10-26", "to": "2025-10-26"})
    page.run()
    assert not page.exception
    assert page.selectbox[0].value == 2
    assert page.date_input[0].value == (date(2025, 10, 26), date(2025, 10, 26))
    assert metrics(page)["Events in this range"] == "2"
    assert "2 hours with data · 26 Oct 2025, 00:00 – 27 Oct 2025, 00:00" in said(page)


def test_a_strange_address_does_no_harm(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    page.query_params.update({"device": "x", "range": "custom", "from": "yesterday", "to": "0001-01-01", "lang": "\0"})
    page.run()
    assert not page.exception
    assert metrics(page)["Last seen"] == "–"


def test_the_device_that_reported_last_is_shown_first(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "a quiet one")
    add_device(owner, 2, "the busy one")
    add_events(owner, 1, [(now() - timedelta(hours=2), report())])
    add_events(owner, 2, [(now(), report())])
    page.run()
    assert page.selectbox[0].value == 2


def overview(page: AppTest) -> str:
    """Return the overview's HTML; empty where there is none."""
    return next((each.proto.body for each in page.get("html") if "overview" in each.proto.body[:30]), "")


def test_the_owner_sees_all_devices_at_a_glance_those_that_need_attention_first(
    owner: Owner, own_page: AppTest, cookie: list[str]
) -> None:
    log_in(owner, cookie)
    add_device(owner, 1, "<b>phone</b>")
    add_events(owner, 1, [(now() - timedelta(minutes=3, seconds=10), report(level=77))])
    own_page.run()
    # One device is what the page shows anyway.
    assert overview(own_page) == ""
    add_device(owner, 2, "thermometer")
    add_events(
        owner,
        2,
        [
            (
                now(),
                {
                    "battery": {"remaining_percent": 4},
                    "climate": {"temperature_C": 21.25},
                    "motion": {"detected": False},
                },
            )
        ],
    )
    st.cache_data.clear()
    own_page.query_params["lang"] = "en"
    own_page.run()
    assert not own_page.exception
    shown = overview(own_page)
    assert '<a href="./home?lang=en" target="_self">2 devices · 1 needs attention</a>' in shown
    assert shown.index("thermometer") < shown.index("&lt;b&gt;phone")
    assert '<li class="trouble"><a href="./?device=2&amp;lang=en"' in shown
    assert "<span>21.2\u202f°C · Motion: no</span>" in shown and "battery at 4\u202f%" in shown
    assert "<small>3 min ago</small>" in shown


def test_an_overview_of_a_whole_house_leaves_room_for_the_page(
    owner: Owner, own_page: AppTest, cookie: list[str]
) -> None:
    log_in(owner, cookie)
    for number in range(1, overview_of.MOST_DEVICES + 3):
        add_device(owner, number, f"sensor {number}")
    own_page.run()
    assert overview(own_page).count("<li") == overview_of.MOST_DEVICES
    assert f"{overview_of.MOST_DEVICES + 2} devices · all is well" in overview(own_page)


def test_the_others_see_no_overview(owner: Owner, own_page: AppTest, page: AppTest, cookie: list[str]) -> None:
    for number in (1, 2):
        add_device(owner, number, f"phone {number}")
        add_events(owner, number, [(now(), report())])
    page.run()
    assert overview(page) == ""
    log_in(owner, cookie)
    own_page.query_params["view"] = "public"
    own_page.run()
    assert overview(own_page) == ""


def test_only_the_owners_charts_lead_to_the_events_behind_them(
    owner: Owner, own_page: AppTest, page: AppTest, cookie: list[str]
) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(now(), hours=5))
    log_in(owner, cookie)
    links = []
    for each in (own_page, page):
        each.run()
        assert not each.exception and len(each.header) > 3
        links.append([html.proto.body for html in each.get("html") if "./readings?" in html.proto.body])
    assert len(links[0]) == 5 and "metric=battery.level" in links[0][1]
    assert links[1] == []


def test_without_a_device_the_page_says_how_to_add_one_and_then_shows_it(
    owner: Owner, own_page: AppTest, cookie: list[str]
) -> None:
    log_in(owner, cookie)
    own_page.run()
    assert not own_page.exception
    assert "iot-hub device add phone --type smartphone" in said(own_page)
    add_device(owner, 1, "phone")
    st.cache_data.clear()
    own_page.run()
    assert [box.value for box in own_page.selectbox] == [1]


def test_who_is_not_logged_in_sees_nothing_of_the_owners(owner: Owner, own_page: AppTest, cookie: list[str]) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(now(), hours=5))
    own_page.run()
    assert not own_page.exception
    assert "You are not logged in" in said(own_page)
    assert (len(own_page.selectbox), metrics(own_page)) == (0, {})


def test_the_owner_sees_private_places_and_can_look_with_the_others_eyes(
    owner: Owner, own_page: AppTest, cookie: list[str]
) -> None:
    log_in(owner, cookie)
    block_area(owner, 13.5, 45.1, 13.7, 45.3)
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(now(), hours=5))
    own_page.run()
    assert not own_page.exception
    assert metrics(own_page)["Events in this range"] == "60"
    assert "Your own view: everything, private areas included." in said(own_page)
    others = AppTest.from_file(str(OWNER), default_timeout=30)
    others.query_params["view"] = "public"
    others.run()
    assert not others.exception
    assert metrics(others)["Events in this range"] == "0"
    assert "What others see: with a delay, and without private areas." in said(others)


def test_the_public_page_tells_others_nothing_of_the_hub(owner: Owner, page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert "Nothing is published yet" in said(page)
    assert not [line for line in said(page) if "iot-hub" in line]


def test_a_hub_that_publishes_links_only_shows_nothing_without_one(
    owner: Owner, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_HUB_PUBLIC_DASHBOARD", "links")
    hub_settings.settings.cache_clear()
    add_device(owner, 1, "phone")
    page.run()
    assert not page.exception
    assert "This page needs a share link" in said(page)
    assert len(page.selectbox) == 0


def test_a_device_in_a_private_area_looks_like_one_that_is_off(owner: Owner, page: AppTest) -> None:
    block_area(owner, 13.5, 45.1, 13.7, 45.3)
    add_device(owner, 1, "phone")
    page.run()
    off = (said(page), metrics(page), [header.value for header in page.header])
    add_events(owner, 1, walk(now(), hours=5))
    st.cache_data.clear()
    page.run()
    assert not page.exception
    assert (said(page), metrics(page), [header.value for header in page.header]) == off
    assert "Nothing to show" in off[2][0]


def test_a_device_without_a_position_has_its_other_pictures(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "sensor")
    add_events(owner, 1, [(now(), {"battery": {"remaining_percent": 77}})])
    page.run()
    assert not page.exception
    assert metrics(page)["Battery"] == "77\u202f%"
    assert said(page).count("No data in this range.") == 4


def test_a_sensor_shows_what_it_measures_and_no_empty_picture(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "sensor")
    add_events(owner, 1, [(now(), {"climate": {"temperature_C": 21.4, "humidity_percent": 45}})])
    page.run()
    assert not page.exception
    assert list(metrics(page)) == ["Last seen", "Events in this range"]
    assert [header.value for header in page.header] == ["Temperature, °C", "Humidity, %", "Events per hour"]
    assert len(page.expander) == 0


def test_a_phones_other_numbers_are_folded(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(now(), hours=5))
    page.run()
    assert not page.exception
    assert [fold.label for fold in page.expander] == ["More measurements"]
    assert "Speed, m/s" not in [header.value for header in page.header]


def test_a_battery_that_was_not_measured_last_is_not_forgotten(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "sensor")
    add_events(owner, 1, [(now() - timedelta(hours=3), {"battery": {"remaining_percent": 77}}), (now(), {"a": 1})])
    page.run()
    assert metrics(page)["Battery"] == "–"


@pytest.mark.slow
def test_a_database_that_is_away_is_said_and_not_shown_as_an_error(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_HUB_VIEWER_DATABASE_URL", "postgresql:///nowhere?host=/nonexistent")
    hub_settings.settings.cache_clear()
    page.run()
    assert not page.exception
    assert "The database is not responding" in said(page)


def test_the_command_holds_the_page_to_this_machine_and_asks_nobody_else() -> None:
    line = owner_command(8501)
    assert "--server.address=127.0.0.1" in line
    assert "--server.port=8501" in line
    assert "--browser.gatherUsageStats=false" in line
    assert "--server.enableXsrfProtection=true" in line


def test_the_public_page_gets_no_secret_but_the_viewers_and_the_guests(settings: Settings) -> None:
    assert settings.database_url
    given = {
        "PATH": "/bin",
        "IOT_HUB_DATABASE_URL": "x",
        "IOT_HUB_S3_SECRET_KEY": "x",
        "PGPASSWORD": "x",
        "device1": "x",
    }
    handed_on = public_environment(settings, given)
    assert set(handed_on) == {
        "PATH", "IOT_HUB_HOME", "IOT_HUB_VIEWER_DATABASE_URL", "IOT_HUB_GUEST_DATABASE_URL",
        "IOT_HUB_PUBLIC_DASHBOARD", "IOT_HUB_TIME_ZONE", "IOT_HUB_LANGUAGE",
    }  # fmt: skip
    assert "--server.baseUrlPath=public" in public_command(8501)


def test_a_demo_says_that_it_has_no_password_only_while_it_has_none(
    owner: Owner, own_page: AppTest, cookie: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authorization, "is_demo", lambda: True)
    prepare_demo(settings, owner)
    own_page.run()
    assert not own_page.exception
    assert any("Demo: simulated devices, no password." in text for text in said(own_page))
    assert not any("Log out" in text for text in links(own_page))
    log_in(owner, cookie)
    own_page.run()
    assert not own_page.exception
    assert not any("no password" in text for text in said(own_page))
    assert any("Log out" in text for text in links(own_page))


def links(page: AppTest) -> list[str]:
    return [str(each.proto) for each in [*page.get("link_button"), *page.get("html"), *page.get("markdown")]]
