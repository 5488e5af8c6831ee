"""The way to the hub: one POST of a batch, over HTTP or HTTPS."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from iot_hub.agent.answers import Answer
from iot_hub.agent.configuration import Configuration
from iot_hub.agent.errors import AwayError

if TYPE_CHECKING:
    from http.client import HTTPConnection

MOST_ANSWERED = 1_000_000
GZIP = 16 + zlib.MAX_WBITS


class Connection:
    """Posts to a hub's ``/v1/events``, each time over a connection of its own."""

    def __init__(self, configuration: Configuration) -> None:
        """Take the hub's address, the token, and whom to trust. Raises AgentError where a certificate is none."""
        self._parts = urlsplit(configuration.address)
        self._timeout = configuration.timeout
        self._headers = {
            "Authorization": f"Bearer {configuration.token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "User-Agent": "iot-hub-agent",
        }
        if self._parts.scheme == "https":
            from iot_hub.agent.tls import Trust

            self._trust = Trust(configuration.ca, configuration.fingerprint)

    def post(self, body: bytes) -> Answer:
        """Post a body, packed. Raises AwayError where no answer comes."""
        from http.client import HTTPException

        packer = zlib.compressobj(wbits=GZIP)
        packed = packer.compress(body) + packer.flush()
        connection = self._connect()
        try:
            connection.request("POST", f"{self._parts.path}/v1/events", packed, self._headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(MOST_ANSWERED), answer.getheader("Retry-After"))
        except (OSError, HTTPException) as error:
            raise AwayError(f"the hub does not answer: {error or type(error).__name__}") from error
        finally:
            connection.close()

    def _connect(self) -> HTTPConnection:
        host = self._parts.hostname or ""
        if self._parts.scheme == "https":
            return self._trust.connection(host, self._parts.port, self._timeout)
        from http.client import HTTPConnection

        return HTTPConnection(host, self._parts.port, timeout=self._timeout)
