"""What a client gets back: receipts and errors, in the form that it understands."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.types import Send

from iot_hub.errors import HubError, error_body
from iot_hub.event import EventWarning
from iot_hub.ingest.http.request_ids import HEADER
from iot_hub.logs import request_id

JSON = b"application/json; charset=utf-8"


class RejectedItem(msgspec.Struct):
    """One part of a body that was not stored, and why."""

    index: int
    reason: str


class WarningItem(msgspec.Struct):
    """One event that was stored, and what its sender should fix."""

    index: int
    reason: EventWarning


class Receipts(msgspec.Struct, omit_defaults=True):
    """What became of a body's events; spooled ones are safe on disk until the database is back."""

    stored: int
    duplicates: int
    rejected: list[RejectedItem]
    spooled: int = 0
    warnings: list[WarningItem] = []


class Response(msgspec.Struct, frozen=True):
    """A response before it is sent."""

    status: int
    body: bytes
    content_type: bytes = JSON


class ResponseFormat(msgspec.Struct, frozen=True):
    """How one endpoint writes its receipts and its errors."""

    receipts: Callable[[bytes, Receipts, str | None], Response]
    """Writes the receipts of a payload, given the payload and the key that it may be encrypted with."""
    error: Callable[[str, str], bytes]


def status_of(receipts: Receipts) -> int:
    """Return the status of a payload: 200 stored, 202 safe on disk, 422 nothing can be stored."""
    if receipts.spooled:
        return 202
    return 200 if receipts.stored or receipts.duplicates or not receipts.rejected else 422


_encode = msgspec.json.Encoder().encode

HUB = ResponseFormat(
    receipts=lambda _payload, receipts, _key: Response(status_of(receipts), _encode(receipts)), error=error_body
)


def _first_beta(_payload: bytes, receipts: Receipts, _key: str | None) -> Response:
    status = status_of(receipts)
    if status == 422:
        return Response(status, _encode({"error": receipts.rejected[0].reason, "code": "rejected"}))
    rejected = {"rejected": receipts.rejected} if receipts.rejected else {}
    warnings = {"warnings": receipts.warnings} if receipts.warnings else {}
    return Response(status, _encode({"message": "Lokalizacja odbierana", **rejected, **warnings}))


# The first beta's own words: its flows look at the status alone, but a person may not.
FIRST_BETA = ResponseFormat(receipts=_first_beta, error=lambda code, message: _encode({"error": message, "code": code}))


async def respond(send: Send, response: Response, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Send a response, with the id of its request."""
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [
                (b"content-type", response.content_type),
                (b"content-length", b"%d" % len(response.body)),
                (HEADER, request_id.get().encode()),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": response.body})


async def respond_error(
    send: Send, error: HubError, response_format: ResponseFormat = HUB, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    """Send an error, with more headers than its own."""
    response = Response(error.status, response_format.error(error.code, str(error)))
    await respond(send, response, (*error.headers, *headers))
