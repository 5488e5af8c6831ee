"""Cases of the field, from the app's message to the figures of the hour."""

from __future__ import annotations

from collections.abc import Iterable

from events import Connection, add_device, refresh, rows
from paths import ROOT

from iot_hub.database.queries import query
from iot_hub.event import Event
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.storage import to_sql_params
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.timestamps import SECOND

CASES = ROOT / "tests" / "fixtures" / "field"
NOW = 1_795_900_000  # 2026-11-28 21:06 UTC


def receive(owner: Connection, source: str, bodies: Iterable[bytes]) -> None:
    """Store what a source makes of bodies, one after the other."""
    for body in bodies:
        events = [each for each in SOURCES[source](body, ParseContext(NOW * SECOND)) if isinstance(each, Event)]
        stored = [StoredEvent(1, event.device_time, event.properties, event.source) for event in events]
        owner.execute(query("store_events"), to_sql_params(stored))
    refresh(owner)


def test_records_of_one_cached_fix_are_one_fix(owner: Connection) -> None:
    add_device(owner)
    receive(owner, "osmand", [(CASES / "09-bg-geolocation-batch" / "batch.json").read_bytes()])
    [fix] = rows(owner, "SELECT location_time, latitude, longitude, bearing FROM iot_hub_owner.locations")
    assert fix.pop("location_time").isoformat() == "2026-11-28T09:30:21.946000+00:00"
    assert fix == {"latitude": 52.46001, "longitude": 20.96001, "bearing": None}
    assert rows(owner, "SELECT FROM iot_hub_owner.hourly_metrics WHERE metric = 'battery.level'") == []
    # Each record is an event of its own, for it says more than the fix.
    assert len(rows(owner, "SELECT FROM iot_hub_owner.events")) == 3


def test_a_longitude_of_zero_beside_a_good_latitude_is_an_outlier(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    bodies = [(CASES / "18-longitude-zero" / f"{number}.json").read_bytes() for number in range(5)]
    receive(owner, "owntracks", bodies)
    outliers = "SELECT longitude FROM iot_personal_hub.locations WHERE outlier IS NOT NULL"
    assert rows(owner, outliers) == [{"longitude": 0}]
    for reader, schema in ((owner, "iot_hub_owner"), (viewer, "iot_hub_public")):
        assert len(rows(reader, f"SELECT FROM {schema}.locations")) == 4
        [hourly] = rows(reader, f"SELECT longitude_min, longitude_max FROM {schema}.hourly_location_details")
        assert hourly == {"longitude_min": 20.94, "longitude_max": 20.9404}
