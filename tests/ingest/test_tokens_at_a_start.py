"""A start that knows the tokens of the last run: nobody whose token is newer is refused for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from events import Connection

from iot_hub.access.devices import add_device
from iot_hub.database.connections import owner_conninfo
from iot_hub.errors import DatabaseAwayError, UnauthorizedError
from iot_hub.ingest.http.authentication import authenticate
from iot_hub.ingest.mqtt.process import tokens_of
from iot_hub.ingest.tokens import TokenCache
from iot_hub.settings import Settings

NOBODY = "host=/nowhere"


def headers(token: str) -> dict[bytes, bytes]:
    return {b"x-api-key": token.encode()}


async def follow_once(tokens: TokenCache) -> None:
    """Let a run know the tokens, and end it."""
    await tokens.start()
    async with asyncio.timeout(20):
        while not tokens.is_current:
            await asyncio.sleep(0.01)
    await tokens.stop()


def test_a_token_that_is_newer_than_the_last_run_is_not_refused_before_the_database_was_asked(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    snapshot, where = tmp_path / "tokens.json", owner_conninfo(settings, "tests")
    known, old = add_device(owner, "phone", "smartphone")

    async def run() -> None:
        await follow_once(TokenCache(where, {}, snapshot))
        added, new = add_device(owner, "tablet", "smartphone")
        away = TokenCache(NOBODY, {}, snapshot)
        await away.start()
        assert authenticate(headers(old), b"", away).device_id == known
        for unknown in (new, "wrong"):
            with pytest.raises(DatabaseAwayError):
                authenticate(headers(unknown), b"", away)
        await away.stop()
        there = TokenCache(where, {}, snapshot)
        await follow_once(there)
        assert authenticate(headers(new), b"", there).device_id == added
        with pytest.raises(UnauthorizedError):
            authenticate(headers("wrong"), b"", there)

    asyncio.run(run())


def test_the_receiver_of_mqtt_knows_devices_that_were_added_while_it_was_away(
    settings: Settings, owner: Connection
) -> None:
    async def run() -> None:
        async with tokens_of(settings, None):
            pass
        added, _ = add_device(owner, "plug", "sensor")
        async with tokens_of(settings, None) as tokens:
            sender = tokens.sender_named("plug")
            assert sender is not None
            assert sender.device_id == added

    asyncio.run(run())
