"""The owner's page of private areas in a real browser: drawn by mouse, by keyboard, and without drawing."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from browser_world import Visit, Visitor, address, browser, overflow, press, settings, settle, visit
from dashboard_world import Owner, add_device, add_events, report, utc
from playwright.sync_api import Locator, Page, expect
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.privacy.areas import remove_area
from iot_hub.privacy.stays import stays_are_shown
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(240)]

__all__ = ["address", "browser", "settings", "visit"]

HOME = (52.23, 21.01)
LOOKS = os.environ.get("IOT_HUB_TEST_SCREENSHOTS")


@pytest.fixture(scope="module", autouse=True)
def two_phones(settings: Settings) -> None:
    """One that was at home months ago, and one that lived a week: at home at night, 3 km away by day, to this hour.

    The first in the list is what the page previews, and it has nothing to draw: that takes the processor's time.
    The test of what pages may load sees the previewed maps.
    """
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [now - timedelta(minutes=20 * n) for n in range(3 * 24 * 7)]
    with connect(owner_conninfo(settings, "tests")) as owner:
        add_device(owner, 1, "Ada's phone")
        add_events(owner, 1, [(utc(2025, 9, 1), report(50, *HOME))])
        add_device(owner, 2, "Ana's phone")
        add_events(
            owner, 2,
            [(at, report(50, HOME[0] + away(at) * 0.03, HOME[1] + away(at) * 0.03, fix_accuracy_m=8)) for at in hours],
        )  # fmt: skip


@pytest.fixture(autouse=True)
def without_areas(owner: Owner) -> None:
    """Begin without an area, and with nothing hidden."""
    for area in areas(owner):
        remove_area(owner, area)


def open_page(owner: Owner, visit: Visit, address: str, width: int = 1440, touch: bool = False) -> Visitor:
    visitor = visit(width, locale="en-GB", has_touch=touch, is_mobile=touch).log_in(owner)
    # Not by way of the home page: its map and charts take the processor's time to draw.
    visitor.page.goto(f"{address}/areas")
    expect(canvas(visitor.page)).to_be_visible()
    settle(visitor.page)
    return visitor


def canvas(page: Page) -> Locator:
    return page.locator("canvas[role=application]")


def away(at: datetime) -> float:
    """How far from home: 1 by day, 0 by night, something between on the way."""
    hour = at.hour + at.minute / 60
    return max(0.0, min(1.0, hour - 6, 19 - hour))


def hidden_at_home(owner: Owner) -> set[bool]:
    """Whether home is hidden, once what a worker would do is done."""
    owner.execute("SELECT iot_personal_hub.work_off_masking()")
    found = owner.execute(
        "SELECT DISTINCT hidden FROM iot_personal_hub.locations WHERE abs(latitude - %s) < 0.0001", [HOME[0]]
    )
    return {row["hidden"] for row in found}


def areas(owner: Owner) -> list[str]:
    return [row["name"] for row in owner.execute("SELECT name FROM iot_personal_hub.dim_blocked_areas ORDER BY name")]


def name_and_save(page: Page, name: str) -> None:
    settle(page)
    page.get_by_label("Name").first.fill(name)
    page.get_by_role("button", name="Save", exact=True).click()


def look(page: Page, name: str) -> None:
    """Keep a picture for who wants to see the page."""
    if LOOKS:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=f"{LOOKS}/{name}.png", full_page=False)


def test_a_polygon_is_drawn_with_the_mouse_named_edited_and_removed(
    owner: Owner, address: str, visit: Visit
) -> None:  # fmt: skip
    visitor = open_page(owner, visit, address)
    page = visitor.page
    assert hidden_at_home(owner) == {False}
    page.get_by_role("button", name="Draw a polygon").click()
    box = canvas(page).bounding_box()
    assert box
    corners = [(0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95)]
    for x, y in corners:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.get_by_role("button", name="Finish").click()
    # One corner is dragged to where it is better.
    page.mouse.move(box["x"] + 0.05 * box["width"], box["y"] + 0.05 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.02 * box["height"], steps=4)
    page.mouse.up()
    look(page, "drawn")
    name_and_save(page, "home & garden")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert areas(owner) == ["home & garden"]
    assert hidden_at_home(owner) == {True}
    [drawn] = owner.execute(
        "SELECT st_npoints(st_simplify(polygon, 1e-9)) AS n FROM iot_personal_hub.dim_blocked_areas"
    )
    assert drawn["n"] == 5
    press(page.get_by_role("button", name="Edit", exact=True))
    expect(page.get_by_role("heading", name="Edit home & garden")).to_be_visible()
    look(page, "edit")
    name_and_save(page, "home")
    wait_until(lambda: areas(owner) == ["home"])
    # The database knows the name before the page does, which is drawn again with it.
    expect(page.get_by_role("heading", name="Edit home & garden")).to_have_count(0)
    press(page.get_by_role("button", name="Remove").first)
    page.get_by_role("button", name="Remove and publish").click()
    wait_until(lambda: areas(owner) == [])
    assert hidden_at_home(owner) == {False}
    assert visitor.errors == []
    assert len(visitor.hosts()) == 1


def test_the_keyboard_alone_draws_a_circle_and_a_polygon(
    owner: Owner, address: str, visit: Visit
) -> None:  # fmt: skip
    visitor = open_page(owner, visit, address)
    page = visitor.page
    for tool, said, keys in (
        ("Draw a circle", "a circle with a radius of", ["Enter", *["ArrowRight"] * 2, "Enter"]),
        ("Draw a polygon", "a polygon with 3 corners.",
         ["+", "Enter", *["ArrowRight"] * 2, "Enter", *["ArrowDown"] * 2, "Enter", "ArrowUp", "Enter",
          "Delete"]),
    ):  # fmt: skip
        page.get_by_role("button", name=tool).focus()
        page.keyboard.press("Space")
        canvas(page).focus()
        for key in keys:
            page.keyboard.press(key)
        if tool == "Draw a polygon":
            page.get_by_role("button", name="Finish").focus()
            page.keyboard.press("Enter")
        # The page learns of a drawing a moment later.
        expect(page.get_by_text(f"Drawn: {said}")).to_be_visible()
        page.get_by_label("Name").first.focus()
        page.keyboard.type(tool)
        expect(page.get_by_text("Press Enter to submit form").first).to_be_visible()
        page.keyboard.press("Enter")
        wait_until(lambda name=tool: name in areas(owner), 60)  # type: ignore[misc]
        # The form comes after the map: when it is new, the map is.
        expect(page.get_by_label("Name").first).to_have_value("")
        settle(page)
    corners = owner.execute(
        "SELECT name, st_npoints(st_simplify(polygon, 1e-9)) AS n FROM iot_personal_hub.dim_blocked_areas ORDER BY name"
    ).fetchall()
    assert [row["n"] for row in corners] == [65, 4]
    assert visitor.errors == []


class Fingers:
    """Fingers on the canvas, at shares of its width and height."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def glide(self, *ways: tuple[tuple[float, float], tuple[float, float]], steps: int = 8) -> None:
        """Put down a finger for each way, move all together, lift them."""
        canvas(self.page).scroll_into_view_if_needed()
        box = canvas(self.page).bounding_box()
        assert box
        for step in range(steps + 1):
            part = step / steps
            points = [
                {"x": box["x"] + (x + (to_x - x) * part) * box["width"],
                 "y": box["y"] + (y + (to_y - y) * part) * box["height"], "id": n}
                for n, ((x, y), (to_x, to_y)) in enumerate(ways)
            ]  # fmt: skip
            self._send("touchMove" if step else "touchStart", points)
        self._send("touchEnd", [])

    def tap(self, x: float, y: float) -> None:
        self.glide(((x, y), (x, y)), steps=1)

    def _send(self, kind: str, points: list[dict[str, float]]) -> None:
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def drawn_metres(page: Page) -> float:
    """Draw a circle with one finger; how large the page says that it is."""
    before = page.get_by_text("Drawn:").all_inner_texts()
    page.get_by_role("button", name="Draw a circle").tap()
    Fingers(page).glide(((0.5, 0.5), (0.75, 0.5)))
    expect(page.get_by_text("Drawn: a circle with a radius of")).to_be_visible()
    wait_until(lambda: page.get_by_text("Drawn:").all_inner_texts() != before, 30)
    return float(page.get_by_text("Drawn:").inner_text().split()[-2].replace(",", ""))


