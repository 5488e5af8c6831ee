"""The hub's durable session at a broker: who it is, what it has subscribed to, and connecting again and again.

The session outlives connections and processes, so the client id is fixed. Facts: MQTT 5.0, 3.1.2.4 (clean start),
3.1.2.11.2 (session expiry), 3.2.2.1.1 (session present).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mqtt5
import msgspec
import structlog

from iot_hub.files.private_files import create_private, make_folder, write_private
from iot_hub.ingest.mqtt.broker import Broker
from iot_hub.ingest.mqtt.connection import Connection, Deliver
from iot_hub.ingest.mqtt.packets import MalformedPacketError, OldProtocolError
from iot_hub.ingest.mqtt.status import State, Status
from iot_hub.waiting.backoff import Backoff

log = structlog.get_logger()

EXPIRY_S = 30 * 86_400
"""How long a broker keeps what comes while the hub is away."""
KEEP_ALIVE_S = 30
CONNECT_TIMEOUT_S = 10.0
STOP_SECONDS = 8.0
"""For what is in flight when the process is stopped; what takes longer comes again."""
RECEIVE_MAXIMUM = 1_000
"""A window of messages; Mosquitto sends 20 at a time without it."""
LARGEST_PACKET = 16_000_000
"""A broker drops what is larger."""
DROPPED = "$SYS/broker/publish/messages/dropped"
VERSION = "$SYS/broker/version"
_SUBSCRIBE, _SUBSCRIBE_SYSTEM, _UNSUBSCRIBE = 1, 2, 3
_FAILURE = 0x80
_PASSWORD = (134, 135)


class _Known(msgspec.Struct):
    """What the hub has at a broker: read at the next start."""

    broker: str = ""
    filters: list[str] = []


class Session:
    """The session; it connects until it is stopped."""

    def __init__(
        self, broker: Broker, filters: Sequence[str], folder: Path, deliver: Deliver, status: Status,
        connecting: Callable[[], None], forgotten: Callable[[], None], lost: Callable[[], None],
    ) -> None:  # fmt: skip
        """Keep what has to last in a folder.

        ``forgotten`` is called where the broker does not know the session, ``lost`` where it should have.
        """
        self._broker = broker
        self._filters = list(filters)
        self._folder = folder
        self._deliver = deliver
        self._status = status
        self._forgotten = forgotten
        self._connecting = connecting
        self._lost = lost
        self._acknowledged_before = 0
        self._stopping = asyncio.Event()
        self._backoff = Backoff(0.2, 30.0, jitter=True)
        self._connection: Connection | None = None

    @property
    def acknowledged(self) -> int:
        """How many messages were acknowledged, over all connections."""
        return self._acknowledged_before + (self._connection.acknowledged if self._connection else 0)

    @property
    def waiting(self) -> int:
        """How many messages are in flight."""
        return self._connection.load.messages if self._connection else 0

    @property
    def behind_seconds(self) -> float:
        """How long the oldest of them has been."""
        return self._connection.behind_seconds if self._connection else 0.0

    def stop(self) -> None:
        """Stop: acknowledge what is in flight, and leave the rest to the broker. Safe in a signal handler."""
        self._stopping.set()

    async def run(self) -> None:
        """Stay connected until stopped."""
        while not self._stopping.is_set():
            try:
                await self._connect_once()
            except OldProtocolError as error:
                self._set("old_protocol", str(error.__doc__))
            except _RefusedError as error:
                self._set("refused", str(error))
            except (OSError, MalformedPacketError, TimeoutError) as error:
                self._set("away", _reason(error))
            if not self._stopping.is_set():
                await self._pause(self._backoff.pause())

    async def _connect_once(self) -> None:
        self._connecting()
        hello = mqtt5.ConnectPacket(
            client_id(self._folder), username=self._broker.user,
            password=None if self._broker.password is None else self._broker.password.encode(),
            clean_start=False, keep_alive=KEEP_ALIVE_S, session_expiry_interval=EXPIRY_S,
            receive_max=RECEIVE_MAXIMUM, max_packet_size=LARGEST_PACKET,
        )  # fmt: skip
        connection: Connection | None = None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                connection = await self._broker.connect(lambda: Connection(hello, self._deliver, self._hear))
                self._acknowledged_before, self._connection = self.acknowledged, connection
                welcome = await connection.welcome
                self._greet(welcome)
                await self._subscribe(connection)
            self._backoff.reset()
            self._set("connected")
            await self._follow(connection)
        finally:
            if connection is not None:
                connection.abort()
                await self._settle(connection)

    def _greet(self, welcome: mqtt5.ConnAckPacket) -> None:
        # The codec's numbers are all true in a boolean context.
        if int(welcome.reason_code):
            what = "wrong user or password" if int(welcome.reason_code) in _PASSWORD else welcome.reason_code.name
            raise _RefusedError(f"The broker refuses the hub: {what}.")
        known = self._known()
        if not welcome.session_present:
            self._forgotten()
            if known.broker == self._broker.name and known.filters:
                self._status.session_lost = time.time()
                self._lost()
                log.warning("mqtt_session_lost", broker=self._broker.name)
        if int(welcome.max_qos) == 0:
            raise _RefusedError("The broker offers QoS 0 only, which keeps nothing for the hub.")

    async def _subscribe(self, connection: Connection) -> None:
        known = self._known()
        old = [each for each in known.filters if each not in self._filters]
        if old and known.broker == self._broker.name:
            connection.unsubscribe(_UNSUBSCRIBE, old)
        codes = await connection.subscribe(_SUBSCRIBE, [_filter(each) for each in self._filters])
        refused = [each for each, code in zip(self._filters, codes, strict=False) if code >= _FAILURE]
        if refused:
            raise _RefusedError(f"The broker refuses the subscription to {', '.join(refused)}.")
        # What a broker says of itself; one that does not is none the worse.
        await connection.subscribe(
            _SUBSCRIBE_SYSTEM,
            [mqtt5.TopicFilter(topic, max_qos=mqtt5.QoS.AT_MOST_ONCE) for topic in (DROPPED, VERSION)],
        )
        self._know()

    async def _follow(self, connection: Connection) -> None:
        """Keep the connection alive until it is lost or the session is stopped."""
        stopping: asyncio.Future[Any] = asyncio.ensure_future(self._stopping.wait())
        try:
            while not connection.closed.done() and not self._stopping.is_set():
                await asyncio.wait(
                    [stopping, connection.closed], timeout=KEEP_ALIVE_S / 2, return_when=asyncio.FIRST_COMPLETED
                )
                connection.ping()
                if not connection.is_paused and time.monotonic() - connection.heard > 1.5 * KEEP_ALIVE_S:
                    raise TimeoutError("The broker is silent.")
        finally:
            stopping.cancel()
        if self._stopping.is_set():
            await self._leave(connection)
        elif error := connection.closed.result():
            raise error if isinstance(error, OSError | MalformedPacketError) else ConnectionResetError(str(error))
        else:
            raise ConnectionResetError("The broker closed the connection.")

    async def _leave(self, connection: Connection) -> None:
        """Acknowledge what is in flight, and disconnect."""
        connection.stop_reading()
        await self._settle(connection)
        connection.hang_up()
        await asyncio.wait([connection.closed], timeout=1.0)
        self._set("stopped")

    async def _settle(self, connection: Connection) -> None:
        """Wait until what is in flight is safe: the broker sends it again, and memory must hold it once.

        Of a stopped hub it is given up after a while: what was not acknowledged stays with the broker.
        """
        safe = asyncio.ensure_future(connection.until_safe())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait([safe, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not safe.done():
            await asyncio.wait([safe], timeout=STOP_SECONDS)
        if not safe.done():
            log.warning("mqtt_stopped_early", waiting=connection.load.messages)
            connection.give_up()
            await safe

    def _hear(self, topic: str, payload: bytes) -> None:
        text = payload[:100].decode(errors="replace")
        if topic == VERSION:
            self._status.broker_version = text
        elif topic == DROPPED and text.isdecimal():
            self._status.dropped = int(text)

    def _set(self, state: State, why: str = "") -> None:
        if (state, why) == (self._status.state, self._status.why):
            return
        self._status.state, self._status.why, self._status.since = state, why, time.time()
        if state in ("connected", "stopped"):
            log.info(f"mqtt_{state}", broker=self._broker.name)
        else:
            log.warning(f"mqtt_{state}", broker=self._broker.name, why=why)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    def _known(self) -> _Known:
        try:
            return msgspec.json.decode((self._folder / "session.json").read_bytes(), type=_Known)
        except (OSError, msgspec.DecodeError):
            return _Known()

    def _know(self) -> None:
        make_folder(self._folder)
        write_private(
            self._folder / "session.json", msgspec.json.encode(_Known(self._broker.name, self._filters)), durable=True
        )


class _RefusedError(Exception):
    """The broker does not let the hub in, or not read."""


def client_id(folder: Path) -> str:
    """Return the hub's client id, chosen at the first call: a broker knows the session by it. Raises OSError."""
    make_folder(folder)
    path = folder / "client-id"
    create_private(path, f"iot-hub-{secrets.token_hex(6)}".encode())
    return path.read_text()


def _filter(pattern: str) -> mqtt5.TopicFilter:
    # Without retain_as_published the retained flag says "a replay", and nothing else.
    return mqtt5.TopicFilter(
        pattern, max_qos=mqtt5.QoS.AT_LEAST_ONCE, retain_as_published=False,
        retain_handling=mqtt5.RetainHandling.SEND_IF_SUBSCRIPTION_NOT_EXISTS,
    )  # fmt: skip


def _reason(error: Exception) -> str:
    if isinstance(error, MalformedPacketError):
        return str(error.__doc__)
    if isinstance(error, TimeoutError):
        return "The broker does not answer."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}."
    return str(error) or type(error).__name__
