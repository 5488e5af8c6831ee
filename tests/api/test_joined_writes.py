"""A response leaves in one write, so that no kill can cut it."""

from __future__ import annotations

import asyncio

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from iot_hub.api.joined_writes import JoinedWrites, JoinedWritesProtocol

pytestmark = pytest.mark.pure


class Recorded(asyncio.Transport):
    """A transport that keeps each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def test_what_one_step_writes_is_written_at_once() -> None:
    async def steps() -> list[bytes]:
        recorded = Recorded()
        joined = JoinedWrites(recorded, asyncio.get_running_loop())
        joined.write(b"head")
        joined.write(b"body")
        await asyncio.sleep(0)
        joined.write(b"next")
        await asyncio.sleep(0)
        return recorded.writes

    assert asyncio.run(steps()) == [b"headbody", b"next"]


def test_a_close_writes_what_waits() -> None:
    async def steps() -> tuple[list[bytes], bool]:
        recorded = Recorded()
        joined = JoinedWrites(recorded, asyncio.get_running_loop())
        joined.write(b"last")
        joined.close()
        await asyncio.sleep(0)
        return recorded.writes, joined.is_closing()

    assert asyncio.run(steps()) == ([b"last"], True)


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"body"})


def test_a_response_of_the_server_is_one_write() -> None:
    async def answered() -> list[bytes]:
        config = uvicorn.Config(_app, http=JoinedWritesProtocol, lifespan="off", server_header=False, date_header=False)
        config.load()
        recorded = Recorded()
        protocol = JoinedWritesProtocol(config, uvicorn.server.ServerState(), {})
        protocol.connection_made(recorded)
        protocol.data_received(b"GET / HTTP/1.1\r\nhost: hub\r\n\r\n")
        async with asyncio.timeout(5):
            while not recorded.writes:
                await asyncio.sleep(0)
        protocol.connection_lost(None)
        return recorded.writes

    assert asyncio.run(answered()) == [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"]
