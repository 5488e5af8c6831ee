"""A real Airflow for tests: its own virtual environment, its own SQLite database, the project's DAGs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from paths import ROOT

from iot_hub.settings import Settings

PYTHON = ROOT / ".venv-airflow" / "bin" / "python"

BATTERY = "agg_hourly_devices_smartphone_battery_details"
COUNTER = "agg_hourly_devices_smartphone_event_counter"
LOCATION = "agg_hourly_devices_smartphone_location_details"


def airflow_environment(home: Path, settings: Settings) -> dict[str, str]:
    """Give the environment of an Airflow that knows the hub."""
    assert settings.database_url
    return {
        "PATH": os.environ["PATH"],
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "AIRFLOW_CONN_IOT_HUB": settings.database_url.get_secret_value(),
    }


def run_dags(home: Path, settings: Settings, runs: Sequence[tuple[str, str, str | None]], **more: str) -> list[str]:
    """Make runs (DAG, kind, start of the interval) in one Airflow; tell how each ended. What it said is in its home."""
    done = subprocess.run(
        [PYTHON, ROOT / "tests" / "airflow_runs.py"],
        input=json.dumps(runs), capture_output=True, text=True, cwd=home,
        env={**airflow_environment(home, settings), **more},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    (home / "said").write_text(done.stdout + done.stderr)
    states: list[str] = json.loads(done.stdout.splitlines()[-1])
    return states
