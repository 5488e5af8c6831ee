"""``/map``, ``/map/frame``, ``/map/shared``, ``/map/static``, ``/map/base.pmtiles`` and ``/map/region.pmtiles``.

The page holds nothing of the owner's: it is the same on every hub, and what it shows it asks of ``/v1`` by the
browser's session. So is the frame, the map alone, which the dashboard's pages have in them, and the page of a
share link, which asks by the link's token. ``page.html``, ``frame.html``, ``shared.html`` and ``static`` are built from
``frontend/map`` (``make map``).
"""

from __future__ import annotations

import gzip
import html
import string
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from iot_hub.access.login.authorization import COOKIE
from iot_hub.access.login.page import language
from iot_hub.access.login.sessions import Sessions
from iot_hub.api import content_security_policy
from iot_hub.errors import DatabaseAwayError
from iot_hub.geography import base_map
from iot_hub.settings import Settings

_FOLDER = Path(str(files("iot_hub.api.map")))
_STATIC = _FOLDER / "static"
_TYPES = {
    ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml",
}  # fmt: skip
_NO_MAPS = {"map_tiles": None, "map_file": None, "map_attribution": ""}
_ARCHIVE = "application/vnd.pmtiles"
# The owner's tile server is not for whoever has a link: its address may have a key in it.
_SHARED_POLICY = {"Content-Security-Policy": content_security_policy.map_page(None)}


class MapPage:
    """The endpoints."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions
        self._policy = {"Content-Security-Policy": content_security_policy.map_page(settings.map_tiles)}
        self._frame_policy = {"Content-Security-Policy": content_security_policy.map_frame(settings.map_tiles)}

    def routes(self) -> list[Route]:
        """Return the routes of the page and of its files."""
        return [
            Route("/map", self.show),
            Route("/map/frame", self.frame),
            Route("/map/shared", self.shared),
            Route("/map/static/{name}", self.file),
            Route("/map/base.pmtiles", self.base),
            Route("/map/region.pmtiles", self.region),
        ]

    async def show(self, request: Request) -> Response:
        """Return the page. Of a hub that is not open to everyone, a browser without a session is led to the login."""
        if not await self._may_see(request):
            onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(onward, safe='/?=&')}", 302, {"Cache-Control": "no-store"})
        return self._page(request, "page.html", self._policy, session=await self._session(request))

    async def frame(self, request: Request) -> Response:
        """Return the map alone. A login has no room in it: without a session it says so, and leads there."""
        return self._page(request, "frame.html", self._frame_policy, is_open=await self._may_see(request))

    async def shared(self, request: Request) -> Response:
        """Return the page of a share link, to everyone: the link's token stays in the browser until it asks."""
        text = _page("shared.html").substitute(
            language=language(request.query_params.get("lang") or self._settings.language, request.headers)
        )
        return HTMLResponse(text, headers={**_SHARED_POLICY, "Cache-Control": "no-store"})

    def _page(
        self, request: Request, name: str, policy: dict[str, str], *, is_open: bool = True, session: str = ""
    ) -> Response:
        asked = request.query_params.get("lang") or self._settings.language
        # The address of a tile server may have the owner's key in it.
        settings = self._settings if is_open else self._settings.model_copy(update=_NO_MAPS)
        text = _page(name).substitute(
            language=language(asked, request.headers),
            tiles=html.escape(settings.map_tiles or ""),
            region="/map/region.pmtiles" if settings.map_file else "",
            attribution=html.escape(settings.map_attribution),
            session=session,
        )
        return HTMLResponse(text, 200 if is_open else 401, {**policy, "Cache-Control": "no-store"})

    async def file(self, request: Request) -> Response:
        """Return a file, whose name changes with its content. A worker among them is under the page's policy."""
        name = request.path_params["name"]
        if name not in _names():
            return PlainTextResponse("Not found.", 404)
        headers = {**self._policy, "Cache-Control": "public, immutable, max-age=31536000", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = await run_in_threadpool(_compressed, name)
        else:
            body = (_STATIC / name).read_bytes()
        return Response(body, 200, headers, _TYPES[Path(name).suffix])

    async def base(self, request: Request) -> Response:
        """Return the base map, or the parts of it that a browser asks for by ``Range``."""
        return FileResponse(base_map.FILE, media_type=_ARCHIVE, headers={"Cache-Control": "public, max-age=86400"})

    async def region(self, request: Request) -> Response:
        """Return the owner's own map, or parts of it: only to a session, as it says which region is theirs."""
        if not await self._may_ask(request):
            return PlainTextResponse("Log in at /login.", 401, {"Cache-Control": "no-store"})
        file = self._settings.map_file
        if file is None or not await run_in_threadpool(file.is_file):
            return PlainTextResponse("Not found.", 404, {"Cache-Control": "no-store"})
        return FileResponse(file, media_type=_ARCHIVE, headers={"Cache-Control": "private, no-cache"})

    async def _may_see(self, request: Request) -> bool:
        return self._settings.public_dashboard == "yes" or await self._may_ask(request)

    async def _session(self, request: Request) -> str:
        """Return whose links the page has: of ``login`` the owner's, of ``demo`` too, but for ending a session."""
        if not await self._may_ask(request):
            return ""
        return "login" if COOKIE in request.cookies else "demo"

    async def _may_ask(self, request: Request) -> bool:
        try:
            return await self._sessions.validate_session(request.cookies.get(COOKIE, ""))
        except DatabaseAwayError:
            # The page says so itself, and tries again.
            return True


@cache
def _page(name: str) -> string.Template:
    return string.Template((_FOLDER / name).read_text(encoding="utf-8"))


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _STATIC.iterdir() if path.suffix in _TYPES)


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress((_STATIC / name).read_bytes(), 9, mtime=0)
