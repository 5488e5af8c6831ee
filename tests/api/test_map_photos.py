"""Photos on the map page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browser_world import Visit, Visitor, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from free_ports import free_ports
from login_world import Front, api, front
from map_world import Owner, live_through
from photo_files import write_photo
from playwright.sync_api import expect
from query_api_world import add_device
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.photos.scan import scan_photos
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "visit"]

DAY = "2025-11-19"
MIDNIGHT = datetime(2025, 11, 18, 23, tzinfo=UTC)
"""In Warsaw, where the owner lives."""
HOME, WORK = (50.06, 19.94), (50.10, 20.02)


@pytest.fixture(scope="module")
def settings(
    cluster: Settings, database_copies: DatabaseCopies, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    folder: Path = tmp_path_factory.mktemp("photos")
    for minute in range(8):
        write_photo(folder / f"work-{minute}.jpg", f"2025:11:19 12:{minute:02}:00", at=WORK, size=(900, 600))
    write_photo(folder / "no-position.jpg", "2025:11:19 02:00:00")
    with hub_with_copy(cluster, database_copies) as settings, pytest.MonkeyPatch.context() as patch:
        patch.setenv("IOT_HUB_PHOTOS", str(folder))
        with connect(owner_conninfo(settings, "tests")) as owner:
            add_device(owner, 1, "Ola's phone")
            live_through(owner, 1, MIDNIGHT - timedelta(days=3), 5, HOME, WORK)
            scan_photos(owner, folder, settings.zone)
        yield settings


@pytest.fixture(scope="module")
def hub(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("map")
    api_port, nowhere = free_ports(2)
    with api(settings, folder, api_port), front(settings, folder, api_port, nowhere) as running:
        yield running


def opened(visit: Visit, owner: Owner, hub: Front, query: str = "", width: int = 1440) -> Visitor:
    visitor = visit(width, 844 if width < 500 else 900, locale="en-GB").log_in(owner)
    visitor.page.goto(f"{hub.url}/map?day={DAY}{query}")
    expect(visitor.page.locator("#journeys .photos").first).to_be_attached()
    return visitor


def test_photos_are_below_the_stay_on_which_they_were_taken(visit: Visit, owner: Owner, hub: Front) -> None:
    visitor = opened(visit, owner, hub)
    page = visitor.page
    at_home, at_work = page.locator("#journeys .photos").all()
    expect(at_home.get_by_role("img", name="Photo, 02:00, Stay A")).to_have_count(1)
    expect(at_work.get_by_role("img", name="Photo, 12:05, Stay B")).to_have_count(1)
    expect(at_work.get_by_role("button")).to_have_count(7)
    picture = at_work.get_by_role("img").first
    wait_until(lambda: picture.evaluate("image => image.naturalWidth") == 320, 30)
    # Choosing the stay leaves its photos where they are.
    page.locator("#journeys button.stay").nth(1).click()
    expect(at_work.get_by_role("button")).to_have_count(7)
    assert visitor.errors == []


@pytest.mark.parametrize("width", [390, 1440])
def test_one_is_looked_at_larger_and_the_others_by_the_keyboard(
    visit: Visit, owner: Owner, hub: Front, width: int
) -> None:
    page = opened(visit, owner, hub, width=width).page
    page.get_by_role("button", name="2 more photos").click()
    dialog = page.get_by_role("dialog", name="Photo, 12:06, Stay B")
    expect(dialog).to_be_visible()
    expect(page.locator("#photo-path")).to_have_text("work-6.jpg")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("img", name="Photo, 12:07, Stay B")).to_be_visible()
    wait_until(lambda: page.locator("#photo-large").evaluate("image => image.naturalWidth") == 900, 30)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.keyboard.press("Escape")
    expect(page.locator("#photo")).to_be_hidden()


def test_a_dot_on_the_map_opens_the_first_of_its_photos(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub, f"#16/{WORK[0]}/{WORK[1]}").page
    box = page.locator("#map").bounding_box()
    assert box

    def is_open() -> bool:
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return bool(page.locator("#photo").is_visible())

    wait_until(is_open, 60)
    expect(page.locator("#photo-title")).to_contain_text("Photo, 12:0")
