"""Checks of the database and its contents."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from iot_hub.database.binaries import OLDEST_VERSION
from iot_hub.database.migrations import newer_version
from iot_hub.database.queries import query, sql_files
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, megabytes, ok, problem, span, warning
from iot_hub.operations.doctor.program_checks import outdated_server

MAX_CLOCK_SECONDS = 60
WARNING_CLOCK_SECONDS = 2
MAX_STALE_SECONDS = 3600
WARNING_STALE_SECONDS = 60
SCHEDULE_SECONDS = 2 * 3600
"""With a scheduler, stale hours wait for its next run; after this time the worker takes over."""
WARNING_QUARANTINE_SHARE = 0.8
WARNING_ARCHIVE_DAYS = 2
WARNING_DROPPED_SECONDS = 600


def _row(context: DiagnosticContext, name: str) -> dict[str, Any]:
    return context.database.execute(query(name)).fetchone() or {}


def database(context: DiagnosticContext) -> Finding:
    """Check that PostgreSQL answers, and is new enough."""
    if context.connection is None:
        return problem(
            context.away, "Start the hub: iot-hub up. If it is running, see log/postgresql.log in its state folder."
        )
    server = _row(context, "doctor_server")
    if server["number"] // 10_000 < OLDEST_VERSION:
        return problem(f"PostgreSQL {server['version']} is too old.", f"Use PostgreSQL {OLDEST_VERSION} or newer.")
    # Compared without Debian's suffix, as in "15.20 (Debian 15.20-0+deb12u1)".
    wrong = outdated_server(context, server["version"].partition(" ")[0]) if server["postgis"] else None
    return wrong or ok(f"PostgreSQL {server['version']} answers, and new connections work.")


def postgis(context: DiagnosticContext) -> Finding:
    """Check that the database has PostGIS."""
    version = _row(context, "doctor_server")["postgis"]
    if version is None:
        return problem("The database has no PostGIS.", "Install it on the server, then run: iot-hub migrate")
    return ok(f"PostGIS {version} is installed.")


def migrations(context: DiagnosticContext) -> Finding:
    """Check that the database matches this version of the hub."""
    known = {file.name.removesuffix(".sql") for file in sql_files("migrations")}
    applied = {row["name"] for row in context.database.execute(query("applied_migrations"))}
    if version := newer_version(context.database):
        return warning(
            f"The database belongs to a newer hub ({version}). This version works with it.", "Update the hub soon."
        )
    if newer := sorted(applied - known):
        return problem(f"The database belongs to a newer hub: it has {newer[-1]}.", "Update the hub.")
    if missing := sorted(known - applied):
        return problem(f"The database lacks {', '.join(missing)}.", "Migrate it: iot-hub migrate")
    return ok(f"The database is at {max(known)}.")


def reading_roles(context: DiagnosticContext) -> Finding:
    """Check that the roles for published data still have the settings that the hub gave them."""
    changed = [row["role"] for row in context.database.execute(query("changed_reading_roles"))]
    if not changed:
        return ok("The reading roles have the hub's settings.")
    return warning(
        f"Someone with the login {' and '.join(changed)} has changed the role's settings.",
        "Restore them: iot-hub migrate. If it was not you, change the password of the login.",
    )


def clock(context: DiagnosticContext) -> Finding:
    """Check that the clocks of this machine and the database agree."""
    asked = time.time()
    server = _row(context, "doctor_server")["clock"].timestamp()
    # The server read its clock at some moment between the request and the response.
    apart = max(asked - server, server - time.time(), 0.0)
    if apart <= WARNING_CLOCK_SECONDS:
        return ok("The clocks of this machine and the database agree.")
    judge = problem if apart > MAX_CLOCK_SECONDS else warning
    return judge(
        f"The clocks of this machine and the database differ by {span(apart)}.",
        "Synchronise both by NTP: timedatectl set-ntp true",
    )


def stale_hours(context: DiagnosticContext) -> Finding:
    """Check that the roll-ups are up to date with the events."""
    state = _row(context, "hub_state")
    age = float(state["seconds"])
    if not state["hours"]:
        return ok("All roll-ups are up to date.")
    message = f"{state['hours']} hours are waiting for their roll-ups, the oldest for {span(age)}."
    maker = _row(context, "roll_ups_by")["maker"]
    tolerance = 0 if maker == "worker" else SCHEDULE_SECONDS
    if age <= tolerance + WARNING_STALE_SECONDS:
        return ok(message)
    judge = problem if age > tolerance + MAX_STALE_SECONDS else warning
    if maker == "worker":
        return judge(message, "The worker can't keep up, or is not running: see log/worker.log in the state folder.")
    return judge(message, f"The schedule of {maker} can't keep up: see its own log.")


def retention(context: DiagnosticContext) -> Finding:
    """Check that deleted days with late events are restored."""
    waiting = _row(context, "doctor_dropped_days")
    if not waiting["days"]:
        return ok("No deleted day is waiting to be restored.")
    message = f"{waiting['days']} deleted days are waiting to be restored, the oldest for {span(waiting['seconds'])}."
    if waiting["seconds"] <= WARNING_DROPPED_SECONDS:
        return ok(message)
    return warning(message, "Their late events are not in the roll-ups. See why: iot-hub retention bring-back")


def quarantine(context: DiagnosticContext) -> Finding:
    """Check whether payloads are rejected, and whether the quarantine has room."""
    state = _row(context, "doctor_quarantine")
    size = megabytes(state["bytes"])
    message = f"The quarantine has {state['payloads']} payloads ({size}), {state['recent']} from the last day."
    if state["bytes"] > WARNING_QUARANTINE_SHARE * context.settings.quarantine_bytes:
        return warning(message, "The oldest will soon be deleted. Replay or delete payloads: iot-hub quarantine list")
    if state["recent"]:
        return warning(message, "See why: iot-hub quarantine list")
    return ok(message if state["payloads"] else "The quarantine is empty.")


def archive(context: DiagnosticContext) -> Finding:
    """Check that finished days are archived."""
    if not _row(context, "doctor_has_archive")["has_archive"]:
        return warning("This database has no archive yet.", "Migrate it: iot-hub migrate")
    days = _row(context, "doctor_archive")
    newest, last = days["newest"], days["last_finished"]
    if last is None:
        return ok("No day with events is finished yet.")
    reached = newest or days["first_day"] - timedelta(days=1)
    message = f"The newest archived day is {newest}." if newest else "Nothing is archived yet."
    if last - reached > timedelta(days=WARNING_ARCHIVE_DAYS):
        return warning(f"{message} There are events until {last}.", "Archive them: iot-hub archive run")
    return ok(message)
