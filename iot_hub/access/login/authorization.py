"""Who may see the owner's dashboard: nginx asks the API, and the dashboard checks again for itself.

The second check is not redundant: a page that stays open notices when its session ends, and whoever
reaches the dashboard's own port, past nginx, sees nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

COOKIE = "iot_hub_session"
SESSION_TTL = timedelta(days=30)


def token_hash(token: str) -> bytes:
    """Return the hash under which the database stores a session's token."""
    return hashlib.sha256(token.encode()).digest()


def owner_access_params(token: str) -> dict[str, object]:
    """Return the parameters of the statement ``owner_access``."""
    return {"token_hash": token_hash(token)}


def is_authorized(access: Mapping[str, Any], *, demo: bool) -> bool:
    """Return whether a row of ``owner_access`` lets a browser in.

    A demo is open until it has a password, or a device that is not simulated.
    """
    open_demo = demo and access["only_simulated"] and not access["has_password"]
    return access["expires_at"] is not None or bool(open_demo)
