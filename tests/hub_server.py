"""A real API server for tests: uvicorn in a thread, on a port of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from events import Connection
from started import needs
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.api.app import create_app
from iot_hub.api.joined_writes import JoinedWritesProtocol
from iot_hub.files.own_secrets import METRICS_TOKEN, own_secret
from iot_hub.operations.nginx.certificate import Pair
from iot_hub.settings import Settings


def show_metrics_token(home: Path, request: httpx.Request) -> None:
    """Have a client read ``/metrics`` as the owner's Prometheus does."""
    if request.url.path == "/metrics":
        request.headers["Authorization"] = f"Bearer {own_secret(home, METRICS_TOKEN)}"


@contextlib.contextmanager
def running_api(settings: Settings, pair: Pair | None = None) -> Iterator[httpx.Client]:
    """Serve a hub's API, encrypted with a pair of certificate and key; give a client of it."""
    needs("hub")
    tls = {"ssl_certfile": pair.certificate, "ssl_keyfile": pair.key} if pair else {}
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=0, log_level="error", lifespan="on",
        http=JoinedWritesProtocol,
        **tls,  # type: ignore[arg-type]
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        scheme = "https" if pair else "http"
        with httpx.Client(base_url=f"{scheme}://127.0.0.1:{port}", timeout=20, verify=False) as client:
            client.event_hooks["request"].append(partial(show_metrics_token, settings.home))
            wait_until(lambda: _has_looked_for_tokens(client))
            yield client
    finally:
        server.should_exit = True
        thread.join()


def _has_looked_for_tokens(client: httpx.Client) -> bool:
    """Whether a token is known by now, or can't be: a request before that is told to come again."""
    return "tokens" not in client.get("/readyz").text


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    with running_api(settings) as client:
        yield client


def new_phone(api: httpx.Client, owner: Connection, kind: str) -> str:
    _, token = add_device(owner, "phone", kind)
    wait_until(lambda: api.post("/v1/events", headers={"X-API-Key": token}, content=b"[]").status_code == 200)
    return token
