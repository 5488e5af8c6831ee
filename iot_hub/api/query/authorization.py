"""Admits a request: with the owner's session, with a reader's token, or because the owner opened the hub to everyone.

It stands before routing, so that all paths and methods give a stranger the same answer: nothing can be told
apart, neither a device that exists from one that does not, nor a good parameter from a bad one.
"""

from __future__ import annotations

import base64
import binascii

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from iot_hub.access.login import client_address
from iot_hub.access.login.authorization import COOKIE
from iot_hub.api.query.access import EVERYTHING, KEY, PUBLIC, Access
from iot_hub.api.query.credentials import Credentials
from iot_hub.api.query.documentation_page import ASSETS
from iot_hub.api.query.errors import ForeignOriginError, NotAuthorizedError, ReadOnlyError, error_response
from iot_hub.errors import HubError

_PUBLIC_PATHS = ("/docs", "/openapi.json")
"""The documentation is the same on every hub: it contains nothing of this one's."""
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Authorization:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, credentials: Credentials, *, is_public: bool, is_demo: bool) -> None:
        """Take what stands behind, who is known, and whether strangers may see what is published."""
        self._app = app
        self._credentials = credentials
        self._is_public = is_public
        self._is_demo = is_demo

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with what it may read, or refuse it."""
        if scope["type"] == "http" and not _is_open(scope["path"]):
            admit = self._admit_reading if scope["method"] in _SAFE_METHODS else self._admit_change
            try:
                scope[KEY] = await admit(HTTPConnection(scope))
            except HubError as error:
                await error_response(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _admit_reading(self, request: HTTPConnection) -> Access:
        session = request.cookies.get(COOKIE, "")
        authorization = request.headers.get("authorization", "")
        reader = await self._reader(authorization)
        if reader is not None:
            return reader
        if (session or self._is_demo) and await self._credentials.has_session(session):
            return EVERYTHING
        # Whoever sends a token means to use it: to show less without a word would hide that it is wrong.
        if self._is_public and not authorization:
            return PUBLIC
        raise NotAuthorizedError

    async def _admit_change(self, request: HTTPConnection) -> Access:
        session = request.cookies.get(COOKIE, "")
        if session and await self._credentials.is_logged_in(session):
            if not client_address.is_same_origin(request.headers):
                raise ForeignOriginError
            return EVERYTHING
        if await self._reader(request.headers.get("authorization", "")):
            raise ReadOnlyError
        raise NotAuthorizedError

    async def _reader(self, authorization: str) -> Access | None:
        token = _token(authorization)
        return await self._credentials.reader(token) if token else None


def _is_open(path: str) -> bool:
    return path in _PUBLIC_PATHS or path.startswith(f"{ASSETS}/")


def _token(authorization: str) -> bytes:
    """Return the token of an ``Authorization``: Bearer's, or the password of Basic; empty without one."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip().encode()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""
