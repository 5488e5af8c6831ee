"""The first beta's three DAGs, for Airflow 3.2 or newer: they make the hourly roll-ups.

An hour is made whole, in one transaction: a count must not be published before the position that
makes it private. So each DAG makes all roll-ups; the one that comes first finds the work, the others
find it done. A scheduled run settles what is stale, late events of any hour among them; a backfill,
or a run that a person starts, recomputes its own interval.

Needs a connection `iot_hub` of type Postgres to the hub's database. docs/roll-ups.md has the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import DAG, CronDataIntervalTimetable, task

SETTLE, REMAKE = (Path(__file__).with_name(name).read_text() for name in ("settle_hours.sql", "remake_hours.sql"))


@task
def make_roll_ups(dag_run: Any = None) -> None:  # noqa: ANN401 - Airflow's, which it gives by this name
    """Have the database settle what is stale, or recompute the run's interval."""
    # log_sql: no statement of the hub stands in a log. autocommit: the procedure ends its transactions.
    hook = PostgresHook(postgres_conn_id="iot_hub", log_sql=False)
    if dag_run.run_type == "scheduled" or dag_run.data_interval_start is None:
        hook.run(SETTLE, autocommit=True)
    else:
        interval = {"from": dag_run.data_interval_start, "to": dag_run.data_interval_end}
        hook.run(REMAKE, autocommit=True, parameters=interval)


def hourly(dag_id: str, table: str) -> DAG:
    """Give the DAG that makes sure of one table's hours."""
    with DAG(
        dag_id,
        description=f"Makes the hours of {table}.",
        # Hours of UTC: in the owner's zone a day has 23 or 25 of them, twice a year.
        schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
        start_date=datetime(2000, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 3, "retry_delay": timedelta(minutes=2)},
        tags=["iot_hub"],
    ) as dag:
        make_roll_ups()
    return dag


battery = hourly("agg_hourly_devices_smartphone_battery_details", "agg_hourly_devices_smartphone_battery_details")
events = hourly("agg_hourly_devices_smartphone_event_counter", "agg_hourly_devices_smartphone_events_counter")
locations = hourly("agg_hourly_devices_smartphone_location_details", "agg_hourly_devices_smartphone_location_details")
