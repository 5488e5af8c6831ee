"""Reading raw events for the archive: page by page, each event once, whatever the pages."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from archive_world import DAY, START, contents, folder_hub, new_hub, objects, problems, reading, with_archive_of
from events import Connection, add_device, store
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.archive import reading as archive_reading
from iot_hub.archive import restore, run
from iot_hub.archive.days import Day
from iot_hub.archive.reading import _stretches
from iot_hub.archive.restore import restore_archive
from iot_hub.archive.run import run_archive
from iot_hub.database.queries import query
from iot_hub.settings import Settings

__all__ = ["folder_hub", "new_hub"]

FIRST = dt.date(2025, 8, 22)


def events_at_the_same_moments(owner: Connection) -> None:
    """Two days and, after a gap, a third one; pages of any size end amid events of one moment."""
    add_device(owner, 1, "phone")
    add_device(owner, 2, "another")
    moments = [START, START + 5.5, START + DAY - 1, START + DAY, START + 3 * DAY]
    for device_id in (1, 2):
        store(owner, *((at, reading(number)) for at in moments for number in range(4)), device_id=device_id)


@pytest.mark.parametrize("page", [1, 2, 3, 4, 5, 8])
def test_pages_of_any_size_make_the_same_objects(
    folder_hub: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    events_at_the_same_moments(owner)
    assert run_archive(folder_hub).events == 40
    whole = objects(folder_hub)
    owner.execute("DELETE FROM iot_personal_hub.archive_objects")
    monkeypatch.setattr(archive_reading, "PAGE_EVENTS", page)
    monkeypatch.setattr(run, "HELD_BYTES", 1)
    assert run_archive(folder_hub).events == 40
    assert objects(folder_hub) == whole
    assert len(whole) == 6
    assert problems(folder_hub) == []


def test_a_day_that_is_too_large_for_memory_becomes_several_objects(
    folder_hub: Settings, owner: Connection, new_hub: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    events_at_the_same_moments(owner)
    monkeypatch.setattr(archive_reading, "PAGE_EVENTS", 2)
    monkeypatch.setattr(archive_reading, "PIECE_BYTES", 4_000)
    monkeypatch.setattr(restore, "BYTES_AT_ONCE", 1)
    assert run_archive(folder_hub).events == 40
    assert len(objects(folder_hub)) > 6
    assert problems(folder_hub) == []
    restoring = with_archive_of(new_hub, folder_hub)
    assert restore_archive(restoring).events == 40
    assert contents(restoring)["raw_devices_properties"] == contents(folder_hub)["raw_devices_properties"]


def test_only_days_that_are_asked_for_are_read(folder_hub: Settings, owner: Connection) -> None:
    events_at_the_same_moments(owner)
    days = [Day(1, FIRST), Day(1, FIRST + dt.timedelta(days=3)), Day(2, FIRST + dt.timedelta(days=1))]
    read = [
        (each["device_id"], each["device_time"].date())
        for _, table in archive_reading.read_days(owner, days)
        for each in table.select(["device_id", "device_time"]).to_pylist()
    ]
    assert read == [days[0]] * 12 + [days[1]] * 4 + [days[2]] * 4


def test_a_page_is_found_by_the_key(owner: Connection) -> None:
    events_at_the_same_moments(owner)
    start = dt.datetime(2025, 8, 22, tzinfo=dt.UTC)
    asked = {
        "device_id": 1, "after_time": start, "after_digest": b"", "until": start + dt.timedelta(days=1), "page": 5,
    }  # fmt: skip
    owner.execute("SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off")
    plan = "\n".join(str(row["QUERY PLAN"]) for row in owner.execute("EXPLAIN " + query("next_events"), asked))
    owner.execute("RESET enable_seqscan; RESET enable_sort; RESET enable_bitmapscan")
    assert "Sort" not in plan
    assert "ROW(device_time, digest) >" in plan.partition("Index Cond:")[2].partition("\n")[0]


days = st.lists(
    st.builds(Day, st.integers(1, 3), st.dates(FIRST, FIRST + dt.timedelta(days=12))), unique=True, max_size=30
).map(sorted)


@given(days)
def test_stretches_are_the_days_in_as_few_ranges_as_can_be(some: list[Day]) -> None:
    stretches = list(_stretches(some))
    assert [day for stretch in stretches for day in stretch] == some
    for stretch in stretches:
        assert all(_follows(*both) for both in pairwise(stretch))
    assert not any(_follows(one[-1], other[0]) for one, other in pairwise(stretches))


def _follows(one: Day, other: Day) -> bool:
    return other == Day(one.device_id, one.date + dt.timedelta(days=1))
