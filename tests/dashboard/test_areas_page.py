"""The owner's page of private areas in a real browser: drawn by mouse, by keyboard, and without drawing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_world import chromium, press, settle
from dashboard_world import Owner, add_device, add_events, report, utc
from free_ports import free_ports
from login_world import answers, environment_of, open_session
from playwright.sync_api import Browser, Locator, Page, expect
from waiting import wait_until

from iot_hub.dashboard.command import owner_command
from iot_hub.dashboard.components.area_editor import polygons_of
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]

HOME = (52.23, 21.01)
LOOKS = os.environ.get("IOT_HUB_TEST_SCREENSHOTS")


@pytest.fixture
def address(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The address of the owner's running dashboard."""
    [port] = free_ports(1)
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(
        owner_command(port), env=environment_of(settings), cwd=tmp_path, stdout=log, stderr=log
    ) as server:  # fmt: skip
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/_stcore/health"), 60)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


class Visitor:
    """A browser's page, with what it asked for and complained of."""

    def __init__(self, browser: Browser, width: int, touch: bool = False) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="en-GB", has_touch=touch, is_mobile=touch
        )
        self.page = self.context.new_page()
        self.requested: set[str] = set()
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requested.add(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        # Streamlit looks for its server below the page's own path first.
        self.page.on(
            "console", lambda said: said.type == "error" and "404" not in said.text and self.errors.append(said.text)
        )

    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.requested if urlsplit(url).scheme not in ("data", "blob")}


def overflow(page: Page) -> int:
    """Return how many pixels the page overflows to the right."""
    wide: int = page.evaluate(
        "() => { const main = document.querySelector('.stMain'); return main.scrollWidth - main.clientWidth; }"
    )
    return wide


def open_page(
    owner: Owner, browser: Browser, address: str, width: int = 1440, touch: bool = False, **context: str
) -> Visitor:
    visitor = Visitor(browser, width, touch)
    if context:
        visitor.page.emulate_media(**context)  # type: ignore[arg-type]
    visitor.context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in open_session(owner).items()]
    )
    # Not by way of the home page: its map and charts take the processor's time to draw.
    visitor.page.goto(f"{address}/areas")
    expect(canvas(visitor.page)).to_be_visible(timeout=60_000)
    settle(visitor.page)
    return visitor


def canvas(page: Page) -> Locator:
    return page.locator("canvas[role=application]")


def live_a_week(owner: Owner) -> None:
    """Be at home at night, and 3 km away by day, to this hour."""
    add_device(owner, 1, "Ana's phone")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [now - timedelta(minutes=20 * n) for n in range(3 * 24 * 7)]
    add_events(
        owner, 1,
        [(at, report(50, HOME[0] + away(at) * 0.03, HOME[1] + away(at) * 0.03, fix_accuracy_m=8)) for at in hours],
    )  # fmt: skip


def away(at: datetime) -> float:
    """How far from home: 1 by day, 0 by night, something between on the way."""
    hour = at.hour + at.minute / 60
    return max(0.0, min(1.0, hour - 6, 19 - hour))


def hidden_at_home(owner: Owner) -> set[bool]:
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


@pytest.mark.timeout(240)
def test_a_polygon_is_drawn_with_the_mouse_named_edited_and_removed(
    owner: Owner, address: str, browser: Browser
) -> None:  # fmt: skip
    live_a_week(owner)
    visitor = open_page(owner, browser, address)
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
    expect(page.get_by_text("Re-masked all data")).to_be_visible(timeout=30_000)
    assert areas(owner) == ["home & garden"]
    assert hidden_at_home(owner) == {True}
    [drawn] = owner.execute(
        "SELECT st_npoints(st_simplify(polygon, 1e-9)) AS n FROM iot_personal_hub.dim_blocked_areas"
    )
    assert drawn["n"] == 5
    press(page.get_by_role("button", name="Edit", exact=True))
    expect(page.get_by_role("heading", name="Edit home & garden")).to_be_visible(timeout=30_000)
    look(page, "edit")
    name_and_save(page, "home")
    wait_until(lambda: areas(owner) == ["home"])
    # The database knows the name before the page does, which is drawn again with it.
    expect(page.get_by_role("heading", name="Edit home & garden")).to_have_count(0, timeout=30_000)
    press(page.get_by_role("button", name="Remove").first)
    page.get_by_role("button", name="Remove and publish").click()
    wait_until(lambda: areas(owner) == [])
    assert hidden_at_home(owner) == {False}
    assert visitor.errors == []
    assert len(visitor.hosts()) == 1
    visitor.context.close()


