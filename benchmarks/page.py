"""What a visitor waits for: the dashboard's pages in a real browser, and what open tabs cost."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import statistics
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_under_test import (
    answers,
    free_port,
    hub_command,
    hub_environment,
    owner,
    running,
    running_api,
    running_database,
    running_worker,
    wait_until,
)
from measured import Measured
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from progress import say
from report import Row
from statements import statement

from iot_hub.operations import nginx
from iot_hub.settings import Settings

HERE = Path(__file__).parent
# The map is drawn by the processor: a machine that measures has no graphics card.
ARGUMENTS = ["--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader"]
QUIET_MS = 1500
"""All is drawn when nothing was drawn for this long."""
PATIENCE_S = 120
ROLL_UP_S = 900
TABS = 5
DEVICE = "lang=en&device=2"
NOTES = [
    "Page: the demo's devices with a year of events, in Chromium without a window and without a graphics card (the map"
    " is drawn by the processor), behind nginx, medians of five. Drawn: the last call that draws in a map, the last"
    " change in a chart; after that nothing was drawn for 1.5 s. Cold: a browser without a cache. A switch: another"
    " range of the same device. Bytes of the websocket are those on the wire. Streamlit's processor time is that of its"
    " process, and so is that of the idle tabs, in a minute.",
]


@dataclass(frozen=True)
class Drawn:
    """Seconds until the last chart and the last map were drawn, and the bytes of the websocket meanwhile."""

    chart: float
    map: float
    socket_bytes: int
    processor_s: float

    @property
    def all(self) -> float:
        """Seconds until all was drawn."""
        return max(self.chart, self.map)


class SocketBytes:
    """How many bytes a page's websocket received: compressed again as the server does, where both agreed on it."""

    def __init__(self, page: Page) -> None:
        self.total = 0
        # Without an agreement each message counts as it is.
        self._compressor: zlib._Compress | None = None
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.webSocketHandshakeResponseReceived", self._agree)
        page.on("websocket", lambda socket: socket.on("framereceived", self._add))

    def _agree(self, event: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
        extensions = headers.get("sec-websocket-extensions", "")
        window = re.search(r"server_max_window_bits=(\d+)", extensions)
        if "permessage-deflate" in extensions:
            self._compressor = zlib.compressobj(wbits=-int(window[1] if window else 15))

    def _add(self, payload: str | bytes) -> None:
        content = payload.encode() if isinstance(payload, str) else payload
        if self._compressor:
            content = self._compressor.compress(content) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        self.total += len(content)


class Tab:
    """A page of the dashboard in a browser, with what its websocket received."""

    def __init__(self, context: BrowserContext, processor: Callable[[], float]) -> None:
        self.page: Page = context.new_page()
        self.page.add_init_script(path=HERE / "browser_timing.js")
        self._processor = processor
        self._received = SocketBytes(self.page)

    def open(self, url: str, *, charts: bool = True) -> Drawn:
        """Load a page until all is drawn: its map, and its charts where it has some."""
        before, processor = self._received.total, self._processor()
        self.page.goto(url, wait_until="commit")
        return self._when_quiet(0.0, before, processor, ["map", "chart"] if charts else ["map"])

    def click(self, name: str) -> Drawn:
        """Click a choice until all is drawn again."""
        before, processor = self._received.total, self._processor()
        started: float = self.page.evaluate("performance.now()")
        self.page.get_by_role("radio", name=name).or_(self.page.get_by_role("button", name=name)).first.click()
        return self._when_quiet(started, before, processor, ["map", "chart"])

    def _when_quiet(self, started_ms: float, before: int, processor: float, kinds: list[str]) -> Drawn:
        self.page.wait_for_function(
            f"""() => {{
                const app = document.querySelector('[data-testid=stApp]');
                const last = {kinds}.map(kind => window.__drawn[kind]);
                return app?.dataset.testScriptState === 'notRunning' && Math.min(...last) > {started_ms}
                    && performance.now() - Math.max(...last) > {QUIET_MS};
            }}""",
            timeout=PATIENCE_S * 1000,
        )
        drawn: dict[str, float] = self.page.evaluate("window.__drawn")
        chart, last_map = (max(0.0, drawn[kind] - started_ms) / 1000 for kind in ("chart", "map"))
        return Drawn(chart, last_map, self._received.total - before, self._processor() - processor)


def measure(*, quick: bool) -> Measured:
    """Fill a hub with a year of the demo, and visit its pages."""
    with _demo(days=8 if quick else 365) as (url, process_id), chromium() as browser:
        rows = list(visits(browser, url, lambda: _processor_seconds(process_id), repeat=1 if quick else 5))
        rows.append(_idle_tabs(browser, url, process_id, 10 if quick else 60))
    return Measured(rows, NOTES)


def visits(browser: Browser, url: str, processor: Callable[[], float], repeat: int) -> Iterator[Row]:
    """Yield the rows of all visits."""
    cold = [_cold(browser, f"{url}/?{DEVICE}", processor) for _ in range(repeat)]
    yield seconds("dashboard, cold, to the last chart", [drawn.chart for drawn in cold], 1.2)
    yield seconds("dashboard, cold, to the map", [drawn.all for drawn in cold], 2.2)
    yield _bytes("websocket of a cold dashboard, 7 days", [drawn.socket_bytes for drawn in cold], 250_000)
    switches = _switch(browser, f"{url}/?{DEVICE}&range=24h", processor, repeat)
    yield seconds("another range, all drawn", [drawn.all for drawn in switches], 0.5)
    yield seconds("of it: to the last chart", [drawn.chart for drawn in switches], None)
    yield _bytes("websocket of a switch to 7 days", [drawn.socket_bytes for drawn in switches[::2]], 250_000)
    processed = statistics.median(drawn.processor_s for drawn in switches)
    yield Row(
        "processor time of Streamlit a switch", f"{processed * 1000:.0f} ms", reach="≤ 80 ms",
        reached=processed <= 0.08,
    )  # fmt: skip
    areas = [_cold(browser, f"{url}/areas?lang=en", processor, charts=False) for _ in range(repeat)]
    yield seconds("private areas, cold", [drawn.map for drawn in areas], 2)
    yield _bytes("websocket of private areas", [drawn.socket_bytes for drawn in areas], None)
    yield seconds("devices, cold", _until_listed(browser, f"{url}/devices?lang=en", repeat), 1)


def _cold(browser: Browser, url: str, processor: Callable[[], float], *, charts: bool = True) -> Drawn:
    with contextlib.closing(browser.new_context(viewport={"width": 1440, "height": 1000})) as context:
        return Tab(context, processor).open(url, charts=charts)


def _until_listed(browser: Browser, url: str, repeat: int) -> list[float]:
    """Return how long the list of devices takes to appear, each time in a new browser."""
    seconds = []
    for _ in range(repeat):
        with contextlib.closing(browser.new_context(viewport={"width": 1440, "height": 1000})) as context:
            page = context.new_page()
            started = time.perf_counter()
            page.goto(url, wait_until="commit")
            page.locator(".st-key-device-list, .st-key-device-demo").first.wait_for(timeout=PATIENCE_S * 1000)
            seconds.append(time.perf_counter() - started)
    return seconds


def _switch(browser: Browser, url: str, processor: Callable[[], float], repeat: int) -> list[Drawn]:
    """Return the switches to 7 days and back to 24 hours, in turns, on a warm page."""
    with contextlib.closing(browser.new_context(viewport={"width": 1440, "height": 1000})) as context:
        tab = Tab(context, processor)
        tab.open(url)
        for name in ("7 days", "24 hours"):
            tab.click(name)
        return [tab.click(name) for _ in range(repeat) for name in ("7 days", "24 hours")]


def _idle_tabs(browser: Browser, url: str, process_id: int, seconds: int) -> Row:
    with contextlib.ExitStack() as opened:
        for _ in range(TABS):
            context = opened.enter_context(contextlib.closing(browser.new_context()))
            Tab(context, lambda: 0.0).open(f"{url}/?{DEVICE}&range=24h")
        say(f"{TABS} idle tabs, {seconds} s …")
        before = _processor_seconds(process_id)
        time.sleep(seconds)
        share = (_processor_seconds(process_id) - before) / seconds
    return Row(f"{TABS} idle tabs, of a core", f"{share:.1%}", reach="≤ 2 %", reached=share <= 0.02)


def _processor_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def _demo(days: int) -> Iterator[tuple[str, int]]:
    """Run a hub with the demo's devices; give its address, and the dashboard's process."""
    port, dashboard_port = free_port(), free_port()
    dashboard = f"127.0.0.1:{dashboard_port}"
    with contextlib.ExitStack() as parts:
        settings = parts.enter_context(running_database())
        api = parts.enter_context(running_api(settings, "--demo"))
        parts.enter_context(running_worker(settings))
        served = parts.enter_context(
            running(
                hub_command("dashboard", "--port", str(dashboard_port), "--demo"), settings, "dashboard",
                ready=lambda: answers(f"http://{dashboard}/_stcore/health"),
            )
        )  # fmt: skip
        front = settings.model_copy(update={"host": "127.0.0.1", "port": port})
        file = nginx.write(front, nginx.Upstreams(api.removeprefix("http://"), dashboard))
        nginx.write_page_files(front)
        url = f"http://127.0.0.1:{port}"
        parts.enter_context(running(nginx.command(file), settings, "nginx", ready=lambda: answers(f"{url}/readyz")))
        _simulate(settings, api, days)
        yield url, served.pid


def _simulate(settings: Settings, api: str, days: int) -> None:
    say(f"sending {days} days of the demo's devices …")
    command = hub_command("simulate", "--days", str(days), "--publish", "--url", api)
    with running(command, settings, "simulate", environment=hub_environment(settings)) as simulator:
        simulator.wait()
    say("rolling up …")
    with owner(settings) as connection:
        # Until then the page says that there is nothing to show.
        wait_until(lambda: connection.execute(statement("count_stale_hours")).fetchone() == {"marks": 0}, ROLL_UP_S)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser without a window and without a graphics card."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *sandbox])
        try:
            yield browser
        finally:
            browser.close()


def seconds(what: str, some: list[float], most: float | None) -> Row:
    """Make the row of what a visitor waits for: the median, with the least and the most."""
    median = statistics.median(some)
    spread = f"({min(some):.2f} s to {max(some):.2f} s)"
    if most is None:
        return Row(what, f"{median:.2f} s", ratio=spread)
    return Row(what, f"{median:.2f} s", ratio=spread, reach=f"≤ {most:g} s", reached=median <= most)


def _bytes(what: str, numbers: list[int], most: int | None) -> Row:
    median = statistics.median(numbers)
    if most is None:
        return Row(what, f"{median / 1000:.0f} kB")
    return Row(what, f"{median / 1000:.0f} kB", reach=f"≤ {most / 1000:.0f} kB", reached=median <= most)
