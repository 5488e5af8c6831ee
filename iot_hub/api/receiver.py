"""The HTTP receiver: a request's bytes go in, committed events and receipts come out.

Plain ASGI, since every microsecond here is paid ten thousand times a second.
"""

from __future__ import annotations

import time
from codecs import BOM_UTF8
from datetime import tzinfo
from urllib.parse import parse_qs

import structlog
from starlette.types import Receive, Scope, Send

from iot_hub.api.admission import Admission
from iot_hub.api.answers import Answer, Receipts, RejectedItem, respond, respond_error
from iot_hub.api.authentication import Headers, authenticate, without_token
from iot_hub.api.body import read_body
from iot_hub.api.endpoints import Endpoint
from iot_hub.device_time import SECOND, Microseconds
from iot_hub.errors import HubError, MethodError, OverloadedError, TooLargeError, WrongDeviceError
from iot_hub.event import Parsed, Rejected
from iot_hub.keeper import Keeper, refused
from iot_hub.metrics.receiving import events_total, requests_refused_total
from iot_hub.sources import SOURCES, Circumstances
from iot_hub.tokens import Sender, TokenBook
from iot_hub.writer import Receipt, StoredEvent

log = structlog.get_logger()

_WRONG_DEVICE = "wrong_device"


class Receiver:
    """The ASGI endpoint of one source."""

    def __init__(
        self, endpoint: Endpoint, *,
        tokens: TokenBook, keeper: Keeper, admission: Admission, zone: tzinfo, most_bytes: int,
    ) -> None:  # fmt: skip
        """Take what the endpoint is, and what it works with."""
        self.endpoint = endpoint
        self._source = source = endpoint.source
        self._parse = SOURCES[source]
        self._answers = endpoint.answers
        self._tokens = tokens
        self._keeper = keeper
        self._admission = admission
        self._zone = zone
        self._most_bytes = most_bytes
        self._stored = events_total.labels(source, "stored")
        self._duplicates = events_total.labels(source, "duplicate")
        self._spooled = events_total.labels(source, "spooled")
        self._rejected = events_total.labels(source, "rejected")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in self.endpoint.methods:
            if scope["method"] == "GET" and self.endpoint.greeting is not None:
                await respond(send, Answer(200, self.endpoint.greeting))
            else:
                await respond_error(send, MethodError(self.endpoint.methods), self._answers)
            return
        try:
            answer = await self._admit(scope, receive)
        except HubError as error:
            requests_refused_total.labels(self._source, error.reason or error.code).inc()
            if not isinstance(error, OverloadedError):  # Thousands a second, each of them a line on the disk.
                log.info("refused", source=self._source, status=error.status, code=error.code)
            await respond_error(send, error, self._answers)
            return
        except Exception:
            requests_refused_total.labels(self._source, "failed").inc()
            log.exception("failed", source=self._source)
            await respond_error(
                send, HubError("The hub failed. Nothing was stored; send it again later."), self._answers
            )
            return
        await respond(send, answer)

    async def _admit(self, scope: Scope, receive: Receive) -> Answer:
        """Read and keep a payload, or refuse it by its headers alone: its bytes would only deepen the load."""
        headers = dict(scope["headers"])
        sender = authenticate(headers, scope["query_string"], self._tokens, scope.get("token_in_path"))
        if self._keeper.overloaded:
            raise OverloadedError
        encoding, content_type, size = _body_headers(headers, self._most_bytes)
        self._admission.take(size)
        try:
            body = await read_body(receive, encoding, self._most_bytes)
            if encoding:
                self._admission.take(len(body) - size)
                size = len(body)
            if self._keeper.overloaded:
                raise OverloadedError  # By those who came while this one was read.
            # A GET, and the older clients' POST, bring all they have in the query.
            payload = body.removeprefix(BOM_UTF8) or without_token(scope["query_string"])
            topic = _topic(headers, scope["query_string"]) if sender.is_gateway else None
            receipts = await self._receive(sender, payload, content_type, topic)
            return self._answers.receipts(payload, receipts, sender.key)
        finally:
            self._admission.give_back(size)

    async def _receive(self, sender: Sender, payload: bytes, content_type: str, topic: str | None) -> Receipts:
        parsed = self._parse(payload, Circumstances(_now(), content_type, self._zone, topic, sender.key))
        own_names = self.endpoint.names_devices
        events, places, rejected = _assign(parsed, sender, self._tokens, own_names=own_names)
        if rejected:
            if not events and all(item.reason == _WRONG_DEVICE for item in rejected):
                raise WrongDeviceError
            # Kept before the rest is stored: if either fails, the client sends all of it again.
            await self._keeper.keep_rejected(sender.device_id, self._source, rejected)
        receipt = await self._keeper.keep(events) if events else Receipt(0, 0)
        items = [RejectedItem(item.index, item.reason) for item in rejected]
        if receipt is None:
            return self._count(Receipts(0, 0, items, len(events)))
        if receipt.rejected:
            refusals = [Rejected(places[at], refused(events[at], why).payload, why) for at, why in receipt.rejected]
            await self._keeper.keep_rejected(sender.device_id, "hub", refusals)
            items += [RejectedItem(item.index, item.reason) for item in refusals]
        return self._count(Receipts(receipt.stored, receipt.duplicates, items))

    def _count(self, receipts: Receipts) -> Receipts:
        if receipts.stored:
            self._stored.inc(receipts.stored)
        if receipts.duplicates:
            self._duplicates.inc(receipts.duplicates)
        if receipts.spooled:
            self._spooled.inc(receipts.spooled)
        if receipts.rejected:
            self._rejected.inc(len(receipts.rejected))
        return receipts


