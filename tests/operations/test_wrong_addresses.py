"""What reports to an address at which nothing is gets no yes, whichever way it came, and its owner is told."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from events import Connection, rows
from free_ports import free_ports
from hub_server import running_api
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from nginx_world import nginx_before
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.ingest.http.addresses import find_address
from iot_hub.metrics.wrong_addresses import WrongAddress, wrong_addresses
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.operations.doctor.front_checks import addresses
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
RAW = "SELECT * FROM iot_personal_hub.raw_devices_properties ORDER BY device_time"


class YesToEverything(http.server.BaseHTTPRequestHandler):
    """Streamlit, which answers any path with its page."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "9")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"dashboard")

    do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = do_PATCH = do_DELETE = answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def dashboard() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), YesToEverything) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class World:
    """An API, and nginx before it and before dashboards that say yes to everything."""

    def __init__(self, direct: httpx.Client, web: httpx.Client, plain: str, token: str, settings: Settings) -> None:
        self.direct, self.web, self.plain, self.token, self.settings = direct, web, plain, token, settings
        self.ways = (direct, web)


@pytest.fixture
def world(settings: Settings, owner: Connection, tmp_path: Path) -> Iterator[World]:
    _, token = add_device(owner, "phone", "smartphone")
    with ExitStack() as stack:
        direct = stack.enter_context(running_api(settings))
        dashboards = stack.enter_context(dashboard())
        parts = {"--api": str(direct.base_url.netloc, "ascii"), "--dashboard": dashboards, "--public": dashboards}
        front = stack.enter_context(
            nginx_before(parts, tmp_path, tls="self-signed", public_dashboard="yes", http_port=free_ports(1)[0])
        )
        web = stack.enter_context(httpx.Client(base_url=front.web_address, verify=False, timeout=20))
        key = {"X-API-Key": token}
        wait_until(lambda: direct.post("/v1/events", headers=key, content=b"[]").status_code == 200)
        wait_until(lambda: web.get("/healthz").status_code == 200)
        yield World(direct, web, f"http://127.0.0.1:{front.http_port}", token, settings)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SEEN_IN_THE_FIELD = (
    "/", "/owntrack", "/owntracks2/x", "/api/v1/settings", "/log", "/public/log", "/public/static/log", "/static/log",
    "/_stcore/log", "/devices", "/index.php", "/dashboard/owntracks", "/login/x", "/s", "/v1/event",
)  # fmt: skip


def lied(answer: httpx.Response) -> bool:
    """Whether a client may take an answer for a yes: some take a redirect for one, others follow it."""
    return answer.status_code < 400


def test_nothing_that_reports_to_a_path_without_a_receiver_is_told_yes(world: World) -> None:
    ways = [{}, {"Accept": "*/*"}, {"X-API-Key": world.token}, {"Authorization": f"Bearer {world.token}"}]
    told_yes = [
        (way.base_url.port, method, path, answer.status_code)
        for way in world.ways
        for path in (*SEEN_IN_THE_FIELD, f"/owntrack/{world.token}", f"/{world.token}", f"/?token={world.token}")
        for method in METHODS
        for headers in ways
        if lied(answer := way.request(method, path, headers=headers))
    ]
    assert told_yes == []


def test_a_devices_token_at_an_address_of_the_hubs_own_is_no_report_to_a_wrong_one(world: World) -> None:
    headers = {"X-API-Key": world.token}
    own = {"/v1/devices": 401, "/v1/devices/1/last": 401, "/healthz": 200, "/docs": 200, "/openapi.json": 200}
    for way in world.ways:
        assert {path: way.get(path, headers=headers).status_code for path in own} == own
    assert wrong_addresses(world.settings.home) == {}


def test_a_browser_is_led_to_the_login_and_no_token_is_repeated(world: World) -> None:
    answer = world.web.get("/devices?device=1&range=7d", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (
        302, f"{str(world.web.base_url).rstrip('/')}/login?next=/devices?device=1&range=7d",
    )  # fmt: skip
    for path in (f"/log?token={world.token}", f"/log?key={world.token}", f"/log/{world.token}", f"/{world.token}/log"):
        answer = world.web.get(path, headers=BROWSER)
        assert (answer.status_code, "location" in answer.headers) == (404, False), path
    for headers in ({"Authorization": f"Bearer {world.token}"}, {"X-API-Key": world.token}):
        assert world.web.get("/", headers=BROWSER | headers).status_code == 404
    # A password of a proxy in front, which browsers send here too.
    behind_a_proxy = BROWSER | {"Authorization": "Basic b3duZXI6cGFzc3dvcmQ=", "Sec-Fetch-Mode": "navigate"}
    assert world.web.get("/", headers=behind_a_proxy).status_code == 302


@given(
    path=st.lists(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), max_size=12), max_size=4),
    method=st.sampled_from(METHODS),
    accept=st.sampled_from(["", "*/*", "application/json"]),
    query=st.sampled_from(["", "?lat=1&lon=2", "?token=x"]),
)
@example(path=["public", "static", "x"], method="POST", accept="", query="")
@hypothesis_settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_random_path_says_yes(world: World, path: list[str], method: str, accept: str, query: str) -> None:
    for way in world.ways:
        url = way.base_url.copy_with(raw_path="/".join(["", *map(quote, path)]).encode() + query.encode())
        answer = way.send(httpx.Request(method, url, headers={"Accept": accept}))
        is_meant = find_address("/".join(["", *path]), query.encode()) or path in ([], [""], ["public"], ["public", ""])
        assert is_meant or not lied(answer)


