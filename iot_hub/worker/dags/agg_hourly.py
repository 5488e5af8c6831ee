"""The first beta's three DAGs, for Airflow 3.2 or newer: they build the hourly aggregates.

An hour is built whole, in one transaction: a count must not be published before the position that
makes it private. So each DAG builds all aggregates: the first to run finds the work, the others find it
done. A scheduled run is incremental: it refreshes whatever is stale, late events of any hour included. A
backfill, or a run that a person starts, recomputes its own interval.

Needs a connection `iot_hub` of type Postgres to the hub's database. docs/roll-ups.md has the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import DAG, CronDataIntervalTimetable, task

REFRESH_STALE, RECOMPUTE_INTERVAL = (
    Path(__file__).with_name(name).read_text() for name in ("refresh_stale.sql", "recompute_interval.sql")
)


# Airflow's history of the task goes by this id.
@task(task_id="make_roll_ups")
def build_hourly_aggregates(dag_run: Any = None) -> None:  # noqa: ANN401 - Airflow passes it by this name
    """Refresh what is stale, or recompute the run's interval."""
    # log_sql: no statement of the hub stands in a log. autocommit: the procedure ends its transactions.
    hook = PostgresHook(postgres_conn_id="iot_hub", log_sql=False)
    if dag_run.run_type == "scheduled" or dag_run.data_interval_start is None:
        hook.run(REFRESH_STALE, autocommit=True)
    else:
        interval = {"since": dag_run.data_interval_start, "until": dag_run.data_interval_end}
        hook.run(RECOMPUTE_INTERVAL, autocommit=True, parameters=interval)


def hourly(dag_id: str, table: str) -> DAG:
    """Return the DAG of one table."""
    with DAG(
        dag_id,
        description=f"Builds the hours of {table}.",
        # Hours of UTC: in the owner's zone a day has 23 or 25 of them, twice a year.
        schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
        start_date=datetime(2000, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 3, "retry_delay": timedelta(minutes=2)},
        tags=["iot_hub"],
    ) as dag:
        build_hourly_aggregates()
    return dag


battery = hourly("agg_hourly_devices_smartphone_battery_details", "agg_hourly_devices_smartphone_battery_details")
events = hourly("agg_hourly_devices_smartphone_event_counter", "agg_hourly_devices_smartphone_events_counter")
locations = hourly("agg_hourly_devices_smartphone_location_details", "agg_hourly_devices_smartphone_location_details")
