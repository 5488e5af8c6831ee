"""Delivers what is in the outbox: at least once to each channel, in its own time; what fails is tried again."""

from __future__ import annotations

import asyncio
import http.client
import threading
from dataclasses import dataclass

import msgspec
import psycopg
import structlog
from psycopg.rows import DictRow

from iot_hub.alerts.channel import Channel, opened
from iot_hub.alerts.notice import Notice
from iot_hub.alerts.webhook import RefusedError, post
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError, UserError
from iot_hub.ingest.mqtt.broker import broker_of
from iot_hub.ingest.mqtt.packets import MalformedPacketError
from iot_hub.ingest.mqtt.publisher import Publisher
from iot_hub.settings import Settings

log = structlog.get_logger()

PAUSE_SECONDS = 1.0
AT_ONCE = 50
"""Notices of one message: what is due at once is grouped."""
TEST_TEXT = "This is a test notice of your hub."
DELIVERY_ERRORS = (OSError, RefusedError, MalformedPacketError, http.client.HTTPException, UserError)
"""What sending raises where the other side is away, refuses the message, or can't be reached by what is known of it."""


@dataclass(frozen=True)
class AlertMessage:
    """A message at the hub's own broker."""

    topic: str
    payload: bytes
    retain: bool = False


class AlertDelivery:
    """A thread that hands notices to the channels: a slow one holds up neither the others nor the worker."""

    def __init__(self, settings: Settings) -> None:
        """Store the settings; start() begins."""
        self._settings = settings
        self._stopping = threading.Event()
        self._busy: set[int] = set()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="alert-delivery", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way may be delivered once more after the next start."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(owner_conninfo(self._settings, "iot-hub alerts")) as connection:
                    while not self._stopping.wait(PAUSE_SECONDS):
                        for row in connection.execute(query("channels_with_deliveries")).fetchall():
                            self._hand_over(row)
            except (DatabaseAwayError, psycopg.Error) as error:
                log.warning("alerts_not_delivered", error=type(error).__name__)
                self._stopping.wait(5 * PAUSE_SECONDS)

    def _hand_over(self, row: DictRow) -> None:
        with self._guard:
            if row["id"] in self._busy:
                return
            self._busy.add(row["id"])
        # A daemon, as this thread is: the worker's end does not wait for a slow channel.
        threading.Thread(target=self._deliver, args=(row,), name="alert-channel", daemon=True).start()

    def _deliver(self, row: DictRow) -> None:
        try:
            with connect(owner_conninfo(self._settings, "iot-hub alerts")) as connection:
                deliver(connection, self._settings, row)
        except (DatabaseAwayError, psycopg.Error) as error:
            log.warning("alerts_not_delivered", error=type(error).__name__)
        finally:
            with self._guard:
                self._busy.discard(row["id"])


def deliver(connection: psycopg.Connection[DictRow], settings: Settings, row: DictRow) -> bool:
    """Deliver what is due by a channel, as one message; return whether it was taken. A failure is noted, not raised."""
    due = connection.execute(query("due_deliveries"), {"channel_id": row["id"], "most": AT_ONCE}).fetchall()
    if not due:
        return True
    delivered = {"channel_id": row["id"], "outbox_ids": [each["id"] for each in due]}
    try:
        send(settings, opened(settings.home, row), [Notice.of(each) for each in due])
    except DELIVERY_ERRORS as error:
        failure = str(error) if isinstance(error, RefusedError) else type(error).__name__
        log.warning("alerts_not_delivered", channel=row["id"], error=failure)
        connection.execute(query("note_not_delivered"), {**delivered, "failure": failure})
        return False
    connection.execute(query("note_delivered"), delivered)
    return True


def send(settings: Settings, channel: Channel, notices: list[Notice]) -> None:
    """Send notices by a channel; none: a test. Raises one of DELIVERY_ERRORS."""
    names = channel.sends_names
    lines = [notice.line(settings.zone, with_names=names) for notice in notices] or [TEST_TEXT]
    members = [notice.members(with_names=names) for notice in notices]
    if channel.kind == "webhook":
        body = msgspec.json.encode({"text": "\n".join(lines), "alerts": members})
        post(channel.secret.url, channel.secret.signing_key, body)
        return
    messages = [
        AlertMessage(
            f"iot-hub/alerts/{notice.rule_id}/{notice.device_id}", msgspec.json.encode({"text": line, **member})
        )
        for notice, line, member in zip(notices, lines, members, strict=False)
    ] or [AlertMessage("iot-hub/alerts/test", msgspec.json.encode({"text": TEST_TEXT}))]
    asyncio.run(_publish(settings, messages))


async def _publish(settings: Settings, messages: list[AlertMessage]) -> None:
    publisher = Publisher(broker_of(settings))
    try:
        await publisher.publish(messages)
    finally:
        publisher.close()
