"""A connection: acknowledgements in order and only of what is safe, and a bound on what is in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import mqtt5
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import until

from iot_hub.ingest.mqtt.connection import Connection
from iot_hub.ingest.mqtt.message import Message


class Wire(asyncio.Transport):
    """The broker's end: what was written, and whether it is read from."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[mqtt5.Packet] = []
        self.is_reading = True
        self.is_aborted = False

    def write(self, data: Any) -> None:
        start, view = 0, memoryview(bytes(data))
        while start < len(view):
            packet, size = mqtt5.read(view[start:])
            self.written.append(packet)
            start += size

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def is_closing(self) -> bool:
        return self.is_aborted

    def abort(self) -> None:
        self.is_aborted = True

    @property
    def acknowledged(self) -> list[int]:
        return [packet.packet_id for packet in self.written if isinstance(packet, mqtt5.PubAckPacket)]


class Store:
    """Stores a batch when it is told to."""

    def __init__(self) -> None:
        self.batches: list[asyncio.Future[None]] = []

    def __call__(self, messages: Sequence[Message]) -> Coroutine[Any, Any, None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.batches.append(done)

        async def wait() -> None:
            await done

        return wait()


def run(test: Callable[[Wire, Store, Connection], Coroutine[Any, Any, None]], **bounds: int) -> None:
    async def main() -> None:
        wire, store = Wire(), Store()
        connection = Connection(mqtt5.ConnectPacket("hub"), store, lambda *_: None, **bounds)
        connection.connection_made(wire)
        await test(wire, store, connection)
        connection.give_up()
        await connection.until_safe()

    asyncio.run(main())


def messages(first: int, count: int, size: int = 10) -> bytes:
    numbers = range(first, first + count)
    return b"".join(
        mqtt5.PublishPacket("a", b"x" * size, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number).write()
        for number in numbers
    )


@settings(max_examples=40)
@given(st.permutations(range(5)))
def test_acknowledgements_go_out_in_order_in_whatever_order_messages_become_safe(order: list[int]) -> None:
    async def test(wire: Wire, store: Store, connection: Connection) -> None:
        for batch in range(5):
            connection.data_received(messages(1 + batch * 3, 3))
        safe: set[int] = set()
        for batch in order:
            store.batches[batch].set_result(None)
            safe.add(batch)
            first_unsafe = min(set(range(5)) - safe, default=5)
            for _ in range(5):
                await asyncio.sleep(0)
            assert len(wire.acknowledged) == first_unsafe * 3
        assert wire.acknowledged == list(range(1, 16))

    run(test)


def test_what_could_not_be_stored_is_not_acknowledged_and_the_broker_sends_it_again() -> None:
    async def test(wire: Wire, store: Store, connection: Connection) -> None:
        connection.data_received(messages(1, 2))
        connection.data_received(messages(3, 2))
        store.batches[0].set_exception(RuntimeError())
        store.batches[1].set_result(None)
        await connection.until_safe()
        assert wire.is_aborted
        assert wire.acknowledged == []

    run(test)


def test_it_stops_reading_at_a_number_of_messages_and_goes_on_at_half() -> None:
    async def test(wire: Wire, store: Store, connection: Connection) -> None:
        connection.data_received(messages(1, 60))
        assert wire.is_reading
        connection.data_received(messages(61, 40))
        assert not wire.is_reading
        store.batches[1].set_result(None)
        await until(lambda: len(connection._tasks) == 1, 5)
        # Safe, but not acknowledged: the one before is not.
        assert not wire.is_reading
        store.batches[0].set_result(None)
        await until(lambda: wire.is_reading, 5)
        assert not wire.is_aborted

    run(test, most_messages=100)


def test_it_stops_reading_at_a_number_of_bytes() -> None:
    async def test(wire: Wire, store: Store, connection: Connection) -> None:
        connection.data_received(messages(1, 2, size=600))
        assert not wire.is_reading

    run(test, most_bytes=1_000)


def test_a_message_at_qos_0_is_stored_and_not_acknowledged() -> None:
    async def test(wire: Wire, store: Store, connection: Connection) -> None:
        connection.data_received(mqtt5.PublishPacket("a", b"1").write())
        store.batches[0].set_result(None)
        await connection.until_safe()
        assert wire.acknowledged == []

    run(test)
