"""The owner's page of statistics: a year at a glance, its lists, and what it says where nothing is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from dashboard_world import Owner, add_device
from login_world import open_session
from map_world import add_gap, add_stay, add_trip, live_through
from paths import ROOT
from streamlit.testing.v1 import AppTest

from iot_hub import settings as hub_settings
from iot_hub.dashboard import authorization
from iot_hub.dashboard.charts.travel import MODES, colour_of_mode, travel_chart
from iot_hub.dashboard.palette import LIGHT
from iot_hub.dashboard.translations import Translator
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place
from iot_hub.settings import Settings
from iot_hub.worker.stay_naming import name_stays

ENGLISH = Translator("en", ZoneInfo("Europe/Warsaw"))
HOME, WORK, LISBON = (52.2297, 21.0122), (52.24, 21.06), (38.722, -9.139)


def alone() -> None:
    """The page, as a script of its own."""
    from functools import partial

    from iot_hub.dashboard import authorization
    from iot_hub.dashboard.pages import statistics
    from iot_hub.dashboard.session import page_context
    from iot_hub.database import audiences
    from iot_hub.settings import settings

    ctx = page_context(settings(), audiences.owner(settings()))
    statistics.show(ctx, partial(authorization.is_authorized, ctx.audience))


@pytest.fixture
def page(settings: Settings, monkeypatch: pytest.MonkeyPatch, owner: Owner) -> Iterator[AppTest]:
    """The page of an owner who has logged in."""
    assert settings.database_url
    monkeypatch.setenv("IOT_HUB_HOME", str(settings.home))
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("IOT_HUB_LANGUAGE", "en")
    monkeypatch.setenv("IOT_HUB_TIME_ZONE", "Europe/Warsaw")
    monkeypatch.setattr(authorization, "session_token", lambda: "a-token-of-a-test")
    hub_settings.settings.cache_clear()
    open_session(owner)
    yield AppTest.from_function(alone, default_timeout=30)
    st.cache_resource.clear()
    st.cache_data.clear()
    hub_settings.settings.cache_clear()


def two_years(owner: Owner) -> None:
    """A phone at home and at work, silent in spring, and in Lisbon in the second year; a watch with one walk."""
    add_device(owner, 1, "<b>phone</b>")
    add_device(owner, 2, "watch")
    add_place(owner, Place("<i>Nest</i>", *HOME, "home"))
    live_through(owner, 1, datetime(2024, 11, 4, tzinfo=UTC), 20, HOME, WORK)
    at = add_gap(owner, 1, datetime(2024, 12, 1, tzinfo=UTC), 60 * 24 * 120)
    at = add_trip(owner, 1, at, 240, [HOME, LISBON], "flight")
    at = add_stay(owner, 1, at, 60 * 30, LISBON)
    at = add_trip(owner, 1, at, 12, [LISBON, (38.73, -9.14)], "on_foot")
    add_stay(owner, 1, at, 20, (38.73, -9.14))
    add_trip(owner, 2, datetime(2024, 6, 1, 8, tzinfo=UTC), 20, [HOME, WORK], "on_foot")
    name_stays(owner, 1000)


def said(page: AppTest) -> str:
    assert not page.exception
    elements = [*page.header, *page.markdown, *page.caption]
    return "\n".join([*(str(each.value) for each in elements), *(each.proto.body for each in page.get("html"))])


def test_the_newest_year_of_the_device_with_the_longest_history_is_shown_first(page: AppTest, owner: Owner) -> None:
    two_years(owner)
    page.run()
    assert [(each.label, each.value) for each in page.selectbox] == [("Device", 1), ("Year", 2025)]
    shown = said(page)
    assert "1 country" in shown and "1 city" in shown and "2 trips" in shown
    assert "Portugal" in shown and "first visit" in shown and "Poland" not in shown
    assert '<a href="/map?day=2025-03-31&amp;device=1&amp;lang=en"' in shown
    # January to March are silent.
    assert "Unknown" in shown


def test_another_year_and_all_devices_can_be_chosen(page: AppTest, owner: Owner) -> None:
    two_years(owner)
    page.run()
    page.selectbox[1].set_value(2024).run()
    assert "&lt;i&gt;Nest&lt;/i&gt;" in said(page) and "Portugal" not in said(page)
    trips = figure(said(page))
    page.selectbox[0].set_value(0).run()
    assert "added up" in said(page)
    assert figure(said(page)) == trips + 1
    assert page.query_params["year"] == "2024"


def figure(text: str) -> int:
    return int(text.partition(" trips</small>")[0].rpartition("<small>")[2])


def test_names_of_others_are_shown_as_they_are(page: AppTest, owner: Owner) -> None:
    two_years(owner)
    page.run()
    page.selectbox[1].set_value(2024).run()
    assert "<i>" not in said(page)


def test_flights_are_shown_when_asked_for(page: AppTest, owner: Owner) -> None:
    two_years(owner)
    page.run()
    assert [each.label for each in page.toggle] == ["Show flights"]
    page.toggle[0].set_value(True).run()
    assert not page.exception
    page.selectbox[1].set_value(2024).run()
    assert not page.toggle


def test_without_a_journey_the_page_says_what_will_be_here(page: AppTest, owner: Owner) -> None:
    add_device(owner, 1, "phone")
    page.run()
    assert "No trips yet" in said(page)
    assert not page.selectbox


def month(number: int, distance_m: int | None, **modes: int) -> dict[str, Any]:
    return {
        "period": f"2025-{number:02}", "distance_m": distance_m, "trips": len(modes), "moving_s": 60, "staying_s": 60,
        "unknown_s": 0, "visits": 1, "stops": 0,
        "modes": {mode: {"trips": 1, "distance_m": metres, "seconds": 60} for mode, metres in modes.items()},
    }  # fmt: skip


def test_a_month_of_which_nothing_is_known_has_no_bar_and_no_figure() -> None:
    months = [month(1, 2000, on_foot=2000), month(2, None), month(3, 900_000, flight=900_000)]
    chart = travel_chart(2025, months, ENGLISH, LIGHT, has_flights=False)
    assert [row["month"] for row in chart.rows] == ["2025-01"]
    assert [row["km"] for row in chart.table()] == [2.0, None, 900.0]
    assert chart.alt == "Distance by month: 2 km in 2 months."
    assert len(travel_chart(2025, months, ENGLISH, LIGHT, has_flights=True).rows) == 2


def test_modes_have_the_colours_of_the_map() -> None:
    source = (ROOT / "frontend/map/src/palette.js").read_text("utf-8")
    assert f"MODES = [{', '.join(repr(mode) for mode in MODES)}]" in source
    assert colour_of_mode("unknown", LIGHT) == "#6f7479"
    assert len({colour_of_mode(mode, LIGHT) for mode in MODES}) == len(MODES)
