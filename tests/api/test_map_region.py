"""The owner's own map under the journeys, measuring on it, and pictures of it, in a real browser."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_world import Visit, Visitor, browser, visit
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from free_ports import free_ports
from login_world import Front, api, front
from map_front import hub
from map_world import Owner, live_through
from playwright.sync_api import Page, expect
from query_api_world import add_device
from waiting import wait_until

from iot_hub.api import content_security_policy
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings
from scripts.pmtiles_archive import write_archive

pytestmark = [pytest.mark.hub, pytest.mark.browser]
__all__ = ["browser", "hub", "visit"]

FIRST = datetime(2025, 11, 10, tzinfo=UTC)
HOME, WORK = (50.06, 19.94), (49.99, 20.06)
LAKE = "POLYGON((19.7 49.9, 20.3 49.9, 20.3 50.2, 19.7 50.2, 19.7 49.9))"
STREET = "LINESTRING(19.8 50.03, 20.2 50.03)"
TILE = """
    SELECT (SELECT st_asmvt(layer, 'water', 4096, 'shape') FROM (
        SELECT st_asmvtgeom(st_transform(st_geomfromtext(%(lake)s, 4326), 3857), tile) AS shape, 'lake' AS kind
        FROM st_tileenvelope(%(z)s, %(x)s, %(y)s) AS tile) AS layer WHERE shape IS NOT NULL)
    || (SELECT st_asmvt(layer, 'roads', 4096, 'shape') FROM (
        SELECT st_asmvtgeom(st_transform(st_geomfromtext(%(street)s, 4326), 3857), tile) AS shape, 'highway' AS kind
        FROM st_tileenvelope(%(z)s, %(x)s, %(y)s) AS tile) AS layer WHERE shape IS NOT NULL) AS tile
