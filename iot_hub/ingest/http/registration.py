"""Home Assistant's companion app registers itself, and gets its webhook: the id of it is the device's token.

Facts: developers.home-assistant.io, "Native app integration: setup". The login before that is not
answered: who has a token can register with it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from iot_hub.errors import HubError, error_body
from iot_hub.ingest.http.authentication import authenticate, bearer
from iot_hub.ingest.tokens import TokenCache


class Registration:
    """The endpoint."""

    def __init__(self, tokens: TokenCache) -> None:
        """Register the devices of valid tokens."""
        self._tokens = tokens

    async def register(self, request: Request) -> Response:
        """Return the webhook's id; nothing else is offered."""
        headers = dict(request.scope["headers"])
        try:
            sender = authenticate(headers, b"", self._tokens)
        except HubError as error:
            named = {name.decode(): value.decode() for name, value in error.headers}
            return Response(error_body(error.code, str(error)), error.status, named, "application/json")
        webhook = {"webhook_id": bearer(headers), "secret": sender.key, "cloudhook_url": None, "remote_ui_url": None}
        return JSONResponse(webhook, 201, {"Cache-Control": "no-store"})
