"""The HTTP receiver: a request's bytes go in, committed events and receipts come out.

Plain ASGI, since every microsecond here is paid ten thousand times a second.
"""

from __future__ import annotations

import time
from codecs import BOM_UTF8
from datetime import tzinfo

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from iot_hub.errors import (
    HubError,
    MethodError,
    OverloadedError,
    TooLargeError,
    TooManyItemsError,
    WrongDeviceError,
)
from iot_hub.event import ParseResult, Rejected
from iot_hub.ingest.assignment import WRONG_DEVICE, assign
from iot_hub.ingest.batch import Receipt
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.http.admission import Admission
from iot_hub.ingest.http.authentication import Headers, authenticate, without_token
from iot_hub.ingest.http.body import read_body
from iot_hub.ingest.http.charset import to_utf8
from iot_hub.ingest.http.client_gone import unless_gone
from iot_hub.ingest.http.cross_origin import ANY_ORIGIN, respond_preflight
from iot_hub.ingest.http.endpoints import Endpoint
from iot_hub.ingest.http.large_bodies import SMALL_BYTES, SMALL_ITEMS, LargeBodies
from iot_hub.ingest.http.query import query_fields, text_of
from iot_hub.ingest.http.responses import Receipts, RejectedItem, Response, WarningItem, respond, respond_error
from iot_hub.ingest.http.unpacking import is_packed, unpack
from iot_hub.ingest.metrics import events_total, requests_refused_total
from iot_hub.ingest.quarantine import quarantined_event
from iot_hub.ingest.rejected_bodies import MOST_APART, to_quarantine
from iot_hub.ingest.tokens import AuthenticatedDevice, TokenCache
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.sources.bounds import count_values
from iot_hub.sources.form import join
from iot_hub.sources.own_pids import NO_PIDS, OwnPids
from iot_hub.timestamps import SECOND, Microseconds

log = structlog.get_logger()

VALUES_PER_ITEM = 25
"""Most values of a body's events on average: those of the most talkative app have this many."""


class _Request(msgspec.Struct, frozen=True, gc=False):
    """A body as it came, from whom, and how."""

    sender: AuthenticatedDevice
    body: bytes
    encoding: str
    query_string: bytes
    context: ParseContext

    @property
    def is_packed(self) -> bool:
        """Whether the body is to be unpacked, whatever its headers say."""
        return bool(self.encoding) or is_packed(self.body)


