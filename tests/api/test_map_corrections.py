"""Corrections on the map page in a real browser: of a journey in the day's list, with undo and a log."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from browser_world import Visit, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from journey_world import HOUR, MINUTE, beside, derive, journeys, put, stay, trip, utc
from login_world import Front
from map_front import hub
from map_world import Owner
from playwright.sync_api import Page, expect
from query_api_world import add_device

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "hub", "visit"]

MORNING = utc(2025, 11, 19, 6)
HOME = (50.06, 19.94)


@pytest.fixture(scope="module")
def settings(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Settings]:
    with hub_with_copy(cluster, database_copies) as settings:
        yield settings


@pytest.fixture
def owner(settings: Settings) -> Iterator[Owner]:
    """A connection to a hub whose one device stayed, went by bicycle, stayed, went on, and stayed."""
    with connect(owner_conninfo(settings, "tests")) as owner:
        owner.execute(
            "TRUNCATE iot_personal_hub.locations, iot_personal_hub.journeys, iot_personal_hub.corrections CASCADE"
        )
        owner.execute("DELETE FROM iot_personal_hub.dim_devices")
        add_device(owner, 1, "Ola's phone")
        chance, shop, left = random.Random(1), beside(HOME, 0, 3000), MORNING + 2 * HOUR
        back = left + 50 * MINUTE
        put(owner, [
            *stay(HOME, MORNING, left, MINUTE, chance),
            *trip(HOME, (0, 3000), left, 5, timedelta(seconds=30), chance),
            *stay(shop, left + 10 * MINUTE, back, MINUTE, chance),
            *trip(shop, (0, -3000), back, 5, timedelta(seconds=30), chance),
            *stay(HOME, back + 10 * MINUTE, back + 3 * HOUR, MINUTE, chance),
        ])  # fmt: skip
        derive(owner)
        yield owner


def opened(visit: Visit, owner: Owner, hub: Front, width: int = 1440, view: str = "") -> Page:
    page = visit(width, 844 if width < 500 else 900, locale="en-GB").log_in(owner).page
    page.goto(f"{hub.url}/map?day=2025-11-19{view}")
    expect(page.locator("#day-view[aria-busy=false]")).to_be_visible()
    expect(page.locator("#map canvas")).to_be_visible()
    return page


def correct(page: Page, kind: str, number: int = 0) -> None:
    page.locator(f"#journeys button.{kind}").nth(number).click()
    page.locator("#journeys").get_by_role("button", name="Correct", exact=True).click()
    expect(page.locator("#correct")).to_be_visible()


def expect_kinds(page: Page, *kinds: str) -> None:
    names = {"stay": "Stay", "gap": "Unknown", "bicycle": "Bicycle", "train": "Train"}
    shown = page.locator("#journeys li strong")
    expect(shown).to_have_count(len(kinds))
    for number, kind in enumerate(kinds):
        expect(shown.nth(number)).to_contain_text(names[kind])


DAY = ("stay", "bicycle", "stay", "bicycle", "stay")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_trip_gets_another_mode_and_the_toast_takes_it_back(
    visit: Visit, owner: Owner, hub: Front, width: int
) -> None:
    page = opened(visit, owner, hub, width)
    expect_kinds(page, *DAY)
    correct(page, "trip")
    page.get_by_label("It was").select_option("Train")
    expect(page.locator("#toast")).to_contain_text("Mode: Train.")
    expect_kinds(page, "stay", "train", *DAY[2:])
    assert journeys(owner)[1]["mode"] == "train"
    # Its line is drawn again, and it is still chosen.
    expect(page.locator("#legend")).to_contain_text("Train")
    expect(page.locator("#journeys button[aria-pressed=true]")).to_have_count(1)
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect_kinds(page, *DAY)


def test_a_hidden_stay_is_a_gap_until_ctrl_z(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    correct(page, "stay", 1)
    page.get_by_role("button", name="Hide").click()
    expect_kinds(page, "stay", "bicycle", "gap", "bicycle", "stay")
    page.keyboard.press("Control+z")
    expect_kinds(page, *DAY)


def test_stays_become_one_with_what_is_between_and_are_split_again(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    correct(page, "stay", 1)
    page.get_by_role("button", name="One stay with the next").click()
    expect_kinds(page, "stay", "bicycle", "stay")
    correct(page, "stay", 1)
    page.get_by_label("Split at").fill("03:00")
    page.get_by_role("button", name="Split", exact=True).click()
    expect(page.locator("#correct-problem")).to_contain_text("between start and end")
    page.get_by_label("Split at").fill("10:45")
    page.get_by_role("button", name="Split", exact=True).click()
    expect_kinds(page, "stay", "bicycle", "stay", "stay")


def test_a_stay_is_moved_by_a_click_on_the_map_or_by_the_keyboard(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    correct(page, "stay", 1)
    page.get_by_role("button", name="Not here: move it").click()
    box = page.locator("#map canvas").bounding_box()
    assert box
    before = journeys(owner)[2]
    page.mouse.click(box["x"] + box["width"] / 2 + 120, box["y"] + box["height"] / 2)
    expect(page.locator("#toast")).to_contain_text("Moved.")
    moved = journeys(owner)[2]
    assert moved["longitude"] != before["longitude"]
    correct(page, "stay", 1)
    page.get_by_role("button", name="Not here: move it").click()
    page.keyboard.press("Escape")
    expect(page.locator("#correct-hint")).to_be_hidden()
    page.get_by_role("button", name="Not here: move it").press("Enter")
    view = page.url
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(view)
    page.keyboard.press("Enter")
    expect(page.locator("#correct")).to_be_hidden()
    again = journeys(owner)[2]
    assert again["longitude"] != moved["longitude"]


def test_wrong_positions_are_counted_before_they_are_left_out(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    correct(page, "stay", 1)
    page.get_by_role("button", name="Its positions are wrong").click()
    expect(page.locator("#correct-concerned")).to_contain_text("positions will count for nothing.")
    assert owner.execute("SELECT FROM iot_personal_hub.corrections").fetchall() == []
    page.get_by_role("button", name="Leave them out").click()
    expect(page.locator("#toast")).to_contain_text("Positions left out.")
    outliers = owner.execute("SELECT count(*) AS n FROM iot_personal_hub.locations WHERE outlier = 'owner'").fetchone()
    assert outliers and outliers["n"] > 30


def test_the_log_lists_corrections_leads_to_their_day_and_undoes_them(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub)
    page.get_by_role("button", name="Corrections").click()
    expect(page.locator("#corrections-none")).to_be_visible()
    page.keyboard.press("Escape")
    correct(page, "trip", 1)
    page.get_by_role("button", name="Hide").click()
    expect_kinds(page, "stay", "bicycle", "stay", "gap", "stay")
    page.goto(f"{hub.url}/map?day=2025-11-01")
    page.get_by_role("button", name="Corrections").click()
    entry = page.locator("#corrections-log li")
    expect(entry).to_contain_text("Hidden.")
    expect(entry).to_contain_text("Ola's phone · 19 Nov 2025")
    entry.get_by_role("button").first.click()
    expect_kinds(page, "stay", "bicycle", "stay", "gap", "stay")
    entry.get_by_role("button", name="Undo").click()
    expect_kinds(page, *DAY)
    expect(entry).to_contain_text("undone")
