"""The id of a request: in every line that the log has of it, and in its response.

nginx gives each request one; without nginx in front, the API does.
"""

from __future__ import annotations

import itertools
import re
import secrets

from starlette.types import Message, Scope, Send

HEADER = b"x-request-id"
_FIT = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_process = secrets.token_hex(8).encode()
_numbers = itertools.count(1)


def id_of(scope: Scope) -> bytes:
    """Return a request's id: the one that it came with where that is fit for a log, or a new one."""
    for name, value in scope["headers"]:
        if name == HEADER and _FIT.fullmatch(value):
            return bytes(value)
    return b"%b-%d" % (_process, next(_numbers))


def with_id(send: Send, own_id: bytes) -> Send:
    """Return a ``send`` that puts the id into the response's headers."""

    async def send_with_id(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (HEADER, own_id)]
        await send(message)

    return send_with_id
