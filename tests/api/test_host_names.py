"""Which host names the hub answers to: a page whose own name suddenly leads here (DNS rebinding) reads nothing."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from free_ports import free_ports
from login_world import Front, api, front
from nginx_world import openssl
from pydantic import ValidationError
from waiting import wait_until

from iot_hub.api.host_names import host_name, machine_name, own_names, pattern
from iot_hub.metrics.noticed import MOST_NAMES, Noticed, noticed
from iot_hub.operations import nginx
from iot_hub.operations.doctor import front_checks
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.operations.nginx.certificate import host_names_of
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

MACHINE = socket.gethostname()
KNOWN = [
    "localhost", "LOCALHOST:8080", "localhost.", "127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "192.0.2.7",
    "203.0.113.9:20123", "[2001:db8::1]", MACHINE, f"{MACHINE}.local:8080", "hub.example", "HUB.example:443",
    "pi.example", "public.example",
]  # fmt: skip
UNKNOWN = [
    "evil.example", "evil", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evil.localhost",
    "hub.example.evil", "xhub.example", "x.hub.example", "hub.example:80:80", f"{MACHINE}.evil.example", "1.2.3.4.5",
    "[::1].evil.example", "127.0.0.1@evil.example",
]  # fmt: skip
PATHS = ["/healthz", "/v1/devices", "/docs", "/openapi.json", "/login", "/session", "/metrics", "/nowhere"]


@pytest.fixture(scope="module")
def running(
    cluster: Settings, database_copies: DatabaseCopies, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Front, Settings]]:
    """nginx and an API; nothing stands where the dashboard does."""
    folder = tmp_path_factory.mktemp("hub")
    with ExitStack() as stack:
        settings = stack.enter_context(hub_with_copy(cluster, database_copies))
        settings = settings.model_copy(
            update={"hosts": "hub.example, pi.example", "address": "https://public.example", "home": folder}
        )
        [port] = free_ports(1)
        stack.enter_context(api(settings, folder, port))
        yield stack.enter_context(front(settings, folder, port, port)), settings


@pytest.fixture(params=["through nginx", "past nginx"])
def url(running: tuple[Front, Settings], request: pytest.FixtureRequest) -> str:
    return running[0].url if request.param == "through nginx" else running[0].api


@pytest.mark.parametrize("host", KNOWN)
def test_names_of_the_hub_and_addresses_are_answered(url: str, host: str) -> None:
    assert httpx.get(f"{url}/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", UNKNOWN)
def test_an_unknown_name_gets_421_and_nothing_else(url: str, host: str) -> None:
    for path in PATHS:
        answer = httpx.get(f"{url}{path}", headers={"Host": host})
        # nginx itself takes some of them for no name at all.
        if answer.status_code == 400 and "nginx" in answer.text:
            continue
        assert (answer.status_code, answer.json()["error"]["code"]) == (421, "unknown_host"), path
        assert "IOT_HUB_HOSTS" in answer.text and host not in answer.text


def test_an_event_sent_to_an_unknown_name_is_refused_too_and_its_sender_keeps_it(url: str) -> None:
    answer = httpx.post(f"{url}/v1/events", content=b"[]" * 100, headers={"Host": "evil.example", "X-API-Key": "x"})
    assert answer.status_code == 421


@pytest.mark.parametrize("path", ["/", "/_stcore/stream", "/public/", "/s/abcdefghijklmnopqrstuvwxyz", "/-connections"])
def test_no_page_is_shown_under_an_unknown_name(running: tuple[Front, Settings], path: str) -> None:
    for headers in ({}, {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "http://evil.example"}):
        assert httpx.get(running[0].url + path, headers={"Host": "evil.example"} | headers).status_code == 421


def test_the_issuer_of_a_certificate_may_ask_by_a_name_that_the_hub_does_not_know_yet(
    running: tuple[Front, Settings],
) -> None:
    hub, settings = running
    folder = nginx.acme_folder(settings) / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "of-host-names").write_text("an answer")
    path = f"{hub.url}/.well-known/acme-challenge/of-host-names"
    assert httpx.get(path, headers={"Host": "new.example"}).text == "an answer"
    assert httpx.get(f"{path}/../../../v1/devices", headers={"Host": "new.example"}).status_code == 421


def test_while_the_api_is_away_an_unknown_name_gets_421_as_well(settings: Settings, tmp_path: Path) -> None:
    nothing, port = free_ports(2)
    own = settings.model_copy(update={"port": port, "home": tmp_path})
    with ExitStack() as stack:
        line = nginx.command(nginx.write(own, nginx.Upstreams(f"127.0.0.1:{nothing}", f"127.0.0.1:{nothing}")))
        stack.callback(stack.enter_context(subprocess.Popen(line)).terminate)

        def status(host: str) -> int:
            try:
                return httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": host}, verify=False).status_code
            except httpx.TransportError:
                return 0

        wait_until(lambda: status("localhost") == 503)
        assert status("evil.example") == 421


def test_the_doctor_tells_of_a_name_that_was_refused(running: tuple[Front, Settings]) -> None:
    hub, settings = running

    def told() -> bool:
        httpx.get(f"{hub.url}/v1/devices", headers={"Host": "phone-uses-this.example"})
        return "phone-uses-this.example" in noticed(settings.home, "unknown_host")

    wait_until(told)
    found = front_checks.hosts(DiagnosticContext(settings, None))
    assert (found.state, "421" in found.message) == ("warning", True)
    assert "IOT_HUB_HOSTS=phone-uses-this.example" in found.advice


def test_strangers_fill_neither_the_disk_nor_the_doctors_line(tmp_path: Path) -> None:
    now = [0.0]
    notes = Noticed(tmp_path, lambda: now[0])
    for number in range(100):
        now[0] += 2
        notes.note("unknown_host", f"evil-{number}.example")
        notes.note("unknown_host", "left out: it comes within a second")
    notes.note("unknown_host", "within-the-same-second.example")
    now[0] += 2
    notes.note("unknown_host", "no name\n")
    notes.note("unknown_host", "x" * 500)
    kept = noticed(tmp_path, "unknown_host")
    assert (len(kept), kept[0]) == (MOST_NAMES, "evil-99.example")
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "noticed").iterdir()] == [0]


def test_the_names_in_the_owners_certificate_are_the_hubs(tmp_path: Path) -> None:
    certificate, key = tmp_path / "hub.pem", tmp_path / "hub.key"
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=hub",
        "-keyout", key, "-out", certificate, "-addext", "subjectAltName=DNS:Hub.test,DNS:*.home.test,IP:192.0.2.1",
    )  # fmt: skip
    settings = Settings(home=tmp_path, tls="files", tls_certificate=certificate, tls_key=key)
    assert host_names_of(settings) == {"hub.test", "*.home.test"}
    known = re.compile(pattern(own_names(settings) | host_names_of(settings)), re.IGNORECASE)
    assert [bool(known.match(host)) for host in ("hub.test:8443", "pi.home.test", "localhost")] == [True] * 3
    assert not any(known.match(host) for host in ("home.test", "a.b.home.test", "hub.test.evil", "xhub.test"))


def test_a_name_that_is_none_is_refused_in_the_settings() -> None:
    assert own_names(Settings(hosts=" a.example ,b")) > {"a.example", "b", "localhost", machine_name()}
    for wrong in ("hub.example:8080", "https://hub.example", "hub example", '";evil', "*"):
        with pytest.raises(ValidationError, match="is not a host name"):
            Settings(hosts=wrong)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Hub.Example.", "hub.example"),
        ("hub:80", "hub"),
        ("[::1]", "[::1]"),
        ("[::1]:80", "[::1]"),
        ("hub:", "hub"),
        ("", ""),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name
