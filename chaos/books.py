"""Compares what was promised with what is stored."""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow

from chaos.statements import statement
from chaos.waiting import wait_for
from iot_hub.archive.run import Archived, run_archive
from iot_hub.archive.verify import SAMPLE, verify_archive
from iot_hub.database.connections import connect, owner_conninfo, scalar
from iot_hub.database.queries import query
from iot_hub.errors import HubError, UserError
from iot_hub.settings import Settings

ROLL_UP_SECONDS = 120
ARCHIVE_SECONDS = 60


class Books:
    """What the raw table holds, read on as it grows."""

    def __init__(self, settings: Settings) -> None:
        """Keep the hub's settings; nothing is read yet."""
        self._where = owner_conninfo(settings, "iot-hub chaos")
        self._ids: dict[int, int] = {}
        # Where the last two readings began. Ids are assigned before the commit: after a row is read, one
        # with a smaller id may still come. So each reading begins where the one before the last began.
        self._floors = (0, 0)

    def compare(self, promised: set[int]) -> list[str]:
        """Read on, and return what is wrong: promised and not stored, or stored twice."""
        wrong = []
        with connect(self._where) as connection:
            if doubled := self._read_on(connection):
                wrong.append(f"{len(doubled)} events are stored twice: {_some(doubled)}")
        if missing := promised - self._ids.keys():
            wrong.append(f"{len(missing)} acknowledged events are not stored: {_some(missing)}")
        return wrong

    def quarantined(self) -> dict[str, int]:
        """Count what is in quarantine, by reason."""
        with connect(self._where) as connection:
            return {row["reason"]: row["payloads"] for row in connection.execute(statement("quarantined"))}

    def _read_on(self, connection: psycopg.Connection[DictRow]) -> set[int]:
        rows = connection.execute(statement("stored_numbers"), {"after": self._floors[0]}).fetchall()
        new = [row["id"] for row in rows if row["number"] not in self._ids]
        doubled = {row["number"] for row in rows if self._ids.setdefault(row["number"], row["id"]) != row["id"]}
        self._floors = (self._floors[1], min(new, default=self._floors[1] + 1) - 1)
        return doubled

    def compare_roll_ups(self) -> list[str]:
        """Return which tables differ from a full recomputation. Nobody may be sending."""
        with connect(self._where) as connection:
            wait_for(lambda: not _marks(connection), ROLL_UP_SECONDS, "the worker refreshes all stale hours")
            # Rolled back: the hub goes on with the tables that it made itself.
            with connection.transaction(force_rollback=True):
                kept = _digests(connection)
                connection.execute(statement("forget_roll_ups"))
                connection.execute(statement("recompute"))
                while scalar(connection, query("refresh_stale_hours")):
                    pass
                recomputed = _digests(connection)
        names = sorted(name for name in kept | recomputed if kept.get(name) != recomputed.get(name))
        return [f"{name} differs from a full recomputation" for name in names]


def compare_archive(settings: Settings) -> list[str]:
    """Archive the finished days, and return where the archive differs from the database. Nobody may be sending."""
    return _archive_and_verify(settings, sample=None)


def archive_now(settings: Settings) -> list[str]:
    """Archive the finished days while clients send, and return what of the archive is missing or broken."""
    return _archive_and_verify(settings, sample=SAMPLE, growing=True)


def _archive_and_verify(settings: Settings, sample: int | None, *, growing: bool = False) -> list[str]:
    try:
        failed = wait_for(lambda: _archive_alone(settings), ARCHIVE_SECONDS, "the worker's own run has ended")
        found = verify_archive(settings, sample)
    except (HubError, TimeoutError) as error:
        return [f"the archive: {error}"]
    # To days that grow meanwhile, the archive is always behind: a problem without an object is one of a day.
    problems = [each for each in found.problems if each["object"] or not growing]
    return [*failed.problems, *[f"the archive: {problem}" for problem in problems]]


def _archive_alone(settings: Settings) -> Archived | None:
    """Archive, or give None while another run is under way."""
    try:
        return run_archive(settings)
    except UserError:
        return None


def _marks(connection: psycopg.Connection[DictRow]) -> int:
    return int(str(scalar(connection, statement("marks"))))


def _digests(connection: psycopg.Connection[DictRow]) -> dict[str, tuple[int, str]]:
    rows = connection.execute(statement("roll_up_digests"))
    return {row["name"]: (row["entries"], row["digest"]) for row in rows}


def _some(numbers: set[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers)[:5])
