"""Lets apps that are web pages report: any page may send to a receiving path, and read the answer.

The token in the request decides alone, so cookies and a browser's other credentials are not allowed. Facts: the Fetch
standard, "CORS protocol".
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Send

from iot_hub.ingest.http.request_ids import HEADER
from iot_hub.logs import request_id

ANY_ORIGIN = ((b"access-control-allow-origin", b"*"),)
"""On every answer of a receiving path, an error too: otherwise a page can't even read that it was refused."""

_HEADERS = b"authorization, content-encoding, content-type, x-api-key, x-limit-d, x-limit-u, *"
"""``*`` stands for all others, but not for ``Authorization``, and older browsers do not know it."""

_DAY = b"86400"


async def respond_preflight(send: Send, methods: Iterable[str]) -> None:
    """Respond to a browser that any page may send to a path by these methods."""
    allowed = ", ".join(sorted(methods)).encode()
    headers = [
        *ANY_ORIGIN,
        (b"access-control-allow-methods", allowed),
        (b"access-control-allow-headers", _HEADERS),
        (b"access-control-max-age", _DAY),
        (b"allow", allowed + b", OPTIONS"),
        (HEADER, request_id.get().encode()),
    ]
    # A 204 has no Content-Length (RFC 9110, 8.6).
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
