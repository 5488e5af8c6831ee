"""Single events: 64 connections at once, and one lone client; each answered after its commit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from contenders import Contender, bare_asgi, flask_one_insert
from hub_under_test import owner, running_api, running_database, running_nginx, running_worker, wait_until
from measured import Measured
from pairs import ratio
from progress import say
from psycopg.rows import DictRow
from report import at_least, at_most, milliseconds, per_second
from statements import statement
from wrk import Load, post_events

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings

FIRST_EVENT = 1_767_225_600  # 2026-01-01: a second for each event of a run stays within January.
NOTES = [
    "Single events: `POST /mobile_location` of one event of about 450 bytes by wrk, straight at the API process; the"
    " worker runs throughout, for both. The bare ASGI function calls the same `insert_events` over as many"
    " connections under the same server. Each run has a device of its own and the same seconds of it; before it,"
    " the worker has caught up and a checkpoint is made. After it, the rows stored are the answers given and at"
    " most those on their way when wrk hung up.",
    "Flask: a new connection, the token's SHA-256, one INSERT into the first beta's table, commit, answer, in"
    " four gunicorn processes; same cluster, same way of logging in to it.",
]


@dataclass(frozen=True)
class Sizes:
    """How long to measure."""

    rounds: int
    seconds: int


FULL = Sizes(rounds=5, seconds=4)
QUICK = Sizes(rounds=1, seconds=1)


def measure(*, quick: bool) -> Measured:
    """Measure throughput and the lone client's wait."""
    sizes = QUICK if quick else FULL
    with running_database() as settings, owner(settings) as connection, _field(settings, connection, sizes) as field:
        crowd = field.rounds(["hub", "bare", "flask", "nginx"], connections=64)
        lone = field.rounds(["hub", "bare"], connections=1)
    rates = {name: [load.rate for load in loads] for name, loads in crowd.items()}
    waits = {name: [load.p50_seconds for load in loads] for name, loads in lone.items()}
    events = per_second("events")
    return Measured(
        [
            at_least("single events against a bare ASGI function", ratio(rates["hub"], rates["bare"]), events, 0.85),
            at_least("single events against Flask, one INSERT", ratio(rates["hub"], rates["flask"]), events, 40),
            at_least("single events through nginx against bare", ratio(rates["nginx"], rates["bare"]), events, None),
            at_most("a lone client, p50", ratio(waits["hub"], waits["bare"]), milliseconds, 1.3),
        ],
        NOTES,
    )


@contextlib.contextmanager
def _field(settings: Settings, connection: psycopg.Connection[DictRow], sizes: Sizes) -> Iterator[_Field]:
    connection.execute(statement("make_partitions"), {"from": "2026-01-01", "to": "2026-02-01"})
    # Made before the servers start, so that no run waits for the news of a token.
    devices = [add_device(connection, f"bench {n}", "smartphone") for n in range(sizes.rounds * 6)]
    with (
        running_worker(settings), running_api(settings) as api, running_nginx(settings, api) as front,
        bare_asgi(settings) as bare, flask_one_insert(settings) as flask,
    ):  # fmt: skip
        contenders = {
            "hub": Contender("the hub", api), "bare": bare, "flask": flask,
            "nginx": Contender("the hub through nginx", front),
        }  # fmt: skip
        yield _Field(connection, contenders, devices, sizes)


@dataclass
class _Field:
    """The running contenders, and devices that none has used yet."""

    connection: psycopg.Connection[DictRow]
    contenders: dict[str, Contender]
    devices: list[tuple[int, str]]
    sizes: Sizes

    def rounds(self, names: Sequence[str], *, connections: int) -> dict[str, list[Load]]:
        """Measure the contenders in turns, round after round."""
        found: dict[str, list[Load]] = {name: [] for name in names}
        for number in range(self.sizes.rounds):
            for name in names:
                found[name].append(self._run(self.contenders[name], connections))
            rates = ", ".join(f"{self.contenders[name].name} {found[name][-1].rate:,.0f}/s" for name in names)
            say(f"{connections} connections, round {number + 1} of {self.sizes.rounds}: {rates}")
        return found

    def _run(self, contender: Contender, connections: int) -> Load:
        device_id, token = self.devices.pop()
        self._settle()
        load = post_events(
            contender.address, connections=connections, seconds=self.sizes.seconds,
            environment={
                "DEVICE": str(device_id), "TOKEN": contender.token or token, "START": str(FIRST_EVENT),
            },
        )  # fmt: skip
        self._check(contender, device_id, load.answers, connections)
        return load

    def _settle(self) -> None:
        """Start every run from the same state: roll-ups up to date, no checkpoint ahead."""
        wait_until(lambda: self._one("count_stale_hours") == 0, 120)
        self.connection.execute("CHECKPOINT")

    def _check(self, contender: Contender, device_id: int, answers: int, connections: int) -> None:
        """Check that every answered event is stored, and beyond them at most what was on its way when wrk hung up."""
        stored = self._one(contender.count, device_id)
        if not answers <= stored <= answers + connections:
            raise RuntimeError(f"{contender.name} answered {answers} events and stored {stored}")

    def _one(self, name: str, device_id: int | None = None) -> int:
        row = self.connection.execute(statement(name), {"device_id": device_id}).fetchone()
        return int(next(iter(row.values()))) if row else 0
