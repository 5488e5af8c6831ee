"""Publishes messages at QoS 1, until the broker has acknowledged them.

It needs little: no subscriptions and no session. What was not acknowledged is published again over the next
connection. Facts: MQTT 5.0, 3.2.2.3.3 (receive maximum), 3.14 (a client that disconnects takes back its will).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

import mqtt5

from iot_hub.ingest.mqtt.broker import Broker
from iot_hub.ingest.mqtt.packets import MalformedPacketError, read_packets

TIMEOUT_SECONDS = 30.0
PUBLISH_ERRORS = (OSError, MalformedPacketError)
"""What publishing raises where the broker is away, refuses the account or a message, or speaks something else."""

_FAILURE = 0x80


class Outgoing(Protocol):
    """A message to publish. The broker keeps one that is retained; an empty one deletes it."""

    @property
    def topic(self) -> str:
        """The topic."""
        ...

    @property
    def payload(self) -> bytes:
        """The payload."""
        ...

    @property
    def retain(self) -> bool:
        """Whether the broker keeps it."""
        ...


class Publisher:
    """An account at a broker, and its connection while there is one."""

    def __init__(self, broker: Broker, *, keep_alive: int = 0, will: mqtt5.Will | None = None) -> None:
        """Publish with the broker's account.

        Unless something is published within one and a half times ``keep_alive`` seconds, the broker takes the client
        for gone (0: never), and publishes its ``will``.
        """
        self._broker = broker
        self._keeps_will = will is not None
        self._hello = mqtt5.ConnectPacket(
            "", username=broker.user, password=None if broker.password is None else broker.password.encode(),
            clean_start=True, keep_alive=keep_alive, will=will,
        ).write()  # fmt: skip
        self._connection: _Connection | None = None

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Publish messages in order, and wait until all are acknowledged. Raises one of PUBLISH_ERRORS."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                if self._connection is None:
                    self._connection = await _Connection.open(self._broker, self._hello)
                await self._connection.publish(messages)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, if there is one; the broker publishes the will."""
        if self._connection is not None:
            self._connection.close(in_order=not self._keeps_will)
            self._connection = None


class _Connection:
    """A connection that the broker has accepted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._rest = b""
        self._window = 1

    @classmethod
    async def open(cls, broker: Broker, hello: bytes) -> _Connection:
        opened = cls(*await broker.open_streams())
        try:
            opened._writer.write(hello)
            welcome = (await opened._receive())[0]
            if not isinstance(welcome, mqtt5.ConnAckPacket) or int(welcome.reason_code):
                raise ConnectionRefusedError("The broker does not accept the account.")
            opened._window = welcome.receive_max
        except BaseException:
            opened.close(in_order=False)
            raise
        return opened

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        for start in range(0, len(messages), self._window):
            sent = messages[start : start + self._window]
            packets = [
                mqtt5.PublishPacket(
                    each.topic, each.payload, qos=mqtt5.QoS.AT_LEAST_ONCE, retain=each.retain, packet_id=packet_id
                ).write()
                for packet_id, each in enumerate(sent, 1)
            ]  # fmt: skip
            self._writer.write(b"".join(packets))
            await self._acknowledged(len(sent))

    def close(self, *, in_order: bool) -> None:
        if in_order:
            with contextlib.suppress(OSError):
                self._writer.write(mqtt5.DisconnectPacket().write())
        self._writer.close()

    async def _acknowledged(self, count: int) -> None:
        while count:
            for packet in await self._receive():
                if isinstance(packet, mqtt5.PubAckPacket):
                    if int(packet.reason_code) >= _FAILURE:
                        raise ConnectionRefusedError(f"The broker refuses a message: {packet.reason_code.name}.")
                    count -= 1

    async def _receive(self) -> list[object]:
        packets: list[object] = []
        while not packets:
            data = await self._reader.read(65_536)
            if not data:
                raise ConnectionResetError("The broker closed the connection.")
            read, end = read_packets(self._rest + data)
            self._rest = (self._rest + data)[end:]
            packets += read
        return packets
