"""Sends notices to an address as JSON, signed, so that who receives it knows that it comes from this hub, and when."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
import time
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
TIME_HEADER = "X-IoT-Hub-Time"
SIGNATURE_HEADER = "X-IoT-Hub-Signature"


class RefusedError(Exception):
    """The other side did not take it; says with which status."""


def signature_of(key: str, sent_at: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of the time, a full stop and the body, in hexadecimal."""
    return hmac.new(key.encode(), sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()


def post(url: str, key: str, body: bytes) -> None:
    """Post a body. Raises RefusedError, OSError or http.client.HTTPException. Redirections are not followed."""
    parts = urlsplit(url)
    sent_at = str(int(time.time()))
    headers = {
        "Content-Type": "application/json", TIME_HEADER: sent_at,
        SIGNATURE_HEADER: f"sha256={signature_of(key, sent_at, body)}",
    }  # fmt: skip
    connection = (
        http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    )
    try:
        connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise RefusedError(f"status {status}")