"""


@pytest.fixture(scope="module")
def settings(
    cluster: Settings, database_copies: DatabaseCopies, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    archive = tmp_path_factory.mktemp("region") / "region.pmtiles"
    with hub_with_copy(cluster, database_copies) as settings:
        with connect(owner_conninfo(settings, "tests")) as owner:
            add_device(owner, 1, "Ola's phone")
            live_through(owner, 1, FIRST, 3, HOME, WORK)
            tiles = []
            for z in range(11):
                x, y = int((HOME[1] + 180) / 360 * 2**z), int(0.33936 * 2**z)
                [row] = owner.execute(TILE, {"lake": LAKE, "street": STREET, "z": z, "x": x, "y": y})
                tiles.append((z, x, y, bytes(row["tile"])))
            layers = [{"id": name, "fields": {"kind": "String"}} for name in ("water", "roads")]
            write_archive(archive, tiles, {"vector_layers": layers})
        yield settings.model_copy(update={"map_file": archive, "map_attribution": "© <Somebody's> map"})


def opened(visit: Visit, owner: Owner, hub: Front, width: int = 1440) -> Visitor:
    visitor = visit(width, 844 if width < 500 else 900, locale="en-GB").log_in(owner)
    visitor.page.goto(f"{hub.url}/map#10/{HOME[0]}/{HOME[1]}")
    expect(visitor.page.locator("#day-view[aria-busy=false]")).to_be_visible()
    expect(visitor.page.locator("#map canvas")).to_be_visible()
    return visitor


def test_the_owner_s_own_map_is_drawn_and_its_makers_are_named(visit: Visit, owner: Owner, hub: Front) -> None:
    visitor = opened(visit, owner, hub)
    wait_until(lambda: visitor.page.title() and f"{hub.url}/map/region.pmtiles" in visitor.requested, 60)
    # The lake fills the map; without it there is land.
    wait_until(lambda: colour_at(visitor.page, 200, 500) == (223, 234, 240), 60)
    expect(visitor.page.locator(".maplibregl-ctrl-attrib-inner")).to_contain_text("© <Somebody's> map")
    assert visitor.errors == []
    assert visitor.hosts() == {urlsplit(hub.url).netloc}


def colour_at(page: Page, x: int, y: int) -> tuple[int, int, int]:
    """Return the colour of a point of the page."""
    data = page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1}, type="png")
    return png_pixel(data)


def png_pixel(data: bytes) -> tuple[int, int, int]:
    """Return the colour of a picture of one pixel."""
    import zlib

    at, packed = 8, b""
    while at < len(data):
        length = struct.unpack_from(">I", data, at)[0]
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    red, green, blue = zlib.decompress(packed)[1:4]
    return red, green, blue


def test_the_archive_is_for_the_owner_alone_and_read_in_parts(owner: Owner, hub: Front, visit: Visit) -> None:
    with hub.browser() as stranger:
        assert stranger.get("/map/region.pmtiles").status_code == 401
    page = opened(visit, owner, hub).page
    part = page.request.get(f"{hub.url}/map/region.pmtiles", headers={"Range": "bytes=0-6"})
    assert (part.status, part.body()) == (206, b"PMTiles")


def test_a_hub_without_the_file_shows_its_map_all_the_same(
    visit: Visit, owner: Owner, settings: Settings, tmp_path: Path
) -> None:
    api_port, nowhere = free_ports(2)
    gone = settings.model_copy(update={"map_file": tmp_path / "none.pmtiles"})
    with api(gone, tmp_path, api_port), front(gone, tmp_path, api_port, nowhere) as hub:
        page = opened(visit, owner, hub).page
        wait_until(lambda: colour_at(page, 200, 500) == (246, 244, 238), 60)


def test_pictures_of_a_server_are_allowed_from_there_alone() -> None:
    policy = content_security_policy.map_page("https://{s}.tiles.example/{z}/{x}/{y}.png")
    assert "img-src 'self' data: https://*.tiles.example;" in policy
    assert "connect-src 'self' https://*.tiles.example;" in policy
    assert "example" not in content_security_policy.map_page(None)


def test_a_distance_is_measured_by_clicks_and_by_keys(visit: Visit, owner: Owner, hub: Front) -> None:
    page = opened(visit, owner, hub).page
    button = page.get_by_role("button", name="Measure a distance")
    button.click()
    box = page.locator("#map canvas").bounding_box()
    assert box
    for share in (0.3, 0.5):
        page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    # At zoom 10 and 50 degrees a pixel is 49 m.
    expect(page.locator("#measured")).to_contain_text("km measured")
    by_mouse = float(page.locator("#measured").inner_text().split()[0])
    assert by_mouse == pytest.approx(box["width"] * 0.2 * 0.0491, rel=0.05)
    page.keyboard.press("Backspace")
    expect(page.locator("#measured")).to_have_text("")
    page.keyboard.press("Enter")
    expect(page.locator("#measured")).to_contain_text("km measured")
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#measured")).to_have_text("")


def test_a_picture_is_saved_with_the_map_on_it(visit: Visit, owner: Owner, hub: Front, tmp_path: Path) -> None:
    visitor = opened(visit, owner, hub)
    page = visitor.page
    wait_until(lambda: colour_at(page, 200, 500) == (223, 234, 240), 60)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Save as picture").click()
    assert downloading.value.suggested_filename == "Wednesday, 12 November 2025.png"
    file = tmp_path / "map.png"
    downloading.value.save_as(file)
    data = file.read_bytes()
    assert data.startswith(b"\x89PNG")
    # An empty canvas of this size is packed to a few kilobytes.
    assert len(data) > 20_000
    assert visitor.errors == []


def test_a_printed_page_has_the_map_and_the_day(visit: Visit, owner: Owner, hub: Front, tmp_path: Path) -> None:
    page = opened(visit, owner, hub).page
    wait_until(lambda: colour_at(page, 200, 500) == (223, 234, 240), 60)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("#printed")).to_be_visible()
    assert page.locator("#printed").evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    expect(page.locator("#map")).to_be_hidden()
    expect(page.locator("#journeys li").first).to_be_visible()
