"""Runs in Airflow's own virtual environment: makes DAG runs of given kinds and intervals, one after the other.

Standard input: JSON, a list of [dag_id, run_type, start of the interval or null]. Standard output, last
line: JSON, the state of each run. As the scheduler does it, without the scheduler's pauses.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

from airflow import settings
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.sdk.definitions.dag import _run_task
from airflow.sdk.timezone import parse, utcnow
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.db import initdb
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType

DAY = timedelta(days=1)


def dags_of_the_folder() -> dict[str, Any]:
    """Make Airflow's own database, and read the DAGs as its processor does."""
    initdb()
    manager = DagBundlesManager()
    manager.sync_bundles_to_db()
    [bundle] = manager.get_all_dag_bundles()
    bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
    assert not bag.import_errors, bag.import_errors
    sync_bag_to_db(bag, bundle.name, bundle.version)
    return bag.dags


def run(dag: Any, run_type: str, start: str | None) -> str:
    """Make one run of a DAG, and its tasks until it ends."""
    scheduled = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    # Without a start: as when somebody triggers a DAG by its button.
    made = next(iter(scheduled.iter_dagrun_infos_between(parse(start), parse(start) + DAY))) if start else None
    session = settings.Session()
    dag_run = scheduled.create_dagrun(
        run_id=f"{run_type}__{start}",
        logical_date=made and made.logical_date,
        data_interval=made and made.data_interval,
        run_after=utcnow(),
        run_type=DagRunType(run_type),
        state=DagRunState.RUNNING,
        triggered_by=DagRunTriggeredByType.TEST,
        session=session,
    )
    while due := dag_run.update_state(session=session)[0]:
        for instance in due:
            instance.try_number += 1
            instance.state = TaskInstanceState.SCHEDULED
        session.commit()
        for instance in due:
            _run_task(ti=instance, task=dag.task_dict[instance.task_id])
        session.expire_all()
    # A task that failed waits for its next try: its run is not over, and nobody waits for it here.
    return ",".join(str(instance.state) for instance in dag_run.get_task_instances(session=session))


if __name__ == "__main__":
    dags = dags_of_the_folder()
    print(json.dumps([run(dags[dag_id], run_type, start) for dag_id, run_type, start in json.load(sys.stdin)]))
