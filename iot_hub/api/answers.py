"""What a client gets back: receipts and errors, in the form that it understands."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.types import Send

from iot_hub.errors import HubError, error_body

JSON = (b"content-type", b"application/json; charset=utf-8")


class RejectedItem(msgspec.Struct):
    """One part of a body that was not stored, and why."""

    index: int
    reason: str


class Receipts(msgspec.Struct, omit_defaults=True):
    """What became of a body's events; spooled ones are safe on disk until the database is back."""

    stored: int
    duplicates: int
    rejected: list[RejectedItem]
    spooled: int = 0


class Answers(msgspec.Struct, frozen=True):
    """How one endpoint writes its receipts and its errors."""

    receipts: Callable[[Receipts], bytes]
    error: Callable[[str, str], bytes]


HUB = Answers(receipts=msgspec.json.Encoder().encode, error=error_body)

# The first beta's own words: its flows look at the status alone, but a person may not.
FIRST_BETA = Answers(
    receipts=lambda receipts: msgspec.json.encode(
        {"message": "Lokalizacja odbierana"}
        if not receipts.rejected
        else {"error": receipts.rejected[0].reason, "code": "rejected"}
    ),
    error=lambda code, message: msgspec.json.encode({"error": message, "code": code}),
)


async def respond(send: Send, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Send a JSON answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [JSON, (b"content-length", b"%d" % len(body)), *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def respond_error(send: Send, error: HubError, answers: Answers = HUB) -> None:
    """Send an error."""
    await respond(send, error.status, answers.error(error.code, str(error)), error.headers)
