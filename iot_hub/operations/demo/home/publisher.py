"""Publishes what the simulated home sends to the hub's own broker, until the broker has acknowledged it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path

import mqtt5

from iot_hub.ingest.mqtt.packets import MalformedPacketError, read_packets
from iot_hub.operations.demo.delivery import FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS, TIMEOUT_SECONDS, Receipt
from iot_hub.operations.demo.home.home_device import HomeMessage
from iot_hub.waiting.backoff import Backoff

log = logging.getLogger(__name__)

_FAILURE = 0x80


class Publisher:
    """An account at a broker, and its connection while there is one."""

    def __init__(self, socket: Path, user: str, password: str) -> None:
        """Use the account with the broker that listens on a Unix socket."""
        self._socket = socket
        self._hello = mqtt5.ConnectPacket(
            "", username=user, password=password.encode(), clean_start=True, keep_alive=0
        ).write()  # fmt: skip
        self._connection: _Connection | None = None

    async def deliver(self, messages: Sequence[HomeMessage]) -> Receipt:
        """Publish at QoS 1; try again while the broker is away or does not know the account yet."""
        backoff = Backoff(FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS)
        while True:
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    if self._connection is None:
                        self._connection = await _Connection.open(self._socket, self._hello)
                    await self._connection.publish(messages)
                return Receipt(published=len(messages))
            except (OSError, MalformedPacketError) as error:
                self.close()
                reason, pause = str(error) or type(error).__name__, backoff.pause()
            log.warning("the broker can't accept the home's messages now (%s); next attempt in %.1f s", reason, pause)
            await asyncio.sleep(pause)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Connection:
    """A connection that the broker has accepted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._rest = b""
        self._window = 1

    @classmethod
    async def open(cls, socket: Path, hello: bytes) -> _Connection:
        """Open a connection. Raises OSError, also where the broker refuses."""
        opened = cls(*await asyncio.open_unix_connection(str(socket)))
        try:
            opened._writer.write(hello)
            welcome = (await opened._receive())[0]
            if not isinstance(welcome, mqtt5.ConnAckPacket) or int(welcome.reason_code):
                raise ConnectionRefusedError("it does not accept the account")
            opened._window = welcome.receive_max
        except BaseException:
            opened.close()
            raise
        return opened

    async def publish(self, messages: Sequence[HomeMessage]) -> None:
        """Publish messages, as many at once as the broker accepts. Raises OSError unless all are acknowledged."""
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

    def close(self) -> None:
        """Close it, as the protocol asks."""
        with contextlib.suppress(OSError):
            self._writer.write(mqtt5.DisconnectPacket().write())
        self._writer.close()

    async def _acknowledged(self, count: int) -> None:
        while count:
            for packet in await self._receive():
                if isinstance(packet, mqtt5.PubAckPacket):
                    if int(packet.reason_code) >= _FAILURE:
                        raise ConnectionRefusedError(f"it refuses a message: {packet.reason_code.name}")
                    count -= 1

    async def _receive(self) -> list[object]:
        packets: list[object] = []
        while not packets:
            data = await self._reader.read(65_536)
            if not data:
                raise ConnectionResetError("it closed the connection")
            read, end = read_packets(self._rest + data)
            self._rest = (self._rest + data)[end:]
            packets += read
        return packets
