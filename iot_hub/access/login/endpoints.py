"""``/login``, ``/logout`` and ``/session``."""

from __future__ import annotations

import math
import time
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from iot_hub.access.login import client_address, first_visit, known_browser
from iot_hub.access.login.authorization import COOKIE, SESSION_TTL
from iot_hub.access.login.page import Page, language
from iot_hub.access.login.password import UnfitPasswordError
from iot_hub.access.login.sessions import Sessions
from iot_hub.access.login.throttle import LoginThrottle
from iot_hub.errors import DatabaseAwayError, HubError, OverloadedError
from iot_hub.files.own_secrets import FRONT_SECRET, own_secret
from iot_hub.ingest.http.body import read_body
from iot_hub.metrics.noticed import Noticed
from iot_hub.settings import Settings

log = structlog.get_logger()

_MOST_BYTES = 16_384
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
}


class Login:
    """The endpoints of the login."""

    def __init__(self, settings: Settings, sessions: Sessions, noticed: Noticed) -> None:
        self._settings = settings
        self._sessions = sessions
        self._noticed = noticed
        self._front_secret = own_secret(settings.home, FRONT_SECRET)
        self._throttle = LoginThrottle(time.monotonic)

    def routes(self) -> list[Route]:
        """Return the routes of the three paths."""
        return [
            Route("/session", self.session),
            Route("/login", self.show_login),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/logout", self.show_logout),
            Route("/logout", self.log_out, methods=["POST"]),
        ]

    async def session(self, request: Request) -> Response:
        """Answer nginx whether a browser may see the owner's dashboard: 204, 401, or 503 without a database."""
        try:
            authorized = await self._sessions.validate_session(request.cookies.get(COOKIE, ""))
        except DatabaseAwayError:
            return Response(status_code=503)
        return Response(status_code=204 if authorized else 401)

    async def show_login(self, request: Request) -> Response:
        """Show the form for the password, or for choosing the first one."""
        # nginx does not encode the address, so everything after "next=" belongs to it.
        onward = client_address.safe_redirect_path(request.url.query.partition("next=")[2])
        page = self._page(request)
        self._note_proxy(request)
        try:
            has_password = await self._sessions.has_password()
        except DatabaseAwayError:
            return _html(page.login(onward, page.text("away")), 503)
        if has_password:
            return _html(page.login(onward))
        return _html(page.choose(onward) if self._may_choose(request) else page.elsewhere())

    async def log_in(self, request: Request) -> Response:
        """Check a password, or set the first one."""
        page = self._page(request)
        given = await _form(request)
        onward = client_address.safe_redirect_path(given.get("next", "/"))
        refusal = self._refusal(request, page)
        if refusal:
            return _html(page.login(onward, refusal), 403)
        self._note_proxy(request)
        try:
            return await self._attempt(request, page, given, onward)
        except DatabaseAwayError:
            return _html(page.login(onward, page.text("away")), 503)
        except OverloadedError:
            return _html(page.login(onward, page.text("busy")), 429)

    async def _attempt(self, request: Request, page: Page, given: dict[str, str], onward: str) -> Response:
        """Throttle an attempt, then check it."""
        address, browser = self._address(request), await self._known_browser(request)
        wait = self._throttle.delay(address, browser)
        if wait:
            seconds = math.ceil(wait)
            answer = _html(page.login(onward, page.text("wait", seconds=seconds)), 429)
            answer.headers["retry-after"] = str(seconds)
            return answer
        # An attempt that is rejected unchecked is no guess, so it does not count.
        if self._sessions.is_busy(known=browser is not None):
            raise OverloadedError
        self._throttle.record_attempt(address, browser)
        hashed = await self._sessions.password_hash()
        if hashed is None:
            return await self._choose(request, page, given, onward)
        if "again" in given:
            return _html(page.login(onward, page.text("taken")), 409)
        return await self._check(request, page, given, onward, hashed, browser)

    async def _choose(self, request: Request, page: Page, given: dict[str, str], onward: str) -> Response:
        """Set the first password, and log in with it."""
        home, password = self._settings.home, given.get("password", "")
        if not self._may_choose(request):
            return _html(page.elsewhere(), 403)
        if not first_visit.is_code(home, given.get("code", "")):
            log.warning("first_visit_code_wrong")
            return _html(page.choose(onward, page.text("code_wrong")), 403)
        if password != given.get("again"):
            return _html(page.choose(onward, page.text("differ")), 422)
        try:
            chosen = await self._sessions.choose(password)
        except UnfitPasswordError:
            return _html(page.choose(onward, page.text("unfit")), 422)
        first_visit.delete_code(home)
        hashed = await self._sessions.password_hash()
        if not chosen or hashed is None:
            return _html(page.login(onward, page.text("taken")), 409)
        log.info("password_chosen")
        return await self._check(request, page, given, onward, hashed, None)

    async def _check(
        self, request: Request, page: Page, given: dict[str, str], onward: str, hashed: str, browser: str | None
    ) -> Response:
        """Open a session where the password is right."""
        token = await self._sessions.open(given.get("password", ""), hashed, known=browser is not None)
        if token is None:
            log.warning("login_failed")
            return _html(page.login(onward, page.text("wrong")), 401)
        self._throttle.record_success(self._address(request), browser)
        answer = RedirectResponse(onward, 303, headers=_HEADERS)
        self._set_cookie(answer, request, token, int(SESSION_TTL.total_seconds()))
        if browser is None:
            self._remember(answer, request, hashed)
        return answer

    async def show_logout(self, request: Request) -> Response:
        """Show the button that logs out."""
        return _html(self._page(request).logout())

    async def log_out(self, request: Request) -> Response:
        """End the browser's session."""
        page = self._page(request)
        if not client_address.is_same_origin(request.headers):
            return _html(page.logout(), 403)
        try:
            await self._sessions.close(request.cookies.get(COOKIE, ""))
        except DatabaseAwayError:
            return _html(page.logout(), 503)
        answer = RedirectResponse("/login", 303, headers=_HEADERS)
        self._set_cookie(answer, request, "", 0)
        return answer

    async def _known_browser(self, request: Request) -> str | None:
        """Return the name of a browser that has logged in before; None for all others."""
        cookie = request.cookies.get(known_browser.COOKIE, "")
        if not known_browser.has_form(cookie):
            return None
        hashed = await self._sessions.password_hash()
        return known_browser.browser_of(cookie, hashed) if hashed else None

    def _address(self, request: Request) -> str:
        """Return the address that attempts are counted by: nginx's, or the connection's own."""
        if client_address.is_from_nginx(request.headers, self._front_secret):
            return client_address.address(request.headers)
        return f"past nginx {request.client.host}" if request.client else "unknown"

    def _may_choose(self, request: Request) -> bool:
        """Return whether the first password may be chosen here, by whoever has the code."""
        is_here = client_address.is_from_nginx(request.headers, self._front_secret) and client_address.is_this_machine(
            request.headers
        )
        return is_here and first_visit.has_code(self._settings.home)

    def _note_proxy(self, request: Request) -> None:
        is_fronted = client_address.is_from_nginx(request.headers, self._front_secret)
        address = client_address.address(request.headers)
        is_unknown = client_address.is_behind_unknown_proxy(request.headers)
        if is_fronted and is_unknown and not self._settings.trusts(address):
            self._noticed.note("unknown_proxy", address)

    def _refusal(self, request: Request, page: Page) -> str:
        if not client_address.is_same_origin(request.headers):
            return page.text("origin")
        if self._needs_secure(request) and not client_address.is_encrypted(request.headers):
            return page.text("plain")
        return ""

    def _needs_secure(self, request: Request) -> bool:
        if client_address.is_encrypted(request.headers):
            return True
        return not (self._settings.insecure_login or client_address.is_loopback_host(request.headers.get("host", "")))

    def _set_cookie(self, answer: Response, request: Request, token: str, seconds: int) -> None:
        answer.set_cookie(
            COOKIE, token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=self._needs_secure(request)
        )

    def _remember(self, answer: Response, request: Request, hashed: str) -> None:
        answer.set_cookie(
            known_browser.COOKIE,
            known_browser.new_cookie(hashed),
            max_age=int(known_browser.COOKIE_TTL.total_seconds()),
            path="/login",
            httponly=True,
            samesite="lax",
            secure=self._needs_secure(request),
        )

    def _page(self, request: Request) -> Page:
        return Page(language(self._settings.language, request.headers))


async def _form(request: Request) -> dict[str, str]:
    try:
        body = await read_body(request.receive, _MOST_BYTES)
    except HubError:
        return {}
    given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in given.items()}


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, headers=_HEADERS)
