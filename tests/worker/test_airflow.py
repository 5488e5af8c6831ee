"""Real Airflow runs the project's DAGs, and makes what the worker makes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow_world import BATTERY, COUNTER, LOCATION, run_dags
from events import Connection, add_device, refresh, rows, store
from paths import ROOT
from roll_up_tables import forget, roll_ups

from iot_hub.database.migrations import migrate
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow

# The hours of UTC around the one that Warsaw's clocks repeat: at one o'clock they go back from three to two.
CHANGE = datetime(2025, 10, 26, 1, tzinfo=UTC)
HOURS = [CHANGE + timedelta(hours=number) for number in range(-3, 3)]
LATE = CHANGE - timedelta(days=9)


def reading(time: datetime, chance: random.Random) -> dict[str, Any]:
    """What a phone says: sometimes without a battery, often with a fix of an earlier hour."""
    said: dict[str, Any] = {"climate": {"temperature_C": round(chance.uniform(-5, 30), 2)}}
    if chance.random() < 0.8:
        said["battery"] = {
            "temperature_C": round(chance.uniform(20, 40), 1),
            "remaining_percent": chance.randint(1, 99),
        }
    if chance.random() < 0.7:
        fix = time - timedelta(seconds=chance.choice([0, 0, 30, 4000]))
        said["location"] = {
            "latitude": round(52.23 + chance.uniform(-0.05, 0.05), 5),
            "longitude": round(21.01 + chance.uniform(-0.05, 0.05), 5),
            "altitude_m": chance.randint(80, 140),
            "fix_timestamp": fix.timestamp(),
        }
    return said


def report(owner: Connection) -> None:
    """Two phones through the night of the change, one also nine days before; a sensor; one private area."""
    chance = random.Random(5)
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)"
        " VALUES ('home', ST_MakeEnvelope(21.0, 52.22, 21.02, 52.235, 4326))"
    )
    for device_id in (1, 2):
        add_device(owner, device_id, f"phone {device_id}")
        times = [HOURS[0] + timedelta(minutes=7 * number) for number in range(50)]
        times += [LATE + timedelta(minutes=number) for number in range(30)] if device_id == 1 else []
        store(owner, *((time.timestamp(), reading(time, chance)) for time in times), device_id=device_id)
    # Nobody's fixes make its hours stale: they are made by their own intervals or not at all.
    add_device(owner, 3, "sensor", "sensor")
    times = [hour + timedelta(minutes=5) for hour in HOURS]
    said = [
        {"climate": {"humidity_percent": time.hour}, "energy": {"energy_Wh": 10 * number}, "contact": {"open": True}}
        for number, time in enumerate(times)
    ]
    store(owner, *zip((time.timestamp() for time in times), said, strict=True), device_id=3)


@pytest.fixture
def hub_command(settings: Settings, tmp_path: Path) -> dict[str, str]:
    """Where Airflow finds the command line, and what that finds in its environment."""
    assert settings.database_url
    return {
        "AIRFLOW_VAR_IOT_HUB_COMMAND": str(ROOT / ".venv" / "bin" / "iot-hub"),
        "IOT_HUB_HOME": str(tmp_path / "hub"),
        "IOT_HUB_DATABASE_URL": settings.database_url.get_secret_value(),
    }


# One Airflow for all of it: to start one takes longer than a day of runs.
@pytest.mark.timeout(400)
def test_airflow_makes_what_the_worker_makes_through_a_change_of_the_clocks_and_does_the_hubs_night(
    settings: Settings, owner: Connection, hub_command: dict[str, str], tmp_path: Path
) -> None:
    report(owner)
    late = rows(owner, "SELECT device_id, date_hour FROM iot_personal_hub.stale_hours WHERE date_hour < %s", HOURS[0])
    refresh(owner)
    the_workers = roll_ups(owner)
    assert all(the_workers.values()), "a table that stays empty proves nothing"

    forget(owner)
    migrate(settings.model_copy(update={"roll_ups_by": "airflow"}))
    owner.execute("UPDATE iot_personal_hub.roll_up_makers SET ran_at = now() - interval '3 hours'")
    for mark in late:
        owner.execute("INSERT INTO iot_personal_hub.stale_hours VALUES (%(device_id)s, %(date_hour)s)", mark)
    # In any order, by whichever of the three; what is stale besides is settled on the way.
    hourly = (BATTERY, COUNTER, LOCATION)
    backfill = [(dag, "backfill", hour.isoformat()) for hour in HOURS for dag in hourly]
    random.Random(3).shuffle(backfill)
    later = (CHANGE + timedelta(days=300)).isoformat()
    scheduled = [(dag, "scheduled", later) for dag in (*hourly, "iot_hub_nightly")]
    states = run_dags(tmp_path, settings, [*backfill, (COUNTER, "manual", None), *scheduled], **hub_command)

    assert states == ["success"] * (len(backfill) + 4) + ["success,success,success"], (tmp_path / "said").read_text()[
        -8000:
    ]
    assert rows(owner, "SELECT FROM iot_personal_hub.stale_hours") == []
    assert roll_ups(owner) == the_workers
    # Only a scheduled run says that Airflow is there.
    assert [row["maker"] for row in rows(owner, "SELECT maker FROM iot_personal_hub.roll_ups_by()")] == ["airflow"]
    archive = tmp_path / "hub" / "archive"
    assert list(archive.glob("raw/device_id=1/date=2025-10-26/*.parquet"))
    assert list(archive.glob("backups/*.dump"))


def test_the_dags_import_nothing_of_the_hub_and_lie_at_the_root_too() -> None:
    sources = [path.read_text() for path in (ROOT / "dags").glob("*.py")]
    assert len(sources) == 2
    assert not [source for source in sources if "import iot_hub" in source or "from iot_hub" in source]
    assert (ROOT / "dags").resolve() == ROOT / "iot_hub" / "worker" / "dags"
