"""What a restore needs besides raw events: devices, tokens, areas, links, readers, places, corrections, settings.

It is small, so it is written whole, whenever it has changed; the newest are kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import msgspec
import psycopg
import zstandard
from psycopg.rows import DictRow

from iot_hub.archive.object_store import ObjectStore, StoredObject
from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]

KEPT = 30
"""How many states are kept."""

_parts = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"state/\d{8}T\d{6}Z-([0-9a-f]{64})\.json\.zst")

# Each part with the statements that read and restore it, in an order in which they can be restored.
_PARTS: tuple[tuple[str, LiteralString, LiteralString], ...] = (
    ("device_types", query("archived_device_types"), query("restore_device_types")),
    ("devices", query("archived_devices"), query("restore_devices")),
    ("tokens", query("archived_tokens"), query("restore_tokens")),
    ("retention_rules", query("archived_retention_rules"), query("restore_retention_rules")),
    ("metrics", query("archived_metrics"), query("restore_metrics")),
    ("properties", query("archived_properties"), query("restore_properties")),
    # Before the areas: where an area's zone is rests on the secret among them, and on how it was displaced before.
    ("settings", query("archived_settings"), query("restore_settings")),
    ("displacements", query("archived_displacements"), query("restore_displacements")),
    ("areas", query("archived_areas"), query("restore_areas")),
    ("share_links", query("archived_share_links"), query("restore_share_links")),
    ("share_link_devices", query("archived_share_link_devices"), query("restore_share_link_devices")),
    ("share_openings", query("archived_share_openings"), query("restore_share_openings")),
    ("readers", query("archived_readers"), query("restore_readers")),
    ("reader_devices", query("archived_reader_devices"), query("restore_reader_devices")),
    ("places", query("archived_places"), query("restore_places")),
    ("corrections", query("archived_corrections"), query("restore_corrections")),
    ("drive_corrections", query("archived_drive_corrections"), query("restore_drive_corrections")),
    ("refuels", query("archived_refuels"), query("restore_refuels")),
    # After the places that they refer to.
    ("electricity_prices", query("archived_electricity_prices"), query("restore_electricity_prices")),
    ("service_reminders", query("archived_service_reminders"), query("restore_service_reminders")),
    # Their addresses as they are kept: encrypted by a key that is not in the archive.
    ("alert_channels", query("archived_alert_channels"), query("restore_alert_channels")),
    ("alert_rules", query("archived_alert_rules"), query("restore_alert_rules")),
    # Of restored events no rule is asked: what has had its notice gets no second one.
    ("alert_states", query("archived_alert_states"), query("restore_alert_states")),
    ("quarantine", query("archived_quarantine"), query("restore_quarantine")),
    ("permanent_hours", query("archived_permanent_hours"), query("restore_permanent_hours")),
    (
        "permanent_events_counter",
        query("archived_permanent_events_counter"),
        query("restore_permanent_events_counter"),
    ),
    (
        "permanent_battery_details",
        query("archived_permanent_battery_details"),
        query("restore_permanent_battery_details"),
    ),
    (
        "permanent_location_details",
        query("archived_permanent_location_details"),
        query("restore_permanent_location_details"),
    ),
)


def write_state(connection: Connection, store: ObjectStore) -> str | None:
    """Write the state where it differs from the newest one; return its path, or None."""
    with connection.transaction():
        # One moment of the database, not one for each part.
        connection.execute(query("read_one_moment"))
        parts = {
            name: [msgspec.Raw(row["archived"].encode()) for row in connection.execute(reading)]
            for name, reading, _ in _PARTS
        }
    content = zstandard.compress(msgspec.json.encode(parts), 9)
    digest = hashlib.sha256(content).hexdigest()
    states = _states(store)
    if states and digest in states[-1].path and states[-1].size == len(content):
        return None
    path = f"state/{_next_time(states):{_TIME}}-{digest}.json.zst"
    store.put(path, content, "overwrite")
    for old in states[: max(0, len(states) + 1 - KEPT)]:
        store.delete(old.path)
    return path


@dataclass(frozen=True)
class State:
    """The newest state that is whole: each part's rows as JSON, and the broken ones that are newer."""

    parts: dict[str, msgspec.Raw]
    broken: list[str]


def read_state(store: ObjectStore) -> State:
    """Read the newest whole state; without any, one without parts."""
    broken: list[str] = []
    for state in reversed(_states(store)):
        content = store.get(state.path)
        if hashlib.sha256(content).hexdigest() in state.path:
            return State(_parts.decode(zstandard.decompress(content)), broken)
        broken.append(state.path)
    return State({}, broken)


def restore_state(connection: Connection, state: State) -> None:
    """Restore a state into an empty hub, in the caller's transaction."""
    if "areas" in state.parts:
        connection.execute(query("clear_displacements"))
    for name, _, restoring in _PARTS:
        if name == "areas" and name in state.parts and "displacements" not in state.parts:
            rows = bytes(state.parts[name]).decode()
            connection.execute(query("restore_displacements_of_areas"), {"rows": rows})
        # The catalogue of properties has the metrics, too.
        if name in state.parts and not (name == "metrics" and "properties" in state.parts):
            connection.execute(restoring, {"rows": bytes(state.parts[name]).decode()})
    connection.execute(query("adopt_averages"))


def _next_time(states: Sequence[StoredObject]) -> datetime:
    """Return the time for a new state's name: now, or right after the newest, which a wrong clock may have named."""
    now = datetime.now(UTC)
    if not states:
        return now
    newest = datetime.strptime(states[-1].path.split("/")[-1].partition("-")[0], _TIME).replace(tzinfo=UTC)
    return max(now, newest + timedelta(seconds=1))


def _states(store: ObjectStore) -> list[StoredObject]:
    """List the states, oldest first: their names begin with their time."""
    return sorted((each for each in store.list("state") if _NAME.fullmatch(each.path)), key=lambda each: each.path)
