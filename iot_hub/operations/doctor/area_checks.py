"""Checks whether the published data show a place that should be private."""

from __future__ import annotations

from iot_hub.database.queries import query
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, span, warning
from iot_hub.privacy.area_suggestions import devices_without_area, warning_of
from iot_hub.worker.masking import masking_progress

_STALLED_SECONDS = 300


def areas(context: DiagnosticContext) -> Finding:
    """Check that private areas cover nights and working days. Names devices, never places."""
    devices = devices_without_area(context.database, context.settings)
    if devices:
        return warning(warning_of(devices), "See which places, and how to hide them: iot-hub area suggest")
    return ok("No place where a device regularly spends nights or working days is published.")


def masking(context: DiagnosticContext) -> Finding:
    """Check that a change of the private areas is being worked off: until then others see no readings."""
    progress = masking_progress(context.database)
    if progress is None:
        return ok("All past data are masked by the private areas.")
    done = f"Past data are being masked by changed private areas: {progress.percent} %. Others see no readings"
    if (progress.silent_seconds or 0) > _STALLED_SECONDS:
        return warning(
            f"{done}, and nothing has happened for {span(progress.silent_seconds or 0)}.",
            "Start the hub, or work through it now: iot-hub area finish",
        )
    return ok(f"{done} until then.")


def probing(context: DiagnosticContext) -> Finding:
    """Check whether a device's publication is paused because its late fixes probed a hidden zone."""
    paused = context.database.execute(query("doctor_paused")).fetchall()
    if paused:
        names = ", ".join(f"{row['name']!r} ({row['paused_at']:%Y-%m-%d %H:%M} UTC)" for row in paused)
        return warning(
            f"Publication is paused: late fixes crossed the borders of private areas too often in a day: {names}.",
            "If the device itself sent them: iot-hub device publish NAME. Otherwise, replace its token:"
            " iot-hub token rotate NAME",
        )
    return ok("No device probes where the hidden zone of a private area is.")
