"""Alerts for tests: rules, judging at an instant, and what there was to tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from events import Connection, rows

from iot_hub.database.queries import query

_RULE: Mapping[str, Any] = {
    "name": "rule", "kind": "value", "device_id": 1, "property": None, "above": None, "below": None, "margin": 0,
    "equals": None, "place_id": None, "lasts": None, "severity": "warning", "recovery": True, "late": "notify",
    "repeat": None, "quiet_from": None, "quiet_until": None, "channel_ids": None, "rises_by": None, "falls_by": None,
    "within": None, "per": None, "ahead_km": None, "ahead_days": None, "checks": None,
}  # fmt: skip


def add_rule(owner: Connection, **given: object) -> int:
    row = owner.execute(query("add_alert_rule"), {**_RULE, **given}).fetchone()
    return int(row["id"]) if row else 0


def warm(owner: Connection, **given: object) -> int:
    """Add a rule over a freezer: more than -10 °C."""
    return add_rule(owner, **{"property": "climate.temperature_C", "above": -10} | given)


def judge(owner: Connection, at: datetime) -> int:
    row = owner.execute("SELECT iot_personal_hub.judge_alerts(%s) AS written", (at,)).fetchone()
    return int(row["written"]) if row else 0


def judge_silences(owner: Connection, at: datetime) -> None:
    owner.execute("SELECT iot_personal_hub.judge_silences(%s)", (at,))


def notified(owner: Connection) -> list[tuple[str, datetime]]:
    """Give the notices in the order in which they were written."""
    return [
        (row["kind"], row["at"])
        for row in rows(owner, "SELECT kind, at FROM iot_personal_hub.alert_outbox ORDER BY id")
    ]


def firing(owner: Connection) -> bool:
    found = rows(owner, "SELECT firing FROM iot_personal_hub.alert_states")
    return bool(found and found[0]["firing"])
