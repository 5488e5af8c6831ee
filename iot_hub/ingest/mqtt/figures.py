"""Publishes the hub's own figures to the broker, for Home Assistant and other programs, where the owner has said so.

They are what the viewer of published data sees: no figure of a private place is among them, and none of a device that
is not published. What is withdrawn is deleted at the broker, also after a restart.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mqtt5
import msgspec
import psycopg
import structlog
from psycopg.rows import DictRow, dict_row

from iot_hub.database.audiences import public
from iot_hub.database.queries import query
from iot_hub.files.private_files import make_folder, write_private
from iot_hub.ingest.mqtt.broker import Broker
from iot_hub.ingest.mqtt.home_assistant import STATUS, Device, Figure, FigureMessage, Location, Period, messages_of
from iot_hub.ingest.mqtt.publisher import PUBLISH_ERRORS, Publisher
from iot_hub.settings import Settings

log = structlog.get_logger()

EVERY_SECONDS = 30.0
"""How soon a new figure is published, and how soon what was withdrawn is gone."""

Connection = psycopg.AsyncConnection[DictRow]


class Figures:
    """The figures at the broker: what was published, and what is to be."""

    def __init__(self, settings: Settings, broker: Broker, folder: Path) -> None:
        """Keep the topics of what was published in a folder: the broker keeps the messages."""
        self._settings = settings
        self._file = folder / "published-topics.json"
        will = mqtt5.Will(STATUS, payload=b"offline", qos=mqtt5.QoS.AT_LEAST_ONCE, retain=True)
        self._publisher = Publisher(broker, keep_alive=round(3 * EVERY_SECONDS), will=will)
        self._sent: dict[str, bytes] = {}
        self._failed = ""

    async def run(self) -> None:
        """Publish until cancelled; where nothing is to be published, only delete what was."""
        try:
            while not await self._attempt() or self._settings.mqtt_publish != "no":
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection; the broker says that the hub is gone."""
        self._publisher.close()

    async def _attempt(self) -> bool:
        """Publish what has changed; return whether it worked."""
        try:
            await self.publish()
        except (psycopg.Error, *PUBLISH_ERRORS) as error:
            # After a failure the broker may have lost what it had.
            self._sent = {}
            if self._failed != type(error).__name__:
                self._failed = type(error).__name__
                log.warning("figures_not_published", why=self._failed)
            return False
        except Exception:
            # Whatever it was: without this task nothing would ever be withdrawn again.
            log.exception("figures_failed")
            return False
        self._failed = ""
        return True

    async def publish(self) -> None:
        """Publish what has changed, and delete what was withdrawn. Raises psycopg.Error and PUBLISH_ERRORS."""
        wanted: dict[str, bytes] = {}
        if self._settings.mqtt_publish != "no":
            for device in await self._devices():
                messages = messages_of(device, language=self._settings.language)
                wanted |= {each.topic: each.payload for each in messages}
            wanted[STATUS] = b"online"
        known = self._known()
        withdrawn = [FigureMessage(topic, b"") for topic in known if topic not in wanted]
        # The status always: the broker hears by it that the hub is there.
        changed = [
            FigureMessage(topic, payload)
            for topic, payload in wanted.items()
            if topic == STATUS or self._sent.get(topic) != payload
        ]
        self._know({*known, *wanted})
        if withdrawn or changed:
            await self._publisher.publish([*withdrawn, *changed])
        self._sent = wanted
        self._know(set(wanted))

    async def _devices(self) -> list[Device]:
        where = public(self._settings, "iot-hub mqtt").conninfo
        async with await psycopg.AsyncConnection.connect(where, autocommit=True, row_factory=dict_row) as connection:
            seen = await _rows(connection, "listed_devices", devices=None)
            figures = defaultdict(list)
            shows_locations = self._settings.mqtt_publish == "locations"
            for row in await _rows(connection, "newest_figures", zone=self._settings.zone.key):
                # Altitudes and speeds tell of places too.
                if shows_locations or not row["metric"].startswith("location."):
                    figures[row["device_id"]].append(_figure(row))
            locations = {}
            if shows_locations:
                locations = {row["device_id"]: _location(row) for row in await _rows(connection, "newest_locations")}
        return [
            Device(
                row["id"], row["name"], row["type"], row["last_seen"], row["battery_percent"],
                tuple(figures[row["id"]]), locations.get(row["id"]),
            )
            for row in seen
        ]  # fmt: skip

    def _known(self) -> list[str]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[str])
        except (OSError, msgspec.DecodeError):
            return []

    def _know(self, topics: set[str]) -> None:
        if topics != set(self._known()):
            make_folder(self._file.parent)
            write_private(self._file, msgspec.json.encode(sorted(topics)))


async def _rows(connection: Connection, name: str, **params: object) -> list[DictRow]:
    return await (await connection.execute(query(name), params)).fetchall()


def _figure(row: Mapping[str, Any]) -> Figure:
    day = None if row["day_begins"] is None else _period(row, "day")
    return Figure(row["metric"], row["unit"], _period(row, "hour"), day)


def _period(row: Mapping[str, Any], name: str) -> Period:
    least, average, most = (_rounded(row[f"{name}_{each}"]) for each in ("min", "avg", "max"))
    return Period(row[f"{name}_begins"], int(row[f"{name}_count"]), least, average, most)


def _rounded(value: Any) -> float | None:  # noqa: ANN401 - numeric or double precision
    return None if value is None else round(float(value), 3)


def _location(row: Mapping[str, Any]) -> Location:
    return Location(row["location_time"], row["latitude"], row["longitude"], row["accuracy_m"])
