"""How the hub reaches itself through its own nginx."""

from __future__ import annotations

import http.client
import ssl

from iot_hub.settings import Settings

_EVERYBODY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def open_local_connection(settings: Settings, *, timeout: float) -> http.client.HTTPConnection:
    """Make a connection for the hub to ask itself; nothing is sent yet."""
    if settings.tls == "off":
        return http.client.HTTPConnection(_host(settings), settings.port, timeout=timeout)
    # The certificate is for the hub's public name, and what is asked here stays on this machine.
    context = ssl._create_unverified_context()  # noqa: S323
    return http.client.HTTPSConnection(_host(settings), settings.port, timeout=timeout, context=context)


def _host(settings: Settings) -> str:
    host = settings.host.strip("[]")
    return _EVERYBODY.get(host, host)
