"""A database of the first beta on another server: its raw events, read by the thousand and left as they are.

Devices keep their numbers, as they do when its bucket is imported. A database on the hub's own server needs no import:
``iot-hub migrate`` adopts it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.quarantine import QuarantinedPayload
from iot_hub.sources.storable import NotStorableError, check_properties
from iot_hub.timestamps import Microseconds, from_unix
from iot_hub.transfer.imports.accounting import Account
from iot_hub.transfer.imports.record import UNREADABLE, rejected
from iot_hub.transfer.imports.storing import BATCH_RECORDS, Batch, BatchStore

Connection = psycopg.Connection[DictRow]
Progress = Callable[[int, int], None]

SOURCE = "automate"


def import_database(beta: Connection, connection: Connection, on_progress: Progress = lambda *_: None) -> Account:
    """Import the events of a database; return the account. Raises UserError where it is none of the first beta."""
    account = Account(files=1)
    store = BatchStore(connection, account)
    last = _last_id(beta)
    try:
        for rows in _pages(beta):
            batch = _batch(rows, account)
            for device_id in sorted({event.device_id for event in batch.events}):
                connection.execute(query("add_imported_device"), {"device_id": device_id})
            store.put(batch)
            store.finish()
            on_progress(rows[-1]["id"], last)
    finally:
        store.close()
    connection.execute(query("go_on_after_imported_devices"))
    return account


def _last_id(beta: Connection) -> int:
    try:
        row = beta.execute(query("last_first_beta_id")).fetchone()
    except psycopg.errors.ProgrammingError as error:
        raise UserError(
            "That database has no table iot_personal_hub.raw_devices_properties that can be read: it is none of the"
            " first beta, or the user in the URL may not read it."
        ) from error
    return int(row["last"]) if row else 0


def _pages(beta: Connection) -> Iterator[list[DictRow]]:
    after = 0
    while rows := beta.execute(query("next_first_beta_events"), {"after": after, "most": BATCH_RECORDS}).fetchall():
        yield rows
        after = rows[-1]["id"]


def _batch(rows: Sequence[Mapping[str, Any]], account: Account) -> Batch:
    batch = Batch()
    now = time.time_ns() // 1_000
    for row in rows:
        account.read += 1
        properties = (row["properties"] or "").encode()
        try:
            batch.events.append(_event(row, properties, now))
        except UNREADABLE as error:
            result = rejected(row["id"], properties, error)
            account.rejected[result.reason] += 1
            batch.rejected.append(QuarantinedPayload(None, SOURCE, result.reason, result.payload))
    return batch


def _event(row: Mapping[str, Any], properties: bytes, now: Microseconds) -> StoredEvent:
    if row["device_timestamp"] is None:
        raise NotStorableError("time_missing")
    check_properties(properties)
    return StoredEvent(row["device_id"], from_unix(row["device_timestamp"], now), properties, SOURCE)
