"""The owner's page of the home: the newest values, what needs attention, and the rooms compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from dashboard_world import Owner, add_events, utc
from hypothesis import given
from hypothesis import strategies as some
from login_world import open_session
from psycopg.errors import InsufficientPrivilege
from streamlit.testing.v1 import AppTest

from iot_hub import settings as hub_settings
from iot_hub.access import devices, discovered
from iot_hub.dashboard import authorization, data
from iot_hub.dashboard.charts.series import ENERGY, MOST_SERIES, TEMPERATURE, series_chart
from iot_hub.dashboard.charts.state_timeline import state_labels, state_timeline
from iot_hub.dashboard.components.room_list import format_value
from iot_hub.dashboard.home_devices import HomeDevice, Value, fetch_devices, newest_values
from iot_hub.dashboard.palette import LIGHT
from iot_hub.dashboard.time_range import DailyRange, TimeRange, between, last_days, last_months
from iot_hub.dashboard.translations import Translator
from iot_hub.database import audiences
from iot_hub.errors import DatabaseAwayError
from iot_hub.properties.catalogue import catalogue
from iot_hub.settings import Settings

ENGLISH = Translator("en", ZoneInfo("Europe/Warsaw"))
NOON = utc(2026, 6, 10, 12)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def alone() -> None:
    """The page, as a script of its own."""
    from functools import partial

    from iot_hub.dashboard import authorization
    from iot_hub.dashboard.pages import home
    from iot_hub.dashboard.session import page_context
    from iot_hub.database import audiences
    from iot_hub.settings import settings

    ctx = page_context(settings(), audiences.owner(settings()))
    home.show(ctx, partial(authorization.is_authorized, ctx.audience))


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


def add(owner: Owner, name: str, room: str | None = None) -> int:
    device, _ = devices.add_device(owner, name, "sensor")
    discovered.assign_room(owner, str(device), room)
    return device


def said(page: AppTest) -> str:
    elements = [*page.header, *page.markdown, *page.caption]
    return "\n".join([*(str(each.value) for each in elements), *(each.proto.body for each in page.get("html"))])


def read(owner: Owner, settings: Settings) -> dict[str, HomeDevice]:
    st.cache_data.clear()
    return {device.name: device for device in fetch_devices(audiences.owner(settings))}


def test_on_the_first_of_a_month_the_newest_values_of_the_one_before_are_still_there(
    page: AppTest, owner: Owner
) -> None:
    window = add(owner, "window", "Salon")
    seen = datetime(2026, 3, 1, 0, 10, tzinfo=UTC)
    add_events(owner, window, [
        (seen - 2 * HOUR, {"contact": {"open": True}}), (seen, {"climate": {"temperature_C": 21}}),
        (seen + 2 * HOUR, {"climate": {"temperature_C": 22}}), (seen - 70 * 24 * HOUR, {"climate": {"humidity_percent": 4}}),
    ])  # fmt: skip
    found = owner.execute(
        "SELECT device_time FROM iot_personal_hub.newest_events(%s, %s, 10)", ([window], [seen])
    ).fetchall()
    assert [row["device_time"] for row in found] == [seen, seen - 2 * HOUR]


def test_rooms_show_the_newest_value_of_each_property_with_its_age(page: AppTest, owner: Owner) -> None:
    now = datetime.now(UTC)
    window = add(owner, "<b>window</b>", "Salon")
    add(owner, "new")
    add_events(owner, window, [
        (now - 5 * HOUR, {"contact": {"open": True}, "climate": {"temperature_C": 18}}),
        (now - 2 * MINUTE, {"climate": {"temperature_C": 21.25}, "network": {"link_quality": 7}}),
    ])  # fmt: skip
    page.run()
    assert not page.exception
    assert [header.value for header in page.header][:3] == ["Needs attention", "Salon", "No room"]
    assert "&lt;b&gt;window&lt;/b&gt;</a> <small>2 min ago</small>" in said(page)
    assert ">21.2\u202f°C</dd>" in said(page)
    assert ">yes <small>5 h ago</small></dd>" in said(page)
    assert "18\u202f°C" not in said(page)
    assert "Link quality" not in said(page)
    assert "new</a> <small>nothing received yet</small>" in said(page)
    assert "Every device reports as it usually does" in said(page)


def test_a_gateway_that_speaks_for_others_and_what_a_battery_does_inside_are_left_out(
    owner: Owner, settings: Settings
) -> None:
    devices.add_device(owner, "bridge", "gateway")
    add_events(owner, add(owner, "phone"), [
        (datetime.now(UTC), {"battery": {"remaining_percent": 51, "usage_current_mA": 519, "capacity_mAh": 4905}}),
    ])  # fmt: skip
    found = read(owner, settings)
    assert list(found) == ["phone"]
    assert [value.property.path[1] for value in found["phone"].values] == ["remaining_percent"]


def test_an_empty_home_says_what_to_do_and_what_was_found(page: AppTest, owner: Owner) -> None:
    page.run()
    assert "No devices yet" in said(page)
    assert [code.value for code in page.code] == ["iot-hub doctor"]
    owner.execute(
        "INSERT INTO iot_personal_hub.discovered_devices (identity, protocol)"
        " VALUES ('0x1', 'zigbee2mqtt'), ('0x1#2', 'zigbee2mqtt')"
    )
    data.recent.clear()
    page.run()
    assert "1 device was found in your home." in said(page)


def test_what_is_silent_offline_or_low_needs_attention_and_nothing_else(
    page: AppTest, owner: Owner, settings: Settings
) -> None:
    now = datetime.now(UTC)
    for name, silence, properties in (
        ("well", MINUTE, {"battery": {"remaining_percent": 16}}),
        ("silent", 4 * HOUR, {"battery": {"low": False}}),
        ("low", MINUTE, {"battery": {"remaining_percent": 15}}),
        ("says so", MINUTE, {"battery": {"low": True}}),
        ("offline", MINUTE, {}),
        ("unknown", MINUTE, {}),
    ):
        device = add(owner, name)
        add_events(owner, device, [(now - silence - n * HOUR, properties) for n in range(30)])
        owner.execute(
            "INSERT INTO iot_personal_hub.discovered_devices (identity, protocol, status, device_id, availability,"
            " availability_at) VALUES (%(name)s, 'tasmota', 'approved', %(device)s, 'online', now() - interval '1 day'),"
            " (%(name)s || '2', 'tasmota', 'approved', %(device)s, %(newest)s, now())",
            {"name": name, "device": device, "newest": name if name in ("offline", "unknown") else "online"},
        )
    found = read(owner, settings)
    assert {name for name, device in found.items() if device.needs_attention} == {"silent", "low", "says so", "offline"}
    assert [name for name, device in found.items() if device.is_silent] == ["silent"]
    assert found["unknown"].availability == "unknown"
    page.run()
    text = said(page)
    assert "silent for longer than is normal for it, last heard 4 h ago" in text
    assert "battery at 15\u202f%" in text
    assert "battery low" in text
    assert "offline, last heard 1 min ago" in text


def test_what_was_last_heard_years_ago_still_has_its_values(owner: Owner, settings: Settings) -> None:
    device = add(owner, "old")
    add_events(owner, device, [(NOON - 800 * DAY, {"climate": {"temperature_C": 5}})])
    add_events(owner, add(owner, "new"), [(datetime.now(UTC), {"climate": {"temperature_C": 6}})])
    found = read(owner, settings)
    assert [value.value for value in found["old"].values] == [5]
    assert [value.value for value in found["new"].values] == [6]
    assert found["old"].is_silent


def test_rooms_are_compared_hour_by_hour_and_a_gap_stays_a_gap(owner: Owner, settings: Settings) -> None:
    for name, room, temperatures in (
        ("a", "Salon", {0: 20, 1: 21, 3: 24}), ("b", "Salon", {0: 24}), ("c", "Bath", {3: 25}), ("d", None, {0: 99}),
    ):  # fmt: skip
        events = [(NOON + hour * HOUR, {"climate": {"temperature_C": value}}) for hour, value in temperatures.items()]
        add_events(owner, add(owner, name, room), events)
    span = {"since": NOON, "until": NOON + 6 * HOUR}
    rows = data.fetch(
        audiences.owner(settings), "home_rooms", metric="climate.temperature_C", step="hour", zone="UTC", **span
    )
    assert sorted((row["series"], row["started"].hour, row["min"], row["avg"], row["max"]) for row in rows) == [
        ("Bath", 15, 25, 25, 25), ("Salon", 12, 20, 22, 24), ("Salon", 13, 21, 21, 21), ("Salon", 15, 24, 24, 24),
    ]  # fmt: skip
    chart = series_chart(TEMPERATURE, rows, TimeRange(**span), ENGLISH, LIGHT)
    assert [(row["series"], row["run"]) for row in chart.rows] == [
        ("0", "0-0"), ("1", "1-0"), ("1", "1-0"), ("1", "1-1"),
    ]  # fmt: skip
    assert chart.alt == "Temperature by room: Bath: from 25.0 to 25.0 °C; Salon: from 20.0 to 24.0 °C."
    assert [row["Room"] for row in chart.table()] == ["Bath", "Salon", "Salon", "Salon"]


def test_energy_is_shown_by_device_and_hour_or_day_of_the_owner(owner: Owner, settings: Settings) -> None:
    where, day = audiences.owner(settings), between(date(2026, 6, 10), date(2026, 6, 11), ENGLISH.zone)
    add_events(owner, add(owner, "plug"), [(NOON + n * HOUR, {"energy": {"energy_Wh": n * 500}}) for n in range(13)])
    add_events(owner, add(owner, "idle"), [(NOON, {"energy": {"energy_Wh": 7}})])
    asked = {"metric": "energy.energy_Wh", "most": 9, "since": day.since, "until": day.until}
    hours = data.fetch(where, "home_energy", step="hour", zone="UTC", **asked)
    assert [(row["series"], row["total"]) for row in hours] == [("plug", 0.5)] * 12
    days = DailyRange(day.since, day.until)
    rows = data.fetch(where, "home_energy", step=days.step, zone="Europe/Warsaw", **asked)
    chart = series_chart(ENERGY, rows, days, ENGLISH, LIGHT)
    assert [(row["when"], row["value"]) for row in chart.rows] == [("Wed 10 Jun 2026", 5.0), ("Thu 11 Jun 2026", 1.0)]
    assert chart.title == "Energy used by device, kWh"


def test_a_year_is_shown_by_month_of_the_owner(owner: Owner, settings: Settings) -> None:
    year = last_months(12, ENGLISH.zone, utc(2026, 6, 10, 12))
    assert (year.since, year.until) == (utc(2025, 6, 30, 22), utc(2026, 6, 30, 22))
    # By the owner's clock the last hour of March is in April already, and the clocks have changed in between.
    counted = {utc(2026, 3, 1): 0, utc(2026, 3, 31, 22): 2000, utc(2026, 3, 31, 23): 2500, NOON: 4000}
    add_events(owner, add(owner, "meter"), [(at, {"energy": {"energy_Wh": n}}) for at, n in counted.items()])
    asked = {"metric": "energy.energy_Wh", "most": 9, "since": year.since, "until": year.until}
    rows = data.fetch(
        audiences.owner(settings), "home_energy", step=year.step, zone=ENGLISH.zone.key, **asked
    )  # fmt: skip
    chart = series_chart(ENERGY, rows, year, ENGLISH, LIGHT)
    assert [(row["when"], row["value"]) for row in chart.rows] == [
        ("Mar 2026", 2.0), ("Apr 2026", 0.5), ("Jun 2026", 1.5),
    ]  # fmt: skip
    # May has no value, and no line leads through it.
    assert [row["run"] for row in chart.rows] == ["0-0", "0-0", "0-1"]


def test_the_page_draws_a_year(page: AppTest, owner: Owner) -> None:
    now = datetime.now(UTC)
    add_events(owner, add(owner, "plug", "Salon"), [
        (now - n * DAY, {"energy": {"energy_Wh": 900 - n}, "climate": {"temperature_C": n}}) for n in (200, 100, 1)
    ])  # fmt: skip
    page.run()
    page.segmented_control[0].set_value("12m").run()
    assert not page.exception
    assert len(page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")) == 2


def test_states_are_shown_as_the_share_of_each_hour_and_what_is_unknown_is_a_gap(
    owner: Owner, settings: Settings
) -> None:
    door = {0: False, 15: True, 120: True}
    add_events(
        owner, add(owner, "door"), [(NOON + n * MINUTE, {"contact": {"open": is_open}}) for n, is_open in door.items()]
    )
    smoke = [(NOON + n * HOUR, {"state": {"smoke": False}}) for n in range(3)]
    add_events(owner, add(owner, "kitchen"), smoke)
    time_range = TimeRange(NOON - HOUR, NOON + 6 * HOUR)
    span = {"since": time_range.since, "until": time_range.until, "step": "hour", "zone": "UTC"}
    rows = data.fetch(audiences.owner(settings), "home_states", properties=list(state_labels("en")), most=20, **span)
    chart = state_timeline(rows, time_range, ENGLISH, LIGHT)
    assert [(row["share"], row["minutes"], row["changes"]) for row in chart.rows] == [(0.75, 45, 1), (1, 60, 0)]
    assert chart.alt == "States: door: Open, 1.8 h."
    assert [row["State"] for row in chart.table()] == ["door: Open"] * 2


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("home_devices", {}),
        ("home_events", {"devices": [1], "last_seen": [NOON], "most": 1}),
        ("home_rooms", {"metric": "climate.temperature_C", "step": "day", "zone": "UTC", "since": NOON, "until": NOON}),
        ("home_proposed", {}),
    ],
)
def test_nobody_but_the_owner_can_read_the_home(
    owner: Owner, settings: Settings, statement: str, values: dict[str, object]
) -> None:
    add_events(owner, add(owner, "sensor", "Salon"), [(NOON, {"climate": {"temperature_C": 20}})])
    with pytest.raises(DatabaseAwayError) as refused:
        data.fetch(audiences.public(settings), statement, **values)
    assert isinstance(refused.value.__cause__, InsufficientPrivilege)


def test_the_last_days_are_whole_days_of_the_owner() -> None:
    spring = utc(2026, 3, 30, 10)
    found = last_days(2, ENGLISH.zone, spring)
    assert (found.since, found.until, found.step) == (utc(2026, 3, 28, 23), utc(2026, 3, 30, 22), "day")


def test_a_chart_has_no_more_rooms_than_can_be_told_apart() -> None:
    rows = [{"series": f"{n:02}", "started": NOON, "min": 1.0, "avg": 1.0, "max": 1.0} for n in range(MOST_SERIES + 3)]
    chart = series_chart(TEMPERATURE, rows, TimeRange(NOON, NOON + HOUR), ENGLISH, LIGHT)
    assert len({row["series"] for row in chart.rows}) == MOST_SERIES == len(LIGHT.series)


@given(
    some.lists(
        some.dictionaries(
            some.sampled_from(["temperature_C", "humidity_percent", "unheard_of"]),
            some.one_of(some.none(), some.floats(-50, 50), some.lists(some.integers(), max_size=1)),
        ),
        max_size=8,
    )
)
def test_the_newest_event_that_has_a_property_tells_its_value(contents: list[dict[str, object]]) -> None:
    events = [
        {"device_time": NOON - n * MINUTE, "properties": {"climate": content}} for n, content in enumerate(contents)
    ]
    found = {value.property.key: (value.value, value.measured_at) for value in newest_values(events)}
    expected: dict[str, tuple[object, datetime]] = {}
    for event in reversed(events):
        for key, value in event["properties"]["climate"].items():  # type: ignore[index]
            if key != "unheard_of" and isinstance(value, float):
                expected[key] = value, event["device_time"]  # type: ignore[assignment]
    assert found == expected


@pytest.mark.parametrize(
    ("group", "key", "value", "shown"),
    [
        ("climate", "temperature_C", -0.5, "\u22120.5\u202f°C"),
        ("climate", "humidity_percent", 45.6, "46\u202f%"),
        ("energy", "energy_Wh", 12_345.6, "12.3\u202fkWh"),
        ("energy", "energy_Wh", 400, "400\u202fWh"),
        ("air", "voc_index", 101.0, "101"),
        ("motion", "detected", False, "no"),
        ("state", "mode", "x" * 99, "x" * 40),
    ],
)
def test_a_value_is_shown_with_its_unit(group: str, key: str, value: float | bool | str, shown: str) -> None:
    [definition] = [each for each in catalogue() if each.path == (group, key)]
    assert format_value(Value(definition, value, NOON), ENGLISH) == shown
