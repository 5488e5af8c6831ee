"""Dropping the partition of an empty month, while others store and read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from archive_world import DAY, START, reading
from events import Connection, add_device, rows, store
from retention_world import count
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.ingest.batch import Receipt, StoredEvent
from iot_hub.ingest.storage import blocking, run_blocking, store_counted, store_each
from iot_hub.ingest.writer import Writer
from iot_hub.settings import Settings

AUGUST = {"month": "2025-08-01 00:00+00"}
WAITING = (
    "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def emptied(owner: Connection) -> None:
    """August is empty, September is not."""
    add_device(owner)
    store(owner, (START, reading(1)), (START + 20 * DAY, reading(2)))
    owner.execute("DELETE FROM iot_personal_hub.raw_devices_properties WHERE device_time < '2025-09-01'")


def drop_august(connection: Connection) -> bool:
    row = connection.execute(query("drop_empty_partition"), AUGUST).fetchone()
    return bool(row and row["drop_empty_partition"])


def write(connection: Connection, number: int) -> list[str]:
    """Store an event of August as the writer does, which makes sure of no partition beforehand."""
    return list(run_blocking(store_each(blocking(connection), [in_august(number)])))


def make_sure_and_write(connection: Connection, number: int) -> list[str]:
    """Store an event of August as imports do."""
    receipt = run_blocking(store_counted(blocking(connection), [in_august(number)]))
    return ["stored"] * receipt.stored


def in_august(number: int) -> StoredEvent:
    return StoredEvent(1, (START + number) * 1_000_000, b'{"n": %d}' % number, "hub")


def has_august(owner: Connection) -> bool:
    return bool(rows(owner, "SELECT FROM pg_class WHERE relname = 'raw_devices_properties_2025_08'"))


@pytest.mark.usefixtures("emptied")
def test_an_event_that_is_being_stored_keeps_its_partition(settings: Settings, owner: Connection) -> None:
    with connect(owner_conninfo(settings, "tests")) as storing, connect(owner_conninfo(settings, "tests")) as dropping:
        with ThreadPoolExecutor(1) as other:
            with storing.transaction():
                assert store(storing, (START + 5, reading(3))) == 1
                dropped = other.submit(drop_august, dropping)
                wait_until(lambda: dropped.done() or rows(owner, WAITING))
            assert not dropped.result()
    assert count(owner) == 2


@pytest.mark.usefixtures("emptied")
def test_an_event_that_meets_a_drop_makes_its_partition_again(settings: Settings, owner: Connection) -> None:
    with connect(owner_conninfo(settings, "tests")) as storing, connect(owner_conninfo(settings, "tests")) as dropping:
        # It has stored there before, and remembers the partition.
        store(storing, (START, reading(1)))
        storing.execute("DELETE FROM iot_personal_hub.raw_devices_properties WHERE device_time < '2025-09-01'")
        with ThreadPoolExecutor(1) as other:
            with dropping.transaction():
                assert drop_august(dropping)
                stored = other.submit(store, storing, (START + 5, reading(3)))
                wait_until(lambda: stored.done() or rows(owner, WAITING))
            assert stored.result() == 1
    assert has_august(owner)
    assert count(owner) == 2


@pytest.mark.usefixtures("emptied")
def test_an_insert_that_is_under_way_keeps_its_partition(settings: Settings, owner: Connection) -> None:
    with connect(owner_conninfo(settings, "tests")) as storing, connect(owner_conninfo(settings, "tests")) as dropping:
        with ThreadPoolExecutor(1) as other:
            with storing.transaction():
                assert write(storing, 5) == ["stored"]
                dropped = other.submit(drop_august, dropping)
                wait_until(lambda: dropped.done() or rows(owner, WAITING))
            assert not dropped.result()
    assert count(owner) == 2


@pytest.mark.usefixtures("emptied")
def test_an_insert_that_meets_a_drop_makes_its_partition_again(settings: Settings, owner: Connection) -> None:
    with connect(owner_conninfo(settings, "tests")) as storing, connect(owner_conninfo(settings, "tests")) as dropping:
        with ThreadPoolExecutor(1) as other:
            with dropping.transaction():
                assert drop_august(dropping)
                stored = other.submit(write, storing, 5)
                wait_until(lambda: stored.done() or rows(owner, WAITING))
            assert stored.result() == ["stored"]
    assert has_august(owner)
    assert count(owner) == 2


@pytest.mark.usefixtures("emptied")
def test_a_writer_stores_on_in_a_month_that_was_dropped_between_two_of_its_commits(
    settings: Settings, owner: Connection
) -> None:
    async def submit() -> None:
        # One connection, so that it has stored there before, and a prepared statement knows the partition.
        writer = Writer(owner_conninfo(settings, "tests"), connections=1)
        await writer.start()
        for number in range(6):
            assert await writer.store([in_august(number)]) == Receipt(1, 0)
            assert await writer.store([in_august(number)]) == Receipt(0, 1)
            owner.execute("DELETE FROM iot_personal_hub.raw_devices_properties WHERE device_time < '2025-09-01'")
            assert drop_august(owner)
        assert await writer.store([in_august(0)]) == Receipt(1, 0)
        assert not writer.breaker.is_open
        await writer.stop()

    asyncio.run(submit())
    assert has_august(owner)
    assert count(owner) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("emptied")
def test_who_reads_the_events_keeps_a_partition_for_another_night(settings: Settings, owner: Connection) -> None:
    with connect(owner_conninfo(settings, "tests")) as reading_on:
        with reading_on.transaction():
            assert count(reading_on) == 1
            assert not drop_august(owner)
            assert has_august(owner)
        assert drop_august(owner)
    assert not has_august(owner)


@pytest.mark.usefixtures("emptied")
@pytest.mark.parametrize("way", [write, make_sure_and_write])
def test_many_stores_and_drops_at_once_lose_no_event(
    settings: Settings, owner: Connection, way: Callable[[Connection, int], list[str]]
) -> None:
    stop = threading.Event()

    def drop_on() -> None:
        with connect(owner_conninfo(settings, "tests")) as dropping:
            while not stop.is_set():
                if has_august(dropping):
                    drop_august(dropping)

    with ThreadPoolExecutor(1) as other:
        dropped = other.submit(drop_on)
        with connect(owner_conninfo(settings, "tests")) as storing:
            for number in range(100):
                assert way(storing, number) == ["stored"]
                storing.execute("DELETE FROM iot_personal_hub.raw_devices_properties WHERE device_time < '2025-09-01'")
        stop.set()
        dropped.result()
