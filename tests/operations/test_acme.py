"""A certificate from a real ACME server (Pebble), by a real client (lego), through the hub's nginx."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from free_ports import free_ports
from nginx_world import Authority, nginx_before
from waiting import wait_until

from iot_hub.operations import nginx
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

NAME = "hub.example.org"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who vouches for the ACME server's own certificate."""
    return Authority(tmp_path).set_up()


@pytest.fixture
def acme(authority: Authority, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """An ACME server's directory, and the port on which it looks for the answers of those who want a certificate.

    It asks a name server of the test's, which knows every name to be this machine.
    """
    server, management, names, names_management, http, tls = free_ports(6)
    certificate, key = authority.issue("pebble")
    config = tmp_path / "pebble.json"
    config.write_text(
        json.dumps(
            {
                "pebble": {
                    "listenAddress": f"127.0.0.1:{server}", "managementListenAddress": f"127.0.0.1:{management}",
                    "certificate": str(certificate), "privateKey": str(key), "httpPort": http, "tlsPort": tls,
                }
            }
        )
    )  # fmt: skip
    others = [word for kind in ("-http01", "-https01", "-tlsalpn01") for word in (kind, "")]
    names_line = ["pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", f"127.0.0.1:{names}",
                  "-management", f"127.0.0.1:{names_management}", *others]  # fmt: skip
    line = ["pebble", "-config", str(config), "-dnsserver", f"127.0.0.1:{names}"]
    # Pebble waits before it looks, as others may, and refuses a part of all requests, unless told not to.
    environment = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    directory = f"https://127.0.0.1:{server}/dir"
    with _process(names_line, environment, tmp_path), _process(line, environment, tmp_path):
        wait_until(lambda: _answers(directory, authority))
        yield directory, http


@contextlib.contextmanager
def _process(line: list[str], environment: dict[str, str], folder: Path) -> Iterator[None]:
    with (folder / f"{line[0]}.log").open("ab") as log, subprocess.Popen(
        line, env=environment, stdout=log, stderr=log
    ) as running:  # fmt: skip
        try:
            yield
        finally:
            running.terminate()


def _answers(url: str, authority: Authority) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, verify=authority.trusted()).status_code == 200
    return False


def lego(authority: Authority, directory: str, settings: Settings, *command: str) -> None:
    """Run the client as ``docs/https.md`` says."""
    done = subprocess.run(
        ["lego", "--accept-tos", "--email", "owner@example.org", "--domains", NAME, "--server", directory,
         "--path", str(settings.home / "lego"), "--http", "--http.webroot", str(nginx.acme_folder(settings)), *command],
        env=os.environ | {"LEGO_CA_CERTIFICATES": str(authority.certificate)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def shown(settings: Settings) -> str:
    return ssl.get_server_certificate(("127.0.0.1", settings.port)).strip()


def test_a_certificate_is_fetched_shown_and_renewed(
    acme: tuple[str, int], authority: Authority, tmp_path: Path
) -> None:
    directory, http = acme
    parts = {"--api": "127.0.0.1:9", "--dashboard": "127.0.0.1:9"}
    with nginx_before(parts, tmp_path, tls="self-signed", http_port=http) as settings:
        lego(authority, directory, settings, "run")
    certificate = tmp_path / "lego" / "certificates" / f"{NAME}.crt"
    files = {"tls": "files", "tls_certificate": certificate, "tls_key": certificate.with_suffix(".key")}
    with nginx_before(parts, tmp_path, http_port=http, **files) as settings:
        first = shown(settings)
        assert first in certificate.read_text()
        lego(authority, directory, settings, "renew", "--days", "10000", "--no-random-sleep")
        assert first not in certificate.read_text()
        os.kill(int((tmp_path / "nginx" / "nginx.pid").read_text()), 1)
        wait_until(lambda: shown(settings) in certificate.read_text())
