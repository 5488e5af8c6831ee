"""Answers what reports to an address at which nothing is: never with a yes, and in the form of the app it may be of."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from iot_hub.errors import HubError
from iot_hub.ingest.http.addresses import nearest, segments_of
from iot_hub.ingest.http.authentication import authenticate
from iot_hub.ingest.http.request_ids import with_id
from iot_hub.ingest.http.responses import respond_error
from iot_hub.ingest.tokens import TokenCache
from iot_hub.logs import request_id
from iot_hub.metrics.wrong_addresses import MASKED, WrongAddresses, first_segment, unknown_paths_total

_QUERY_API = "/v1"
_MOST_SEGMENTS = 8
_POSITION = {b"lat", b"latitude", b"lon", b"longitude"}


class NothingHereError(HubError):
    """Nothing is at this address, and nothing was kept. The page "Connect a device" lists the addresses."""

    code = "unknown_address"
    status = 404


class UnknownPaths:
    """The ASGI application behind the receivers: what is no report goes on to the application behind."""

    def __init__(
        self, behind: ASGIApp, known: Iterable[str], tokens: TokenCache, wrong_addresses: WrongAddresses
    ) -> None:
        """Pass on what begins with a ``known`` path, and what nobody reports."""
        self._behind = behind
        self._known = tuple(known)
        self._tokens = tokens
        self._wrong_addresses = wrong_addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a report, or pass the request on."""
        path = scope.get("path", "")
        if scope["type"] != "http":
            await self._behind(scope, receive, send)
            return
        own_id = request_id.get().encode()
        if path.startswith(self._known):
            await self._behind(scope, receive, with_id(send, own_id))
            return
        has_token = self._has_token(scope)
        meant = nearest(path)
        if has_token or meant or _has_position(scope["query_string"]):
            unknown_paths_total.labels("report").inc()
            self._wrong_addresses.note(self._shown(path), meant.path if meant else "", has_token=has_token)
        else:
            unknown_paths_total.labels("other").inc()
            if _QUERY_API in path.lower():
                # It does not tell strangers what there is: all its paths are refused in the same words.
                await self._behind(scope, receive, with_id(send, own_id))
                return
        if meant is None:
            await respond_error(send, NothingHereError())
        else:
            error = NothingHereError(f"Nothing is at this address. Did you mean {meant.path}?")
            await respond_error(send, error, meant.response_format)

    def _has_token(self, scope: Scope) -> bool:
        in_path = segments_of(scope["path"])[:_MOST_SEGMENTS]
        if any(self._tokens.find(segment.encode()) for segment in in_path):
            return True
        try:
            authenticate(dict(scope["headers"]), scope["query_string"], self._tokens)
        except (HubError, ValueError):
            return False
        return True

    def _shown(self, path: str) -> str:
        segments = segments_of(path)
        is_token = bool(segments) and self._tokens.find(segments[0].encode()) is not None
        return f"/{MASKED}" if is_token else first_segment(path)


def _has_position(query_string: bytes) -> bool:
    return bool(_POSITION & {pair.partition(b"=")[0].lower() for pair in query_string.split(b"&")})
