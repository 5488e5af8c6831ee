"""masked_intervals(): the one place that says when a device is masked."""

from __future__ import annotations

import pytest
from events import Connection, rows

from iot_hub.database.queries import sql_files


@pytest.fixture
def masked(owner: Connection) -> Connection:
    """A database in which device 1 is masked from 10:00 to 10:30, at 12:00, and from 20:00 on."""
    owner.execute(
        "INSERT INTO iot_personal_hub.private_spans (device_id, starts, ends) VALUES"
        " (1, '2026-03-01 10:00Z', '2026-03-01 10:30Z'),"
        " (1, '2026-03-01 12:00Z', '2026-03-01 12:00Z'),"
        " (1, '2026-03-01 20:00Z', 'infinity'),"
        " (2, '2026-03-01 00:00Z', 'infinity')"
    )
    return owner


@pytest.mark.parametrize(
    ("since", "until", "spans"),
    [
        ("00:00", "10:00", 0),
        ("00:00", "10:01", 1),
        ("10:15", "10:16", 1),
        ("10:30", "11:00", 1),  # Both ends are masked.
        ("10:00", "12:01", 2),
        ("13:00", "20:00", 0),
        ("22:00", "23:00", 1),
        ("00:00", "23:59", 3),
    ],
)
def test_a_window_has_the_spans_that_overlap_it(masked: Connection, since: str, until: str, spans: int) -> None:
    [found] = rows(
        masked,
        "SELECT count(*) AS spans FROM (SELECT unnest(iot_personal_hub.masked_intervals(1, %s, %s)) AS span) AS found"
        " WHERE span && tstzrange(%s, %s)",
        *[f"2026-03-01 {time}Z" for time in (since, until)] * 2,
    )
    assert found == {"spans": spans}


def test_nothing_that_publishes_asks_the_private_spans_in_another_way() -> None:
    folders = ("publishing", "views", "audiences", "queries")
    asking = {file.name for folder in folders for file in sql_files(folder) if "private_spans AS" in file.read_text()}
    assert asking == set()
