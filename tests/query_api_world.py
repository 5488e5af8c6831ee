"""A small world for the tests of the query API: devices, their events, private areas, and questions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
import psycopg
from events import refresh
from psycopg.rows import DictRow

from iot_hub.api.query import query_api
from iot_hub.settings import Settings

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
THAT_DAY = {"from": "2026-01-31T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
TOWN = (50.06, 19.94)
HOME = (50.10, 20.00)

Owner = psycopg.Connection[DictRow]


def add_device(owner: Owner, device_id: int, name: str = "phone", *, published: bool = True) -> None:
    """Add a device. Unlike a new device of a hub's, it is published."""
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_devices (id, name, type, published) VALUES (%s, %s, 'smartphone', %s)",
        (device_id, name, published),
    )


def store(owner: Owner, device_id: int, events: Iterable[tuple[datetime, dict[str, Any] | str]]) -> None:
    """Store events (time, properties) as the receiver does; nothing is published before a refresh."""
    given = list(events)
    times = [(time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for time, _ in given]
    texts = [what if isinstance(what, str) else json.dumps(what) for _, what in given]
    owner.execute(
        "SELECT * FROM iot_personal_hub.store_events(%s, %s, %s, %s)",
        ([device_id] * len(given), times, ["hub"] * len(given), list(texts)),
    )


def publish(owner: Owner, device_id: int, events: Iterable[tuple[datetime, dict[str, Any] | str]]) -> None:
    store(owner, device_id, events)
    refresh(owner)


def at(place: tuple[float, float], **more: object) -> dict[str, Any]:
    return {"location": {"latitude": place[0], "longitude": place[1], "fix_accuracy_m": 5, **more}}


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hide_home(owner: Owner) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)"
        " VALUES ('home', ST_Buffer(ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, 200)::geometry)",
        (HOME[1], HOME[0]),
    )


class Api:
    """The query API of a hub that is open to everyone, or to whom its setting says, in this process."""

    def __init__(self, settings: Settings, opened: Literal["no", "links", "yes"] = "yes") -> None:
        self._runner = asyncio.Runner()
        self.app = query_api(settings.model_copy(update={"public_dashboard": opened}))
        # An error that the application does not answer itself is to be seen as its client sees it.
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://hub")

    def get(self, path: str, headers: dict[str, str] | None = None, **parameters: object) -> httpx.Response:
        return self._runner.run(self._client.get(path, params=parameters or None, headers=headers))

    def post(self, path: str) -> httpx.Response:
        return self._runner.run(self._client.post(path))

    def ask(self, method: str, path: str, session: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        """Send a request, of a browser with a session's cookie or of nobody known."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in (session or {}).items())}
        headers |= options.pop("headers", {})
        return self._runner.run(self._client.request(method, path, headers=headers, **options))

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.run(self.app.state.close())
        self._runner.close()


@contextmanager
def running_api(settings: Settings, opened: Literal["no", "links", "yes"] = "yes") -> Iterator[Api]:
    api = Api(settings, opened)
    try:
        yield api
    finally:
        api.close()
