"""``/login``, ``/logout`` and ``/session``."""

from __future__ import annotations

import math
import time
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from iot_hub.api.body import read_body
from iot_hub.errors import DatabaseAwayError, HubError, OverloadedError
from iot_hub.login import visitor
from iot_hub.login.access import COOKIE, LASTS
from iot_hub.login.attempts import Attempts
from iot_hub.login.page import Page, language
from iot_hub.login.password import UnfitPasswordError
from iot_hub.login.sessions import Sessions
from iot_hub.settings import Settings

log = structlog.get_logger()

_MOST_BYTES = 16_384
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
}


class Login:
    """The owner's way in and out."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        """Take the settings and the sessions."""
        self._settings = settings
        self._sessions = sessions
        self._attempts = Attempts(time.monotonic)

    def routes(self) -> list[Route]:
        """Give the routes of the three paths."""
        return [
            Route("/session", self.session),
            Route("/login", self.show_login),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/logout", self.show_logout),
            Route("/logout", self.log_out, methods=["POST"]),
        ]

    async def session(self, request: Request) -> Response:
        """Say to nginx whether a browser may see the owner's dashboard: 204, 401, or 503 where nobody knows."""
        try:
            let_in = await self._sessions.let_in(request.cookies.get(COOKIE, ""))
        except DatabaseAwayError:
            return Response(status_code=503)
        return Response(status_code=204 if let_in else 401)

    async def show_login(self, request: Request) -> Response:
        """Show the form that fits: for the password, or for the first one."""
        # nginx hands the address over as it came, so everything after "next=" belongs to it.
        onward = visitor.own_path(request.url.query.partition("next=")[2])
        page = self._page(request)
        try:
            has_password = await self._sessions.has_password()
        except DatabaseAwayError:
            return _html(page.login(onward, page.text("away")), 503)
        if has_password:
            return _html(page.login(onward))
        return _html(page.choose(onward) if visitor.is_this_machine(request.headers) else page.elsewhere())

    async def log_in(self, request: Request) -> Response:
        """Check a password, or set the first one."""
        page = self._page(request)
        given = await _form(request)
        onward = visitor.own_path(given.get("next", "/"))
        refusal = self._refusal(request, page)
        if refusal:
            return _html(page.login(onward, refusal), 403)
        wait = self._attempts.begin(visitor.address(request.headers))
        if wait:
            seconds = math.ceil(wait)
            answer = _html(page.login(onward, page.text("wait", seconds=seconds)), 429)
            answer.headers["retry-after"] = str(seconds)
            return answer
        try:
            return await self._check(request, page, given, onward)
        except DatabaseAwayError:
            return _html(page.login(onward, page.text("away")), 503)
        except OverloadedError:
            return _html(page.login(onward, page.text("busy")), 429)

    async def _check(self, request: Request, page: Page, given: dict[str, str], onward: str) -> Response:
        password = given.get("password", "")
        if "again" in given or not await self._sessions.has_password():
            if not visitor.is_this_machine(request.headers):
                return _html(page.elsewhere(), 403)
            # No password is guessed here.
            self._attempts.succeeded(visitor.address(request.headers))
            if password != given.get("again"):
                return _html(page.choose(onward, page.text("differ")), 422)
            try:
                chosen = await self._sessions.choose(password)
            except UnfitPasswordError:
                return _html(page.choose(onward, page.text("unfit")), 422)
            if not chosen:
                return _html(page.login(onward, page.text("taken")), 409)
            log.info("password_chosen")
        token = await self._sessions.open(password)
        if token is None:
            log.warning("login_failed")
            return _html(page.login(onward, page.text("wrong")), 401)
        self._attempts.succeeded(visitor.address(request.headers))
        answer = RedirectResponse(onward, 303, headers=_HEADERS)
        self._set_cookie(answer, request, token, int(LASTS.total_seconds()))
        return answer

    async def show_logout(self, request: Request) -> Response:
        """Show the button that logs out."""
        return _html(self._page(request).logout())

    async def log_out(self, request: Request) -> Response:
        """End the browser's session."""
        page = self._page(request)
        if not visitor.is_same_origin(request.headers):
            return _html(page.logout(), 403)
        try:
            await self._sessions.close(request.cookies.get(COOKIE, ""))
        except DatabaseAwayError:
            return _html(page.logout(), 503)
        answer = RedirectResponse("/login", 303, headers=_HEADERS)
        self._set_cookie(answer, request, "", 0)
        return answer

    def _refusal(self, request: Request, page: Page) -> str:
        if not visitor.is_same_origin(request.headers):
            return page.text("origin")
        if self._needs_secure(request) and not visitor.is_encrypted(request.headers):
            return page.text("plain")
        return ""

    def _needs_secure(self, request: Request) -> bool:
        if visitor.is_encrypted(request.headers):
            return True
        return not (self._settings.insecure_login or visitor.is_loopback_host(request.headers.get("host", "")))

    def _set_cookie(self, answer: Response, request: Request, token: str, seconds: int) -> None:
        answer.set_cookie(
            COOKIE, token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=self._needs_secure(request)
        )

    def _page(self, request: Request) -> Page:
        return Page(language(self._settings.language, request.headers))


async def _form(request: Request) -> dict[str, str]:
    try:
        body = await read_body(request.receive, b"", _MOST_BYTES)
    except HubError:
        return {}
    given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in given.items()}


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, headers=_HEADERS)
