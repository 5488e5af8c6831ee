"""Who may see the owner's dashboard: nginx asks the API, and the dashboard asks again for itself.

The second question is not one too many: a page that stays open is told when its session ends, and
the dashboard's own port tells nothing to who goes around nginx.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

COOKIE = "iot_hub_session"
SESSION_TTL = timedelta(days=30)


def token_hash(token: str) -> bytes:
    """Give what the database knows of a session's token."""
    return hashlib.sha256(token.encode()).digest()


def owner_access_params(token: str) -> dict[str, object]:
    """Return the values of the statement ``owner_access``."""
    return {"token_hash": token_hash(token)}


def is_authorized(access: Mapping[str, Any], *, demo: bool) -> bool:
    """Judge a row of ``owner_access``.

    A demo is open as long as it has no password and no device but those that the simulator has marked.
    """
    open_demo = demo and access["only_simulated"] and not access["has_password"]
    return access["expires_at"] is not None or bool(open_demo)
