"""The table of checks, and running them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.errors import explanation
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError
from iot_hub.operations.doctor import (
    address_check,
    alert_check,
    area_checks,
    car_check,
    certificate_check,
    database_checks,
    exposure_check,
    front_checks,
    machine_checks,
    mqtt_check,
    program_checks,
    roll_up_checks,
    time_checks,
)
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, problem, warning
from iot_hub.settings import Settings


@dataclass(frozen=True)
class Check:
    """A check and its name."""

    name: str
    run: Callable[[DiagnosticContext], Finding]
    needs_database: bool = True


CHECKS = (
    Check("database", database_checks.database, needs_database=False),
    Check("programs", program_checks.programs, needs_database=False),
    Check("postgis", database_checks.postgis),
    Check("migrations", database_checks.migrations),
    Check("reading roles", database_checks.reading_roles),
    Check("clock", database_checks.clock),
    Check("disk clock", time_checks.disk_clock, needs_database=False),
    Check("time", time_checks.time_service, needs_database=False),
    Check("device clocks", time_checks.device_clocks),
    Check("disk", machine_checks.disk, needs_database=False),
    Check("memory", machine_checks.memory, needs_database=False),
    Check("roll-ups", database_checks.stale_hours),
    Check("schedule", roll_up_checks.maker),
    Check("numbers", roll_up_checks.numbers),
    Check("quarantine", database_checks.quarantine),
    Check("spool", machine_checks.spool, needs_database=False),
    Check("mqtt", mqtt_check.mqtt, needs_database=False),
    Check("backup", machine_checks.backup, needs_database=False),
    Check("archive", database_checks.archive),
    Check("retention", database_checks.retention),
    Check("published", exposure_check.published),
    Check("areas", area_checks.areas),
    Check("masking", area_checks.masking),
    Check("probing", area_checks.probing),
    Check("alerts", alert_check.channels),
    Check("address", address_check.address, needs_database=False),
    Check("certificate", certificate_check.check, needs_database=False),
    Check("hosts", front_checks.hosts, needs_database=False),
    Check("proxies", front_checks.proxies, needs_database=False),
    Check("map", front_checks.map_file, needs_database=False),
    Check("car PIDs", car_check.pids, needs_database=False),
    Check("reports", front_checks.addresses, needs_database=False),
    Check("secrets", machine_checks.secrets, needs_database=False),
)


def run_checks(settings: Settings) -> dict[str, Finding]:
    """Run every check. Raises nothing: a check that raises counts as a problem."""
    with _context(settings) as context:
        return {check.name: run_check(check, context) for check in CHECKS}


def run_check(check: Check, context: DiagnosticContext) -> Finding:
    """Run a check. Raises nothing: one that raises is a problem."""
    if check.needs_database and context.connection is None:
        return warning("Unknown while the database is unavailable.", "Run doctor again when it answers.")
    try:
        return check.run(context)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.InvalidSchemaName):
        return problem("The database does not match this version.", "Migrate it: iot-hub migrate")
    except psycopg.Error as error:
        return problem("The database could not answer this check.", explanation(error))
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return problem(f"Check failed: {lines[0]}", "Fix this and run doctor again.")


@contextlib.contextmanager
def _context(settings: Settings) -> Iterator[DiagnosticContext]:
    if not settings.database_url and not (settings.home / "postgresql" / "PG_VERSION").exists():
        yield DiagnosticContext(settings, None, f"There is no hub in {settings.home} yet.")
        return
    try:
        connection = connect(owner_conninfo(settings, "iot-hub doctor"))
        connection.execute(query("doctor_patience"))
    except (DatabaseAwayError, OSError, psycopg.Error) as error:
        yield DiagnosticContext(settings, None, _reason(error))
        return
    with connection:
        yield DiagnosticContext(settings, connection)


def _reason(error: Exception) -> str:
    """Return why there is no connection: the first line of the driver's message."""
    line = (str(error.__cause__ or error).strip().splitlines() or ["no reason given"])[0]
    return f"The database does not answer: {line.removeprefix('connection failed: ')}."
