"""What an owner has said of properties outlives an upgrade and an archive."""

from __future__ import annotations

import json
from decimal import Decimal

from archive_world import folder_hub, live, new_hub, with_archive_of
from events import Connection, rows
from upgrade_world import BEFORE_MASKING_IN_STEPS

from iot_hub.archive import state
from iot_hub.archive.restore import restore_archive
from iot_hub.archive.run import run_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.database.properties import store_properties
from iot_hub.database.queries import query, sql_files
from iot_hub.settings import Settings

__all__ = ["folder_hub", "new_hub"]

OWN = "INSERT INTO iot_personal_hub.dim_metrics (metric, unit, path) VALUES (%s, '1', %s)"
CATALOGUE = "SELECT * FROM iot_personal_hub.dim_properties ORDER BY name"
LATER = ("aliases", "shipped_published", "shipped_rolled_up")
COUNTERS_AND_STATES = """
    ALTER TABLE iot_personal_hub.dim_properties
        ADD COLUMN counter boolean NOT NULL DEFAULT false, ADD COLUMN state boolean NOT NULL DEFAULT false,
        DROP CONSTRAINT dim_properties_kind_is_known,
        ADD CONSTRAINT dim_properties_kind_is_known CHECK (kind IN ('number', 'enumeration', 'boolean', 'text'))
"""
BEFORE_THE_CATALOGUE = """
    DROP VIEW iot_personal_hub.dim_metrics CASCADE;
    DROP TRIGGER dim_properties_compile ON iot_personal_hub.dim_properties;
    DELETE FROM iot_personal_hub.dim_properties
    WHERE NOT rolled_up
       OR name IN ('battery.level', 'battery.temperature', 'battery.usage_current', 'location.altitude');
    ALTER TABLE iot_personal_hub.dim_properties RENAME TO dim_metrics;
    ALTER TABLE iot_personal_hub.dim_metrics RENAME COLUMN name TO metric;
    ALTER TABLE iot_personal_hub.dim_metrics RENAME CONSTRAINT dim_properties_pkey TO dim_metrics_pkey;
    ALTER TABLE iot_personal_hub.dim_metrics RENAME CONSTRAINT dim_properties_path_key TO dim_metrics_path_key;
    ALTER TABLE iot_personal_hub.dim_metrics
        DROP COLUMN counter CASCADE, DROP COLUMN state CASCADE,
        DROP COLUMN kind CASCADE, DROP COLUMN least CASCADE, DROP COLUMN most CASCADE, DROP COLUMN words CASCADE,
        DROP COLUMN disclosure CASCADE, DROP COLUMN rolled_up CASCADE, DROP COLUMN published CASCADE,
        DROP COLUMN aliases CASCADE,
        DROP COLUMN shipped_published CASCADE, DROP COLUMN shipped_rolled_up CASCADE,
        DROP CONSTRAINT dim_properties_has_path;
"""
BEFORE_THE_SWITCHES = """
    DROP TRIGGER dim_metrics_stop_rolling_up ON iot_personal_hub.dim_metrics;
    DROP TRIGGER dim_properties_compile ON iot_personal_hub.dim_properties;
    UPDATE iot_personal_hub.dim_properties SET path = '{vehicle,fuel_level_percent}'
    WHERE name = 'vehicle.fuel_level_percent';
    INSERT INTO iot_personal_hub.dim_properties (name, unit, path, least, most, disclosure, rolled_up, published)
    VALUES ('vehicle.fuel_percent', '%', '{vehicle,fuel_percent}', 0, 110, 'charge', false, true);
    ALTER TABLE iot_personal_hub.dim_properties
        DROP COLUMN aliases CASCADE,
        DROP COLUMN shipped_published CASCADE, DROP COLUMN shipped_rolled_up CASCADE;
"""


def test_an_upgrade_keeps_every_metric_and_publishes_none_of_the_owners(owner: Connection) -> None:
    shipped = rows(owner, CATALOGUE)
    owner.execute(BEFORE_MASKING_IN_STEPS)
    owner.execute(BEFORE_THE_CATALOGUE)
    owner.execute(OWN, ["garden.moisture", "{garden,moisture}"])
    owner.execute(OWN, ["power", "{battery,power_W}"])
    owner.execute(OWN, ["battery.charging", "{battery,charging}"])
    metrics = rows(owner, "SELECT * FROM iot_personal_hub.dim_metrics ORDER BY metric")
    with owner.transaction():
        for file in sql_files("migrations"):
            if file.name.startswith(("0017", "0021")):
                owner.execute(file.read_bytes())
        assert rows(owner, "SELECT * FROM iot_personal_hub.dim_metrics ORDER BY metric") == metrics
        [naming] = [file for file in sql_files("migrations") if file.name.startswith("0024")]
        owner.execute(naming.read_bytes())
        owner.execute(COUNTERS_AND_STATES)
        store_properties(owner)
    after = {row["name"]: row for row in rows(owner, CATALOGUE)}
    own = {"garden.moisture", "power", "battery.charging", "battery.power_W"}
    assert [row for name, row in after.items() if name not in own] == [row for row in shipped if row["name"] not in own]
    assert [after[name]["published"] for name in ("garden.moisture", "battery.charging")] == [False, False]
    # The same property under the owner's name.
    assert (after["power"]["published"], after["power"]["disclosure"]) == (True, "charge")


