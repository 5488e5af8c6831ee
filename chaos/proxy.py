"""A proxy between the hub and PostgreSQL that breaks connections when asked to."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path
from random import Random
from typing import Literal

Mode = Literal["pass", "refuse", "hold"]
LEAST_COMMIT = 200
"""A Bind or Parse message from this size on carries events; smaller ones ask for tokens and states."""


class Proxy:
    """Listens on a port of this machine and passes on to PostgreSQL's Unix socket."""

    def __init__(self, port: int, server: Path) -> None:
        """Prepare to listen on a port in front of the server's socket."""
        self.port = port
        self._server = server
        self._mode: Mode = "pass"
        self._cuts = 0
        self._random = Random(0)
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self._listening.wait()

    def stop(self) -> None:
        """Cut everything and end."""
        self.set_mode("refuse")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def set_mode(self, mode: Mode) -> None:
        """Pass on; or refuse, and cut what is open; or hold every byte back, connections staying open."""
        self._mode = mode
        if mode == "refuse":
            self._loop.call_soon_threadsafe(self._cut_all)

    def cut_commits(self, count: int, random: Random) -> None:
        """Cut the connections of the next commits: before, within, or after the message to the server."""
        self._random, self._cuts = random, count

    @property
    def cuts_left(self) -> int:
        """How many commits are still to be cut."""
        return self._cuts

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self._listening.set()
        self._loop.run_forever()

    def _cut_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "refuse":
            writer.transport.abort()
            return
        try:
            server_reader, server = await asyncio.open_unix_connection(str(self._server))
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, server}
        self._open |= pair
        try:
            with contextlib.suppress(OSError):
                await asyncio.gather(self._upward(reader, server), self._downward(server_reader, writer))
        finally:
            self._open -= pair
            for end in pair:
                end.transport.abort()

    async def _upward(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await reader.read(2**18):
            await self._wait_while_held()
            if self._cuts > 0 and data[:1] in b"BP" and len(data) >= LEAST_COMMIT:
                self._cuts -= 1
                await self._cut(data, server)
            server.write(data)
            await server.drain()
        raise ConnectionResetError

    async def _cut(self, data: bytes, server: asyncio.StreamWriter) -> None:
        passed = self._random.choice((0, len(data) // 2, len(data)))
        server.write(data[:passed])
        await server.drain()
        if passed == len(data):
            # Long enough for the commit to happen, or for a part of it.
            await asyncio.sleep(self._random.choice((0, 0.001, 0.05)))
        raise ConnectionResetError

    async def _downward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(2**18):
            await self._wait_while_held()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError

    async def _wait_while_held(self) -> None:
        while self._mode == "hold":
            await asyncio.sleep(0.02)
