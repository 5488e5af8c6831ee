"""The home's side of the receiver: what it has learned, what the owner decides, and what was held until then."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import structlog

from iot_hub.database.queries import query
from iot_hub.errors import OverloadedError, SpoolFullError
from iot_hub.files.private_files import make_folder, write_private
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.mqtt.discovery import Discovery
from iot_hub.ingest.mqtt.home_messages import HomeMessages
from iot_hub.ingest.mqtt.release import Release
from iot_hub.sources.mqtt import HomeReader, HomeSettings
from iot_hub.timestamps import SECOND, Microseconds

log = structlog.get_logger()

TURN_SECONDS = 1.0
"""How soon what was heard is noted. A decision is followed at once."""
RELEASE_EVERY = 10 * SECOND
SAVE_SECONDS = 10.0
"""How often what was learned is saved; the broker repeats what a killed receiver had not."""


class Home:
    """Reads the home's messages, and follows the owner's decisions over a connection of its own."""

    def __init__(self, settings: HomeSettings, folder: Path, conninfo: str, delivery: DeliveryService) -> None:
        """Start with what was learned and decided before, from the folder."""
        self._conninfo = conninfo
        self._knowledge = folder / "knowledge.json"
        self._reader = HomeReader(settings)
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self._reader.restore(self._knowledge.read_bytes())
        self.discovery = Discovery(folder / "decisions.json")
        self.messages = HomeMessages(self._reader, self.discovery)
        self._release = Release(self._reader, settings, self.discovery, delivery)
        self._follower: asyncio.Task[None] | None = None
        self._released = 0
        """Of the messages held in this run, those that a release has looked at."""
        self._release_at: Microseconds = 0
        self._followed_lessons = self._saved_lessons = 0
        self._saved_at = 0.0

    async def start(self) -> None:
        """Start to follow the decisions; wait until they are known."""
        self._follower = asyncio.create_task(self._follow())
        while not self.discovery.loaded:
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Stop following, and save what was learned."""
        if self._follower:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
        self._save()

    async def _follow(self) -> None:
        while True:
            try:
                await self._follow_while_connected()
            except psycopg.OperationalError:
                pass  # The database went away, or is not there yet.
            except Exception:
                # Whatever it was: without this task no decision would ever be followed again.
                log.exception("discovery_failed")
            await asyncio.sleep(TURN_SECONDS)

    async def _follow_while_connected(self) -> None:
        async with self._listening() as connection:
            is_changed = True
            while True:
                await self._turn(connection, is_changed=is_changed)
                is_changed = False
                async for _ in connection.notifies(timeout=TURN_SECONDS, stop_after=1):
                    is_changed = True

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        async with connection:
            await connection.execute(query("listen_discovery"))
            yield connection

    async def _turn(self, connection: psycopg.AsyncConnection[Any], *, is_changed: bool) -> None:
        """Note what was heard, apply the rules, load the decisions, and release what waited for them."""
        discovery = self.discovery
        now = int(time.time() * SECOND)
        if await discovery.note(connection, now) or is_changed:
            await connection.execute(query("apply_discovery_rules"))
            await discovery.load(connection)
            self._release_at = 0
        try:
            await self._follow_up(connection, now)
        except (OverloadedError, SpoolFullError) as error:
            # Nothing was dropped that is not stored, and the next turn tries again.
            log.warning("held_messages_not_released", reason=error.code)
        if self._saved_lessons != discovery.lessons and time.monotonic() > self._saved_at + SAVE_SECONDS:
            self._save()

    async def _follow_up(self, connection: psycopg.AsyncConnection[Any], now: Microseconds) -> None:
        """Release what waited for a decision or a description, as far as there is news of either."""
        held, lessons = self.discovery.held, self.discovery.lessons
        # Also without a decision: a message may have come into the table after the last one was followed.
        if self._release_at == 0 or (held != self._released and now >= self._release_at):
            await self._release.decided(connection)
            self._released, self._release_at = held, now + RELEASE_EVERY
        if lessons != self._followed_lessons:
            await self._release.described(connection)
            self._followed_lessons = lessons

    def _save(self) -> None:
        self._saved_at, self._saved_lessons = time.monotonic(), self.discovery.lessons
        with contextlib.suppress(OSError):  # A full disk must not stop the receiver: the broker repeats descriptions.
            make_folder(self._knowledge.parent)
            write_private(self._knowledge, self._reader.dump())