@pytest.mark.timeout(240)
def test_the_keyboard_alone_draws_a_circle_and_a_polygon(
    owner: Owner, address: str, browser: Browser
) -> None:  # fmt: skip
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(utc(2025, 9, 1), report(50, *HOME))])
    visitor = open_page(owner, browser, address)
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
        expect(page.get_by_text(f"Drawn: {said}")).to_be_visible(timeout=30_000)
        page.get_by_label("Name").first.focus()
        page.keyboard.type(tool)
        expect(page.get_by_text("Press Enter to submit form").first).to_be_visible()
        page.keyboard.press("Enter")
        wait_until(lambda name=tool: name in areas(owner), 60)  # type: ignore[misc]
        # The form comes after the map: when it is new, the map is.
        expect(page.get_by_label("Name").first).to_have_value("", timeout=30_000)
        settle(page)
    corners = owner.execute(
        "SELECT name, st_npoints(st_simplify(polygon, 1e-9)) AS n FROM iot_personal_hub.dim_blocked_areas ORDER BY name"
    ).fetchall()
    assert [row["n"] for row in corners] == [65, 4]
    assert visitor.errors == []
    visitor.context.close()


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
    expect(page.get_by_text("Drawn: a circle with a radius of")).to_be_visible(timeout=30_000)
    wait_until(lambda: page.get_by_text("Drawn:").all_inner_texts() != before, 30)
    return float(page.get_by_text("Drawn:").inner_text().split()[-2].replace(",", ""))


@pytest.mark.timeout(240)
def test_fingers_draw_and_pinch(owner: Owner, address: str, browser: Browser) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(utc(2025, 9, 1), report(50, *HOME))])
    visitor = open_page(owner, browser, address, 390, touch=True)
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
    expect(page.get_by_label("Name").first).to_have_value("", timeout=30_000)
    settle(page)
    page.get_by_role("button", name="Draw a polygon").tap()
    for corner in ((0.2, 0.3), (0.8, 0.3), (0.5, 0.8)):
        fingers.tap(*corner)
    page.get_by_role("button", name="Finish").tap()
    expect(page.get_by_text("Drawn: a polygon with 3 corners.")).to_be_visible(timeout=30_000)
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
    visitor.context.close()


@pytest.mark.timeout(240)
def test_a_proposed_area_is_added_with_one_click(owner: Owner, address: str, browser: Browser) -> None:
    live_a_week(owner)
    visitor = open_page(owner, browser, address, 390)
    page = visitor.page
    expect(page.get_by_text("Ana's phone spent").first).to_be_visible()
    assert overflow(page) == 0
    press(page.get_by_role("button", name="Make private: home"))
    wait_until(lambda: areas(owner) == ["home"], 60)
    assert hidden_at_home(owner) == {True}
    visitor.context.close()


@pytest.mark.timeout(240)
def test_an_area_is_added_without_drawing(owner: Owner, address: str, browser: Browser) -> None:
    visitor = open_page(owner, browser, address)
    page = visitor.page
    page.get_by_text("Add without drawing").click()
    page.get_by_label("Name").nth(1).fill("home")
    page.get_by_label("Latitude").fill("52.23")
    page.get_by_label("Longitude").fill("21.01")
    page.get_by_role("button", name="Add", exact=True).click()
    wait_until(lambda: areas(owner) == ["home"], 60)
    visitor.context.close()


@pytest.mark.skipif(not LOOKS, reason="pictures are kept where IOT_HUB_TEST_SCREENSHOTS names a folder")
@pytest.mark.timeout(240)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pictures(owner: Owner, address: str, browser: Browser, width: int, scheme: str) -> None:
    live_a_week(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)"
        " VALUES ('work', st_buffer(st_makepoint(21.04, 52.26)::geography, 150)::geometry)"
    )
    visitor = open_page(owner, browser, address, width, color_scheme=scheme)
    page = visitor.page
    page.wait_for_timeout(4000)
    page.set_viewport_size({"width": width, "height": 1560 if width > 400 else 2500})
    page.wait_for_timeout(4000)
    page.screenshot(path=f"{LOOKS}/page-{width}-{scheme}.png")
    assert overflow(page) == 0
    visitor.context.close()


def test_an_area_across_the_antimeridian_is_drawn_in_one_piece() -> None:
    cut = (
        '{"type": "MultiPolygon", "coordinates":'
        " [[[[179, 0], [180, 0], [180, 1], [179, 0]]], [[[-180, 0], [-179, 0], [-180, 1], [-180, 0]]]]}"
    )
    assert [ring[0][0] for [ring] in polygons_of(cut)] == [179, 180]
