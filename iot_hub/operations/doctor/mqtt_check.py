"""Checks how MQTT is doing, and what a broker that is not the hub's own puts at risk."""

from __future__ import annotations

import time

from iot_hub.ingest.mqtt.status import Status, read_status
from iot_hub.operations import mosquitto
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, problem, span, warning
from iot_hub.operations.mosquitto.refusals import refusals
from iot_hub.settings import Settings

STALE_SECONDS = 30.0
BEHIND_SECONDS = 60.0
RECENT_SECONDS = 7 * 86_400.0

_ADVICE = {
    "away": "Start the broker, or correct IOT_HUB_MQTT_URL. The hub tries again by itself.",
    "refused": "Correct the account in IOT_HUB_MQTT_URL, or its rights at the broker: reading IOT_HUB_MQTT_TOPICS.",
    "old_protocol": "Upgrade the broker (Mosquitto 1.6 or newer), or use the hub's own: unset IOT_HUB_MQTT_URL.",
}


def mqtt(context: DiagnosticContext) -> Finding:
    """Check the receiver, its broker, and what may be lost between them."""
    settings = context.settings
    status = read_status(settings.home)
    if settings.mqtt_url is None and (not settings.mqtt_port or mosquitto.program() is None):
        return ok("The hub runs no broker.")
    if status is None or status.state == "stopped" or time.time() - status.written > STALE_SECONDS:
        return _not_running(status)
    if status.state in _ADVICE:
        return problem(
            f"No connection to the broker {status.broker} for {span(time.time() - status.since)}: {status.why}",
            _ADVICE[status.state],
        )
    return _connected(status, settings)


def _not_running(status: Status | None) -> Finding:
    if status is None:
        return ok("The MQTT receiver has not run here yet.")
    return warning(
        "The MQTT receiver is not running.", "Start the hub: iot-hub up. The broker keeps what comes meanwhile."
    )


def _connected(status: Status, settings: Settings) -> Finding:
    if status.session_lost > time.time() - RECENT_SECONDS:
        return warning(
            f"The broker had forgotten the hub {span(time.time() - status.session_lost)} ago: what came while the hub"
            " was away may be lost.",
            "Let the broker keep sessions over a restart (Mosquitto: persistence true, autosave_interval 5).",
        )
    if status.behind_seconds > BEHIND_SECONDS:
        return warning(
            f"{status.waiting} messages wait to be stored, the oldest for {span(status.behind_seconds)}.",
            "They are not acknowledged, so the broker keeps them. See the checks of disk and database.",
        )
    if status.dropped:
        return warning(
            f"The broker has dropped {status.dropped} messages since it started, the hub's or others'.",
            "Raise its limits (Mosquitto: max_queued_messages 0), and see which client is away: it acknowledges"
            " what it drops.",
        )
    if status.unacknowledgeable and settings.mqtt_url is not None:
        return warning(
            f"{status.unacknowledgeable} of {status.messages} messages came at QoS 0: whatever comes while the hub is"
            " away is lost.",
            "Set QoS 1 where a device can, or upgrade_outgoing_qos true at the broker (Mosquitto).",
        )
    if settings.mqtt_url is None and any(found := refusals(settings.home)):
        return warning(
            f"In the last hour the broker refused {found.logins} logins, and {found.messages} messages to topics of"
            " others.",
            "A device has a wrong password, or none: iot-hub token rotate DEVICE. The rights to topics: docs/mqtt.md",
        )
    return ok(f"Connected to {status.broker}; {status.messages} messages since the start.")
