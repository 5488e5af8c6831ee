"""Which certificate the agent trusts: of the system's authorities, of a file of them, or one alone.

Imported for an https address alone: it is a fifth of the agent's memory.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from iot_hub.agent.errors import AgentError, AwayError


class Trust:
    """How the hub's certificate is verified."""

    def __init__(self, authorities: Path | None, fingerprint: str | None) -> None:
        """Trust a file of certificates (PEM), or one certificate's fingerprint, or the system. Raises AgentError."""
        self._fingerprint = fingerprint
        try:
            self._context = _unverified() if fingerprint else ssl.create_default_context(cafile=authorities)
        except OSError as error:
            raise AgentError(f"{authorities} holds no certificates (PEM) that can be read: {error}.") from error

    def over(self, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Encrypt a connection; nothing is sent before the certificate is verified. Raises AwayError for another."""
        try:
            connection = self._context.wrap_socket(plain, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise AwayError(
                f"the hub's certificate is not trusted ({error.verify_message}):"
                " configure its fingerprint, or a file of trusted certificates (ca)"
            ) from error
        if self._fingerprint and _fingerprint(connection) != self._fingerprint:
            connection.close()
            raise AwayError("the hub shows another certificate than the one whose fingerprint is configured")
        return connection


def _fingerprint(connection: ssl.SSLSocket) -> str:
    # Imports another megabyte, which nothing else needs.
    import hashlib

    return hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()


def _unverified() -> ssl.SSLContext:
    """Verify nothing but the fingerprint: a self-signed certificate may name another host, or have expired."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