def test_an_upgrade_knows_the_owners_switches_from_the_catalogues(settings: Settings, owner: Connection) -> None:
    shipped = rows(owner, CATALOGUE)
    owner.execute(BEFORE_THE_SWITCHES)
    owner.execute("UPDATE iot_personal_hub.dim_properties SET published = false WHERE name LIKE '%%.temperature_C'")
    owner.execute(OWN, ["garden.moisture", "{garden,moisture}"])
    owner.execute("UPDATE iot_personal_hub.dim_properties SET published = true WHERE name = 'garden.moisture'")
    owner.execute("DELETE FROM public.iot_hub_migrations WHERE name = 'repeatable' OR name LIKE '0021%%'")
    migrate(settings)
    after = {row["name"]: row for row in rows(owner, CATALOGUE)}
    own = after.pop("garden.moisture")
    assert (own["published"], own["shipped_published"]) == (True, None)
    assert list(after.values()) == [
        {**row, "published": row["published"] and not row["name"].endswith(".temperature_C")} for row in shipped
    ]


def test_an_archive_keeps_what_the_owner_publishes(folder_hub: Settings, owner: Connection, new_hub: Settings) -> None:
    live(owner, days=1)
    owner.execute(OWN, ["garden.moisture", "{garden,moisture}"])
    owner.execute("UPDATE iot_personal_hub.dim_properties SET published = true WHERE name = 'garden.moisture'")
    owner.execute("UPDATE iot_personal_hub.dim_properties SET published = false WHERE name = 'motion.activity'")
    run_archive(folder_hub)
    restoring = with_archive_of(new_hub, folder_hub)
    restore_archive(restoring)
    with connect(owner_conninfo(restoring, "tests")) as restored:
        assert rows(restored, CATALOGUE) == rows(owner, CATALOGUE)


def test_an_archive_from_before_the_catalogue_publishes_what_is_shipped_and_none_of_the_owners(
    folder_hub: Settings, owner: Connection, new_hub: Settings
) -> None:
    live(owner, days=1)
    shipped = rows(owner, CATALOGUE)
    owner.execute(OWN, ["garden.moisture", "{garden,moisture}"])
    owner.execute("DELETE FROM iot_personal_hub.dim_metrics WHERE metric = 'air.co2_ppm'")
    with connect(owner_conninfo(new_hub, "tests")) as restored:
        [metrics] = [
            row["rows"]
            for row in rows(owner, "SELECT jsonb_agg(to_jsonb(m))::text AS rows FROM iot_personal_hub.dim_metrics AS m")
        ]
        state.restore_state(restored, state.State({"metrics": state.msgspec.Raw(metrics.encode())}, []))
        after = {row["name"]: row for row in rows(restored, CATALOGUE)}
    assert after.pop("garden.moisture")["published"] is False
    # It can't tell what its owner removed from what its version did not know.
    assert list(after.values()) == shipped


def test_an_archive_of_the_first_catalogue_switches_nothing_off_that_came_later(
    folder_hub: Settings, owner: Connection, new_hub: Settings
) -> None:
    shipped = rows(owner, CATALOGUE)
    fuel = next(row for row in shipped if row["name"] == "vehicle.fuel_level_percent")
    archived = [
        {name: value for name, value in json.loads(row["archived"]).items() if name not in LATER}
        for row in rows(owner, query("archived_properties"))
    ]
    for row in archived:
        row["rolled_up"] = row["rolled_up"] and row["name"] != "air.co2_ppm"
        row["published"] = row["published"] and row["name"] != "air.tvoc_ppb"
        row["name"] = "loudness" if row["name"] == "air.sound_dBFS" else row["name"]
        if row["name"] == fuel["name"]:
            row["path"] = ["vehicle", "fuel_level_percent"]
    archived += [
        {**row, "name": "vehicle.fuel_percent", "path": ["vehicle", "fuel_percent"], "rolled_up": False}
        for row in archived
        if row["name"] == fuel["name"]
    ]
    archived += [{**archived[0], "name": "garden.moisture", "path": ["garden", "moisture"], "least": 1, "most": 2.5}]
    with connect(owner_conninfo(new_hub, "tests")) as restored:
        parts = {"properties": state.msgspec.Raw(json.dumps(archived).encode())}
        state.restore_state(restored, state.State(parts, []))
        after = {row["name"]: row for row in rows(restored, CATALOGUE)}
    own = after.pop("garden.moisture")
    assert (own["least"], own["most"], own["shipped_published"]) == (1, Decimal("2.5"), None)
    assert after.pop("air.tvoc_ppb")["published"] is False
    assert after.pop("loudness")["path"] == ["air", "sound_dBFS"]
    assert list(after.values()) == [row for row in shipped if row["name"] not in ("air.tvoc_ppb", "air.sound_dBFS")]
