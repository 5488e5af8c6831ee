"""Requests whose bodies do not come."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import httpx
from hub_server import running_api
from waiting import wait_until

from iot_hub.settings import Settings

LARGEST = 1000


@contextlib.contextmanager
def serving(settings: Settings, token: str) -> Iterator[httpx.Client]:
    with running_api(settings) as api:
        wait_until(lambda: post(api, token, b"[]").status_code == 200)
        yield api


def post(api: httpx.Client, token: str, body: bytes, **headers: str) -> httpx.Response:
    return api.post("/v1/events", headers={"X-API-Key": token, **headers}, content=body)


def opened(api: httpx.Client, token: str, size: int) -> socket.socket:
    """Open a request whose body of so many bytes does not come."""
    connection = socket.create_connection((api.base_url.host, api.base_url.port or 80), timeout=10)
    connection.sendall(head(token, size))
    return connection


def head(token: str, size: int) -> bytes:
    return (
        f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {token}\r\nContent-Length: {size}\r\n\r\n".encode()
    )


def fill(api: httpx.Client, token: str, stack: contextlib.ExitStack) -> None:
    """Leave no room for any body of this device."""

    def full() -> bool:
        # One may come while a question holds two bytes, and be refused: so one more each time.
        stack.enter_context(opened(api, token, LARGEST // 2))
        return post(api, token, b"[]").status_code == 503

    wait_until(full)
