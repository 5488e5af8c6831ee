"""The way to the hub: one POST of a batch, over HTTP or HTTPS.

HTTP/1.0 by hand, a connection for each batch: the answer ends where the connection does. Python's own client
brings TLS and electronic mail along, 5 MB of memory, a quarter of what the agent takes.
"""

from __future__ import annotations

import contextlib
import socket
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from iot_hub.agent.answers import Answer
from iot_hub.agent.configuration import Configuration
from iot_hub.agent.errors import AwayError

if TYPE_CHECKING:
    from iot_hub.agent.tls import Trust

MOST_ANSWERED = 200_000
GZIP = 16 + zlib.MAX_WBITS
PORTS = {"http": 80, "https": 443}


class Connection:
    """Posts to a hub's ``/v1/events``."""

    def __init__(self, configuration: Configuration) -> None:
        """Take the hub's address, the token, and whom to trust. Raises AgentError where a certificate is none."""
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

    def post(self, body: bytes) -> Answer:
        """Post a body, packed. Raises AwayError where no answer comes."""
        packer = zlib.compressobj(wbits=GZIP)
        packed = packer.compress(body) + packer.flush()
        try:
            with self._connected() as connection:
                # Who refuses a body by its head alone does not read it, and has answered all the same.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(packed), packed))
                with connection.makefile("rb") as reply:
                    return parsed(reply.read(MOST_ANSWERED))
        except OSError as error:
            raise AwayError(f"the hub does not answer: {error or type(error).__name__}") from error

    def _connected(self) -> socket.socket:
        plain = socket.create_connection((self._host, self._port), self._timeout)
        return self._trust.over(plain, self._host) if self._trust else plain


def parsed(reply: bytes) -> Answer:
    """Read an answer as HTTP writes it (RFC 9112). Raises AwayError for what is none."""
    head, _, body = reply.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    protocol, _, rest = first.partition(" ")
    if not protocol.startswith("HTTP/") or not rest[:3].isdecimal():
        raise AwayError("the hub does not answer as HTTP has it")
    fields = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    return Answer(int(rest[:3]), body, headers.get("retry-after"))
