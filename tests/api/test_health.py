"""Ready means that an event sent now would be stored."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from psycopg_pool import AsyncConnectionPool
from starlette.requests import Request

from iot_hub.api.health import Health
from iot_hub.database.connections import owner_conninfo
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.quarantine import Quarantine
from iot_hub.ingest.spool import Spool
from iot_hub.ingest.tokens import TokenCache
from iot_hub.ingest.writer import Writer
from iot_hub.settings import Settings


def test_a_hub_is_not_ready_before_it_knows_its_tokens(settings: Settings, tmp_path: Path) -> None:
    async def asked() -> list[tuple[int, str]]:
        where = owner_conninfo(settings, "tests")
        request = Request({"type": "http", "method": "GET", "path": "/readyz", "headers": []})
        async with AsyncConnectionPool(where, min_size=0, max_size=1, open=False) as pool:
            delivery = DeliveryService(Writer(where), Quarantine(pool, 1_000), Spool(tmp_path / "spool.sqlite", 1_000))
            tokens = TokenCache(where, {})
            health = Health(pool, delivery, tokens)
            answers = [await health.readyz(request)]
            await tokens.start()
            async with asyncio.timeout(20):
                while not tokens.loaded:
                    await asyncio.sleep(0)
            answers.append(await health.readyz(request))
            await tokens.stop()
        return [(answer.status_code, json.loads(bytes(answer.body))["status"]) for answer in answers]

    assert asyncio.run(asked()) == [(503, "not ready"), (200, "ready")]
