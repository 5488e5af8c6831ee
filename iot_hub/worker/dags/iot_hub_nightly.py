"""The hub's nightly jobs, for Airflow 3: archive finished days, compare them with the database, back up.

Where Airflow runs elsewhere, the variable `iot_hub_command` says how to call the command line,
such as `ssh hub /opt/iot-hub/.venv/bin/iot-hub`. docs/roll-ups.md has the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, CronTriggerTimetable, chain

STEPS = {
    "archive_run": "archive run",
    "archive_verify": "archive verify",
    # A backup that nobody watches must leave room for events on a small disk.
    "backup": "backup --keep 7 --leave-free 2000",
}

with DAG(
    "iot_hub_nightly",
    description="Archives, compares the archive with the database, and backs up.",
    # Archived days are of UTC, and finished when they have been over for an hour.
    schedule=CronTriggerTimetable("30 1 * * *", timezone="UTC"),
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["iot_hub"],
) as nightly:
    chain(
        *(
            BashOperator(task_id=name, bash_command="{{ var.value.get('iot_hub_command', 'iot-hub') }} " + command)
            for name, command in STEPS.items()
        )
    )
