"""Checks of the machine that the hub runs on, of the running hub, and of what lies in its folders."""

from __future__ import annotations

import http.client
import math
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from iot_hub.archive.backup.repository import newest_backup
from iot_hub.operations.doctor.finding import Finding, Patient, megabytes, ok, problem, span, warning
from iot_hub.operations.http_client import connection
from iot_hub.settings import Settings

LEAST_DISK_BYTES = 300_000_000
UNEASY_DISK_BYTES = 2_000_000_000
LEAST_MEMORY_BYTES = 50_000_000
UNEASY_MEMORY_BYTES = 150_000_000
FULL_SPOOL_SHARE = 0.8
UNEASY_BACKUP_SECONDS = 7 * 86_400
UNEASY_NIGHTLY_SECONDS = 2 * 86_400


def disk(patient: Patient) -> Finding:
    """Whether the state folder's disk has room."""
    home = patient.settings.home
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    message = f"{megabytes(free)} are free in {home}."
    if free < LEAST_DISK_BYTES:
        return problem(message, "Free some at once: without room nothing can be stored.")
    if free < UNEASY_DISK_BYTES:
        return warning(message, "Free some, or move the state folder to a larger disk.")
    return ok(message)


def memory(_: Patient) -> Finding:
    """Whether the machine, or the container, has memory left."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    free = min(int(lines["MemAvailable"].split()[0]) * 1024, left_in_group(control_group()))
    message = f"{megabytes(free)} of memory are available."
    if free < LEAST_MEMORY_BYTES:
        return problem(message, "End other programs, or give the machine more memory.")
    if free < UNEASY_MEMORY_BYTES:
        return warning(message, "It is little: end other programs, or add swap.")
    return ok(message)


def control_group() -> Path:
    """Give the folder of this process's control group (cgroup v2), which may have a limit of its own."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    return Path("/sys/fs/cgroup") / own


def left_in_group(group: Path) -> float:
    """Give the bytes of memory that a control group may still take; infinite where it has no limit."""
    try:
        limit = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        pairs = (line.split() for line in (group / "memory.stat").read_text().splitlines())
        # What it read from files is given back when memory is wanted.
        used -= next(int(value) for name, value in pairs if name == "inactive_file")
    except (OSError, StopIteration):
        return math.inf
    return math.inf if limit == "max" else max(int(limit) - used, 0)


def spool(patient: Patient) -> Finding:
    """Whether the hub runs, and how much waits for the database."""
    settings = patient.settings
    try:
        status, answer = _readyz(settings)
    except OSError:
        return warning(f"No hub is running at {settings.host}:{settings.port}.", "Start it: iot-hub up")
    except msgspec.DecodeError:
        return problem(
            f"What answers at {settings.host}:{settings.port} is not a hub, or its API is down.",
            "See the hub's log folder.",
        )
    depth = answer.get("spool")
    if status != 200:
        return problem(
            "The hub can't keep events now.", "See the hub's log folder, and the lines about disk and database."
        )
    if depth is None:
        return warning("The hub that runs is of an older version and has no spool.", "Start it again: iot-hub up")
    return _depth(depth, settings.spool_bytes)


def _readyz(settings: Settings) -> tuple[int, dict[str, Any]]:
    front = connection(settings, timeout=5)
    try:
        front.request("GET", "/readyz")
        response = front.getresponse()
        return response.status, msgspec.json.decode(response.read(), type=dict[str, Any])
    except http.client.HTTPException as error:
        raise msgspec.DecodeError(str(error)) from error
    finally:
        front.close()


def _depth(depth: dict[str, Any], most_bytes: int) -> Finding:
    if not depth["events"]:
        return ok("The hub runs, and its spool is empty.")
    message = (
        f"{depth['events']} events ({megabytes(depth['bytes'])}) wait in the spool,"
        f" the oldest for {span(depth['oldest_seconds'])}."
    )
    if depth["bytes"] > FULL_SPOOL_SHARE * most_bytes:
        return problem(message, "It is nearly full. Bring the database back before events are turned away.")
    return warning(message, "They are safe, and are stored when the database is back.")


def backup(patient: Patient) -> Finding:
    """Whether there is a backup that is not too old."""
    settings = patient.settings
    newest = newest_backup(settings)
    if newest is None:
        return warning("There is no backup yet.", "Make one: iot-hub backup")
    age = (datetime.now(UTC) - newest.made_at).total_seconds()
    message = f"The newest backup is {span(max(age, 0))} old."
    if settings.nightly_backups and age > UNEASY_NIGHTLY_SECONDS:
        return warning(message, "Last night's was not made; log/worker.log in the state folder says why.")
    if age > UNEASY_BACKUP_SECONDS:
        return warning(message, "Make one now (iot-hub backup), and one each night: IOT_HUB_NIGHTLY_BACKUPS=7")
    return ok(message)


def secrets(patient: Patient) -> Finding:
    """Whether only the hub's user can read passwords and what is kept of the data."""
    settings = patient.settings
    folder = settings.home / "secrets"
    archive = settings.archive_folder or settings.home / "archive"
    private = [folder, *sorted(folder.glob("*")), *([] if settings.s3_endpoint else [archive])]
    if open_ones := [str(path) for path in private if path.exists() and path.stat().st_mode & 0o077]:
        return problem(
            f"Others on this machine may read {', '.join(open_ones)}.", f"Close it: chmod -R go= {' '.join(open_ones)}"
        )
    return ok("Passwords and archive can be read by the hub's user alone.")
