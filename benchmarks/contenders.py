"""The servers that are measured against one another, all on the same cluster."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub_under_test import free_port, listens, owner, running
from statements import statement

from iot_hub.database.connections import owner_conninfo
from iot_hub.settings import Settings

BASELINES = Path(__file__).parent / "baselines"
TOKEN_OF_FIRST_BETA = "the first beta had one token"
CONNECTIONS = 2
"""How many connections the hub's writer commits on; the bare function has as many."""


@dataclass(frozen=True)
class Contender:
    """A server: where it answers, and the statement that counts a device's stored events."""

    name: str
    address: str
    count: str = "count_events"
    token: str | None = None


@contextlib.contextmanager
def bare_asgi(settings: Settings) -> Iterator[Contender]:
    """Run the hub's insert behind a bare ASGI function, under the same server with the same settings."""
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "bare_asgi:app", "--app-dir", str(BASELINES), "--port", str(port),
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
        "--no-server-header", "--no-date-header", "--no-proxy-headers", "--timeout-keep-alive", "75",
    ]  # fmt: skip
    environment = {**_database(settings), "CONNECTIONS": str(CONNECTIONS)}
    with _serving(command, settings, "bare_asgi", port, environment) as address:
        yield Contender("bare ASGI function", address)


@contextlib.contextmanager
def flask_one_insert(settings: Settings) -> Iterator[Contender]:
    """Run the first beta's way under gunicorn with four synchronous workers."""
    with owner(settings) as connection:
        for name in ("create_first_beta_schema", "create_first_beta_raw"):
            connection.execute(statement(name))
    port = free_port()
    command: Sequence[str] = [
        sys.executable, "-m", "gunicorn", "flask_one_insert:app", "--chdir", str(BASELINES),
        "--bind", f"127.0.0.1:{port}", "--workers", "4", "--worker-class", "sync", "--log-level", "warning",
    ]  # fmt: skip
    token_hash = hashlib.sha256(TOKEN_OF_FIRST_BETA.encode()).hexdigest()
    environment = {**_database(settings), "device1_apikey": token_hash}
    with _serving(command, settings, "flask_one_insert", port, environment) as address:
        yield Contender("Flask, one INSERT", address, "count_first_beta_events", TOKEN_OF_FIRST_BETA)


def _database(settings: Settings) -> dict[str, str]:
    return {"DATABASE_URL": owner_conninfo(settings, "iot-hub bench baseline")}


@contextlib.contextmanager
def _serving(
    command: Sequence[str], settings: Settings, name: str, port: int, environment: dict[str, str]
) -> Iterator[str]:
    with running(command, settings, name, ready=lambda: listens(port), environment=environment):
        yield f"http://127.0.0.1:{port}"
