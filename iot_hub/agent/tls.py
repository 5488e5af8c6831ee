"""Whom the agent believes to be the hub: the system's authorities, a file of them, or one certificate alone.

Loaded for an https address alone: it is a fifth of the agent's memory.
"""

from __future__ import annotations

import hashlib
import ssl
from http.client import HTTPSConnection
from pathlib import Path

from iot_hub.agent.errors import AgentError


class Trust:
    """What the hub's certificate is judged by."""

    def __init__(self, authorities: Path | None, fingerprint: str | None) -> None:
        """Take a file of certificates (PEM), or a certificate's fingerprint, or neither. Raises AgentError."""
        self._fingerprint = fingerprint
        try:
            self._context = _unverified() if fingerprint else ssl.create_default_context(cafile=authorities)
        except (OSError, ssl.SSLError) as error:
            raise AgentError(f"{authorities} holds no certificates (PEM) that can be read: {error}.") from error

    def connection(self, host: str, port: int | None, timeout: float) -> HTTPSConnection:
        """Give a connection to a host; it sends nothing before the certificate is judged."""
        if self._fingerprint:
            return _PinnedConnection(host, port, timeout, self._context, self._fingerprint)
        return HTTPSConnection(host, port, timeout=timeout, context=self._context)


class _PinnedConnection(HTTPSConnection):
    """Speaks to whoever shows one certificate."""

    def __init__(self, host: str, port: int | None, timeout: float, context: ssl.SSLContext, wanted: str) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._wanted = wanted

    def connect(self) -> None:
        """Connect, and look at the certificate before a byte of the request, which holds the token, is sent."""
        super().connect()
        shown = self.sock.getpeercert(binary_form=True)
        if hashlib.sha256(shown or b"").hexdigest() != self._wanted:
            self.close()
            raise ssl.SSLError("the certificate is not the one whose fingerprint is configured")


def _unverified() -> ssl.SSLContext:
    """Ask for nothing but the fingerprint: a self-signed certificate may name another host, or have ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
