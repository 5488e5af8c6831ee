"""Quarantine: replayed after a fix, and bounded."""

from __future__ import annotations

from events import Connection, add_device, rows

from iot_hub.transfer.replay import Replayed, replay
from iot_hub.worker.worker import trim_quarantine

GOOD = b'{"device_timestamp": 1755861753, "properties": {"a": 1}}'


def put(owner: Connection, payload: bytes, source: str = "hub", device_id: int | None = 1) -> int:
    row = owner.execute(
        "INSERT INTO iot_personal_hub.quarantine (device_id, source, reason, payload)"
        " VALUES (%s, %s, 'unknown_device', %s) RETURNING id",
        (device_id, source, payload),
    ).fetchone()
    return int(row["id"]) if row else 0


def test_what_can_be_stored_now_is_stored_and_leaves(owner: Connection) -> None:
    add_device(owner)
    first, again, broken = put(owner, GOOD), put(owner, GOOD + b" "), put(owner, b"{")
    assert replay(owner, [first, again, broken, 999]) == [
        Replayed(first, 1, 0, None),
        Replayed(again, 0, 1, None),
        Replayed(broken, 0, 0, "not_json"),
    ]
    assert [row["id"] for row in rows(owner, "SELECT id FROM iot_personal_hub.quarantine")] == [broken]
    assert len(rows(owner, "SELECT * FROM iot_personal_hub.raw_devices_properties")) == 1
    assert len(rows(owner, "SELECT * FROM iot_personal_hub.stale_hours")) == 1


def test_one_bad_event_of_a_payload_fails_no_other(owner: Connection) -> None:
    add_device(owner)
    refused_by_the_database = b'{"device_timestamp": 1755861754, "properties": {"a": 1e-99999}}'
    unreadable = b'{"device_timestamp": 1755861755}'
    last = GOOD.replace(b"753", b"756")
    number = put(owner, b"[" + b",".join([GOOD, refused_by_the_database, unreadable, last]) + b"]")
    other = put(owner, b"[" + GOOD + b"," + refused_by_the_database + b"]")
    assert replay(owner, [number, other]) == [
        Replayed(number, 2, 0, "properties_missing"),
        Replayed(other, 0, 1, "not_storable"),
    ]
    left = rows(owner, "SELECT id, items, reason FROM iot_personal_hub.quarantine ORDER BY id")
    assert [tuple(row.values()) for row in left] == [(number, 2, "properties_missing"), (other, 1, "not_storable")]


def test_what_a_hub_whose_clock_was_behind_took_for_the_future_can_be_stored(owner: Connection) -> None:
    add_device(owner)
    number = put(owner, GOOD)
    owner.execute("UPDATE iot_personal_hub.quarantine SET received_at = '2020-01-01', reason = 'time_in_future'")
    still_ahead = put(owner, b'{"device_timestamp": 7258118399, "properties": {"a": 1}}')
    assert replay(owner, [number, still_ahead]) == [
        Replayed(number, 1, 0, None),
        Replayed(still_ahead, 0, 0, "time_in_future"),
    ]


def test_what_has_no_source_or_no_device_stays(owner: Connection) -> None:
    no_source, no_device = put(owner, GOOD, source="first_beta"), put(owner, GOOD, device_id=None)
    assert [one.reason for one in replay(owner, [no_source, no_device])] == ["first_beta is no source", "no_device"]
    assert len(rows(owner, "SELECT * FROM iot_personal_hub.quarantine")) == 2


def test_beyond_its_bound_the_oldest_goes(owner: Connection) -> None:
    numbers = [put(owner, b"x" * 1000 + b"%d" % n) for n in range(5)]
    assert trim_quarantine(owner, 3_100) == 2
    assert [row["id"] for row in rows(owner, "SELECT id FROM iot_personal_hub.quarantine ORDER BY id")] == numbers[2:]
    assert trim_quarantine(owner, 3_100) == 0
