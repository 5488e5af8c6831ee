"""What an owner has said of properties outlives an upgrade and an archive."""

from __future__ import annotations

from archive_world import folder_hub, live, new_hub, with_archive_of
from events import Connection, rows

from iot_hub.archive import state
from iot_hub.archive.restore import restore_archive
from iot_hub.archive.run import run_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import sql_files
from iot_hub.settings import Settings

__all__ = ["folder_hub", "new_hub"]

OWN = "INSERT INTO iot_personal_hub.dim_metrics (metric, unit, path) VALUES (%s, '1', %s)"
CATALOGUE = "SELECT * FROM iot_personal_hub.dim_properties ORDER BY name"
BEFORE_THE_CATALOGUE = """
    DROP VIEW iot_personal_hub.dim_metrics CASCADE;
    DROP TRIGGER dim_properties_compile ON iot_personal_hub.dim_properties;
    DELETE FROM iot_personal_hub.dim_properties WHERE NOT rolled_up;
    ALTER TABLE iot_personal_hub.dim_properties RENAME TO dim_metrics;
    ALTER TABLE iot_personal_hub.dim_metrics RENAME COLUMN name TO metric;
    ALTER TABLE iot_personal_hub.dim_metrics RENAME CONSTRAINT dim_properties_pkey TO dim_metrics_pkey;
    ALTER TABLE iot_personal_hub.dim_metrics RENAME CONSTRAINT dim_properties_path_key TO dim_metrics_path_key;
    ALTER TABLE iot_personal_hub.dim_metrics
        DROP COLUMN kind CASCADE, DROP COLUMN least CASCADE, DROP COLUMN most CASCADE, DROP COLUMN words CASCADE,
        DROP COLUMN disclosure CASCADE, DROP COLUMN rolled_up CASCADE, DROP COLUMN published CASCADE,
        DROP CONSTRAINT dim_properties_has_path;
"""


def test_an_upgrade_keeps_every_metric_and_publishes_none_of_the_owners(owner: Connection) -> None:
    shipped = rows(owner, CATALOGUE)
    owner.execute(BEFORE_THE_CATALOGUE)
    owner.execute(OWN, ["garden.moisture", "{garden,moisture}"])
    owner.execute(OWN, ["level", "{battery,remaining_percent}"])
    owner.execute(OWN, ["battery.charging", "{battery,charging}"])
    metrics = rows(owner, "SELECT * FROM iot_personal_hub.dim_metrics ORDER BY metric")
    [migration] = [file for file in sql_files("migrations") if file.name.startswith("0017")]
    with owner.transaction():
        owner.execute(migration.read_bytes())
    assert rows(owner, "SELECT * FROM iot_personal_hub.dim_metrics ORDER BY metric") == metrics
    after = {row["name"]: row for row in rows(owner, CATALOGUE)}
    own = {"garden.moisture", "level", "battery.charging", "battery.remaining_percent"}
    assert [row for name, row in after.items() if name not in own] == [row for row in shipped if row["name"] not in own]
    assert [after[name]["published"] for name in ("garden.moisture", "battery.charging")] == [False, False]
    # The same property under the owner's name.
    assert (after["level"]["published"], after["level"]["disclosure"]) == (True, "charge")


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
    assert list(after.values()) == [row for row in shipped if row["name"] != "air.co2_ppm"]
