"""Authorizes a request: by the owner's session, by a reader's token, or because the owner made the hub public.

It runs before routing, so that a stranger gets the same response for all paths and methods and can't tell
an existing device from a missing one, or a valid parameter from an invalid one.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from iot_hub.access.login import client_address
from iot_hub.access.login.authorization import COOKIE
from iot_hub.api.query.access import EVERYTHING, KEY, PUBLIC, Access
from iot_hub.api.query.credentials import Credentials
from iot_hub.api.query.documentation_page import ASSETS
from iot_hub.api.query.errors import (
    BadParameterError,
    ForeignOriginError,
    NotAuthorizedError,
    ReadOnlyError,
    error_response,
)
from iot_hub.errors import HubError

_PUBLIC_PATHS = ("/docs", "/openapi.json")
"""The documentation is the same on every hub and contains no data."""
SHARED = "/v1/shared"
"""What a share link shows."""
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Authorization:
    """ASGI middleware that stores in the scope what a request may read."""

    def __init__(self, app: ASGIApp, credentials: Credentials, *, is_public: bool, is_demo: bool) -> None:
        self._app = app
        self._credentials = credentials
        self._is_public = is_public
        self._is_demo = is_demo

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with what it may read, or reject it."""
        if scope["type"] == "http" and not _is_open(scope):
            authorize = self._authorize_read if scope["method"] in _SAFE_METHODS else self._authorize_change
            try:
                scope[KEY] = await authorize(HTTPConnection(scope))
            except HubError as error:
                await error_response(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _authorize_read(self, request: HTTPConnection) -> Access:
        access = await self._access_of_reader(request)
        view = request.query_params.get("view")
        if view is None:
            return access
        if view != "published":
            raise BadParameterError("view: published is all that can be asked for.")
        # Whoever may read everything may look at what others see.
        return replace(access, view="published")

    async def _access_of_reader(self, request: HTTPConnection) -> Access:
        session = request.cookies.get(COOKIE, "")
        authorization = request.headers.get("authorization", "")
        reader = await self._reader(authorization)
        if reader is not None:
            return reader
        if (session or self._is_demo) and await self._credentials.has_session(session):
            return EVERYTHING
        # Silently showing public data to a request with a token would hide that the token is wrong.
        if self._is_public and not authorization:
            return PUBLIC
        raise NotAuthorizedError

    async def _authorize_change(self, request: HTTPConnection) -> Access:
        session = request.cookies.get(COOKIE, "")
        if (session or self._is_demo) and await self._credentials.has_session(session):
            if not client_address.is_same_origin(request.headers):
                raise ForeignOriginError
            return EVERYTHING
        if await self._reader(request.headers.get("authorization", "")):
            raise ReadOnlyError
        raise NotAuthorizedError

    async def _reader(self, authorization: str) -> Access | None:
        token = token_of(authorization)
        return await self._credentials.reader(token) if token else None


def _is_open(scope: Scope) -> bool:
    path = scope["path"]
    # What a link shows is asked with the link's token, and answers whoever has none as all paths do.
    return path in _PUBLIC_PATHS or path.startswith(f"{ASSETS}/") or (path == SHARED and scope["method"] == "GET")


def token_of(authorization: str) -> bytes:
    """Return the token in an ``Authorization`` header: Bearer, or the password of Basic; empty if there is none."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip().encode()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""
