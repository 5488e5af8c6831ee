"""Checks of the database and of what the hub keeps in it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from iot_hub.database.binaries import OLDEST_VERSION
from iot_hub.database.migrations import newer_version
from iot_hub.database.queries import query, sql_files
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, megabytes, ok, problem, span, warning
from iot_hub.operations.doctor.program_checks import server_of_now

MOST_CLOCK_SECONDS = 60
UNEASY_CLOCK_SECONDS = 2
MOST_STALE_SECONDS = 3600
UNEASY_STALE_SECONDS = 60
SCHEDULE_SECONDS = 2 * 3600
"""Where a scheduler makes the roll-ups, hours wait for its next run; after so long the worker stands in."""
UNEASY_QUARANTINE_SHARE = 0.8
UNEASY_ARCHIVE_DAYS = 2
UNEASY_DROPPED_SECONDS = 600


def _row(context: DiagnosticContext, name: str) -> dict[str, Any]:
    return context.database.execute(query(name)).fetchone() or {}


def database(context: DiagnosticContext) -> Finding:
    """Whether PostgreSQL answers, and whether it is new enough."""
    if context.connection is None:
        return problem(
            context.away, "Start the hub: iot-hub up. If it runs, see log/postgresql.log in its state folder."
        )
    server = _row(context, "doctor_server")
    if server["number"] // 10_000 < OLDEST_VERSION:
        return problem(f"PostgreSQL {server['version']} is too old.", f"Use PostgreSQL {OLDEST_VERSION} or newer.")
    # Debian's own addition, "15.20 (Debian 15.20-0+deb12u1)", is left out of comparing.
    wrong = server_of_now(context, server["version"].partition(" ")[0]) if server["postgis"] else None
    return wrong or ok(f"PostgreSQL {server['version']} answers, and new connections work.")


def postgis(context: DiagnosticContext) -> Finding:
    """Whether the database has PostGIS."""
    version = _row(context, "doctor_server")["postgis"]
    if version is None:
        return problem("The database has no PostGIS.", "Install it for the server, then: iot-hub migrate")
    return ok(f"PostGIS {version} is there.")


def migrations(context: DiagnosticContext) -> Finding:
    """Whether the database is of this version of the hub."""
    known = {file.name.removesuffix(".sql") for file in sql_files("migrations")}
    applied = {row["name"] for row in context.database.execute(query("applied_migrations"))}
    if version := newer_version(context.database):
        return warning(f"The database is of a newer hub ({version}). This one works on it.", "Update the hub in time.")
    if newer := sorted(applied - known):
        return problem(f"The database is of a newer hub: it has {newer[-1]}.", "Update the hub.")
    if missing := sorted(known - applied):
        return problem(f"The database lacks {', '.join(missing)}.", "Bring it to this version: iot-hub migrate")
    return ok(f"The database is at {max(known)}.")


def reading_roles(context: DiagnosticContext) -> Finding:
    """Whether the roles that read what is published have the settings that the hub gave them."""
    changed = [row["role"] for row in context.database.execute(query("changed_reading_roles"))]
    if not changed:
        return ok("The reading roles have the settings that the hub gave them.")
    return warning(
        f"Somebody with the login of {' and '.join(changed)} has changed its settings.",
        "Set them back: iot-hub migrate. If it was not you, set a new password for the login.",
    )


def clock(context: DiagnosticContext) -> Finding:
    """Whether this machine and the database agree on the time."""
    asked = time.time()
    server = _row(context, "doctor_server")["clock"].timestamp()
    # The answer was made at some moment between asking and having it.
    apart = max(asked - server, server - time.time(), 0.0)
    if apart <= UNEASY_CLOCK_SECONDS:
        return ok("This machine and the database agree on the time.")
    judge = problem if apart > MOST_CLOCK_SECONDS else warning
    return judge(f"This machine and the database are {span(apart)} apart.", "Set both by NTP: timedatectl set-ntp true")


def stale_hours(context: DiagnosticContext) -> Finding:
    """Whether the roll-ups are in step with the events."""
    state = _row(context, "hub_state")
    age = float(state["seconds"])
    if not state["hours"]:
        return ok("Every roll-up is in step with its events.")
    message = f"{state['hours']} hours wait for their roll-ups, the oldest for {span(age)}."
    maker = _row(context, "roll_ups_by")["maker"]
    patience = 0 if maker == "worker" else SCHEDULE_SECONDS
    if age <= patience + UNEASY_STALE_SECONDS:
        return ok(message)
    judge = problem if age > patience + MOST_STALE_SECONDS else warning
    if maker == "worker":
        return judge(message, "The worker does not keep up, or does not run: see log/worker.log in the state folder.")
    return judge(message, f"The schedule of {maker} does not keep up: see its own log of runs.")


def retention(context: DiagnosticContext) -> Finding:
    """Whether dropped days that late events wait for are brought back."""
    waiting = _row(context, "doctor_dropped_days")
    if not waiting["days"]:
        return ok("No dropped day waits to be brought back.")
    message = f"{waiting['days']} dropped days wait to be brought back, the oldest for {span(waiting['seconds'])}."
    if waiting["seconds"] <= UNEASY_DROPPED_SECONDS:
        return ok(message)
    return warning(message, "Late events of theirs are not counted. See why: iot-hub retention bring-back")


def quarantine(context: DiagnosticContext) -> Finding:
    """Whether payloads are refused, and whether there is room for more."""
    kept = _row(context, "doctor_quarantine")
    message = (
        f"{kept['payloads']} payloads ({megabytes(kept['bytes'])}) are in quarantine, {kept['recent']} of the last day."
    )
    if kept["bytes"] > UNEASY_QUARANTINE_SHARE * context.settings.quarantine_bytes:
        return warning(message, "The oldest will go soon. Replay or drop them: iot-hub quarantine list")
    if kept["recent"]:
        return warning(message, "See why: iot-hub quarantine list")
    return ok(message if kept["payloads"] else "Nothing is in quarantine.")


def archive(context: DiagnosticContext) -> Finding:
    """Whether finished days get into the archive."""
    if not _row(context, "doctor_has_archive")["has_archive"]:
        return warning("This database knows of no archive yet.", "Bring it to this version: iot-hub migrate")
    days = _row(context, "doctor_archive")
    newest, last = days["newest"], days["last_finished"]
    if last is None:
        return ok("No day with events is finished yet.")
    reached = newest or days["first_day"] - timedelta(days=1)
    message = f"The newest archived day is {newest}." if newest else "Nothing is archived yet."
    if last - reached > timedelta(days=UNEASY_ARCHIVE_DAYS):
        return warning(f"{message} There are events up to {last}.", "Archive them: iot-hub archive run")
    return ok(message)
