"""Writes a response's head and body together, so that a killed process sends a response whole or not at all.

Uvicorn writes them one after the other. A kill in between would leave nginx with half a response, and nginx repeats a
request only as long as it has read nothing of its response.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class JoinedWrites:
    """A transport that writes at once what one step of the event loop has written to it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Return what a transport has besides writing and closing."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keep the bytes until the running step of the event loop ends."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def close(self) -> None:
        """Close the connection, after what waits has been written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting:
            joined = b"".join(self._waiting)
            self._waiting.clear()
            self._transport.write(joined)


class JoinedWritesProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP, over joined writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a new connection."""
        super().connection_made(cast("asyncio.Transport", JoinedWrites(transport, self.loop)))