def _assign(
    parsed: Parsed, sender: Sender, tokens: TokenBook, *, own_names: bool
) -> tuple[list[StoredEvent], list[int], list[Rejected]]:
    """Give each event its device, by the token; note each one's place in the body.

    What an app calls itself (``own_names`` false) matters for a gateway's token alone.
    """
    events: list[StoredEvent] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    own = (None, sender.device_id, str(sender.device_id))
    for place, item in enumerate(parsed):
        if isinstance(item, Rejected):
            rejected.append(item)
            continue
        if item.device in own or not (own_names or sender.is_gateway):
            device_id: int | None = sender.device_id
        elif sender.is_gateway and item.device is not None:
            device_id = tokens.device_id(item.device)
        else:
            device_id = None
        if device_id is None:
            reason = "unknown_device" if sender.is_gateway else _WRONG_DEVICE
            unplaced = StoredEvent(sender.device_id, item.device_time, item.properties, item.source)
            rejected.append(Rejected(place, refused(unplaced, reason).payload, reason))
        else:
            events.append(StoredEvent(device_id, item.device_time, item.properties, item.source))
            places.append(place)
    return events, places, rejected


def _body_headers(headers: Headers, most_bytes: int) -> tuple[bytes, str, int]:
    """Give a body's encoding, its type, and how large it may be. Raises TooLargeError."""
    size = int(headers.get(b"content-length", most_bytes))
    if size > most_bytes:
        raise TooLargeError
    content_type = headers.get(b"content-type", b"").decode("latin-1").lower()
    return headers.get(b"content-encoding", b""), content_type, size


def _topic(headers: Headers, query_string: bytes) -> str | None:
    """Tell the topic that OwnTracks would publish to: not each of its messages has it.

    Facts: owntracks/booklet, docs/tech/http.md: the headers X-Limit-U and X-Limit-D, or ``u`` and ``d`` in the query.
    """
    asked = parse_qs(query_string)
    user = headers.get(b"x-limit-u") or asked.get(b"u", [b""])[0]
    device = headers.get(b"x-limit-d") or asked.get(b"d", [b""])[0]
    return f"owntracks/{user.decode('latin-1')}/{device.decode('latin-1')}" if user and device else None


def _now() -> Microseconds:
    return int(time.time() * SECOND)
