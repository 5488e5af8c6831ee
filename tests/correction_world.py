"""Corrections, as their owner makes them, for tests of what they do."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from events import Connection, rows

MODES = ("on_foot", "bicycle", "vehicle", "train", "boat", "flight")


def correct(
    owner: Connection,
    kind: str,
    since: datetime | str,
    until: datetime | str | None = None,
    *,
    becomes: str | None = None,
    mode: str | None = None,
    at: tuple[float | None, float | None] = (None, None),
    source: str | None = None,
    device_id: int = 1,
) -> int:
    """Store a correction; return its number."""
    [made] = rows(
        owner,
        "INSERT INTO iot_personal_hub.corrections"
        " (device_id, kind, since, until, becomes, mode, latitude, longitude, source)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        device_id, kind, since, since if until is None else until, becomes, mode, *at, source,
    )  # fmt: skip
    return int(made["id"])


def undo(owner: Connection, correction: int) -> None:
    owner.execute("UPDATE iot_personal_hub.corrections SET undone_at = now() WHERE id = %s", [correction])


def correct_at_random(
    owner: Connection, since: datetime, until: datetime, journeys: list[dict[str, object]], chance: random.Random
) -> int:
    """Correct something between two instants: a journey as it is, or any stretch of time."""
    if journeys and chance.random() < 0.6:
        [first, last] = sorted(chance.choices(range(len(journeys)), k=2))
        last = min(last, first + chance.randrange(3))
        begins, ends = journeys[first]["starts"], journeys[last]["ends"]
        assert isinstance(begins, datetime)
        assert isinstance(ends, datetime)
    else:
        begins = since + timedelta(minutes=chance.randrange(int((until - since) / timedelta(minutes=1))))
        ends = begins + timedelta(minutes=chance.choice([1, 7, 40, 200, 1500, 12000]))
    kind = chance.choice(["hide", "merge", "split", "move", "mode"])
    return correct(
        owner, kind, begins, begins if kind == "split" else ends,
        becomes=chance.choice(["stay", "trip"]) if kind == "merge" else None,
        mode=chance.choice(MODES) if kind == "mode" else None,
        at=(chance.uniform(-80, 80), chance.uniform(-180, 179)) if kind == "move" else (None, None),
    )  # fmt: skip
