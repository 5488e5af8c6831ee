"""Where a request came from, as far as its headers can be trusted.

nginx resolves the address through the trusted proxies and appends it to ``X-Forwarded-For``. Only
the last entry is nginx's; the others came with the request. The API trusts the header only from its
own nginx, which proves itself by a secret (``own_secrets.FRONT_SECRET``).
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

FRONT_HEADER = "x-iot-hub-front"
_FORWARDED = ("forwarded", "via", "x-real-ip", "x-forwarded-host", "cf-connecting-ip", "true-client-ip")


def is_from_nginx(headers: Mapping[str, str], front_secret: str) -> bool:
    """Return whether the hub's own nginx passed the request on."""
    return hmac.compare_digest(headers.get(FRONT_HEADER, "").encode(), front_secret.encode())


def address(headers: Mapping[str, str]) -> str:
    """Return the address that nginx saw, after the proxies that the owner trusts."""
    chain = _chain(headers)
    return chain[-1] if chain else "unknown"


def is_this_machine(headers: Mapping[str, str]) -> bool:
    """Return whether the request seems to come from a browser on the hub's own machine.

    A TCP forwarder (ssh -R, Tor, socat) looks the same, so this alone opens nothing. The Host header must
    name this machine too: otherwise DNS rebinding would let a page of another site in.
    """
    chain = _chain(headers)
    forwarded = len(chain) != 1 or any(name in headers for name in _FORWARDED)
    return not forwarded and is_loopback(chain[0]) and is_loopback_host(headers.get("host", ""))


def is_behind_unknown_proxy(headers: Mapping[str, str]) -> bool:
    """Return whether a proxy on this machine that nobody has declared trusted forwards others' requests."""
    chain = _chain(headers)
    return len(chain) > 1 and is_loopback(chain[-1])


def is_loopback_host(host: str) -> bool:
    """Return whether a Host header names this very machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or is_loopback(name)


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Return whether one of the hub's own pages sent a form. Browsers send the origin with every POST."""
    origin = _origin(headers)
    return origin.scheme in ("http", "https") and origin.netloc == headers.get("host")


def is_encrypted(headers: Mapping[str, str]) -> bool:
    """Return whether the browser speaks HTTPS, by its Origin header."""
    return _origin(headers).scheme == "https"


def safe_redirect_path(path: str) -> str:
    """Return a path of this hub to redirect to, or ``/``: never another site's address."""
    fits = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable() and "\\" not in path
    loops = path.partition("?")[0] in ("/login", "/logout", "/session")
    return path if fits and path.isascii() and not loops else "/"


def is_loopback(name: str) -> bool:
    """Return whether a text is a loopback address, also one of IPv4 written as IPv6."""
    try:
        parsed = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _origin(headers: Mapping[str, str]) -> SplitResult:
    try:
        return urlsplit(headers.get("origin", ""))
    except ValueError:  # "http://[": no browser sends it.
        return urlsplit("")


def _chain(headers: Mapping[str, str]) -> list[str]:
    return [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
