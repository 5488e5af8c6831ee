"""Checks that the configured scheduler refreshes the roll-ups."""

from __future__ import annotations

from typing import Any

from iot_hub.database.queries import query
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, span, warning
from iot_hub.worker.rolled_up_numbers import unknown_numbers

_NAMES = {"worker": "The worker", "airflow": "Airflow", "pg_cron": "pg_cron"}


def numbers(context: DiagnosticContext) -> Finding:
    """Check whether devices send numbers that have no hourly figures. Nothing is wrong with that."""
    unknown = unknown_numbers(context.database)
    if not unknown:
        return ok("Every known number that devices send has its hourly figures.")
    return ok(f"{len(unknown)} numbers are sent that have no hourly figures: iot-hub metric list --unknown")


def maker(context: DiagnosticContext) -> Finding:
    """Check that the configured scheduler is active, and that setting and database agree."""
    turn = context.database.execute(query("roll_ups_by")).fetchone() or {}
    given_to, wanted = turn["given_to"], context.settings.roll_ups_by
    if given_to != wanted:
        return warning(
            f"The roll-ups are assigned to {given_to}, but IOT_HUB_ROLL_UPS_BY is {wanted}.",
            "Set it for every process of the hub, then run: iot-hub migrate",
        )
    if given_to == "worker":
        return ok("The worker refreshes the roll-ups.")
    if turn["maker"] != given_to:
        return warning(
            f"{_NAMES[given_to]} {_silence(turn)}, so the worker has taken over the roll-ups.",
            "See why its schedule does not run, or assign them to the worker: IOT_HUB_ROLL_UPS_BY=worker",
        )
    return ok(f"{_NAMES[given_to]} refreshes the roll-ups, most recently {span(max(turn['silent_seconds'], 0))} ago.")


def _silence(turn: dict[str, Any]) -> str:
    silent = turn["silent_seconds"]
    return "has never run" if silent is None else f"has not run for {span(silent)}"
