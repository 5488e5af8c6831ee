"""The one way to store events, for the writer, imports and replay alike: one statement, and around what it refuses.

The functions are coroutines over an ``Execute``, so that each stands here once. Over a blocking connection
(``blocking``) they never wait for anything, and ``run_blocking`` runs them without an event loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, LiteralString, Protocol, TypeVar, cast

import psycopg
from psycopg.rows import tuple_row

from iot_hub.database.queries import query
from iot_hub.ingest.batch import Outcome, Receipt, StoredEvent
from iot_hub.ingest.text_array import TextArray

POISON = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded)
"""What an event's own content causes. Any other error is the hub's, and the client tries again."""

NOT_STORABLE: Outcome = "not_storable"

Item = TypeVar("Item")
Result = TypeVar("Result")


class Cursor(Protocol):
    """What is read of a psycopg cursor."""

    @property
    def rowcount(self) -> int:
        """How many rows a statement returned."""

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the rows."""


Execute = Callable[[LiteralString, Mapping[str, object]], Awaitable[Cursor]]


async def store_each(execute: Execute, events: Sequence[StoredEvent]) -> list[Outcome]:
    """Store events, each group of them that the database accepts in one transaction; return each one's outcome."""
    bad, parts = await store_around_bad(events, partial(_store_part, execute), partial(_find_unstorable, execute))
    if not bad:
        return parts[0]
    stored = chain.from_iterable(parts)
    return [NOT_STORABLE if index in bad else next(stored) for index in range(len(events))]


async def store_counted(
    execute: Execute, events: Sequence[StoredEvent], statement: LiteralString | None = None
) -> Receipt:
    """Store events as ``store_each`` does; return their counts and who was rejected, which is cheaper.

    Another statement takes the same parameters and returns a row for each event that is new.
    """

    async def count(part: Sequence[StoredEvent]) -> int:
        return (await execute(statement or query("store_events"), to_sql_params(part))).rowcount

    if not events:
        return Receipt(0, 0)
    bad, counts = await store_around_bad(events, count, partial(_find_unstorable, execute))
    stored = sum(counts)
    duplicates = len(events) - len(bad) - stored
    return Receipt(stored, duplicates, tuple((index, NOT_STORABLE) for index in sorted(bad)))


async def store_around_bad(
    items: Sequence[Item],
    store: Callable[[Sequence[Item]], Awaitable[Result]],
    find_bad: Callable[[Sequence[Item]], Awaitable[set[int]]],
) -> tuple[set[int], list[Result]]:
    """Store a batch so that one bad item fails no neighbour.

    Return the indexes of the bad items, and the results of ``store`` for the others, in order. ``find_bad`` names most
    bad items at the cost of one statement; what it does not know is found by halving.
    """
    try:
        return set(), [await store(items)]
    except POISON:
        known = await find_bad(items)
    rest = [index for index in range(len(items)) if index not in known]
    bad, results = await _halve([items[index] for index in rest], store)
    return known | {rest[index] for index in bad}, results


async def _halve(
    items: Sequence[Item], store: Callable[[Sequence[Item]], Awaitable[Result]]
) -> tuple[set[int], list[Result]]:
    if not items:
        return set(), []
    try:
        return set(), [await store(items)]
    except POISON:
        if len(items) == 1:
            return {0}, []
    middle = len(items) // 2
    bad, results = await _halve(items[:middle], store)
    more_bad, more_results = await _halve(items[middle:], store)
    return bad | {middle + index for index in more_bad}, results + more_results


async def _store_part(execute: Execute, events: Sequence[StoredEvent]) -> list[Outcome]:
    params = to_sql_params(events)
    cursor = await _insert(execute, params)
    if cursor.rowcount == len(events):
        return ["stored"] * len(events)
    if cursor.rowcount == 0:
        return ["duplicate"] * len(events)
    new = Counter(await cursor.fetchall())
    outcomes: list[Outcome] = []
    for key in await (await execute(query("digests_of"), params)).fetchall():
        outcomes.append("stored" if new[key] else "duplicate")
        # An event that is twice in a batch is stored once.
        new[key] -= bool(new[key])
    return outcomes


async def _insert(execute: Execute, params: Mapping[str, object]) -> Cursor:
    """Insert events, and where their month has no partition, make it and insert them again.

    To ask for the partition at each commit would cost a tenth of a small one, and a month begins rarely.
    """
    try:
        return await execute(query("insert_events"), params)
    except psycopg.errors.CheckViolation:
        return await execute(query("store_events"), params)


async def _find_unstorable(execute: Execute, events: Sequence[StoredEvent]) -> set[int]:
    texts = TextArray([event.properties for event in events])
    cursor = await execute(query("unstorable"), {"properties": texts})
    return {index for (index,) in await cursor.fetchall()}


def to_sql_params(events: Sequence[StoredEvent]) -> dict[str, object]:
    """Return the parameters of ``store_events`` and of statements like it."""
    # Texts, not lists: adapting a thousand Python values costs more than parsing them there.
    # A source's name is the hub's own and needs no quoting.
    return {
        "device_ids": "{" + ",".join([str(event.device_id) for event in events]) + "}",
        "device_times": "{" + ",".join([str(event.device_time) for event in events]) + "}",
        "sources": "{" + ",".join([event.source for event in events]) + "}",
        "properties": TextArray([event.properties for event in events]),
    }


class _BlockingCursor:
    """A cursor of a blocking connection, behind the asynchronous interface."""

    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    async def fetchall(self) -> list[tuple[Any, ...]]:
        return self._cursor.fetchall()


def blocking(connection: psycopg.Connection[Any]) -> Execute:
    """Return an ``Execute`` over a blocking connection; in the caller's transaction each statement is a savepoint."""

    async def execute(statement: LiteralString, params: Mapping[str, object]) -> Cursor:
        with connection.transaction():
            cursor = connection.cursor(row_factory=tuple_row)
            return _BlockingCursor(cursor.execute(statement, params, binary=True))

    return execute


def run_blocking(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine over a blocking connection to its end."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast(Result, done.value)
    coroutine.close()
    raise RuntimeError("A coroutine over a blocking connection waited for an event loop.")
