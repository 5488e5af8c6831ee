"""Reads a request's body, and never more of it than allowed."""

from __future__ import annotations

from starlette.types import Receive

from iot_hub.errors import TooLargeError, UnreadableError


async def read_body(receive: Receive, most_bytes: int) -> bytes:
    """Read a body as it comes. Raises TooLargeError beyond ``most_bytes``, and UnreadableError."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise UnreadableError("The body ended early.")
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        body = await _read_on(receive, body, most_bytes)
    if len(body) > most_bytes:
        raise TooLargeError
    return body


async def _read_on(receive: Receive, first: bytes, most_bytes: int) -> bytes:
    parts = [first]
    size = len(first)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise UnreadableError("The body ended early.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most_bytes:
            raise TooLargeError
        if not message.get("more_body"):
            return b"".join(parts)
