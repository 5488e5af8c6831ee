"""Baseline: the hub's own insert behind a bare ASGI function. No tokens, no checks, no quarantine.

``DATABASE_URL`` says where; ``CONNECTIONS`` how many commit at once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import psycopg

from iot_hub.database.queries import query
from iot_hub.ingest.text_array import TextArray

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LARGEST_BATCH = 2000
ANSWER = b'{"stored":1,"duplicates":0,"rejected":[]}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))],
}
BODY = {"type": "http.response.body", "body": ANSWER}


class Reading(msgspec.Struct):
    """The envelope of a first-beta event."""

    device_id: int
    device_timestamp: int
    properties: msgspec.Raw


decode = msgspec.json.Decoder(Reading).decode
waiting: list[tuple[Reading, asyncio.Future[None]]] = []
wanted = asyncio.Event()


async def commit_for_ever() -> None:
    """Insert whatever has come while the last batch was committed."""
    where = os.environ["DATABASE_URL"]
    connection = await psycopg.AsyncConnection.connect(where, autocommit=True, prepare_threshold=0)
    while True:
        while not waiting:
            wanted.clear()
            await wanted.wait()
        batch = waiting[:LARGEST_BATCH]
        del waiting[:LARGEST_BATCH]
        await connection.execute(query("insert_events"), parameters([reading for reading, _ in batch]), binary=True)
        for _, done in batch:
            # Nobody waits any more when the client has gone.
            if not done.done():
                done.set_result(None)


def parameters(batch: Sequence[Reading]) -> dict[str, str]:
    """Write a batch as the statement wants it."""
    return {
        "device_ids": "{" + ",".join([str(reading.device_id) for reading in batch]) + "}",
        "device_times": "{" + ",".join([str(reading.device_timestamp * 1_000_000) for reading in batch]) + "}",
        "sources": "{" + ",".join(["automate"] * len(batch)) + "}",
        "properties": TextArray([bytes(reading.properties) for reading in batch]),
    }


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer after the commit."""
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting.append((decode((await receive())["body"]), done))
    wanted.set()
    await done
    await send(START)
    await send(BODY)


async def live(receive: Receive, send: Send) -> None:
    """Commit from startup to shutdown."""
    tasks: list[asyncio.Task[None]] = []
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            tasks = [asyncio.create_task(commit_for_ever()) for _ in range(int(os.environ.get("CONNECTIONS", "2")))]
            await send({"type": "lifespan.startup.complete"})
        else:
            for task in tasks:
                task.cancel()
            await send({"type": "lifespan.shutdown.complete"})
            return
