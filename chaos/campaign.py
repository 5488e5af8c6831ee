"""A campaign: load, rounds of faults from a seed, and a look into the books after each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from chaos.books import Books, archive_now, compare_archive
from chaos.faults import World
from chaos.hub import is_well
from chaos.kinds import Kind
from chaos.ledger import Ledger
from chaos.process_table import processes_of
from chaos.report import Report
from chaos.waiting import wait_for

RECOVERY_SECONDS = 60
RECOVERY_PAUSE = 0.2
"""Seconds between two looks whether the hub is whole: each asks both receivers, and searches all processes."""
ORPHAN_SECONDS = 20
FAULTS_BETWEEN_RECOMPUTATIONS = 250


@dataclass(frozen=True)
class Fault:
    """A fault in a round: its kind, when it comes, and the seed of its own chances."""

    kind: Kind
    delay: float
    seed: int


def plan(kinds: Sequence[Kind], count: int, seed: int) -> list[list[Fault]]:
    """Plan rounds of one to three faults at once; every kind comes equally often."""
    random = Random(seed)
    deck: list[Kind] = []
    rounds: list[list[Fault]] = []
    for _ in range(count):
        if not deck:
            deck = random.sample(list(kinds), len(kinds))
        kind = deck.pop()
        fault = Fault(kind, random.uniform(0, 0.6), random.randrange(2**32))
        touched = {other.kind.touches for other in rounds[-1]} if rounds else set()
        if rounds and len(rounds[-1]) < 3 and kind.touches not in touched and random.random() < 0.5:
            rounds[-1].append(fault)
        else:
            rounds.append([fault])
    return rounds


class Campaign:
    """Runs a plan against a world."""

    def __init__(
        self, world: World, ledger: Ledger, *, seed: int, seconds: float, tell: Callable[[str], None]
    ) -> None:  # fmt: skip
        """Prepare a campaign in a world whose hub runs, with a time limit, and where to print progress."""
        self._deadline = time.monotonic() + seconds
        self._world = world
        self._ledger = ledger
        self._tell = tell
        self._books = Books(world.hub.settings)
        self.report = Report(seed)

    def run(self, rounds: Sequence[Sequence[Fault]]) -> Report:
        """Run all rounds; the report says what was found."""
        started = time.monotonic()
        for client in self._world.clients:
            client.start()
            client.go_on()
        self._wait_for_deliveries()
        self._run_rounds(rounds)
        self._finish()
        self.report.seconds = time.monotonic() - started
        return self.report

    def _run_rounds(self, rounds: Sequence[Sequence[Fault]]) -> None:
        since_recomputation = 0
        for faults in rounds:
            self._round(faults)
            since_recomputation += len(faults)
            if since_recomputation >= FAULTS_BETWEEN_RECOMPUTATIONS:
                since_recomputation = 0
                self._recompute()
            if self.report.violations or time.monotonic() > self._deadline:
                # The first broken promise ends the campaign: what is there now is evidence.
                return

    def _round(self, faults: Sequence[Fault]) -> None:
        before = self._ledger.tally
        self._inject(faults)
        gone = time.monotonic()
        wrong = self._settle()
        recovery = time.monotonic() - gone
        wrong += self._look()
        if any(fault.kind.touches == "storage" for fault in faults):
            wrong += archive_now(self._world.hub.settings)
        kinds = [fault.kind.name for fault in faults]
        self.report.note(kinds, self._ledger.tally - before, recovery, not wrong)
        self.report.violations += [f"after {' + '.join(kinds)}: {what}" for what in wrong]
        self._tell(
            f"{self.report.injected:5} faults, {self.report.survived} survived,"
            f" {self._ledger.tally.acknowledged} events acknowledged; {recovery:.1f} s after {' + '.join(kinds)}"
        )

    def _inject(self, faults: Sequence[Fault]) -> None:
        threads = [threading.Thread(target=self._inject_one, args=[fault]) for fault in faults]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _inject_one(self, fault: Fault) -> None:
        time.sleep(fault.delay)
        try:
            fault.kind.inject(self._world, Random(fault.seed))
        except TimeoutError as error:
            self._ledger.complain(f"{fault.kind.name} found nothing to break: {error}")

    def _settle(self) -> list[str]:
        """Wait until the hub is whole again. The load goes on meanwhile."""
        try:
            wait_for(self._is_whole, RECOVERY_SECONDS, "the hub is well again, its spools empty", RECOVERY_PAUSE)
        except TimeoutError as error:
            return [str(error)]
        return []

    def _is_whole(self) -> bool:
        hub = self._world.hub
        return is_well(hub.port) and is_well(self._world.receiver.port) and bool(hub.leader("worker"))

    def _look(self) -> list[str]:
        """Compare the books, wait until every client is served again, and look for orphans."""
        promised = self._ledger.acknowledged
        wrong = self._settle() + self._books.compare(promised)
        wrong += [f"{count} good payloads are in quarantine: {why}" for why, count in self._books.quarantined().items()]
        wrong += self._wait_for_deliveries() + self._find_orphans()
        return wrong + self._ledger.take_complaints()

    def _wait_for_deliveries(self) -> list[str]:
        before = self._ledger.deliveries
        names = [client.name for client in self._world.clients]
        try:
            wait_for(
                lambda: all(self._ledger.deliveries[name] > before[name] for name in names),
                RECOVERY_SECONDS,
                "every client is served",
            )
        except TimeoutError as error:
            return [str(error)]
        return []

    def _find_orphans(self) -> list[str]:
        try:
            wait_for(lambda: not self._orphans(), ORPHAN_SECONDS, "nothing is orphaned")
        except TimeoutError:
            return [f"orphaned: {', '.join(self._orphans())}"]
        return []

    def _orphans(self) -> list[str]:
        """Name the hub's processes that are nobody's children."""
        found = processes_of(self._world.hub.home)
        ours = {self._world.hub.pid, self._world.receiver.pid}
        return [p.command for p in found.values() if p.pid not in ours and p.parent not in found.keys() | ours]

    def _recompute(self) -> None:
        """Pause the clients, and compare the roll-ups with a full recomputation."""
        for client in self._world.clients:
            client.pause()
        for client in self._world.clients:
            if not client.idle.wait(RECOVERY_SECONDS):
                self.report.violations.append(f"{client.name} is never acknowledged")
        wrong = self._settle() + self._books.compare(self._ledger.acknowledged)
        wrong += self._books.compare_roll_ups() + compare_archive(self._world.hub.settings)
        self.report.violations += wrong
        for client in self._world.clients:
            client.go_on()

    def _finish(self) -> None:
        """Compare everything once more, from the beginning."""
        self._books = Books(self._world.hub.settings)
        if not self.report.violations:
            self._recompute()
        for client in self._world.clients:
            client.end()
        tally = self._ledger.tally
        self.report.events, self.report.spooled, self.report.retries = tally.acknowledged, tally.spooled, tally.retries
