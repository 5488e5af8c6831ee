"""What of the hub itself needs attention, for the owner's alert rules."""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow

from iot_hub.alerts.rule import HUB_CHECKS
from iot_hub.operations.doctor.checks import CHECKS, run_check
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.settings import Settings


def checks_with_findings(settings: Settings, connection: psycopg.Connection[DictRow]) -> list[str]:
    """Return the names of the checks that found something, of those that a rule may be about. Raises nothing."""
    context = DiagnosticContext(settings, connection)
    return [check.name for check in CHECKS if check.name in HUB_CHECKS and run_check(check, context).state != "ok"]
