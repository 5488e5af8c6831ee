"""An HTTP client for the hub's own nginx."""

from __future__ import annotations

import http.client
import ssl

from iot_hub.settings import Settings

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def open_local_connection(settings: Settings, *, timeout: float) -> http.client.HTTPConnection:
    """Return a connection to the hub's own nginx; nothing is sent yet."""
    if settings.tls == "off":
        return http.client.HTTPConnection(_host(settings), settings.port, timeout=timeout)
    # The certificate is for the hub's public name, and these requests never leave this machine.
    context = ssl._create_unverified_context()  # noqa: S323
    return http.client.HTTPSConnection(_host(settings), settings.port, timeout=timeout, context=context)


def _host(settings: Settings) -> str:
    host = settings.host.strip("[]")
    return _WILDCARDS.get(host, host)
