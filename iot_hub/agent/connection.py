"""The connection to the hub: one POST of a batch, over HTTP or HTTPS.

HTTP/1.0 by hand, a connection for each batch: the response ends where the connection does. Python's own client
imports TLS and electronic mail, 5 MB of memory, a quarter of what the agent takes.
"""

from __future__ import annotations

import contextlib
import socket
import time
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from iot_hub.agent.configuration import Configuration
from iot_hub.agent.errors import AwayError
from iot_hub.agent.receipts import Response
from iot_hub.agent.stop import wait_readable

if TYPE_CHECKING:
    from iot_hub.agent.tls import Trust

MAX_RESPONSE_BYTES = 200_000
GZIP = 16 + zlib.MAX_WBITS
PORTS = {"http": 80, "https": 443}


class Connection:
    """Posts to a hub's ``/v1/events``."""

    def __init__(self, configuration: Configuration) -> None:
        """Prepare requests; connects when it posts. Raises AgentError where a certificate file holds none."""
        parts = urlsplit(configuration.address)
        self._host, self._port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        self._timeout = configuration.timeout
        self._head = (
            f"POST {parts.path}/v1/events HTTP/1.0\r\nHost: {parts.netloc}\r\nUser-Agent: iot-hub-agent\r\n"
            f"Authorization: Bearer {configuration.token}\r\nContent-Type: application/x-ndjson\r\n"
            "Content-Encoding: gzip\r\nContent-Length: "
        ).encode("ascii")
        self._trust: Trust | None = None
        if parts.scheme == "https":
            from iot_hub.agent.tls import Trust

            self._trust = Trust(configuration.ca, configuration.fingerprint)

    def post(self, body: bytes) -> Response:
        """Post a body, compressed. Raises AwayError where no response comes, and Stopped."""
        packer = zlib.compressobj(wbits=GZIP)
        packed = packer.compress(body) + packer.flush()
        try:
            with self._connected() as connection:
                # A server that rejects a body by its headers alone does not read it, and has responded all the same.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(packed), packed))
                return parse_response(self._read(connection))
        except OSError as error:
            raise AwayError(f"the hub does not answer: {error or type(error).__name__}") from error

    def _read(self, connection: socket.socket) -> bytes:
        """Read until the hub closes the connection."""
        received = b""
        deadline = time.monotonic() + self._timeout
        while len(received) < MAX_RESPONSE_BYTES:
            if not _is_buffered(connection) and not wait_readable(connection.fileno(), deadline - time.monotonic()):
                raise TimeoutError("timed out")
            part = connection.recv(65_536)
            if not part:
                break
            received += part
        return received

    def _connected(self) -> socket.socket:
        plain = socket.create_connection((self._host, self._port), self._timeout)
        return self._trust.over(plain, self._host) if self._trust else plain


def _is_buffered(connection: socket.socket) -> bool:
    # TLS decrypts a whole record: what is left of it shows on no socket.
    pending = getattr(connection, "pending", None)
    return bool(pending and pending())


def parse_response(reply: bytes) -> Response:
    """Parse an HTTP response (RFC 9112). Raises AwayError for anything else."""
    head, _, body = reply.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    protocol, _, rest = first.partition(" ")
    if not protocol.startswith("HTTP/") or not rest[:3].isdecimal():
        raise AwayError("the hub does not answer as HTTP has it")
    fields = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    return Response(int(rest[:3]), body, headers.get("retry-after"), headers.get("date"))