def test_fingers_draw_and_pinch(owner: Owner, address: str, visit: Visit) -> None:
    visitor = open_page(owner, visit, address, 390, touch=True)
    page = visitor.page
    fingers = Fingers(page)
    wide = drawn_metres(page)
    scrolled = page.evaluate("document.querySelector('.stMain').scrollTop")
    page.get_by_role("button", name="Draw a circle").tap()
    fingers.glide(((0.45, 0.4), (0.4, 0.2)), ((0.55, 0.6), (0.6, 0.8)))
    page.get_by_role("button", name="Draw a circle").tap()
    assert page.evaluate("document.querySelector('.stMain').scrollTop") == scrolled
    near = drawn_metres(page)
    assert near < wide * 0.6
    name_and_save(page, "by the finger")
    wait_until(lambda: areas(owner) == ["by the finger"], 60)
    # The form comes after the map: when it is new, the map is.
    expect(page.get_by_label("Name").first).to_have_value("")
    settle(page)
    page.get_by_role("button", name="Draw a polygon").tap()
    for corner in ((0.2, 0.3), (0.8, 0.3), (0.5, 0.8)):
        fingers.tap(*corner)
    page.get_by_role("button", name="Finish").tap()
    expect(page.get_by_text("Drawn: a polygon with 3 corners.")).to_be_visible()
    settle(page)
    # A fingertip is broader than a mouse's arrow: the corner is taken, not the map.
    fingers.glide(((0.84, 0.34), (0.9, 0.75)))
    name_and_save(page, "three corners")
    wait_until(lambda: len(areas(owner)) == 2, 60)
    corners = owner.execute(
        "SELECT DISTINCT st_y(corner.geom) AS latitude FROM iot_personal_hub.dim_blocked_areas"
        " CROSS JOIN st_dumppoints(polygon) AS corner WHERE name = 'three corners' ORDER BY latitude"
    )
    south, moved, north = (corner["latitude"] for corner in corners)
    assert (moved - south) / (north - south) == pytest.approx(0.1, abs=0.05)
    assert (overflow(page), visitor.errors) == (0, [])


