"""Whether what is published shows a place that should be private."""

from __future__ import annotations

from iot_hub.database.queries import query
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, warning
from iot_hub.privacy.area_suggestions import devices_without_area, warning_of


def areas(context: DiagnosticContext) -> Finding:
    """Whether nights and working days are covered by private areas. Says of whom, never where."""
    devices = devices_without_area(context.database, context.settings)
    if devices:
        return warning(warning_of(devices), "See the places, and how to hide them: iot-hub area suggest")
    return ok("No place where a device regularly spends nights or working days is published.")


def probing(context: DiagnosticContext) -> Finding:
    """Check whether a device's publication is paused, since its fixes asked where a hidden zone is."""
    paused = context.database.execute(query("doctor_paused")).fetchall()
    if paused:
        names = ", ".join(f"{row['name']!r} ({row['paused_at']:%Y-%m-%d %H:%M} UTC)" for row in paused)
        return warning(
            f"Publication is paused: late fixes crossed the borders of private areas too often in a day: {names}.",
            "If the device sent them itself: iot-hub device publish NAME. If not, replace its token:"
            " iot-hub token rotate NAME",
        )
    return ok("No device asks where a private area's hidden zone is.")
