"""The owner's page of cars: a month at a glance, a drive opened, what is written down, and the logbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from dashboard_world import Owner, add_device
from drive_world import HOUR, MINUTE, SECOND, Car, correct, drives, named
from events import refresh, store
from journey_world import utc
from login_world import open_session
from streamlit.testing.v1 import AppTest

from iot_hub import settings as hub_settings
from iot_hub.cars.refuels import Refuel, add_refuel
from iot_hub.dashboard import authorization
from iot_hub.dashboard.charts import drive as drive_charts
from iot_hub.dashboard.components import car_lists
from iot_hub.dashboard.maps import drive_way
from iot_hub.dashboard.palette import LIGHT
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place
from iot_hub.settings import Settings

ENGLISH = Translator("en", ZoneInfo("Europe/Warsaw"))
MARCH = utc(2026, 3, 3, 6)


def alone() -> None:
    """The page, as a script of its own."""
    from functools import partial

    from iot_hub.dashboard import authorization
    from iot_hub.dashboard.pages import car
    from iot_hub.dashboard.session import page_context
    from iot_hub.database import audiences
    from iot_hub.settings import settings

    ctx = page_context(settings(), audiences.owner(settings()))
    car.show(ctx, partial(authorization.is_authorized, ctx.audience))


@pytest.fixture
def page(settings: Settings, monkeypatch: pytest.MonkeyPatch, owner: Owner) -> Iterator[AppTest]:
    """The page of an owner who has logged in."""
    assert settings.database_url
    monkeypatch.setenv("IOT_HUB_HOME", str(settings.home))
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("IOT_HUB_LANGUAGE", "en")
    monkeypatch.setenv("IOT_HUB_CURRENCY", "PLN")
    monkeypatch.setenv("IOT_HUB_TIME_ZONE", "Europe/Warsaw")
    monkeypatch.setattr(authorization, "session_token", lambda: "a-token-of-a-test")
    hub_settings.settings.cache_clear()
    open_session(owner)
    yield AppTest.from_function(alone, default_timeout=30)
    st.cache_resource.clear()
    st.cache_data.clear()
    hub_settings.settings.cache_clear()


def two_months(owner: Owner) -> None:
    """A car that is driven twice in March and once in April, and charged in April."""
    add_device(owner, 1, "<b>Octavia</b>")
    car = Car(every=5 * SECOND)
    for starts in (MARCH, MARCH + 9 * HOUR, utc(2026, 4, 2, 7)):
        car.drive(starts, 1500, 72)
    store(owner, *car.reports)
    store(owner, *(
        ((utc(2026, 4, 2, 20) + n * MINUTE).timestamp(), {"vehicle": {"charging_power_W": 6000, "battery_percent": 40 + n}})
        for n in range(31)
    ))  # fmt: skip
    refresh(owner)


def said(page: AppTest) -> str:
    assert not page.exception
    elements = [*page.header, *page.markdown, *page.caption]
    return "\n".join([*(str(each.value) for each in elements), *(each.proto.body for each in page.get("html"))])


def test_without_a_car_the_page_says_how_one_comes_here(page: AppTest) -> None:
    page.run()
    assert "No drive yet" in said(page)


def test_the_newest_month_is_shown_first_with_all_months_beside_it(page: AppTest, owner: Owner) -> None:
    two_months(owner)
    page.run()
    assert (page.selectbox[0].label, page.selectbox[0].value) == ("Month", "2026-04")
    shown = said(page)
    assert "1 drive</small>" in shown and "1 charge</small>" in shown and "3.0\u202fkWh" in shown
    assert "month=2026-03" in shown and "Mar 2026" in shown
    page.selectbox[0].set_value("2026-03").run()
    assert "2 drives</small>" in said(page)
    assert page.query_params["month"] == "2026-03"


def test_a_drive_is_opened_by_its_address_and_left_for_the_one_before(page: AppTest, owner: Owner) -> None:
    two_months(owner)
    later = drives(owner)[1]
    page.query_params["month"] = "2026-03"
    page.query_params["drive"] = later["starts"].isoformat()
    page.run()
    shown = said(page)
    assert "Tue 3 Mar, 16:00 – 16:25" in shown
    assert "by the odometer" in shown and "8.3\u202fL/100\u202fkm" in shown
    assert "**Speed**, km/h" in shown and "**Altitude**, m" in shown
    page.button(key="drive-earlier").click().run()
    assert "Tue 3 Mar, 07:00 – 07:25" in said(page)
    page.button(key="drive-close").click().run()
    assert "07:00 – 07:25" not in said(page)


def opened(page: AppTest, owner: Owner, number: int) -> AppTest:
    page.query_params["month"] = "2026-03"
    page.query_params["drive"] = drives(owner)[number]["starts"].isoformat()
    return page.run()


def test_a_drive_is_marked_and_named_for_the_logbook_and_that_is_undone(page: AppTest, owner: Owner) -> None:
    two_months(owner)
    opened(page, owner, 0)
    kind = next(each for each in page.button_group if each.label == "Kind")
    kind.set_value("business").run()
    assert named(owner)[0]["purpose"] == "business" and "business" in said(page)
    name = next(each for each in page.text_input if each.label.startswith("Why you went"))
    name.set_value("Client <1>").run()
    page.button(key="drive-name-save").click().run()
    assert "Client &lt;1&gt;" in said(page)
    page.button(key="drive-undo").click().run()
    assert [row["name"] for row in named(owner)] == [None, None, None]
    assert named(owner)[0]["purpose"] == "business"


def test_two_drives_are_merged_and_one_is_split_on_the_page(page: AppTest, owner: Owner) -> None:
    two_months(owner)
    opened(page, owner, 1)
    page.button(key="drive-merge").click().run()
    refresh(owner)
    assert len(drives(owner)) == 2
    page.button(key="drive-undo").click().run()
    refresh(owner)
    opened(page, owner, 0)
    page.button(key="drive-split").click().run()
    refresh(owner)
    assert [f"{row['starts']:%H:%M}" for row in drives(owner)][:2] == ["06:00", "06:12"]


@pytest.mark.parametrize(
    "address", ["", "yesterday", "2026-03-03", "1066-01-01T00:00:00+00:00", "2026-05-05T00:00:00Z"]
)
def test_an_address_of_no_drive_opens_none(page: AppTest, owner: Owner, address: str) -> None:
    two_months(owner)
    page.query_params["drive"] = address
    page.run()
    assert "by the odometer" not in said(page)


def test_names_of_others_are_shown_as_they_are(page: AppTest, owner: Owner) -> None:
    two_months(owner)
    [first, *_] = drives(owner)
    correct(owner, "name", first["starts"], first["ends"], name="<i>to Anna</i>")
    add_place(owner, Place("<u>Home</u>", 52.23, 21.01, "home"))
    page.query_params["drive"] = first["starts"].isoformat()
    page.query_params["month"] = "2026-03"
    page.run()
    shown = said(page)
    assert "&lt;i&gt;to Anna&lt;/i&gt;" in shown and "<i>" not in shown
    assert "&lt;u&gt;Home&lt;/u&gt;" in shown and "<u>" not in shown


def test_the_fuel_log_has_costs_and_notes(page: AppTest, owner: Owner) -> None:
    two_months(owner)
    add_refuel(owner, Refuel(1, utc(2026, 4, 3), 41.5, 12_100, Decimal("269.75"), note="<s>station</s>"))
    page.run()
    shown = said(page)
    assert "41.50\u202fL · 269.75\u202fPLN" in shown and "&lt;s&gt;station" in shown


def test_a_reminder_is_added_by_the_form(page: AppTest, owner: Owner) -> None:
    two_months(owner)
    page.run()
    name = next(each for each in page.text_input if each.label == "What")
    name.set_value("Oil change")
    next(each for each in page.number_input if each.label == "Every … km").set_value(15_000)
    next(each for each in page.number_input if each.label.startswith("Odometer when")).set_value(1_000)
    next(each for each in page.button if each.label == "Add a reminder").click().run()
    shown = said(page)
    assert "Oil change" in shown and "km left" in shown


def test_fault_codes_of_the_newest_report_are_shown_with_their_meaning(page: AppTest, owner: Owner) -> None:
    two_months(owner)
    at = utc(2026, 4, 3).timestamp()
    store(owner, (at, {"vehicle": {"fault_code_count": 2, "fault_codes": "P0171 <b>", "pending_fault_codes": "P0300"}}))
    refresh(owner)
    shown = said(page.run())
    assert "Mixture too lean, bank 1" in shown and "<b>P0171</b>" in shown and "<b>&lt;b&gt;</b>" in shown
    assert "Misfires in several cylinders" in shown and "not confirmed yet" in shown
    # They were cleared: what is reported no more is shown no more.
    store(owner, (at + 60, {"vehicle": {"fault_code_count": 0}}))
    refresh(owner)
    st.cache_data.clear()
    shown = said(page.run())
    assert "P0171" not in shown and "The car reports none." in shown


def position(n: int, **more: Any) -> dict[str, Any]:
    row = {"location_time": MARCH + n * MINUTE, "latitude": 52.0 + n / 100, "longitude": 21.0}
    return row | dict.fromkeys(drive_way.UNITS) | more


def test_a_way_is_cut_where_it_is_not_known_and_at_the_antimeridian() -> None:
    rows = [position(n, speed=50.0) for n in (0, 1, 2, 9, 10)]
    rows += [position(11, speed=50.0, longitude=179.9), position(12, speed=50.0, longitude=-179.9)]
    shown = drive_way.way(rows, "speed")
    assert shown is not None
    lines = [feature["geometry"]["coordinates"] for feature in shown["steps"]["features"]]
    assert [len(line) for line in lines] == [3, 3]
    assert drive_way.way(rows, "fuel") is None
    assert drive_way.figures_of(rows) == ["speed"]


def test_a_way_has_the_colours_of_its_values() -> None:
    rows = [position(n, energy=10.0 * n) for n in range(11)]
    shown = drive_way.way(rows, "energy")
    assert shown is not None
    assert (shown["unit"], shown["span"]) == ("kWh/100 km", [0, 10])
    values = [feature["properties"]["value"] for feature in shown["steps"]["features"]]
    assert values == sorted(values) and len(set(values)) == 10


def test_a_silence_ends_the_line_of_a_strip() -> None:
    columns = dict.fromkeys(strip.column for strip in drive_charts.STRIPS)
    rows = [columns | {"time": MARCH + timedelta(seconds=s), "speed_kmh": 50.0} for s in (0, 5, 600, 605)]
    [(strip, drawn, specification)] = drive_charts.strips(rows, TimeRange(MARCH, MARCH + 11 * MINUTE), ENGLISH, LIGHT)
    assert strip.figure == "speed" and [row["run"] for row in drawn] == [0, 0, 1, 1]
    assert drawn[0]["when"] == "07:00:00"
    assert specification["encoding"]["x"]["scale"]["domain"][0] == MARCH.timestamp() * 1000


def test_a_month_without_consumption_or_cost_does_not_show_a_zero() -> None:
    month = {
        "drives": 1, "distance_m": 1500.0, "duration_s": 120, "idle_s": None, "fuel_l": None, "fuel_m": None,
        "energy_wh": None, "energy_m": None, "charges": 0, "charged_wh": None, "fuel_cost": None, "charging_cost": None,
        "litres": None,
    }  # fmt: skip
    shown = car_lists.headline(month, ENGLISH, "PLN")
    assert "1.5\u202fkm" in shown
    assert "Fuel" not in shown and "Energy" not in shown and "Cost" not in shown and "PLN" not in shown
