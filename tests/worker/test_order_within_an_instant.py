"""What came of one instant stays in the order in which it came, wherever a track is read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from events import Connection, add_device, refresh, rows, store
from imports import run
from psycopg_pool import AsyncConnectionPool
from share_world import link, reading

from iot_hub.database.connections import owner_conninfo
from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.quarantine import Quarantine, QuarantinedPayload, quarantine_params
from iot_hub.ingest.spool import Spool
from iot_hub.ingest.writer import Writer
from iot_hub.settings import Settings
from iot_hub.transfer.replay import replay

FIXTURES = Path(__file__).parents[1] / "fixtures" / "field"
HOUR = 1755860400  # 2025-08-22 11:00 UTC
NORTH = [52.70, 52.71, 52.706, 52.702, 52.698]
RANGE: dict[str, Any] = {"since": "-infinity", "until": "infinity", "before": "infinity"}
EXPORTED = {"device_id": 1, "since": "-infinity", "until": "infinity"}


def fix(latitude: float, **more: object) -> tuple[float, dict[str, Any]]:
    return HOUR, {"location": {"latitude": latitude, "longitude": 21.2, "fix_accuracy_m": 5, **more}}


def ways(reader: Connection, schema: str) -> dict[str, list[float]]:
    """The latitudes that each statement for tracks reads from an audience's views, in its order."""
    with reader.transaction():
        reader.execute("SELECT set_config('search_path', %s, true)", [schema])
        return _ways(reader)


def _ways(reader: Connection) -> dict[str, list[float]]:
    asked = {
        "map": ("dashboard_track", {"device": 1, "gap": "30 min", "most": 100, **RANGE}),
        "track": ("track", {"device_id": 1, "limit": 100, **RANGE}),
        "export": ("exported_fixes", EXPORTED),
        "newest": ("newest_location", {"device_id": 1}),
    }
    return {
        name: [row["latitude"] for row in reader.execute(query(statement), parameters)]
        for name, (statement, parameters) in asked.items()
    }


def in_order(latitudes: list[float]) -> dict[str, list[float]]:
    return {"map": latitudes, "track": latitudes, "export": latitudes, "newest": latitudes[-1:]}


def exported_events(reader: Connection, schema: str, path: str = "{location,latitude}") -> list[float]:
    with reader.transaction():
        reader.execute("SELECT set_config('search_path', %s, true)", [schema])
        found = reader.execute(query("exported_measured_events"), EXPORTED).fetchall()
    return [row["latitude"] for row in found]


@pytest.mark.parametrize(
    ("case", "latitudes"),
    [
        ("37-timeline-same-minute/Timeline.json", NORTH),
        ("22-gpx-same-second/dup.gpx", [52.52, 52.52001, 52.520012, 52.520014, 52.520016, 52.52002]),
    ],
)
def test_a_file_of_whole_minutes_keeps_its_order(
    settings: Settings, owner: Connection, viewer: Connection, case: str, latitudes: list[float]
) -> None:
    add_device(owner)
    for _ in range(2):  # The same file again changes nothing.
        run(settings, FIXTURES / case)
        refresh(owner)
        assert ways(owner, "iot_hub_owner") == in_order(latitudes)
        assert ways(viewer, "iot_hub_public") == in_order(latitudes)
        assert exported_events(owner, "iot_hub_owner") == latitudes
        assert exported_events(viewer, "iot_hub_public") == latitudes
    assert rows(owner, "SELECT FROM iot_personal_hub.locations WHERE outlier IS NOT NULL") == []


def test_a_batch_keeps_its_order_whatever_comes_later(owner: Connection, viewer: Connection, guest: Connection) -> None:
    add_device(owner)
    store(owner, *map(fix, NORTH))
    refresh(owner)
    # The same fixes again in another order, reported later and earlier, and one more of the instant.
    again = [(HOUR + 60, fix(each, fix_timestamp=HOUR)[1]) for each in sorted(NORTH)]
    earlier = [(HOUR - 60, fix(each, fix_timestamp=HOUR)[1]) for each in sorted(NORTH)]
    store(owner, *again)
    refresh(owner)
    store(owner, *earlier, fix(52.7005))
    refresh(owner)
    assert ways(owner, "iot_hub_owner") == ways(viewer, "iot_hub_public") == in_order([*NORTH, 52.7005])
    with reading(guest, link(owner, "phone")):
        guest.execute("SET LOCAL search_path = iot_hub_shared")
        assert _ways(guest) == in_order([*NORTH, 52.7005])


def test_a_repeated_batch_keeps_the_order_of_the_first(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(NORTH[1]))
    store(owner, *map(fix, NORTH))
    refresh(owner)
    assert ways(owner, "iot_hub_owner") == in_order([NORTH[1], NORTH[0], *NORTH[2:]])


def test_a_position_that_stands_twice_in_a_batch_is_where_it_stands_first(owner: Connection) -> None:
    add_device(owner)
    # Two events report the one fix, and which of them has the lower digest says nothing.
    for device_id, altitudes in ((1, (1, 2)), (2, (2, 1))):
        if device_id == 2:
            add_device(owner, 2, "another")
        store(
            owner,
            fix(52.71, altitude_m=altitudes[0]), fix(52.70), fix(52.71, altitude_m=altitudes[1]),
            device_id=device_id,
        )  # fmt: skip
    refresh(owner)
    found = rows(owner, "SELECT device_id, latitude FROM iot_hub_owner.locations ORDER BY device_id, sequence")
    assert [(row["device_id"], row["latitude"]) for row in found] == [(1, 52.71), (1, 52.70), (2, 52.71), (2, 52.70)]


