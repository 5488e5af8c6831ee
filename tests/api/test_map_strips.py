"""The strips of a day on the map page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from browser_world import Visit, Visitor, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from free_ports import free_ports
from login_world import Front, api, front
from map_world import Owner, live_through
from playwright.sync_api import Page, expect
from query_api_world import add_device, store
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "visit"]

DAY = "2025-11-19"
MIDNIGHT = datetime(2025, 11, 18, 23, tzinfo=UTC)
"""In Warsaw, where the owner lives."""
HOME, WORK = (50.06, 19.94), (50.10, 20.02)


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    with hub_with_copy(cluster, database_copies) as settings:
        with connect(owner_conninfo(settings, "tests")) as owner:
            add_device(owner, 1, "Ola's phone")
            owner.execute(
                "INSERT INTO iot_personal_hub.dim_devices (id, name, type)"
                " VALUES (2, 'Kitchen', 'sensor'), (3, 'Door', 'sensor')"
            )
            live_through(owner, 1, MIDNIGHT - timedelta(days=3), 5, HOME, WORK)
            store(owner, 1, [
                # Silent from 9:00 to 15:00.
                *((MIDNIGHT + timedelta(minutes=n), {"battery": {"remaining_percent": 100 - n // 20}})
                  for n in (*range(0, 541, 30), *range(900, 1440, 30))),
                *((MIDNIGHT + timedelta(hours=6, minutes=n), {"location": {
                    "latitude": 50.06 + n / 1000, "longitude": 19.94, "altitude_m": 200 + n, "fix_speed_ms": 10}})
                  for n in range(60)),
            ])  # fmt: skip
            store(owner, 2, [(MIDNIGHT + timedelta(hours=n), {"climate": {"temperature_C": 20 + n / 10}})
                             for n in range(24)])  # fmt: skip
            owner.execute("SELECT iot_personal_hub.refresh_stale_hours()")
        yield settings


@pytest.fixture(scope="module")
def hub(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("map")
    api_port, nowhere = free_ports(2)
    with api(settings, folder, api_port), front(settings, folder, api_port, nowhere) as running:
        yield running


def opened(visit: Visit, owner: Owner, hub: Front, query: str = "", width: int = 1440, **context: object) -> Visitor:
    visitor = visit(width, 844 if width < 500 else 900, **({"locale": "en-GB"} | context)).log_in(owner)
    visitor.page.goto(f"{hub.url}/map?day={DAY}{query}")
    expect(visitor.page.locator("#strips")).to_be_visible()
    return visitor


def names(page: Page) -> list[str]:
    return [str(chart.get_attribute("aria-label")) for chart in page.locator("#strips svg").all()]


def test_each_figure_that_the_device_reports_has_a_chart_and_a_gap_is_one(
    visit: Visit, owner: Owner, hub: Front
) -> None:
    visitor = opened(visit, owner, hub)
    page = visitor.page
    expect(page.locator("#strips figure")).to_have_count(3)
    assert names(page) == ["Battery: 30–100 %", "Altitude: 200–259 m", "Speed: 36 km/h"]
    expect(page.locator("#strips-device")).to_have_text("Ola's phone")
    # The battery before and after the silence.
    expect(page.locator("#strips figure").first.locator("path:not(.hours)")).to_have_count(2)
    assert visitor.errors == []


def test_pointing_at_a_strip_shows_the_values_and_moves_the_replay(visit: Visit, owner: Owner, hub: Front) -> None:
    visitor = opened(visit, owner, hub, "&device=1")
    page = visitor.page
    expect(page.locator("#strips figure")).to_have_count(3)
    box = page.locator("#strips-moment").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 6.5 / 24, box["y"] + box["height"] / 2)
    expect(page.locator("#clock")).to_have_text("06:30")
    expect(page.locator("#strips figcaption")).to_have_text(["Battery81 %", "Altitude230–234 m", "Speed36 km/h"])
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#strips figcaption")).to_have_text(["Battery–", "Altitude–", "Speed–"])
    assert len([url for url in visitor.requested if "/track" in url]) == 1


def test_the_keyboard_goes_through_the_day_and_the_replay_s_slider_through_the_strips(
    visit: Visit, owner: Owner, hub: Front
) -> None:
    page = opened(visit, owner, hub, "&device=1").page
    expect(page.locator("#strips figure")).to_have_count(3)
    moment = page.get_by_role("slider", name="Time of day on the readings")
    moment.focus()
    for key in ("Home", "PageUp", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#clock")).to_have_text("01:10")
    expect(moment).to_have_attribute("aria-valuetext", "01:10, Battery: 97 %, Altitude: –, Speed: –")
    page.get_by_role("slider", name="Time of day", exact=True).fill("420")
    expect(page.locator("#strips-time")).to_have_text("07:00")


def test_charts_and_rooms_are_chosen_and_remembered(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "&device=1").page
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("Altitude", exact=True).uncheck()
    page.get_by_label("Temperature · Kitchen").check()
    expect(page.locator("#strips figure")).to_have_count(3)
    assert names(page) == ["Battery: 30–100 %", "Speed: 36 km/h", "Temperature · Kitchen: 20–22.3 °C"]
    # A sensor without a temperature is not offered.
    expect(page.locator("#strips-choice label")).to_have_count(4)
    page.reload()
    expect(page.locator("#strips figure")).to_have_count(3)
    assert "Temperature · Kitchen: 20–22.3 °C" in names(page)


def test_a_day_without_readings_has_no_strips(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "&device=1").page
    page.get_by_role("button", name="Previous day").click()
    expect(page.locator("#day-title")).to_contain_text("18 Nov")
    expect(page.locator("#strips")).to_be_hidden()


def test_on_a_phone_they_are_folded_until_wanted(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, "&device=1", 390, locale="pl-PL", color_scheme="dark").page
    expect(page.locator("#strips figure").first).to_be_hidden()
    page.get_by_role("button", name="Więcej dnia").click()
    page.locator("#strips summary").click()
    expect(page.locator("#strips figure").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    expect(page.locator("#journeys li").first).to_be_in_viewport()
    wait_until(lambda: "Bateria: 30–100 %" in names(page), 30)
