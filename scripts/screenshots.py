"""Take the README's screenshots of a running hub's dashboard.

python scripts/screenshots.py [--url http://127.0.0.1:8080] [--out docs/images]

A demo is open. A hub with a password gets it from the environment: HUB_PASSWORD=…; only there a device can be added,
for the picture of that.
"""

from __future__ import annotations

import argparse
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

# The map is drawn by the processor, so that no graphics card is needed.
ARGUMENTS = ["--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader"]
PATIENCE_MS = 180_000

MAP = "[data-testid=stDeckGlJsonChart] :is(canvas, svg)"
FRAME = ".st-key-map-place iframe[title=Map]"
"""The map in a page: it gives its frame this title once it is there."""
CHART = "[data-testid=stVegaLiteChart] :is(canvas, svg)"


@dataclass(frozen=True)
class Shot:
    """A picture to take: its name, the size of the window, the theme and the address's query."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]
    query: str
    page: str = ""
    drawn: tuple[str, ...] = (FRAME, CHART)
    """What there must be on it."""
    device: str | None = None
    """A device to add before."""
    opens: str | None = None
    """What the link begins with that is followed before."""


SHOTS = (
    Shot("dashboard-light", 1440, 1180, "light", "lang=en&range=7d&device=2"),
    Shot("dashboard-dark", 1440, 1180, "dark", "lang=en&range=7d&device=2"),
    Shot("dashboard-phone", 390, 844, "light", "lang=en&range=24h&device=2"),
    Shot("car-light", 1440, 1280, "light", "lang=en", "car", (".st-key-drive-map iframe", CHART), opens="Fri"),
    Shot("map-light", 1440, 900, "light", "lang=en&device=2", "map", ("#map canvas", "#journeys li")),
    Shot("areas-light", 1440, 1100, "light", "lang=en", "areas", (MAP, "canvas[role=application]")),
    Shot("devices-light", 1440, 1010, "light", "lang=en", "devices", ("[data-testid=stImage] img",), "Ola's phone"),
)


def take(browser: Browser, shot: Shot, url: str, folder: Path) -> Path:
    """Save a picture once everything on the page is drawn."""
    size = {"width": shot.width, "height": shot.height}
    context = browser.new_context(viewport=size, color_scheme=shot.scheme, device_scale_factor=2, locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{url.rstrip('/')}/{shot.page}?{shot.query}")
    log_in(page)
    if shot.device:
        add_device(page, shot.device)
    if shot.opens:
        page.get_by_role("link", name=shot.opens).first.click(timeout=PATIENCE_MS)
    wait_until_drawn(page, shot)
    path = folder / f"{shot.name}.png"
    page.screenshot(path=path, timeout=PATIENCE_MS)
    context.close()
    return path


def log_in(page: Page) -> None:
    """Enter the password if the page asks for it."""
    field = page.locator("input[name=password]")
    if field.count():
        field.fill(os.environ["HUB_PASSWORD"])
        field.press("Enter")


def add_device(page: Page, name: str) -> None:
    """Add a device, so that the page shows what to enter in its app."""
    page.get_by_label("Name").first.fill(name, timeout=PATIENCE_MS)
    page.get_by_role("button", name="Add and connect").click()


def wait_until_drawn(page: Page, shot: Shot) -> None:
    """Wait for what the page is to show, and until nothing has been asked for in a while, by its frames neither."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for part in shot.drawn:
        page.locator(part).first.wait_for(timeout=PATIENCE_MS)
    # Layers of the map and charts appear a frame or two after their canvases.
    before = -1
    while len(asked) != before:
        before = len(asked)
        page.wait_for_timeout(4000)


def main() -> None:
    """Save every picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the hub runs")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="the folder for the pictures")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *sandbox])
        for shot in SHOTS:
            if shot.device and "HUB_PASSWORD" not in os.environ:
                print(f"{shot.name}: not taken without HUB_PASSWORD")
                continue
            print(take(browser, shot, given.url, given.out))
        browser.close()


if __name__ == "__main__":
    main()
