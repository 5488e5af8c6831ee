"""Checks of the hub's machine, of the running hub, and of its folders."""

from __future__ import annotations

import http.client
import math
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from iot_hub.archive.backup.repository import newest_backup
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, megabytes, ok, problem, span, warning
from iot_hub.operations.http_client import open_local_connection
from iot_hub.settings import Settings

MIN_DISK_BYTES = 300_000_000
WARNING_DISK_BYTES = 2_000_000_000
MIN_MEMORY_BYTES = 50_000_000
WARNING_MEMORY_BYTES = 150_000_000
FULL_SPOOL_SHARE = 0.8
WARNING_BACKUP_SECONDS = 7 * 86_400
WARNING_NIGHTLY_SECONDS = 2 * 86_400


def disk(context: DiagnosticContext) -> Finding:
    """Check the free space on the state folder's disk."""
    home = context.settings.home
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    message = f"{megabytes(free)} are free in {home}."
    if free < MIN_DISK_BYTES:
        return problem(message, "Free some space at once: otherwise, nothing can be stored.")
    if free < WARNING_DISK_BYTES:
        return warning(message, "Free some space, or move the state folder to a larger disk.")
    return ok(message)


def memory(_: DiagnosticContext) -> Finding:
    """Check the available memory of the machine, or the container."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    free = min(int(lines["MemAvailable"].split()[0]) * 1024, left_in_group(control_group()))
    message = f"{megabytes(free)} of memory are available."
    if free < MIN_MEMORY_BYTES:
        return problem(message, "Stop other programs, or add memory.")
    if free < WARNING_MEMORY_BYTES:
        return warning(message, "That is little: stop other programs, or add swap.")
    return ok(message)


def control_group() -> Path:
    """Return the folder of this process's control group (cgroup v2), which may have a limit of its own."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    return Path("/sys/fs/cgroup") / own


def left_in_group(group: Path) -> float:
    """Return the bytes of memory that a control group may still use; infinite without a limit."""
    try:
        limit = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        pairs = (line.split() for line in (group / "memory.stat").read_text().splitlines())
        # The page cache is reclaimed when memory is needed.
        used -= next(int(value) for name, value in pairs if name == "inactive_file")
    except (OSError, StopIteration):
        return math.inf
    return math.inf if limit == "max" else max(int(limit) - used, 0)


def spool(context: DiagnosticContext) -> Finding:
    """Check that the hub is running, and how much waits in its spool."""
    settings = context.settings
    try:
        status, answer = _readyz(settings)
    except OSError:
        return warning(f"No hub is running at {settings.host}:{settings.port}.", "Start it: iot-hub up")
    except msgspec.DecodeError:
        return problem(
            f"The server at {settings.host}:{settings.port} is not a hub, or its API is down.",
            "See the hub's log folder.",
        )
    depth = answer.get("spool")
    if status != 200:
        return problem(
            "The hub can't store events now.", "See the hub's log folder, and the checks of disk and database."
        )
    if depth is None:
        return warning("The running hub is an older version without a spool.", "Restart it: iot-hub up")
    return _depth(depth, settings.spool_bytes)


def _readyz(settings: Settings) -> tuple[int, dict[str, Any]]:
    hub = open_local_connection(settings, timeout=5)
    try:
        hub.request("GET", "/readyz")
        response = hub.getresponse()
        return response.status, msgspec.json.decode(response.read(), type=dict[str, Any])
    except http.client.HTTPException as error:
        raise msgspec.DecodeError(str(error)) from error
    finally:
        hub.close()


def _depth(depth: dict[str, Any], most_bytes: int) -> Finding:
    if not depth["events"]:
        return ok("The hub is running, and its spool is empty.")
    message = (
        f"{depth['events']} events ({megabytes(depth['bytes'])}) are waiting in the spool,"
        f" the oldest for {span(depth['oldest_seconds'])}."
    )
    if depth["bytes"] > FULL_SPOOL_SHARE * most_bytes:
        return problem(message, "It is nearly full. Fix the database before events are rejected.")
    return warning(message, "They are safe, and will be stored when the database is back.")


def backup(context: DiagnosticContext) -> Finding:
    """Check that there is a recent backup."""
    settings = context.settings
    newest = newest_backup(settings)
    if newest is None:
        return warning("There is no backup yet.", "Make one: iot-hub backup")
    age = (datetime.now(UTC) - newest.made_at).total_seconds()
    message = f"The newest backup is {span(max(age, 0))} old."
    if settings.nightly_backups and age > WARNING_NIGHTLY_SECONDS:
        return warning(message, "The nightly backup has failed: see log/worker.log in the state folder.")
    if age > WARNING_BACKUP_SECONDS:
        return warning(message, "Make one now (iot-hub backup), and one every night: IOT_HUB_NIGHTLY_BACKUPS=7")
    return ok(message)


def secrets(context: DiagnosticContext) -> Finding:
    """Check that only the hub's user can read passwords and archive."""
    settings = context.settings
    folder = settings.home / "secrets"
    archive = settings.archive_folder or settings.home / "archive"
    private = [folder, *sorted(folder.glob("*")), *([] if settings.s3_endpoint else [archive])]
    if open_ones := [str(path) for path in private if path.exists() and path.stat().st_mode & 0o077]:
        return problem(
            f"Other users of this machine can read {', '.join(open_ones)}.",
            f"Restrict it: chmod -R go= {' '.join(open_ones)}",
        )
    return ok("Only the hub's user can read passwords and archive.")
