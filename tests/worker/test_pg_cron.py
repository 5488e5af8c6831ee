"""pg_cron makes the roll-ups, in a real cluster, by the statement of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from events import Connection, add_device, rows, store
from paths import ROOT
from psycopg import conninfo
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.operations.postgres_server import running_server
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "roll-ups.md").read_text()
HOUR = 1755860400  # 2025-08-22 11:00 UTC


def documented(pattern: str) -> str:
    """What the page tells to write, without its indentation."""
    [found] = re.findall(pattern, PAGE, re.MULTILINE | re.DOTALL)
    return re.sub(r"^    ", "", found, flags=re.MULTILINE)


def runs(cron: Connection) -> list[dict[str, object]]:
    return rows(cron, "SELECT status, return_message FROM cron.job_run_details WHERE status IN ('succeeded', 'failed')")


def test_a_job_of_pg_cron_makes_the_hours_by_the_one_documented_statement(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "hub", time_zone="Europe/Warsaw", roll_ups_by="pg_cron")
    cluster = Cluster(settings)
    cluster.create()
    with (cluster.data / "postgresql.conf").open("a") as file:
        file.write(documented(r"^    shared_preload_libraries.*?background_workers = on"))
    where = owner_conninfo(settings, "tests")
    beside = conninfo.make_conninfo(where, dbname="postgres")
    schedule = documented(r"^    SELECT cron\.schedule_in_database.*?;$")
    with running_server(settings):
        migrate(settings)
        with connect(where) as owner, connect(beside) as cron:
            cron.execute(documented(r"^    CREATE EXTENSION pg_cron;$"))
            cron.execute(schedule)
            # The documented schedule waits for the next full minute; this one for the server's next start.
            cron.execute(schedule.replace("* * * * *", "@reboot"))
            assert [row["schedule"] for row in rows(cron, "SELECT schedule FROM cron.job")] == ["@reboot"]
            add_device(owner)
            store(owner, (HOUR, {"battery": {"temperature_C": 20}}))
    with running_server(settings), connect(where) as owner, connect(beside) as cron:
        wait_until(lambda: runs(cron))
        assert runs(cron) == [{"status": "succeeded", "return_message": "CALL"}]
        assert rows(owner, "SELECT FROM iot_personal_hub.stale_hours") == []
        [row] = rows(owner, "SELECT count_events FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter")
        assert row["count_events"] == 1
        assert [row["maker"] for row in rows(owner, "SELECT maker FROM iot_personal_hub.roll_ups_by()")] == ["pg_cron"]