def test_the_order_is_published_without_counting_what_is_not(owner: Connection) -> None:
    add_device(owner)
    # Between the two that are shown came one that is too coarse, and one that can't be read.
    store(owner, fix(52.71), fix(52.9, fix_accuracy_m=20_000), fix(95), fix(52.70))
    refresh(owner)
    for table in ("published_locations", "published_events"):
        found = rows(owner, f"SELECT sequence FROM iot_personal_hub.{table} ORDER BY 1")
        assert [row["sequence"] for row in found] == list(range(1, len(found) + 1)), table
    assert len(rows(owner, "SELECT FROM iot_personal_hub.published_locations")) == 2


def test_a_later_refresh_puts_published_rows_of_an_older_hub_in_order(owner: Connection, viewer: Connection) -> None:
    from iot_hub.database.queries import sql_files

    add_device(owner)
    store(owner, *map(fix, NORTH))
    refresh(owner)
    for table in ("published_locations", "published_events"):
        owner.execute(f"UPDATE iot_personal_hub.{table} SET sequence = 1")
    assert ways(viewer, "iot_hub_public")["track"] == sorted(NORTH)
    [migration] = [file.read_text() for file in sql_files("migrations") if file.name.startswith("0023_")]
    owner.execute(migration[migration.index("WITH shared_instants") :].encode())
    refresh(owner)
    assert ways(viewer, "iot_hub_public") == in_order(NORTH)
    assert exported_events(viewer, "iot_hub_public") == NORTH


def test_an_export_imported_elsewhere_keeps_the_order(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    store(owner, *map(fix, NORTH))
    refresh(owner)
    lines = owner.execute(query("exported_events").replace("FROM events", "FROM iot_hub_owner.events"), EXPORTED)
    file = tmp_path / "phone.ndjson"
    file.write_text(
        "".join(
            json.dumps(
                {
                    "device": "2",
                    "device_time": row["device_time"].isoformat(),
                    "source": row["source"],
                    "properties": json.loads(row["properties"]),
                }
            )
            + "\n"
            for row in lines
        )
    )
    add_device(owner, 2, "other")
    run(settings, file, device="2")
    refresh(owner)
    found = rows(owner, "SELECT latitude FROM iot_hub_owner.locations WHERE device_id = 2 ORDER BY sequence")
    assert [row["latitude"] for row in found] == NORTH


def test_a_replay_from_quarantine_keeps_the_order_of_each_payload(owner: Connection) -> None:
    add_device(owner)
    batches = [NORTH[:3], NORTH[3:]]
    payloads = [
        json.dumps([{"device_timestamp": at, "properties": said} for at, said in map(fix, batch)]).encode()
        for batch in batches
    ]
    kept = [QuarantinedPayload(1, "hub", "unknown_device", payload) for payload in payloads]
    owner.execute(query("keep_in_quarantine"), quarantine_params(kept))
    numbers = [row["id"] for row in rows(owner, "SELECT id FROM iot_personal_hub.quarantine ORDER BY id")]
    assert [each.stored for each in replay(owner, numbers)] == [3, 2]
    refresh(owner)
    assert ways(owner, "iot_hub_owner") == in_order(NORTH)


def test_a_spool_is_drained_in_its_order_and_a_retry_changes_nothing(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)

    def events(latitudes: list[float]) -> list[StoredEvent]:
        told = [json.dumps(fix(each)[1]).encode() for each in latitudes]
        return [StoredEvent(1, HOUR * 1_000_000, each, "hub") for each in told]

    async def deliver() -> None:
        where = owner_conninfo(settings, "tests")
        writer = Writer(where)
        async with AsyncConnectionPool(where, min_size=0, max_size=1, open=False) as pool:
            delivery = DeliveryService(writer, Quarantine(pool, 1_000), Spool(tmp_path / "spool.sqlite", 1_000_000))
            await writer.start()
            # Spooled one after the other, the second with what the first had: its client got no answer.
            writer.trip()
            await delivery._spool.open()
            assert await delivery.store(events(NORTH[:3])) is None
            assert await delivery.store(events(NORTH[::-1])) is None
            await delivery._spool.close()
            writer.breaker.reset()
            again = DeliveryService(writer, Quarantine(pool, 1_000), Spool(tmp_path / "spool.sqlite", 1_000_000))
            await again.start()
            async with asyncio.timeout(20):
                while again.stats.events:
                    await asyncio.sleep(0)
            assert await again.store(events(sorted(NORTH))) is not None
            await writer.stop()
            await again.stop()

    asyncio.run(deliver())
    refresh(owner)
    assert ways(owner, "iot_hub_owner") == in_order([*NORTH[:3], *NORTH[:2:-1]])


def test_fixes_of_one_instant_from_two_sources_stay_as_they_came(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    sources = ["owntracks", "gpslogger", "owntracks", "hub", "gpslogger"]
    for latitude, source in zip(NORTH, sources, strict=True):
        told = json.dumps(fix(latitude)[1])
        owner.execute("SELECT iot_personal_hub.store_events('{1}', %s, %s, %s)", ([HOUR * 1_000_000], [source], [told]))
        refresh(owner)
    assert ways(owner, "iot_hub_owner") == ways(viewer, "iot_hub_public") == in_order(NORTH)
