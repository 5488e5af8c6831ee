"""Baseline: the same insert behind a bare ASGI function. No tokens, no checks, no quarantine."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import msgspec
import psycopg

from iot_hub.queries import query


class Reading(msgspec.Struct):
    """The envelope of a first-beta event."""

    device_id: int
    device_timestamp: int
    properties: msgspec.Raw


decode = msgspec.json.Decoder(Reading).decode
waiting: list[tuple[Reading, asyncio.Future[None]]] = []
wanted = asyncio.Event()
ANSWER = b'{"stored":1,"duplicates":0,"rejected":[]}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))],
}
BODY = {"type": "http.response.body", "body": ANSWER}


async def commit() -> None:
    """Insert whatever has come while the last batch was committed."""
    connection = await psycopg.AsyncConnection.connect(
        os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0
    )
    while True:
        if not waiting:
            wanted.clear()
            await wanted.wait()
        batch = waiting[:2000]
        del waiting[:2000]
        await connection.execute(
            query("store_events"),
            {
                "device_ids": "{" + ",".join([str(reading.device_id) for reading, _ in batch]) + "}",
                "device_times": "{" + ",".join([str(reading.device_timestamp * 1_000_000) for reading, _ in batch]) + "}",
                "sources": "{" + ",".join(["automate"] * len(batch)) + "}",
                "properties": (b"\x1e" + b"\x1e".join([bytes(reading.properties) for reading, _ in batch])).decode(),
            },
            binary=True,
        )
        for _, done in batch:
            done.set_result(None)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer after the commit."""
    if scope["type"] == "lifespan":
        tasks = []
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                tasks = [asyncio.create_task(commit()) for _ in range(int(os.environ.get("CONNECTIONS", "2")))]
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in tasks:
                    task.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return
    body = (await receive())["body"]
    done = asyncio.get_running_loop().create_future()
    waiting.append((decode(body), done))
    wanted.set()
    await done
    await send(START)
    await send(BODY)
