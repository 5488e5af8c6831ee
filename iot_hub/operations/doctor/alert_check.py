"""Checks that notices reach the owner."""

from __future__ import annotations

from datetime import UTC, datetime

from iot_hub.alerts.channel import list_channels
from iot_hub.alerts.rule import list_rules
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, span, warning

_BRIEF_SECONDS = 300
"""A channel that has been failing for less may be restarting."""


def channels(context: DiagnosticContext) -> Finding:
    """Check that there is a channel for the rules, and that each channel works."""
    known = list_channels(context.database)
    rules = list_rules(context.database)
    now = datetime.now(UTC)
    failing = [
        f"{each['name']!r} ({each['failure']}, for {span((now - each['failing_since']).total_seconds())})"
        for each in known
        if each["failing_since"] and (now - each["failing_since"]).total_seconds() > _BRIEF_SECONDS
    ]
    if failing:
        return warning(
            f"Alerts are not delivered by: {', '.join(failing)}.",
            "Try it: iot-hub alert channel test NAME. What waits is delivered once it works again.",
        )
    if rules and not known:
        return warning(
            "There are rules of alerts, and no channel to notify you by.", "iot-hub alert channel add --help"
        )
    if not rules:
        return ok("No alerts are set up (iot-hub alert add).")
    return ok(f"Alerts by {len(rules)} {'rule' if len(rules) == 1 else 'rules'} are delivered.")