def test_plain_http_leads_browsers_to_https_and_refuses_reports(world: World) -> None:
    for plain in (world.plain, str(world.web.base_url).replace("https:", "http:").rstrip("/")):
        led = httpx.get(f"{plain}/devices?device=1", headers=BROWSER)
        assert (led.status_code, led.headers["location"].startswith("https://")) == (308, True)
        reports = [
            httpx.post(f"{plain}/owntracks", json={}, headers={"X-API-Key": world.token}),
            httpx.get(f"{plain}/gpslogger?lat=1&lon=2&token={world.token}"),
            httpx.get(f"{plain}/osmand/{world.token}?id=1"),
        ]
        assert [(answer.status_code, "location" in answer.headers) for answer in reports] == [(503, False)] * 3
        assert {answer.json()["error"]["code"] for answer in reports} == {"https_required"}


SENT = {
    "/gpslogger/?lat=52.41001&lon=20.90001&time=2026-11-28T09:00:01.000Z&acc=7&batt=71&token={token}": None,
    "//gpslogger//{token}?lat=52.41001&lon=20.90001&time=2026-11-28T09:00:02.000Z": None,
    "/osmand/?id=777001&lat=52.41002&lon=20.90002&timestamp=1795856402&speed=1.2&batt=70&token={token}": None,
    "/?id={token}&lat=52.41002&lon=20.90002&timestamp=1795856403&speed=10": None,
    "/OwnTracks/{token}/": {"_type": "location", "tst": 1795856404, "lat": 52.41003, "lon": 20.90003},
    "/V1/Events/?token={token}": {"device_timestamp": 1795856405, "properties": {}},
}


def test_an_address_may_be_typed_with_slashes_and_letters_of_its_own(world: World, owner: Connection) -> None:
    for way in world.ways:
        for path, body in SENT.items():
            url = way.base_url.copy_with(raw_path=path.format(token=world.token).encode())
            answer = way.send(way.build_request("POST" if body else "GET", url, json=body))
            assert answer.status_code == 200, (path, answer.text)
    stored = rows(owner, RAW)
    assert len(stored) == len(SENT)
    assert world.token not in json.dumps(stored, default=str)
    [by_id] = [row["properties"] for row in stored if row["properties"].get("osmand", {}).get("speed") == "10"]
    # Knots, as Traccar's clients say it, though the id was the token.
    assert by_id["location"]["fix_speed_ms"] == pytest.approx(5.144, abs=0.001)


ORIGIN = {"Origin": "capacitor://localhost"}
ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,authorization"}


def test_a_web_page_may_report_to_a_receiver_and_nowhere_else(world: World) -> None:
    for way in world.ways:
        for path in ("/v1/events", f"/osmand/{world.token}", "/mobile_location", "/api/v1/points"):
            allowed = way.options(path, headers=ORIGIN | ASKED)
            assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, "*")
            assert "POST" in allowed.headers["access-control-allow-methods"]
            named = allowed.headers["access-control-allow-headers"].split(", ")
            assert {"authorization", "content-type", "x-limit-u", "x-api-key"} <= set(named)
            assert "access-control-allow-credentials" not in allowed.headers
            refused = way.post(path.replace(world.token, "x"), headers=ORIGIN, content=b"{}")
            assert (refused.status_code, refused.headers.get_list("access-control-allow-origin")) == (401, ["*"])
        sent = way.post("/v1/events", headers=ORIGIN | {"Authorization": f"Bearer {world.token}"}, content=b"[]")
        assert (sent.status_code, sent.headers.get_list("access-control-allow-origin")) == (200, ["*"])
        for path in ("/v1/devices", "/login", "/", "/session", "/metrics", "/owntrack", "/docs", "/healthz"):
            for method in ("OPTIONS", "GET", "POST"):
                answer = way.request(method, path, headers=ORIGIN | ASKED)
                assert "access-control-allow-origin" not in answer.headers, (method, path)
    # What nginx itself answers to a page.
    too_large = world.web.post("/v1/events", headers=ORIGIN, content=b" " * (world.settings.max_body_bytes + 1))
    assert (too_large.status_code, too_large.headers["access-control-allow-origin"]) == (413, "*")


def test_a_wrong_address_is_counted_and_told_without_a_token_in_it(world: World, capfd: pytest.CaptureFixture) -> None:
    key = {"X-API-Key": world.token}
    for _ in range(3):
        world.web.post("/owntrack", headers=key, json={})
    world.direct.get("/log", params={"lat": 1, "lon": 2})
    world.web.post(f"/{world.token}/x", json={})
    world.direct.get("/wp-login.php")

    def told() -> dict[str, WrongAddress]:
        return wrong_addresses(world.settings.home)

    wait_until(lambda: set(told()) == {"/owntrack", "/log", "/…"})
    assert (told()["/owntrack"].count, told()["/owntrack"].meant, told()["/owntrack"].has_token) == (
        3,
        "/owntracks",
        True,
    )
    assert (told()["/log"].count, told()["/log"].has_token) == (1, False)
    metrics = world.direct.get("/metrics").text
    assert 'iot_hub_unknown_paths_total{kind="report"}' in metrics
    finding = addresses(DiagnosticContext(world.settings, None))
    assert finding.state == "warning"
    assert "/owntrack (3 times, last " in finding.message
    assert "/owntracks" in finding.advice
    out = capfd.readouterr()
    assert "wrong_address" in out.err + out.out
    assert world.token not in out.err + out.out
