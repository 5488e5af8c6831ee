"""One connection to a broker: bytes go in, batches of messages come out, and acknowledgements go back in order.

Facts: MQTT 5.0, 4.6 (acknowledgements keep the order of the messages), 3.1.2.10 (keep-alive). What Mosquitto 2.0 does
beyond them: each acknowledgement releases a whole window of messages, so the receive maximum bounds nothing, and this
connection bounds itself by not reading. It never hangs up for load: what is not read stays with the broker.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import mqtt5
import msgspec

from iot_hub.ingest.mqtt.message import Message
from iot_hub.ingest.mqtt.packets import MalformedPacketError, read_packets

MOST_UNACKNOWLEDGED = 10_000
"""Messages in flight. The writer refuses at twice as many events, and half the packet ids are three times as many."""
MOST_BYTES = 24_000_000
"""Of their payloads."""
SYSTEM = "$SYS/"
"""Topics under which a broker reports on itself."""

Deliver = Callable[[Sequence[Message]], Coroutine[Any, Any, None]]
"""Reads messages at once; what it returns ends when they are safe, and only then."""


class Load(msgspec.Struct):
    """What a connection has in flight."""

    messages: int = 0
    bytes: int = 0


class _Batch(msgspec.Struct):
    """The messages of one read: what is to be acknowledged once all are safe."""

    packet_ids: list[int]
    bytes: int
    received: float
    is_safe: bool = False


class Connection(asyncio.Protocol):
    """The client's end of one connection."""

    def __init__(
        self, hello: mqtt5.ConnectPacket, deliver: Deliver, system: Callable[[str, bytes], None],
        *, most_messages: int = MOST_UNACKNOWLEDGED, most_bytes: int = MOST_BYTES,
    ) -> None:  # fmt: skip
        """Send ``hello`` once connected; hand messages to ``deliver``, what the broker says of itself to ``system``."""
        loop = asyncio.get_running_loop()
        self._hello = hello
        self._deliver = deliver
        self._system = system
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._batches: deque[_Batch] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscribed: dict[int, asyncio.Future[list[int]]] = {}
        self.welcome: asyncio.Future[mqtt5.ConnAckPacket] = loop.create_future()
        """The broker's answer; fails with MalformedPacketError or ConnectionError."""
        self.closed: asyncio.Future[Exception | None] = loop.create_future()
        """Done once the connection is lost, with the reason if there is one."""
        self.load = Load()
        self.acknowledged = 0
        self.heard = time.monotonic()
        """When the broker last sent something."""
        self.is_paused = False
        self._is_stopping = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first packet."""
        self._transport = transport  # type: ignore[assignment] # that of a stream is a Transport
        self._write(self._hello.write())

    def data_received(self, data: bytes) -> None:
        """Read what the broker sent."""
        self.heard = time.monotonic()
        if self._buffer:
            self._buffer += data
            read: bytes | bytearray = self._buffer
        else:
            read = data
        try:
            packets, end = read_packets(read)
            if read is data:
                self._buffer += data[end:]
            else:
                del self._buffer[:end]
            self._take(packets)
        except MalformedPacketError as error:
            self._fail(error)

    def connection_lost(self, error: Exception | None) -> None:
        """End every wait for the broker."""
        self._transport = None
        gone = error or ConnectionResetError("The broker closed the connection.")
        waiting: list[asyncio.Future[Any]] = [self.welcome, *self._subscribed.values()]
        for each in waiting:
            if not each.done():
                each.set_exception(gone)
                # Nobody may be waiting for it.
                each.exception()
        if not self.closed.done():
            self.closed.set_result(error)

    # What the session calls.

    async def subscribe(self, packet_id: int, filters: Sequence[mqtt5.TopicFilter]) -> list[int]:
        """Subscribe; return the broker's reason code for each filter. Raises ConnectionError."""
        done: asyncio.Future[list[int]]
        done = self._subscribed[packet_id] = asyncio.get_running_loop().create_future()
        self._write(mqtt5.SubscribePacket(packet_id, list(filters)).write())
        return await done

    def unsubscribe(self, packet_id: int, patterns: Sequence[str]) -> None:
        """End subscriptions of an earlier time."""
        self._write(mqtt5.UnsubscribePacket(packet_id, list(patterns)).write())

    def ping(self) -> None:
        """Show the broker that this client is alive."""
        self._write(mqtt5.PingReqPacket().write())

    def stop_reading(self) -> None:
        """Leave everything further to the broker."""
        self._is_stopping = True
        if self._transport is not None and not self._transport.is_closing() and not self.is_paused:
            self.is_paused = True
            self._transport.pause_reading()

    async def until_safe(self) -> None:
        """Wait until everything in flight is safe, and acknowledged where the connection still stands."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def give_up(self) -> None:
        """Cancel what is not safe yet."""
        for task in self._tasks:
            task.cancel()

    def hang_up(self) -> None:
        """Disconnect; the broker keeps the session."""
        self._write(mqtt5.DisconnectPacket().write())
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close a connection on which nothing comes any more."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def behind_seconds(self) -> float:
        """How long the oldest message has been in flight."""
        return time.monotonic() - self._batches[0].received if self._batches else 0.0

    # The rest.

    def _take(self, packets: Sequence[mqtt5.Packet | Message]) -> None:
        messages: list[Message] = []
        for packet in packets:
            if isinstance(packet, mqtt5.PublishPacket):
                if packet.topic.startswith(SYSTEM):
                    self._system(packet.topic, packet.payload)
                    continue
                messages.append(
                    Message(packet.topic, packet.payload, packet.retain, packet.packet_id or 0, packet.duplicate)
                )
            elif isinstance(packet, Message):
                messages.append(packet)
            else:
                self._take_other(packet)
        if messages:
            self._take_messages(messages)

    def _take_messages(self, messages: list[Message]) -> None:
        size = sum([len(message.payload) for message in messages])
        ids = [message.packet_id for message in messages if message.packet_id]
        batch = _Batch(ids, size, time.monotonic())
        self._batches.append(batch)
        self.load.messages += len(ids)
        self.load.bytes += size
        task = asyncio.get_running_loop().create_task(self._deliver(messages))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._delivered(batch, done))
        self._pause_or_resume()

    def _delivered(self, batch: _Batch, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # What was not stored is not acknowledged: the broker sends it again.
        if task.cancelled() or task.exception() is not None:
            self.abort()
            return
        batch.is_safe = True
        acknowledgements: list[bytes] = []
        while self._batches and self._batches[0].is_safe:
            first = self._batches.popleft()
            self.load.messages -= len(first.packet_ids)
            self.load.bytes -= first.bytes
            acknowledgements += [mqtt5.PubAckPacket(packet_id).write() for packet_id in first.packet_ids]
        if acknowledgements and self._transport is not None:
            self.acknowledged += len(acknowledgements)
            self._write(b"".join(acknowledgements))
        self._pause_or_resume()

    def _pause_or_resume(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        share = max(self.load.messages / self._most_messages, self.load.bytes / self._most_bytes)
        if share >= 1 and not self.is_paused:
            self.is_paused = True
            self._transport.pause_reading()
        elif share < 0.5 and self.is_paused and not self._is_stopping:
            self.is_paused = False
            self.heard = time.monotonic()
            self._transport.resume_reading()

    def _take_other(self, packet: mqtt5.Packet) -> None:
        if isinstance(packet, mqtt5.ConnAckPacket):
            if not self.welcome.done():
                self.welcome.set_result(packet)
        elif isinstance(packet, mqtt5.SubAckPacket):
            waiting = self._subscribed.pop(packet.packet_id, None)
            if waiting is not None and not waiting.done():
                waiting.set_result([int(code) for code in packet.reason_codes])
        elif isinstance(packet, mqtt5.DisconnectPacket):
            self._fail(ConnectionResetError(f"The broker disconnected ({packet.reason_code.name})."))

    def _fail(self, error: Exception) -> None:
        if not self.welcome.done():
            self.welcome.set_exception(error)
            self.welcome.exception()
        if not self.closed.done():
            self.closed.set_result(error)
        self.abort()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
