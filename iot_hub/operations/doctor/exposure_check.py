"""Checks who can see what of the hub."""

from __future__ import annotations

from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, warning
from iot_hub.privacy.exposure import exposure


def published(context: DiagnosticContext) -> Finding:
    """Check that the owner has private areas before everyone sees devices."""
    exposed = exposure(context.database, context.settings)
    if exposed.public and not exposed.has_area:
        return warning(
            f"{exposed} No place is private, so your home is visible.", "Hide home first: iot-hub area suggest"
        )
    return ok(str(exposed))
