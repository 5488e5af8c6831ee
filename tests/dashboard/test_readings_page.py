"""The owner's page of the events behind a figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from dashboard_world import Owner, add_device, add_events, block_area, report
from events import mask
from login_world import open_session
from streamlit.testing.v1 import AppTest

from iot_hub import settings as hub_settings
from iot_hub.dashboard import authorization
from iot_hub.dashboard.components import readings_link
from iot_hub.dashboard.translations import Translator
from iot_hub.settings import Settings

NOW = datetime.now(UTC)
LABELS = ("Measured", "Value", "Source", "Stored", "Notes", "Event")


def alone() -> None:
    """The page, as a script of its own."""
    from functools import partial

    from iot_hub.dashboard import authorization
    from iot_hub.dashboard.pages import readings
    from iot_hub.dashboard.session import page_context
    from iot_hub.database import audiences
    from iot_hub.settings import settings

    ctx = page_context(settings(), audiences.owner(settings()))
    readings.show(ctx, partial(authorization.is_authorized, ctx.audience))


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
    add_device(owner, 1, "phone")
    yield AppTest.from_function(alone, default_timeout=30)
    st.cache_resource.clear()
    st.cache_data.clear()
    hub_settings.settings.cache_clear()


def shown(page: AppTest, table: int = 0) -> list[dict[str, Any]]:
    assert not page.exception
    rows: list[dict[str, Any]] = page.dataframe[table].value.to_dict("records")
    return rows


def said(page: AppTest) -> str:
    return "\n".join(str(each.value) for each in [*page.header, *page.caption])


def test_a_figure_leads_to_the_events_that_it_is_made_of(page: AppTest, owner: Owner) -> None:
    add_events(owner, 1, [(NOW - timedelta(minutes=n), report(level=80 - n)) for n in (3, 2, 1)])
    add_events(owner, 1, [(NOW - timedelta(minutes=5), {"climate": {"temperature_C": 21}})])
    page.query_params["metric"] = "battery.level"
    page.query_params["range"] = "24h"
    page.run()
    rows = shown(page)
    assert [row["Value"] for row in rows] == ["79", "78", "77"]
    assert tuple(rows[0]) == LABELS
    assert {row["Source"] for row in rows} == {"automate"} and '"usage_current_mA": -250' in rows[0]["Event"]
    assert page.selectbox[1].value == "battery.level"
    page.selectbox[1].select_index(0).run()
    assert len(shown(page)) == 4 and "Value" not in shown(page)[0]
    assert "metric" not in page.query_params


def test_a_value_under_an_alias_of_its_property_is_found(page: AppTest, owner: Owner) -> None:
    [alias] = owner.execute(
        "SELECT name, path[1] AS grouped, aliases[1] AS alias FROM iot_personal_hub.dim_properties"
        " WHERE aliases <> '{}' AND kind = 'number' ORDER BY name LIMIT 1"
    ).fetchall()
    add_events(owner, 1, [(NOW, {alias["grouped"]: {alias["alias"]: 7.5}})])
    page.query_params["metric"] = alias["name"]
    page.run()
    assert [row["Value"] for row in shown(page)] == ["7.5"]


def test_a_metric_that_is_worked_out_leads_to_what_it_is_worked_out_of(page: AppTest, owner: Owner) -> None:
    add_events(owner, 1, [(NOW, {"contact": {"open": True}})])
    page.query_params["metric"] = "contact.open.true"
    page.run()
    assert [row["Value"] for row in shown(page)] == ["true"]


def test_how_an_event_got_its_time_and_whether_others_see_it_is_noted(page: AppTest, owner: Owner) -> None:
    block_area(owner, 13.5, 45.1, 13.7, 45.3)
    add_events(owner, 1, [(NOW - timedelta(minutes=n), report()) for n in range(3)])
    add_events(owner, 1, [(NOW - timedelta(days=2), {"time_source": "received", "battery": {"remaining_percent": 9}})])
    mask(owner)
    page.run()
    notes = [row["Notes"] for row in shown(page)]
    assert notes[:3] == ["in private time: nobody else sees it"] * 3
    assert "time of receipt" in notes[3]


def test_more_events_than_a_page_holds_are_read_page_by_page_each_once(page: AppTest, owner: Owner) -> None:
    count = 640
    add_events(owner, 1, [(NOW - timedelta(seconds=n // 2), {"n": n}) for n in range(count)])
    page.query_params["range"] = "24h"
    page.run()
    seen = shown(page)
    assert page.button[0].disabled
    while not page.button[1].disabled:
        page.button[1].click().run()
        seen += shown(page)
    assert sorted(row["Event"] for row in seen) == sorted(f'{{"n": {n}}}' for n in range(count))
    page.button[0].click().run()
    page.button[0].click().run()
    assert shown(page) == seen[: len(shown(page))]


def test_what_was_rejected_in_the_range_is_listed_with_the_reason(page: AppTest, owner: Owner) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.quarantine (device_id, source, reason, payload)"
        " VALUES (1, 'overland', 'not_json', 'x'), (NULL, 'overland', 'not_json', 'y')"
    )
    page.run()
    assert [(row["Reason"], row["Bytes"]) for row in shown(page)] == [("not_json", 1)]
    assert "No event in this range" in said(page) and "iot-hub quarantine show" in said(page)


def test_days_that_are_only_in_the_archive_are_said(page: AppTest, owner: Owner) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.dropped_days (device_id, date, events, fingerprint)"
        " VALUES (1, (now() - interval '2 days')::date, 5, decode(repeat('00', 16), 'hex'))"
    )
    page.run()
    assert "1 day of this range are only in the archive" in said(page)


def test_the_address_of_a_figure_keeps_the_range_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"range": "custom", "from": "2026-03-01", "to": "2026-03-02", "view": "owner"}
    monkeypatch.setattr(readings_link.st, "query_params", asked)
    texts = Translator("pl", hub_settings.Settings().zone)
    address = "./readings?lang=pl&device=3&range=custom&from=2026-03-01&to=2026-03-02"
    assert readings_link.address(3, "battery.level", texts) == f"{address}&metric=battery.level"
    assert readings_link.address(3, None, texts) == address
