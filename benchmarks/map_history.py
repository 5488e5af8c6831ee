"""The map over years of several people: its tiles, its search, its storage, and what a visitor waits for."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import math
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from hub_under_test import owner, running_api, running_database, running_nginx
from journeys import derive
from measured import Measured
from movements import fixes
from page import chromium, seconds
from playwright.sync_api import Browser, BrowserContext, Page
from progress import say
from psycopg.rows import DictRow
from report import Row, milliseconds
from statements import statement

Connection = psycopg.Connection[DictRow]

DEVICES = 4
DEEPEST_ZOOM = {"journeys": 17, "heat": 14, "explored": 14}
"""The page shows cells larger beyond their deepest tiles."""
MOST_WARM, MOST_COLD, MOST_TILE_KB = 0.1, 0.3, 512
MOST_MB_OF_LINES, MOST_MB_OF_CELLS = 60, 400
MOST_SEARCH = 0.02
MOST_FIRST_LINE, MOST_SWITCH, MOST_HEAP_MB = 1.5, 0.5, 150
QUIET_MS = 1500
HERE = Path(__file__).parent
NOTES = [
    "Map: four people's fixes of five years (as for journeys), derived; the API asked for tiles of the whole history"
    " around random stays, of zooms 2 to 17, each kind first by a server that has asked for none, then again. Bytes"
    " are those after gzip. Search: when somebody was within 200 m of a random stay. The page: behind nginx, in"
    " Chromium without a graphics card, medians of five; its first lines are drawn when the legend names their modes;"
    " another day, device or range is drawn with the last call that draws. Heap: that of the page's own thread, after"
    " all of that and a collection.",
]


@dataclass(frozen=True)
class Sizes:
    """Fixes of each device, tiles of each kind, and visits of the page."""

    fixes: int
    tiles: int
    visits: int


FULL = Sizes(fixes=2_500_000, tiles=160, visits=5)
QUICK = Sizes(fixes=10_000, tiles=16, visits=1)


def measure(*, quick: bool) -> Measured:
    """Derive the history, ask for its tiles, and look at its page."""
    sizes = QUICK if quick else FULL
    with running_database() as settings:
        with owner(settings) as connection:
            _fill(connection, sizes.fixes)
            say("deriving journeys and cells …")
            derive(connection)
            rows = _derive_cells(connection, sizes.fixes)
            connection.execute("VACUUM ANALYZE")
            stays = connection.execute(statement("random_stays"), {"stays": sizes.tiles}).fetchall()
            rows += _storage(connection, DEVICES * sizes.fixes)
        with running_api(settings, "--demo") as api:
            say("asking for tiles …")
            rows += [row for kind in DEEPEST_ZOOM for row in _tiles(api, kind, stays)]
            rows.append(_search(api, stays))
            with running_nginx(settings, api) as url, chromium() as browser:
                say("looking at the page …")
                rows += _visits(browser, url, sizes.visits)
    return Measured(rows, NOTES)


def _fill(connection: Connection, count: int) -> None:
    connection.execute(statement("add_devices"), {"devices": DEVICES})
    connection.execute(statement("simulate_devices"))
    start = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=5 * 365)
    for device in range(1, DEVICES + 1):
        say(f"{count:,} fixes of device {device} of {DEVICES} …")
        with connection.cursor().copy(statement("copy_fixes")) as copy:
            for fix in fixes(start, count, seed=device):
                where = fix.latitude, fix.longitude
                copy.write_row((device, fix.at, *where, fix.at, fix.at, 1, b"", fix.accuracy_m, False, False, "{}"))
    connection.execute(statement("mark_months_of_journeys"))
    connection.execute("VACUUM ANALYZE iot_personal_hub.locations")


def _derive_cells(connection: Connection, count: int) -> list[Row]:
    started = time.perf_counter()
    while (connection.execute(statement("refresh_stale_map_cells")).fetchone() or {"months": 0})["months"]:
        pass
    taken = (time.perf_counter() - started) * 1_000_000 / (DEVICES * count)
    return [Row("deriving heat and explored land, for a million fixes", f"{taken:.1f} s")]


def _storage(connection: Connection, count: int) -> list[Row]:
    found = connection.execute(statement("measure_map")).fetchone() or {}
    parts = (("lines", MOST_MB_OF_LINES), ("cells", MOST_MB_OF_CELLS))
    return [
        Row(
            f"storage of {part}, {count:,} fixes", f"{found[part] / 1e6:.0f} MB", reach=f"≤ {most} MB",
            reached=found[part] <= most * 1e6,
        )
        for part, most in parts
    ]  # fmt: skip


def _tiles(api: str, kind: str, stays: list[DictRow]) -> Iterator[Row]:
    chance = random.Random(7)
    wanted = []
    for stay in stays:
        z = chance.randint(2, DEEPEST_ZOOM[kind])
        x, y = _tile_at(stay["latitude"], stay["longitude"], z)
        wanted.append(f"/v1/tiles/{kind}/{z}/{x}/{y}")
    ask, different = _asker(api), list(dict.fromkeys(wanted))
    cold, warm = ([_timed(ask, path) for path in different] for _ in range(2))
    largest = max(size for _, size in warm) / 1000
    for how, found, most in (("first time", cold, MOST_COLD), ("again", warm, MOST_WARM)):
        slow = _p95([taken for taken, _ in found])
        median = milliseconds(statistics.median(taken for taken, _ in found))
        yield Row(
            f"tiles of {kind}, {how}, 95th percentile", milliseconds(slow), median, "– (median)",
            f"≤ {milliseconds(most)}", slow <= most,
        )  # fmt: skip
    yield Row(
        f"largest tile of {kind}", f"{largest:.0f} kB", reach=f"≤ {MOST_TILE_KB} kB", reached=largest <= MOST_TILE_KB
    )


def _tile_at(latitude: float, longitude: float, z: int) -> tuple[int, int]:
    """Return the tile of web Mercator that holds a position."""
    north = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int((longitude + 180) / 360 * 2**z), int(north * 2**z)


def _search(api: str, stays: list[DictRow]) -> Row:
    ask = _asker(api)
    found = [_timed(ask, f"/v1/journeys/near?at={stay['latitude']},{stay['longitude']}")[0] for stay in stays]
    slow = _p95(found)
    return Row(
        "when was I here, 95th percentile", milliseconds(slow), milliseconds(statistics.median(found)), "– (median)",
        f"≤ {milliseconds(MOST_SEARCH)}", slow <= MOST_SEARCH,
    )  # fmt: skip


def _asker(api: str) -> Callable[[str], int]:
    """Return what asks the API for a path, over one connection, and gives the answer's bytes."""
    address = urlsplit(api)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)

    def ask(path: str) -> int:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{path} was answered {answer.status}")
        return len(content)

    return ask


