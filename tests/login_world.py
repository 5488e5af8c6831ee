"""The API and nginx of a hub, as browsers reach them, and a session for tests that need none of it."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from dashboard_world import Owner
from free_ports import free_ports
from started import needs
from waiting import wait_until

from iot_hub.access.login.authorization import COOKIE, token_hash
from iot_hub.files.own_secrets import FRONT_SECRET, own_secret
from iot_hub.operations import nginx
from iot_hub.settings import Settings

_addresses = itertools.count(1)
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Front:
    """nginx's address, and the API's behind it."""

    url: str
    api: str

    def browser(self, local_address: str | None = None, **headers: str) -> httpx.Client:
        """A browser that keeps cookies and follows nothing, at an address of its own of this machine."""
        transport = httpx.HTTPTransport(verify=False, local_address=local_address or f"127.0.1.{next(_addresses)}")
        return httpx.Client(
            base_url=self.url, transport=transport, headers={"Accept": "text/html", **headers}, timeout=20
        )

    def log_in(self, browser: httpx.Client, password: str = PASSWORD, onward: str = "/") -> httpx.Response:
        """Send the form as a browser does."""
        form = {"password": password, "next": onward}
        return browser.post("/login", data=form, headers={"Origin": self.url})


def open_session(owner: Owner, token: str = "a-token-of-a-test") -> dict[str, str]:
    """Open a session without a password; its cookie."""
    owner.execute(
        "INSERT INTO iot_personal_hub.owner_sessions (token_hash, expires_at) VALUES (%s, now() + interval '30 days')",
        [token_hash(token)],
    )
    return {COOKIE: token}


def environment_of(settings: Settings) -> dict[str, str]:
    assert settings.database_url and settings.viewer_database_url and settings.guest_database_url
    return os.environ | {
        "IOT_HUB_HOME": str(settings.home),
        "IOT_HUB_DATABASE_URL": settings.database_url.get_secret_value(),
        "IOT_HUB_VIEWER_DATABASE_URL": settings.viewer_database_url.get_secret_value(),
        "IOT_HUB_GUEST_DATABASE_URL": settings.guest_database_url.get_secret_value(),
        "IOT_HUB_TIME_ZONE": "Europe/Warsaw",
        **_given_settings(settings),
    }


def _given_settings(settings: Settings) -> dict[str, str]:
    names = (
        "address",
        "hosts",
        "trusted_proxies",
        "oidc_issuer",
        "oidc_client_id",
        "oidc_client_secret",
        "oidc_owner",
        "map_file",
        "map_attribution",
        "public_dashboard",
    )
    given = {name: getattr(settings, name) for name in names}
    plain = {
        name: value.get_secret_value() if name.endswith("secret") else str(value)
        for name, value in given.items()
        if value
    }
    return {f"IOT_HUB_{name.upper()}": value for name, value in plain.items()}


def answers(url: str) -> bool:
    try:
        return httpx.get(url, verify=False).status_code == 200
    except httpx.TransportError:
        return False


@contextlib.contextmanager
def process(command: list[str], settings: Settings, log: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the hub, until the block ends."""
    needs("hub")
    with log.open("ab") as out, subprocess.Popen(
        command, env=environment_of(settings), stdout=out, stderr=out, cwd=log.parent
    ) as running:  # fmt: skip
        try:
            wait_until(lambda: answers(url) or running.poll() is not None, 40)
            assert running.poll() is None, log.read_text()
            yield running
        finally:
            running.terminate()


@contextlib.contextmanager
def api(settings: Settings, folder: Path, port: int, *options: str) -> Iterator[None]:
    command = [sys.executable, "-m", "iot_hub", "api", "--port", str(port), *options]
    with process(command, settings, folder / "api.log", f"http://127.0.0.1:{port}/healthz"):
        yield


def share_front_secret(api_home: Path, nginx_home: Path) -> None:
    """Have an API believe an nginx of another home."""
    secrets = nginx_home / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    (secrets / FRONT_SECRET).write_text(own_secret(api_home, FRONT_SECRET))


@contextlib.contextmanager
def front(
    settings: Settings, folder: Path, api_port: int, dashboard_port: int, public_port: int | None = None, port: int = 0
) -> Iterator[Front]:
    """nginx before an API and dashboards that run already, or are not needed."""
    port = port or free_ports(1)[0]
    own = settings.model_copy(update={"port": port, "home": folder})
    share_front_secret(settings.home, folder)
    public = f"127.0.0.1:{public_port}" if public_port else None
    written = nginx.write(own, nginx.Upstreams(f"127.0.0.1:{api_port}", f"127.0.0.1:{dashboard_port}", public))
    url = f"http://127.0.0.1:{port}"
    with process(nginx.command(written), settings, folder / "nginx.log", f"{url}/healthz"):
        yield Front(url, f"http://127.0.0.1:{api_port}")
