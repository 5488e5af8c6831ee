"""The page of a share link, as Streamlit runs it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from dashboard_world import Owner, add_device, add_events, report, walk
from events import rows
from streamlit.testing.v1 import AppTest

import iot_hub.dashboard
from iot_hub import settings as hub_settings
from iot_hub.privacy.share_links import ShareScope, add_share, list_shares, revoke_share
from iot_hub.settings import Settings

APP = Path(iot_hub.dashboard.__file__).parent / "apps" / "public_app.py"
LIVE = timedelta(days=7)


@pytest.fixture
def page(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The public page of a hub with a database of its own; only links open it."""
    assert settings.viewer_database_url and settings.guest_database_url
    for name, value in {
        "HOME": "/nonexistent",
        "VIEWER_DATABASE_URL": settings.viewer_database_url.get_secret_value(),
        "GUEST_DATABASE_URL": settings.guest_database_url.get_secret_value(),
        "PUBLIC_DASHBOARD": "links",
        "TIME_ZONE": "Europe/Warsaw",
        "LANGUAGE": "en",
    }.items():
        monkeypatch.setenv(f"IOT_HUB_{name}", value)
    hub_settings.settings.cache_clear()
    yield AppTest.from_file(str(APP), default_timeout=30)
    st.cache_resource.clear()
    st.cache_data.clear()
    hub_settings.settings.cache_clear()


def shared(owner: Owner, *devices: str, **shown: object) -> str:
    return add_share(owner, "mum *and* dad", ShareScope(devices or ("phone",), **shown)).token  # type: ignore[arg-type]


def opened(page: AppTest, token: str) -> AppTest:
    page.query_params["share"] = token
    page.run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.title, *page.header, *page.markdown, *page.caption])


def pictures(page: AppTest) -> tuple[int, int]:
    """How many maps and charts there are."""
    charts = page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")
    return len(page.get("deck_gl_json_chart")), len(charts)


def test_a_link_shows_its_device_its_name_end_and_precision(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "secret car")
    for device in (1, 2):
        add_events(owner, device, walk(datetime.now(UTC), hours=5))
    opened(page, shared(owner, live=LIVE, precision="1km", measurements=True))
    assert "mum \\*and\\* dad" in said(page)
    assert "rounded to 1 km" in said(page)
    assert [box.options for box in page.selectbox] in ([], [["phone"]])
    assert "secret" not in said(page)
    assert "45.2" not in said(page)
    maps, charts = pictures(page)
    assert maps == 1
    assert charts >= 2


def test_a_link_of_positions_shows_a_map_and_no_count_of_events(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(datetime.now(UTC), hours=5))
    opened(page, shared(owner, live=LIVE, precision="city"))
    assert pictures(page) == (1, 0)
    assert [metric.label for metric in page.metric] == ["Last seen"]


def test_a_link_of_the_past_begins_where_something_is(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    start = datetime(2025, 8, 22, 12, 10, tzinfo=UTC)
    # Of no hour the whole is shown; its positions are.
    add_events(owner, 1, [(start + timedelta(minutes=n), report()) for n in range(40)])
    opened(page, shared(owner, since=start, until=start + timedelta(minutes=40)))
    assert page.query_params["from"] == "2025-08-22"
    assert pictures(page) == (1, 0)


@pytest.mark.parametrize("end", ["unknown", "revoked", "expired"])
def test_links_that_are_not_valid_all_look_the_same(owner: Owner, page: AppTest, end: str) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(datetime.now(UTC), hours=5))
    token = shared(owner, live=LIVE)
    owner.execute("UPDATE iot_personal_hub.share_links SET {}".format(
        {"unknown": "name = 'x'", "revoked": "revoked_at = now()", "expired": "expires_at = now()"}[end]
    ))  # fmt: skip
    opened(page, "A" * 43 if end == "unknown" else token)
    assert said(page).endswith("This link is no longer valid\nAsk the person who sent it for a new one.")
    assert not page.metric and not page.selectbox
    assert rows(owner, "SELECT * FROM iot_personal_hub.share_openings") == []


def test_an_open_page_of_a_link_that_is_revoked_shows_nothing_more(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(datetime.now(UTC), hours=5))
    opened(page, shared(owner, live=LIVE))
    assert page.metric
    revoke_share(owner, "mum *and* dad")
    page.run()
    assert not page.metric
    assert "no longer valid" in said(page)


def test_an_opening_is_logged_once_per_browser_session(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    opened(page, shared(owner, live=LIVE))
    owner.execute("UPDATE iot_personal_hub.share_openings SET opened_at = opened_at - interval '1 day'")
    page.run()
    [link] = list_shares(owner)
    assert link["openings"] == 1


def test_without_a_link_there_is_nothing(owner: Owner, page: AppTest) -> None:
    add_device(owner, 1, "phone")
    page.run()
    assert not page.exception
    assert not page.selectbox and not page.metric


@pytest.mark.slow
def test_the_page_waits_for_a_database_that_is_away(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_HUB_GUEST_DATABASE_URL", "postgresql:///nowhere?host=/nonexistent")
    hub_settings.settings.cache_clear()
    opened(page, "A" * 43)
    assert "The database is not responding" in said(page)
