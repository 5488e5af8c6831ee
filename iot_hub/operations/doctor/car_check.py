"""Checks the owner's file of PIDs."""

from __future__ import annotations

from iot_hub.errors import UserError
from iot_hub.ingest.car_pids import car_pids
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, warning


def pids(context: DiagnosticContext) -> Finding:
    """Check that the owner's file of PIDs can be read."""
    path = context.settings.car_pids
    if path is None:
        return ok("No file of own PIDs (IOT_HUB_CAR_PIDS adds those that only your car has).")
    try:
        found = car_pids(context.settings)
    except UserError as error:
        return warning(str(error), "Mend it, then: iot-hub reload. Until then none of its PIDs is known.")
    return ok(f"{path} describes {len(found.pids)} {'PID' if len(found.pids) == 1 else 'PIDs'} of your own.")
