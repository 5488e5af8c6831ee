"""Whom the agent believes to be the hub: the system's authorities, a file of them, or one certificate alone.

Loaded for an https address alone: it is a fifth of the agent's memory.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from iot_hub.agent.errors import AgentError, AwayError


class Trust:
    """What the hub's certificate is judged by."""

    def __init__(self, authorities: Path | None, fingerprint: str | None) -> None:
        """Take a file of certificates (PEM), or a certificate's fingerprint, or neither. Raises AgentError."""
        self._fingerprint = fingerprint
        try:
            self._context = _unverified() if fingerprint else ssl.create_default_context(cafile=authorities)
        except OSError as error:
            raise AgentError(f"{authorities} holds no certificates (PEM) that can be read: {error}.") from error

    def over(self, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Encrypt a connection; nothing is sent before the certificate is judged. Raises AwayError for another."""
        try:
            connection = self._context.wrap_socket(plain, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise AwayError(
                f"the hub's certificate is not trusted ({error.verify_message}):"
                " configure its fingerprint, or a file of whom to trust (ca)"
            ) from error
        if self._fingerprint and _fingerprint(connection) != self._fingerprint:
            connection.close()
            raise AwayError("the hub shows another certificate than the one whose fingerprint is configured")
        return connection


def _fingerprint(connection: ssl.SSLSocket) -> str:
    # Another megabyte, which nobody else needs.
    import hashlib

    return hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()


def _unverified() -> ssl.SSLContext:
    """Ask for nothing but the fingerprint: a self-signed certificate may name another host, or have ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
