"""Where a request came from, as far as its headers can be believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

_FORWARDED = ("forwarded", "via", "x-real-ip", "x-forwarded-host", "cf-connecting-ip", "true-client-ip")


def address(headers: Mapping[str, str]) -> str:
    """Give the address that failures are counted for: nginx's peer, or who stands behind a proxy of this machine."""
    chain = _chain(headers)
    if len(chain) > 1 and _is_loopback(chain[-1]):
        return chain[-2]
    return chain[-1] if chain else "unknown"


def is_this_machine(headers: Mapping[str, str]) -> bool:
    """Say whether the browser runs on the hub's own machine, and certainly not behind a proxy or a tunnel.

    The name that was asked for must be this machine's too: a page of another site whose name
    suddenly leads here would be let in otherwise.
    """
    chain = _chain(headers)
    forwarded = len(chain) != 1 or any(name in headers for name in _FORWARDED)
    return not forwarded and _is_loopback(chain[0]) and is_loopback_host(headers.get("host", ""))


def is_direct_from_this_machine(request: HTTPConnection) -> bool:
    """Say whether a program of this machine asks past nginx, which adds to every request where it came from."""
    forwarded = "x-forwarded-for" in request.headers or any(name in request.headers for name in _FORWARDED)
    peer = request.client.host if request.client else ""
    return not forwarded and _is_loopback(peer) and is_loopback_host(request.headers.get("host", ""))


def is_loopback_host(host: str) -> bool:
    """Say whether a Host header names this very machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or _is_loopback(name)


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Say whether a form was sent by one of the hub's own pages. Browsers name the origin of every POST."""
    origin = urlsplit(headers.get("origin", ""))
    return origin.scheme in ("http", "https") and origin.netloc == headers.get("host")


def is_encrypted(headers: Mapping[str, str]) -> bool:
    """Say whether the browser speaks HTTPS, by its own word."""
    return urlsplit(headers.get("origin", "")).scheme == "https"


def own_path(path: str) -> str:
    """Give a path of this hub to go on to, or its start: never another site's address."""
    fits = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable() and "\\" not in path
    loops = path.partition("?")[0] in ("/login", "/logout", "/session")
    return path if fits and path.isascii() and not loops else "/"


def _chain(headers: Mapping[str, str]) -> list[str]:
    return [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
