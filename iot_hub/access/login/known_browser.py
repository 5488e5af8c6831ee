"""A cookie that a browser keeps from its first login: it grants nothing, but its attempts are counted separately.

It is signed with a key derived from the password's hash, which nobody outside the database knows: only a
login with the current password issues one, and a new password invalidates them all, stolen ones too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from datetime import timedelta

COOKIE = "iot_hub_browser"
COOKIE_TTL = timedelta(days=365)
_FORM = re.compile(r"([A-Za-z0-9_-]{22})\.([0-9]{1,12})\.([0-9a-f]{64})")


def new_cookie(password_hash: str) -> str:
    """Return a cookie for a browser that has just logged in."""
    name, ends = secrets.token_urlsafe(16), int(time.time() + COOKIE_TTL.total_seconds())
    return f"{name}.{ends}.{_signature(name, ends, password_hash)}"


def has_form(cookie: str) -> bool:
    """Return whether a text has the form of such a cookie; others cost no query."""
    return _FORM.fullmatch(cookie) is not None


def browser_of(cookie: str, password_hash: str) -> str | None:
    """Return the id of the browser that a cookie was issued to; None if it is invalid or has expired."""
    found = _FORM.fullmatch(cookie)
    if found is None:
        return None
    name, ends = found[1], int(found[2])
    is_ours = hmac.compare_digest(found[3], _signature(name, ends, password_hash))
    return name if is_ours and ends > time.time() else None


def _signature(name: str, ends: int, password_hash: str) -> str:
    return hmac.new(password_hash.encode(), f"known browser {name} {ends}".encode(), hashlib.sha256).hexdigest()