class Receiver:
    """The ASGI endpoint of one source."""

    def __init__(
        self, endpoint: Endpoint, *,
        tokens: TokenCache, delivery: DeliveryService, admission: Admission, large_bodies: LargeBodies, zone: tzinfo,
        most_bytes: int, most_items: int, pids: OwnPids = NO_PIDS,
    ) -> None:  # fmt: skip
        """Receive what comes to an endpoint."""
        self.endpoint = endpoint
        self._source = source = endpoint.source
        self._parse = SOURCES[source]
        self._format = endpoint.response_format
        self._tokens = tokens
        self._delivery = delivery
        self._admission = admission
        self._large_bodies = large_bodies
        self._zone = zone
        self._pids = pids
        self._most_bytes = most_bytes
        self._most_items = most_items
        self._small_bytes = min(SMALL_BYTES, most_bytes)
        self._small_items = min(SMALL_ITEMS, most_items)
        self._stored = events_total.labels(source, "stored")
        self._duplicates = events_total.labels(source, "duplicate")
        self._spooled = events_total.labels(source, "spooled")
        self._rejected = events_total.labels(source, "rejected")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        if scope["method"] not in self.endpoint.methods:
            await self._respond_without_payload(scope["method"], send)
            return
        try:
            response = await self._admit(scope, receive)
        except HubError as error:
            requests_refused_total.labels(self._source, error.reason or error.code).inc()
            if not isinstance(error, OverloadedError):  # Thousands a second, each of them a line on the disk.
                log.info("refused", source=self._source, status=error.status, code=error.code)
            await respond_error(send, error, self._format, ANY_ORIGIN)
            return
        except Exception:
            requests_refused_total.labels(self._source, "failed").inc()
            log.exception("failed", source=self._source)
            failure = HubError("The hub failed. Nothing was stored; send it again later.")
            await respond_error(send, failure, self._format, ANY_ORIGIN)
            return
        await respond(send, response, ANY_ORIGIN)

    async def _respond_without_payload(self, method: str, send: Send) -> None:
        """Respond to a method that brings no payload: a browser's question, an app's probe, or a mistake."""
        if method == "OPTIONS":
            await respond_preflight(send, self.endpoint.methods)
        elif method == "GET" and self.endpoint.probe_response is not None:
            await respond(send, Response(200, self.endpoint.probe_response), ANY_ORIGIN)
        else:
            await respond_error(send, MethodError(self.endpoint.methods), self._format, ANY_ORIGIN)

    async def _admit(self, scope: Scope, receive: Receive) -> Response:
        """Read and store a payload, or refuse it by its headers alone: its bytes would only deepen the load."""
        headers = dict(scope["headers"])
        sender = authenticate(headers, scope["query_string"], self._tokens, scope.get("token_in_path"))
        if self._delivery.overloaded:
            raise OverloadedError
        content_type, size = _body_headers(headers, self._most_bytes)
        encoding = _encoding(scope) if b"content-encoding" in headers else ""
        self._admission.acquire(sender.device_id, size)
        try:
            body = await read_body(receive, self._most_bytes)
            if self._delivery.overloaded:
                raise OverloadedError  # By those who came while this one was read.
            topic = _topic(headers, scope["query_string"]) if sender.is_gateway else None
            context = ParseContext(
                _now(), content_type, self._zone, topic, sender.key, most_items=self._small_items, pids=self._pids
            )
            request = _Request(sender, body, encoding, scope["query_string"], context)
            try:
                payload = self._payload(request, self._small_bytes)
                if len(payload) != len(body):
                    self._admission.acquire(sender.device_id, len(payload) - size)
                    size = len(payload)
                results = self._parse(payload, context)
            except (TooLargeError, TooManyItemsError):
                return await self._admit_large(request, receive)
            receipts = await self._store(request, payload, results)
            return self._format.receipts(payload, receipts, sender.key)
        finally:
            self._admission.release(sender.device_id, size)

    async def _admit_large(self, request: _Request, receive: Receive) -> Response:
        """Store a large body in its turn, unless its client disconnects while it waits."""
        device_id = request.sender.device_id
        # What it unpacks to is known only then.
        more = self._most_bytes - len(request.body) if request.is_packed else 0
        self._admission.acquire(device_id, more)
        try:
            async with self._large_bodies.turn(device_id, receive):
                return await self._store_large(request, receive)
        finally:
            self._admission.release(device_id, more)

    async def _store_large(self, request: _Request, receive: Receive) -> Response:
        payload, results = await self._large_bodies.in_thread(lambda: self._parse_large(request))
        receipts = await self._store(request, payload, results, receive)
        return self._format.receipts(payload, receipts, request.sender.key)

    def _parse_large(self, request: _Request) -> tuple[bytes, list[ParseResult]]:
        payload = self._payload(request, self._most_bytes)
        if count_values(payload) > VALUES_PER_ITEM * self._most_items:
            raise TooManyItemsError
        context = msgspec.structs.replace(request.context, most_items=self._most_items)
        return payload, self._parse(payload, context)

    def _payload(self, request: _Request, most_bytes: int) -> bytes:
        """Unpack a request's payload, in UTF-8. Raises TooLargeError, UnreadableError, UnsupportedEncodingError."""
        body = unpack(request.body, request.encoding, most_bytes) if request.is_packed else request.body
        body = to_utf8(body, request.context.content_type)
        if len(body) > most_bytes:
            raise TooLargeError
        body, query = body.removeprefix(BOM_UTF8), without_token(request.query_string)
        return join(query, body) if self.endpoint.reads_query else body or query

    async def _store(
        self, request: _Request, payload: bytes, results: list[ParseResult], receive: Receive | None = None
    ) -> Receipts:
        trusted = self.endpoint.device_id_is_authoritative
        events, indexes, rejected, warned = assign(
            results, request.sender, self._tokens.device_id, trust_payload_device=trusted
        )
        warnings = [WarningItem(index, reason) for index, reason in warned]
        if rejected:
            if not events and all(item.reason == WRONG_DEVICE for item in rejected):
                raise WrongDeviceError
            # In quarantine before the rest is stored: if either fails, the client sends all of it again.
            await self._quarantine(request, payload, self._source, rejected, receive)
        receipt = await self._delivery.store(events) if events else Receipt(0, 0)
        items = [RejectedItem(item.index, item.reason) for item in rejected]
        if receipt is None:
            return self._count(Receipts(0, 0, items, len(events), warnings))
        if receipt.rejected:
            late = [
                Rejected(indexes[index], quarantined_event(events[index], reason).payload, reason)
                for index, reason in receipt.rejected
            ]
            await self._quarantine(request, payload, "hub", late, receive)
            items += [RejectedItem(item.index, item.reason) for item in late]
        return self._count(Receipts(receipt.stored, receipt.duplicates, items, warnings=warnings))

    async def _quarantine(
        self, request: _Request, payload: bytes, source: str, rejected: list[Rejected], receive: Receive | None
    ) -> None:
        """Quarantine rejected items; those of another source than the body's are written in that source's format."""
        whole = len(rejected) > MOST_APART
        payloads = to_quarantine(
            request.sender.device_id, self._source if whole else source, rejected, payload, request.context
        )
        storing = self._delivery.quarantine(payloads)
        await (storing if receive is None else unless_gone(receive, storing))

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


def _body_headers(headers: Headers, most_bytes: int) -> tuple[str, int]:
    """Return a body's type and its size, the largest where it is unknown. Raises TooLargeError."""
    length = headers.get(b"content-length", b"")
    size = int(length[:20]) if length.isdigit() else most_bytes
    if size > most_bytes:
        raise TooLargeError
    return headers.get(b"content-type", b"").decode("latin-1").lower(), size


def _encoding(scope: Scope) -> str:
    """Return what a body is packed with: a list, which may come in several headers (RFC 9110, 5.3)."""
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"content-encoding")


def _topic(headers: Headers, query_string: bytes) -> str | None:
    """Return the topic that OwnTracks would publish to: not each of its messages has it.

    Facts: owntracks/booklet, docs/tech/http.md: the headers X-Limit-U and X-Limit-D, or ``u`` and ``d`` in the query.
    """
    asked = query_fields(query_string)
    user = headers.get(b"x-limit-u") or asked.get(b"u", [b""])[0]
    device = headers.get(b"x-limit-d") or asked.get(b"d", [b""])[0]
    return f"owntracks/{text_of(user)}/{text_of(device)}" if user and device else None


def _now() -> Microseconds:
    return int(time.time() * SECOND)
