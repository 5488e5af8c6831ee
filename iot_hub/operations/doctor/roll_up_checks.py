"""Whether whoever the roll-ups were given to makes them."""

from __future__ import annotations

from typing import Any

from iot_hub.database.queries import query
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, span, warning

_NAMES = {"worker": "The worker", "airflow": "Airflow", "pg_cron": "pg_cron"}


def maker(context: DiagnosticContext) -> Finding:
    """Whether the worker has to stand in for a scheduler, and whether setting and database agree."""
    turn = context.database.execute(query("roll_ups_by")).fetchone() or {}
    given_to, wanted = turn["given_to"], context.settings.roll_ups_by
    if given_to != wanted:
        return warning(
            f"The roll-ups were given to {given_to}, but IOT_HUB_ROLL_UPS_BY is {wanted}.",
            "Give the setting to every part of the hub, then: iot-hub migrate",
        )
    if given_to == "worker":
        return ok("The worker makes the roll-ups.")
    if turn["maker"] != given_to:
        return warning(
            f"{_NAMES[given_to]} has been silent {_since(turn)}: the worker makes the roll-ups meanwhile.",
            "See why its schedule does not run, or give them to the worker: IOT_HUB_ROLL_UPS_BY=worker",
        )
    return ok(f"{_NAMES[given_to]} makes the roll-ups, and was last seen {span(max(turn['silent_seconds'], 0))} ago.")


def _since(turn: dict[str, Any]) -> str:
    silent = turn["silent_seconds"]
    return "from the beginning" if silent is None else f"for {span(silent)}"