def test_a_proposed_area_is_added_with_one_click(owner: Owner, address: str, visit: Visit) -> None:
    visitor = open_page(owner, visit, address, 390)
    page = visitor.page
    expect(page.get_by_text("Ana's phone spent").first).to_be_visible()
    assert overflow(page) == 0
    press(page.get_by_role("button", name="Make private: home"))
    wait_until(lambda: areas(owner) == ["home"], 60)
    assert hidden_at_home(owner) == {True}


def test_stays_are_shown_to_others_once_it_is_said_what_that_reveals(owner: Owner, address: str, visit: Visit) -> None:
    page = open_page(owner, visit, address).page
    stays = page.locator(".st-key-stays")
    expect(stays).to_contain_text("no stays")
    press(stays.get_by_role("button", name="Show stays to others"))
    expect(page.get_by_text("the homes of friends, a doctor's, a hotel")).to_be_visible()
    assert not stays_are_shown(owner)
    press(page.get_by_role("button", name="Show stays", exact=True))
    expect(stays).to_contain_text("Others see where published devices stay")
    assert stays_are_shown(owner)
    press(stays.get_by_role("button", name="Hide stays"))
    expect(stays).to_contain_text("no stays")
    assert not stays_are_shown(owner)


def test_an_area_is_added_without_drawing(owner: Owner, address: str, visit: Visit) -> None:
    visitor = open_page(owner, visit, address)
    page = visitor.page
    page.get_by_text("Add without drawing").click()
    page.get_by_label("Name").nth(1).fill("home")
    page.get_by_label("Latitude").fill("52.23")
    page.get_by_label("Longitude").fill("21.01")
    page.get_by_role("button", name="Add", exact=True).click()
    wait_until(lambda: areas(owner) == ["home"], 60)


@pytest.mark.skipif(not LOOKS, reason="pictures are kept where IOT_HUB_TEST_SCREENSHOTS names a folder")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pictures(owner: Owner, address: str, visit: Visit, width: int, scheme: Any) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)"
        " VALUES ('work', st_buffer(st_makepoint(21.04, 52.26)::geography, 150)::geometry)"
    )
    visitor = open_page(owner, visit, address, width)
    page = visitor.page
    page.emulate_media(color_scheme=scheme)
    page.wait_for_timeout(4000)
    page.set_viewport_size({"width": width, "height": 1560 if width > 400 else 2500})
    page.wait_for_timeout(4000)
    page.screenshot(path=f"{LOOKS}/page-{width}-{scheme}.png")
    assert overflow(page) == 0
