"""nginx before a running hub: encryption, headers, limits, and who is believed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from free_ports import free_ports
from hub_process import Hub, running_hub
from nginx_world import Authority, behind, nginx_before, openssl
from waiting import wait_until

from iot_hub.errors import UserError
from iot_hub.operations import nginx
from iot_hub.operations.nginx.program import program
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

ROOMY = nginx.Upstreams("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3")


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running_hub(IOT_HUB_PUBLIC_DASHBOARD="yes") as running:
        yield running


@pytest.fixture(scope="module")
def tokens(hub: Hub) -> list[str]:
    return [json.loads(hub.command("device", "add", name, "--json").stdout)["token"] for name in ("one", "two")]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority")).set_up()


@pytest.fixture(scope="module")
def front(hub: Hub, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """nginx with TLS and all that it can stand before."""
    certificate, key = authority.issue()
    files = {"tls": "files", "tls_certificate": certificate, "tls_key": key}
    with nginx_before(behind(hub), tmp_path_factory.mktemp("front"), public_dashboard="yes", **files) as settings:
        yield settings


@pytest.fixture(scope="module")
def web(front: Settings, authority: Authority) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=front.web_address, verify=authority.trusted(), timeout=30) as client:
        wait_until(lambda: client.get("/public/").status_code == 200, 60)
        yield client


@pytest.fixture(scope="module", autouse=True)
def idlers(front: Settings) -> Iterator[dict[str, Future[float]]]:
    """Clients that send a byte now and then; after how many seconds each was cut. They idle while others test."""
    begun = {
        "head": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        "body": b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n[",
        "silence": b"",
    }
    with ThreadPoolExecutor(len(begun)) as threads:
        yield {name: threads.submit(_idle, front, start, drips=name == "head") for name, start in begun.items()}


def _idle(front: Settings, start: bytes, *, drips: bool) -> float:
    began = time.monotonic()
    raw = socket.create_connection(("127.0.0.1", front.port))
    with ssl._create_unverified_context().wrap_socket(raw) as client:
        client.sendall(start)
        client.settimeout(1)
        while time.monotonic() - began < 60:
            try:
                if drips:
                    client.sendall(b"x")
                if client.recv(1000) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - began


VARIANTS: list[dict[str, Any]] = [
    {},
    {"public_dashboard": "yes", "map_tiles": "https://{s}.tiles.example/{z}/{x}/{y}.png"},
    {"tls": "self-signed"},
    {"tls": "self-signed", "http_port": 18080, "host": "::1", "trusted_proxies": "127.0.0.1, 10.0.0.0/8,fd00::/8"},
    {"tls": "files", "http_port": 18080},
]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: "+".join(variant) or "plain")
def test_nginx_takes_each_configuration_without_a_word(
    variant: dict[str, Any], tmp_path: Path, authority: Authority
) -> None:
    certificate, key = authority.issue()
    files = {"tls_certificate": certificate, "tls_key": key} if variant.get("tls") == "files" else {}
    written = nginx.write(Settings(home=tmp_path, port=18443, **variant, **files), ROOMY)
    tried = subprocess.run([program(), "-e", "stderr", "-t", "-q", "-c", written], capture_output=True, text=True)
    assert (tried.returncode, tried.stderr) == (0, "")


def test_a_configuration_that_nginx_refuses_does_not_replace_the_last(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port=18443)
    kept = nginx.write(settings, ROOMY).read_text()
    with pytest.raises(UserError, match="nginx rejects its configuration"):
        nginx.write(settings, nginx.Upstreams("no such host: here", "127.0.0.1:2"))
    assert (tmp_path / "nginx" / "nginx.conf").read_text() == kept


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 network"):
        Settings(trusted_proxies="my-proxy")


PAGES = {
    "the dashboard's way in": ("/", 302),
    "login": ("/login", 200),
    "public dashboard": ("/public/", 200),
    "a share link": ("/s/abcdefghijklmnopqrstuvwxyz", 302),
    "the map": ("/map", 200),
    "the map in a page": ("/map/frame", 200),
    "documentation": ("/docs", 200),
    "data": ("/v1/devices", 200),
    "an unknown path of the API": ("/v1/nothing", 404),
    "nginx's own refusal": ("/.well-known/acme-challenge/none", 404),
    "a page of another origin": ("/?origin", 403),
}
CHECKS = {
    "content-security-policy": r"default-src 'none'.*; (form-action '(self|none)'; )?(base-uri 'none'; )?.*frame-ancestors '(none|self)'",
    "strict-transport-security": r"max-age=(31536000|63072000)",
    "x-content-type-options": r"nosniff",
    "x-frame-options": r"SAMEORIGIN|DENY",
    "referrer-policy": r"same-origin|no-referrer",
    "permissions-policy": r".*geolocation=\(\).*",
    "cross-origin-opener-policy": r"same-origin",
    "cross-origin-resource-policy": r"same-origin",
}


def _answer(web: httpx.Client, page: str) -> httpx.Response:
    path, status = PAGES[page]
    origin = {"Origin": "https://evil.example"} if path == "/?origin" else {}
    answer = web.get(path, headers={"Accept": "text/html"} | origin)
    assert answer.status_code == status
    return answer


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_has_every_header_once(web: httpx.Client, page: str) -> None:
    answer = _answer(web, page)
    found = {name: answer.headers.get_list(name) for name in CHECKS}
    wrong = {
        name: values for name, values in found.items() if len(values) != 1 or not re.fullmatch(CHECKS[name], values[0])
    }
    assert wrong == {}


@pytest.mark.parametrize("page", PAGES)
def test_no_policy_lets_scripts_in_from_elsewhere_or_from_text(web: httpx.Client, page: str) -> None:
    policy = _answer(web, page).headers["content-security-policy"]
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    allowed = directives.get("script-src", "'none'").split()
    own = {"'self'", "'none'", "'wasm-unsafe-eval'", "blob:"}
    assert [source for source in allowed if source not in own and not source.startswith("'sha256-")] == []
    assert "blob:" not in allowed or page in ("the dashboard's way in", "a page of another origin")
    assert not re.search(
        r"[ ;](\*|https?:|'unsafe-eval'|data:)( |;|$)",
        policy.replace("img-src 'self' data:", "").replace("font-src 'self' data:", "").replace("img-src data:", ""),
    )


def test_files_of_pages_are_compressed_beforehand_and_kept_by_browsers(web: httpx.Client) -> None:
    [script] = re.findall(r'src="\./(static/js/index\..+?)"', web.get("/public/", headers={"Accept": "text/html"}).text)
    kept = "public, immutable, max-age=31536000"
    for path in (script, f"public/{script}", "app/static/world-land.json?v=1"):
        answer = web.get(f"/{path}")
        found = [answer.headers.get(name) for name in ("content-encoding", "cache-control")]
        assert (answer.status_code, found) == (200, ["gzip", kept]), path
        # Known beforehand: nothing is compressed while it is sent.
        assert "content-length" in answer.headers, path
        assert web.get(f"/{path}", headers={"Accept-Encoding": "identity"}).content == answer.content
    missing = web.get("/static/js/of-another-version.js", headers={"Accept": "text/html"})
    assert "immutable" not in missing.headers.get("cache-control", "")


def test_a_page_has_its_style_before_anything_is_drawn(web: httpx.Client) -> None:
    page = web.get("/public/", headers={"Accept": "text/html", "Accept-Encoding": "gzip"}).text
    [style] = re.findall(r'<link rel="stylesheet" href="(.+?)"><div id="root">', page)
    answer = web.get(style)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css")
    assert "st-key-tiles" in answer.text


def test_tiles_may_come_from_where_the_setting_says(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port=18443, map_tiles="https://{s}.tiles.example:8443/{z}/{x}/{y}.png")
    policy = re.search(r'default "(default-src .*)";', nginx.configuration(settings, ROOMY))
    assert policy and policy[1].count(" https://*.tiles.example:8443;") == 2


def test_cookies_are_for_https_and_no_script(hub: Hub, front: Settings, web: httpx.Client) -> None:
    hub.set_password()
    form = {"password": "correct horse battery"}
    answer = web.post("/login", data=form, headers={"Origin": front.web_address})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("; secure", "; httponly", "; samesite=lax"))


def test_plain_http_leads_to_https_on_the_same_host(front: Settings) -> None:
    answer = httpx.get(f"http://127.0.0.1:{front.http_port}/v1/events?a=1")
    assert (answer.status_code, answer.headers["location"]) == (308, f"{front.web_address}/v1/events?a=1")
    on_its_port = httpx.get(f"http://127.0.0.1:{front.port}/docs")
    assert (on_its_port.status_code, on_its_port.headers["location"]) == (308, f"{front.web_address}/docs")


def test_http_2_is_spoken(front: Settings, authority: Authority) -> None:
    words = ["curl", "-sS", "--http2", "--cacert", authority.certificate, "-o", "/dev/null", "-w", "%{http_version}"]
    assert subprocess.run([*words, f"{front.web_address}/healthz"], capture_output=True, text=True).stdout == "2"


@pytest.mark.parametrize(
    ("version", "taken"), [("TLSv1", False), ("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)]
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_only_tls_1_2_and_1_3_are_spoken(front: Settings, version: str, taken: bool) -> None:
    context = ssl._create_unverified_context()
    # The client's own refusal of what is old is not under test.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    try:
        with socket.create_connection(("127.0.0.1", front.port)) as raw, context.wrap_socket(raw) as client:
            spoken = client.version() is not None
    except ssl.SSLError:
        spoken = False
    assert spoken == taken


def test_no_session_ticket_is_given(front: Settings) -> None:
    told = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{front.port}", "-tls1_2"],
        input="",
        capture_output=True,
        text=True,
    ).stdout
    assert "Cipher    : ECDHE-ECDSA-" in told
    assert "TLS session ticket" not in told


def test_an_acme_clients_answer_is_given_over_plain_http_and_https(front: Settings, web: httpx.Client) -> None:
    folder = nginx.acme_folder(front) / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "a-token-of-a-test"
    told.write_text("a-token-of-a-test.thumbprint")
    try:
        path = f"/.well-known/acme-challenge/{told.name}"
        assert httpx.get(f"http://127.0.0.1:{front.http_port}{path}").text == told.read_text()
        assert web.get(path).text == told.read_text()
    finally:
        told.unlink()


def test_a_flood_with_one_token_does_not_slow_another_behind_the_same_address(
    hub: Hub, tmp_path: Path, tokens: list[str]
) -> None:
    transport = httpx.HTTPTransport(verify=False, local_address="127.0.0.9")
    with (
        nginx_before(behind(hub), tmp_path, request_rate=2) as settings,
        httpx.Client(base_url=settings.web_address, transport=transport, timeout=30) as phones,
    ):

        def post(token: str) -> httpx.Response:
            return phones.post("/v1/events", content=b"[]", headers={"Authorization": f"Bearer {token}"})

        [refused] = [answer for answer in (post(tokens[0]) for _ in range(100)) if answer.status_code == 429][:1]
        assert refused.json()["error"]["code"] == "slow_down"
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert [post(tokens[1]).status_code for _ in range(8)] == [200] * 8
        # Who makes tokens up is known by the address.
        assert {post(f"made-up-{number}").status_code for number in range(300)} == {401, 429}


def test_a_trusted_proxys_clients_are_limited_apart_and_an_untrusted_one_is_not_believed(
    hub: Hub, tmp_path: Path
) -> None:
    with nginx_before(behind(hub), tmp_path, trusted_proxies="127.0.0.7", request_rate=2) as settings:
        assert _statuses(settings, "127.0.0.7", "198.51.100.1") == {200, 429}
        # A client that makes one up before the proxy's word is not believed either.
        assert _statuses(settings, "127.0.0.7", "198.51.100.3, 198.51.100.1", count=10) & {429}
        assert _statuses(settings, "127.0.0.7", "198.51.100.2", count=10) == {200}
        assert _statuses(settings, "127.0.0.8", "198.51.100.4") == {200, 429}
        assert _statuses(settings, "127.0.0.8", "198.51.100.5", count=10) & {429}
        # This machine is not limited for itself, but for others that it passes on.
        assert _statuses(settings, "127.0.0.1", None) == {200}
        assert _statuses(settings, "127.0.0.1", "198.51.100.6") == {200, 429}


def _statuses(settings: Settings, address: str, forwarded_for: str | None, count: int = 50) -> set[int]:
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    transport = httpx.HTTPTransport(verify=False, local_address=address)
    with httpx.Client(base_url=settings.web_address, transport=transport, headers=headers) as client:
        return {client.get("/healthz").status_code for _ in range(count)}


def test_no_line_of_nginx_holds_a_share_link_or_a_token_while_what_is_behind_it_is_away(tmp_path: Path) -> None:
    away = {"--api": "127.0.0.1:9", "--dashboard": "127.0.0.1:9", "--public": "127.0.0.1:9"}
    with nginx_before(away, tmp_path, public_dashboard="yes") as settings:
        for path in (
            "/public/?share=abcdefghijklmnopqrst",
            "/v1/events?token=abcdefghijklmnopqrst",
            "/osmand/abcdefghijklmnopqrst?lat=1",
        ):
            answer = httpx.get(f"{settings.web_address}{path}")
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            assert answer.headers["x-content-type-options"] == "nosniff"
    assert "abcdefghijklmnopqrst" not in (tmp_path / "nginx.log").read_text()


def test_a_network_of_ipv6_counts_as_one_visitor_and_ipv4_written_as_ipv6_as_ipv4(hub: Hub, tmp_path: Path) -> None:
    def statuses(settings: Settings, addresses: list[str]) -> set[int]:
        with httpx.Client(base_url=settings.web_address) as proxy:
            return {proxy.get("/healthz", headers={"X-Forwarded-For": each}).status_code for each in addresses}

    with nginx_before(behind(hub), tmp_path, trusted_proxies="127.0.0.1", request_rate=5) as settings:
        assert statuses(settings, [f"2001:db8:0:1::{number:x}" for number in range(1, 100)]) == {200, 429}
        assert statuses(settings, [f"2001:db8:0:{number:x}::1" for number in range(2, 100)]) == {200}
        assert statuses(settings, [f"::ffff:198.51.100.{number}" for number in range(1, 100)]) == {200}
        assert statuses(settings, ["::ffff:203.0.113.1", "203.0.113.1"] * 50) == {200, 429}


def test_a_proxy_of_this_machine_is_believed_about_encryption_only_where_it_is_named(tmp_path: Path) -> None:
    for proxies, believed in (("", False), ("127.0.0.1", True)):
        written = nginx.configuration(Settings(home=tmp_path, trusted_proxies=proxies), ROOMY)
        [peers] = re.findall(r"geo \$realip_remote_addr \$peer_is_trusted {(.*?)}", written, re.DOTALL)
        assert ("127.0.0.1" in peers) == believed


def test_no_line_of_nginx_holds_a_share_link_or_a_token_when_connections_run_out(tmp_path: Path) -> None:
    port, nothing = free_ports(2)
    settings = Settings(home=tmp_path, port=port, public_dashboard="yes")
    silent = socket.create_server(("127.0.0.1", nothing))
    path = nginx.write(settings, nginx.Upstreams(*[f"127.0.0.1:{nothing}"] * 3))
    few, changed = re.subn(r"worker_connections \d+", "worker_connections 14", path.read_text())
    assert changed == 1
    path.write_text(few)
    secrets = ("/s/abcdefghijklmnopqrst", "/torque/abcdefghijklmnopqrst", "/v1/events?token=abcdefghijklmnopqrst",
               "/public/?share=abcdefghijklmnopqrst")  # fmt: skip
    with silent, (tmp_path / "nginx.log").open("ab") as log, subprocess.Popen(
        nginx.command(path), stderr=log
    ) as running, ExitStack() as clients:  # fmt: skip
        clients.callback(running.terminate)
        wait_until(lambda: _connects(port))
        for number in range(40):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            with contextlib.suppress(OSError):  # Where connections have run out, it may be closed by now.
                client.sendall(f"GET {secrets[number % 4]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        said = tmp_path / "nginx.log"
        wait_until(lambda: "worker_connections are not enough" in said.read_text())
    assert "abcdefghijklmnopqrst" not in said.read_text()


def _connects(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def test_connections_suffice_for_what_is_allowed(tmp_path: Path) -> None:
    written = nginx.configuration(Settings(home=tmp_path, public_dashboard="yes"), ROOMY)
    [connections] = re.findall(r"worker_connections (\d+);", written)
    [files] = re.findall(r"worker_rlimit_nofile (\d+);", written)
    [at_once] = re.findall(r"limit_conn all_connections (\d+);", written)
    pages = sum(int(number) for number in re.findall(r"limit_conn all_(?:public_)?pages (\d+);", written))
    # Each request and each page has a connection of its own to what is behind; as many may idle.
    assert int(files) > int(connections) >= 2 * (int(at_once) + pages) + 2000


def test_nginxs_counts_are_for_the_hub_alone(front: Settings, web: httpx.Client) -> None:
    secret = (front.home / "secrets" / "front-secret").read_text().strip()
    assert "accepts handled" in web.get("/-connections", headers={"X-IoT-Hub-Front": secret}).text
    for given in ({}, {"X-IoT-Hub-Front": "guessed"}):
        assert web.get("/-connections", headers=given).status_code == 404
    assert (front.home / "nginx" / "nginx.conf").stat().st_mode & 0o077 == 0


def test_a_new_certificate_is_taken_up_on_sighup(hub: Hub, tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.issue("renewed")
    with nginx_before(behind(hub), tmp_path, tls="files", tls_certificate=certificate, tls_key=key) as settings:
        authority.issue("renewed")

        def is_shown() -> bool:
            return ssl.get_server_certificate(("127.0.0.1", settings.port)).strip() in certificate.read_text()

        assert not is_shown()
        os.kill(int((tmp_path / "nginx" / "nginx.pid").read_text()), signal.SIGHUP)
        wait_until(is_shown)


def test_clients_that_only_hold_a_connection_are_cut(idlers: dict[str, Future[float]]) -> None:
    assert {name: 5 < idler.result(timeout=60) < 40 for name, idler in idlers.items()} == dict.fromkeys(idlers, True)


def test_the_authority_of_these_tests_is_no_one_that_others_trust(front: Settings) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(front.web_address)
    assert "Authority of a test" in openssl("x509", "-noout", "-issuer", "-in", front.tls_certificate)