def _timed(ask: Callable[[str], int], path: str) -> tuple[float, int]:
    started = time.perf_counter()
    size = ask(path)
    return time.perf_counter() - started, size


def _p95(some: list[float]) -> float:
    return sorted(some)[int(len(some) * 0.95)]


def _visits(browser: Browser, url: str, visits: int) -> Iterator[Row]:
    address = f"{url}/map?lang=en"
    first = []
    for _ in range(visits):
        with contextlib.closing(_context(browser)) as context:
            first.append(_open(context.new_page(), address))
    yield seconds("map, cold, to its first lines", first, MOST_FIRST_LINE)
    with contextlib.closing(_context(browser)) as context:
        page = context.new_page()
        _open(page, address)
        _until_quiet(page, 0)
        days = [_switch(page, lambda: page.locator("#previous").click()) for _ in range(visits)]
        yield seconds("map, the day before", days, MOST_SWITCH)
        names = ["1", "2"] * visits
        devices = [_switch(page, lambda name=name: page.locator("#device").select_option(name)) for name in names]
        yield seconds("map, another device", devices, MOST_SWITCH)
        ranges = [_switch(page, lambda: page.locator("#from").press("PageUp")) for _ in range(visits)]
        yield seconds("map, another range of years", ranges, MOST_SWITCH)
        page.locator("#all-time").click()
        _until_quiet(page, 0)
        session = context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        yield Row(
            "map, heap of the whole history", f"{heap:.0f} MB", reach=f"≤ {MOST_HEAP_MB} MB",
            reached=heap <= MOST_HEAP_MB,
        )  # fmt: skip


def _context(browser: Browser) -> BrowserContext:
    # The page's own policy forbids what waits for it here.
    return browser.new_context(viewport={"width": 1440, "height": 1000}, bypass_csp=True)


def _open(page: Page, address: str) -> float:
    """Return the seconds until the page's first lines are drawn and named."""
    page.add_init_script(path=HERE / "browser_timing.js")
    page.goto(address, wait_until="commit")
    page.wait_for_function("document.querySelector('#legend li')", timeout=120_000)
    return float(page.evaluate("window.__drawn.legend")) / 1000


def _switch(page: Page, act: Callable[[], object]) -> float:
    """Return the seconds from an action to the last call that drew something."""
    started: float = page.evaluate("performance.now()")
    act()
    return (_until_quiet(page, started) - started) / 1000


def _until_quiet(page: Page, since_ms: float) -> float:
    page.wait_for_function(
        f"window.__drawn.map > {since_ms} && performance.now() - window.__drawn.map > {QUIET_MS}", timeout=120_000
    )
    return float(page.evaluate("window.__drawn.map"))
