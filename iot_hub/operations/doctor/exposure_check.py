"""What of the hub is open to whom."""

from __future__ import annotations

from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, warning
from iot_hub.privacy.exposure import exposure


def published(context: DiagnosticContext) -> Finding:
    """Whether everyone sees devices of an owner who has made no place private."""
    exposed = exposure(context.database, context.settings)
    if exposed.public and not exposed.has_area:
        return warning(f"{exposed} No place is private, so home is among it.", "Hide home first: iot-hub area suggest")
    return ok(str(exposed))
