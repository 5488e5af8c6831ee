"""Storing a batch: one bad event fails no neighbour, whoever stores it, and each event's outcome is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import LiteralString

import psycopg
import pytest
from events import Connection, add_device, rows
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.database.connections import owner_conninfo
from iot_hub.ingest.batch import Receipt, StoredEvent, receipts_of
from iot_hub.ingest.storage import (
    Cursor,
    blocking,
    run_blocking,
    store_around_bad,
    store_counted,
    store_each,
    to_sql_params,
)
from iot_hub.settings import Settings

TIME = 1_755_861_753
RAW = "SELECT device_timestamp FROM iot_personal_hub.raw_devices_properties ORDER BY device_time"


def stored_event(second: int, properties: bytes = b"{}", device_id: int = 1) -> StoredEvent:
    return StoredEvent(device_id, (TIME + second) * 1_000_000, properties, "hub")


NOT_JSONB = b'{"a":1e-99999}'
"""A number that JSON has and jsonb has not."""


class Database:
    """A database that refuses a batch with a bad item in it, and knows of some of the bad ones beforehand."""

    def __init__(self, bad: set[int], known: set[int]) -> None:
        self.bad = bad
        self.known = known
        self.stored: list[list[int]] = []
        self.tries = 0

    async def store(self, items: Sequence[int]) -> int:
        self.tries += 1
        if self.bad & set(items):
            raise psycopg.DataError
        self.stored.append(list(items))
        return len(items)

    async def find_bad(self, items: Sequence[int]) -> set[int]:
        return {index for index, item in enumerate(items) if item in self.known}


@given(size=st.integers(1, 40), data=st.data())
def test_whatever_is_bad_every_good_item_is_stored_once_and_in_order(size: int, data: st.DataObject) -> None:
    numbers = st.integers(100, 100 + size - 1)
    bad = data.draw(st.sets(numbers))
    known = data.draw(st.sets(st.sampled_from(sorted(bad)))) if bad else set()
    database = Database(bad, known)
    items = list(range(100, 100 + size))
    found, results = run_blocking(store_around_bad(items, database.store, database.find_bad))
    assert {items[index] for index in found} == bad
    assert [item for part in database.stored for item in part] == [item for item in items if item not in bad]
    assert results == [len(part) for part in database.stored]


def test_bad_items_that_one_statement_finds_cost_one_more_try() -> None:
    bad = set(range(0, 2_000, 2))
    database = Database(bad, bad)
    run_blocking(store_around_bad(range(2_000), database.store, database.find_bad))
    assert database.tries == 2


def test_another_bad_item_costs_a_try_for_each_halving() -> None:
    database = Database({1_234}, set())
    run_blocking(store_around_bad(range(2_048), database.store, database.find_bad))
    assert database.tries <= 2 * 11 + 2


def test_an_error_that_no_item_causes_is_raised_at_once() -> None:
    tries = []

    async def store(items: Sequence[int]) -> int:
        tries.append(items)
        raise psycopg.OperationalError

    async def find_bad(_: Sequence[int]) -> set[int]:
        raise AssertionError

    with pytest.raises(psycopg.OperationalError):
        run_blocking(store_around_bad([1, 2, 3], store, find_bad))
    assert len(tries) == 1


def test_what_waits_for_an_event_loop_is_not_run_without_one() -> None:
    with pytest.raises(RuntimeError, match="event loop"):
        run_blocking(asyncio.sleep(1))


MIXED = [
    stored_event(0),
    stored_event(1, NOT_JSONB),
    stored_event(2),
    stored_event(2),
    stored_event(3, device_id=9),
    stored_event(4),
]
"""The first is there already, the second the database refuses, and the fourth repeats the third."""


def test_each_event_of_a_mixed_batch_gets_its_own_outcome(owner: Connection) -> None:
    add_device(owner)
    add_device(owner, 9, "car")
    run_blocking(store_each(blocking(owner), [stored_event(0)]))
    outcomes = run_blocking(store_each(blocking(owner), MIXED))
    assert outcomes == ["duplicate", "not_storable", "stored", "duplicate", "stored", "stored"]
    assert [row["device_timestamp"] for row in rows(owner, RAW)] == [TIME, TIME + 2, TIME + 3, TIME + 4]


def test_counting_gives_the_same_as_asking_for_each(owner: Connection) -> None:
    add_device(owner)
    add_device(owner, 9, "car")
    run_blocking(store_each(blocking(owner), [stored_event(0)]))
    receipt = run_blocking(store_counted(blocking(owner), MIXED))
    assert receipt == Receipt(3, 2, ((1, "not_storable"),))
    assert run_blocking(store_counted(blocking(owner), MIXED)) == Receipt(0, 5, ((1, "not_storable"),))
    assert run_blocking(store_counted(blocking(owner), [])) == Receipt(0, 0)


def test_an_event_whose_time_postgresql_cannot_hold_is_found_by_halving(owner: Connection) -> None:
    add_device(owner)
    out_of_range = StoredEvent(1, -(2**62), b"{}", "hub")
    batch = [*(stored_event(second) for second in range(5)), out_of_range, stored_event(6)]
    assert run_blocking(store_counted(blocking(owner), batch)) == Receipt(6, 0, ((5, "not_storable"),))


def test_within_a_transaction_a_refused_statement_undoes_itself_alone(owner: Connection) -> None:
    add_device(owner)
    with owner.transaction():
        run_blocking(store_each(blocking(owner), MIXED[:3]))
        owner.execute("DELETE FROM iot_personal_hub.stale_hours")
    assert len(rows(owner, RAW)) == 2
    assert rows(owner, "SELECT FROM iot_personal_hub.stale_hours") == []


def test_an_asynchronous_connection_stores_the_same(settings: Settings, owner: Connection) -> None:
    add_device(owner)
    add_device(owner, 9, "car")

    async def store() -> list[str]:
        async with await psycopg.AsyncConnection.connect(owner_conninfo(settings, "tests"), autocommit=True) as one:

            async def execute(statement: LiteralString, params: Mapping[str, object]) -> Cursor:
                return await one.execute(statement, params, binary=True)

            return [*await store_each(execute, MIXED[:1]), *await store_each(execute, MIXED)]

    assert asyncio.run(store()) == ["stored", "duplicate", "not_storable", "stored", "duplicate", "stored", "stored"]


def test_receipts_are_cut_where_the_requests_are() -> None:
    groups = [MIXED[:1], MIXED[1:2], MIXED[2:6]]
    outcomes = ["duplicate", "not_storable", "stored", "duplicate", "not_storable", "stored"]
    assert receipts_of(groups, outcomes) == [
        Receipt(0, 1),
        Receipt(0, 0, ((0, "not_storable"),)),
        Receipt(2, 1, ((2, "not_storable"),)),
    ]  # type: ignore[arg-type]
    assert receipts_of(groups, ["stored"] * 6) == [Receipt(1, 0), Receipt(1, 0), Receipt(4, 0)]


def test_parameters_are_arrays_as_postgresql_writes_them() -> None:
    params = to_sql_params([stored_event(0), stored_event(1, b'{"a":1}', 2)])
    assert (params["device_ids"], params["sources"]) == ("{1,2}", "{hub,hub}")
    assert params["device_times"] == f"{{{TIME}000000,{TIME + 1}000000}}"
    assert params["properties"] == [b"{}", b'{"a":1}']
