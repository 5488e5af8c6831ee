"""NDJSON batches of 1,000 events over HTTP, against a bare COPY of the same rows."""

from __future__ import annotations

import functools
import gzip
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import psycopg
from hub_under_test import owner, running_api, running_database, running_worker, wait_until
from measured import Measured
from pairs import ratio
from phone_events import BATCH, copy_block, ndjson_body
from progress import say
from psycopg.rows import DictRow
from report import at_least, per_second
from senders import in_parallel, post_batches
from statements import statement

from iot_hub.access.devices import add_device
from iot_hub.database.connections import owner_conninfo
from iot_hub.settings import Settings

FIRST_EVENT = 1_767_225_600  # 2026-01-01
SENDERS = 4
"""Of 2, 3 and 4 the best when tried."""

NOTES = [
    f"NDJSON: `POST /v1/events` with {BATCH:,} events a body (455 kB, the first beta's payload, one event a"
    f" second) from {SENDERS} senders, straight at the API process, the worker running; bodies are made before the"
    " clock starts, and every receipt must say that all events were stored.",
    "Bare COPY: `COPY copied (device_id, device_timestamp, properties) FROM STDIN` of the same rows, as text lines"
    f" made before the clock starts, in blocks of {BATCH:,}, each a transaction of its own, over one connection,"
    " into a table without key or index (integer, bigint, jsonb); same cluster, `fsync` on.",
]


@dataclass(frozen=True)
class Sizes:
    """How much to send a run, and how often."""

    rounds: int
    batches: int


FULL = Sizes(rounds=5, batches=160)
QUICK = Sizes(rounds=1, batches=24)


def measure(*, quick: bool) -> Measured:
    """Measure batches and COPY in turns."""
    sizes = QUICK if quick else FULL
    with running_database() as settings, owner(settings) as connection:
        connection.execute(statement("make_partitions"), {"from": "2026-01-01", "to": "2026-02-01"})
        connection.execute(statement("create_copied"))
        # Made before the API starts, so that no run waits for the news of a token.
        tokens = [add_device(connection, f"bench {n}", "smartphone")[1] for n in range(sizes.rounds * 2)]
        with running_worker(settings), running_api(settings) as api:
            rates = _Field(settings, connection, api, tokens, sizes).rounds()
    events = per_second("events")
    return Measured(
        [
            at_least("NDJSON batches against a bare COPY", ratio(rates["plain"], rates["copy"]), events, 0.5),
            at_least("the same, gzip", ratio(rates["gzip"], rates["copy"]), events, None),
            at_least(
                f"the same, COPY over {SENDERS} connections", ratio(rates["plain"], rates["copies"]), events, None
            ),
        ],
        NOTES,
    )


@dataclass
class _Field:
    settings: Settings
    connection: psycopg.Connection[DictRow]
    api: str
    tokens: list[str]
    sizes: Sizes
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def rounds(self) -> dict[str, list[float]]:
        """Measure each way in turns; give events a second."""
        ways: dict[str, Callable[[], float]] = {
            "plain": self._plain, "copy": lambda: self._copy(1), "gzip": self._gzip,
            "copies": lambda: self._copy(SENDERS),
        }  # fmt: skip
        found: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(self.sizes.rounds):
            for name, send in ways.items():
                self._settle()
                found[name].append(self.sizes.batches * BATCH / send())
            summary = ", ".join(f"{name} {rates[-1]:,.0f}/s" for name, rates in found.items())
            say(f"batches, round {number + 1} of {self.sizes.rounds}: {summary}")
        return found

    def _starts(self) -> range:
        return range(FIRST_EVENT, FIRST_EVENT + self.sizes.batches * BATCH, BATCH)

    def _plain(self) -> float:
        return self._post([ndjson_body(start) for start in self._starts()])

    def _gzip(self) -> float:
        return self._post([gzip.compress(ndjson_body(start), 6) for start in self._starts()], "gzip")

    def _post(self, bodies: Sequence[bytes], encoding: str = "") -> float:
        return post_batches(self.api, self.tokens.pop(), bodies, senders=SENDERS, encoding=encoding)

    def _copy(self, connections: int) -> float:
        device_id = next(self.numbers)
        blocks = [copy_block(device_id, start) for start in self._starts()]
        where = owner_conninfo(self.settings, "iot-hub bench")
        seconds = in_parallel(
            [functools.partial(_copy_blocks, where, blocks[n::connections]) for n in range(connections)]
        )
        if self._one("count_copied", {"device_id": device_id}) != len(blocks) * BATCH:
            raise RuntimeError("COPY lost rows")
        return seconds

    def _settle(self) -> None:
        """Start every run from the same state: roll-ups up to date, no checkpoint ahead."""
        wait_until(lambda: self._one("count_stale_hours") == 0, 120)
        self.connection.execute("CHECKPOINT")

    def _one(self, name: str, values: dict[str, int] | None = None) -> int:
        row = self.connection.execute(statement(name), values).fetchone()
        return int(next(iter(row.values()))) if row else 0


def _copy_blocks(where: str, blocks: Sequence[bytes]) -> None:
    with psycopg.connect(where, autocommit=True) as connection:
        for block in blocks:
            with connection.cursor().copy(statement("copy_events")) as copy:
                copy.write(block)
