"""What the owner wants to know: a condition, of which device, and how to say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.errors import UserError

Connection = psycopg.Connection[DictRow]

KINDS = (
    "value", "change", "state", "battery", "fault", "silent", "enters", "leaves", "consumption", "usage",
    "service", "hub",
)  # fmt: skip
OF_A_PROPERTY = ("value", "change", "state", "usage")
OF_A_PLACE = ("enters", "leaves")
WITHOUT_DURATION = ("fault", "consumption", "usage", "service", "hub")
"""What is found at once, or is over when it is known."""
HUB_CHECKS = ("disk", "backup", "archive", "quarantine", "roll-ups")
"""Checks of ``iot-hub doctor`` that a rule may be about."""
BATTERY_MARGIN = 5.0
"""So many percentage points above its limit a battery is no longer low."""
PERIODS_OF_USAGE = ("hour", "day")
LONGEST_WITHIN = timedelta(days=7)
SEVERITIES = ("info", "warning", "critical")
LONGEST = timedelta(days=31)


@dataclass(frozen=True)
class Rule:
    """A rule. Raises UserError for what could never be met."""

    name: str
    kind: str
    device_id: int | None = None
    property: str | None = None
    above: float | None = None
    below: float | None = None
    margin: float = 0.0
    equals: str | None = None
    place_id: int | None = None
    lasts: timedelta | None = None
    severity: str = "warning"
    recovery: bool = True
    late: str = "notify"
    repeat: timedelta | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    channel_ids: list[int] | None = None
    rises_by: float | None = None
    falls_by: float | None = None
    within: timedelta | None = None
    per: str | None = None
    ahead_km: float | None = None
    ahead_days: int | None = None
    checks: list[str] | None = None

    def _check_kind(self) -> None:
        """Check what only some kinds of rules have."""
        if self.kind == "change":
            sizes = [size for size in (self.rises_by, self.falls_by) if size is not None]
            if not sizes or self.within is None:
                raise UserError("Give by how much and in which time: --rises-by or --falls-by, and --within.")
            if not all(0 < size <= 1e30 for size in sizes):
                raise UserError("A value rises or falls by more than 0.")
            if not timedelta(seconds=1) <= self.within <= LONGEST_WITHIN:
                raise UserError("--within can be 1 second to 7 days.")
        elif (self.rises_by, self.falls_by, self.within) != (None, None, None):
            raise UserError("--rises-by, --falls-by and --within need --value, and no limit.")
        if self.kind == "usage" and self.per not in PERIODS_OF_USAGE:
            raise UserError(f"Usage is judged by the {' or the '.join(PERIODS_OF_USAGE)}: --per.")
        if self.kind == "hub" and (self.device_id is not None or not self.checks):
            raise UserError("The hub itself is no device: leave out --device.")
        if unknown := sorted(set(self.checks or ()) - set(HUB_CHECKS)):
            raise UserError(f"Unknown check {unknown[0]!r}. Checks: {', '.join(HUB_CHECKS)}.")
        if self.kind in WITHOUT_DURATION and self.lasts is not None:
            raise UserError("--lasts is not for this kind of rule.")
        if self.kind != "service" and (self.ahead_km, self.ahead_days) != (None, None):
            raise UserError("--ahead-km and --ahead-days are of --service.")
        if not 0 <= (self.ahead_km or 0) <= 1_000_000 or not 0 <= (self.ahead_days or 0) <= 3650:
            raise UserError("It can fire up to 1,000,000 km and 3650 days ahead.")

    def __post_init__(self) -> None:
        """Check what the database would refuse, and say it better."""
        if not self.name.strip() or len(self.name) > 100:
            raise UserError("Give the rule a name of at most 100 characters.")
        if self.severity not in SEVERITIES:
            raise UserError(f"Unknown severity {self.severity!r}. Severities: {', '.join(SEVERITIES)}.")
        if self.kind == "value" and self.above is None and self.below is None:
            raise UserError("Give a limit: --above, --below, or both.")
        if self.kind == "state" and self.equals is None:
            raise UserError("Give the value of the state: --equals.")
        self._check_kind()
        limits = (self.above, self.below, self.margin)
        if self.margin < 0 or not all(abs(limit) <= 1e30 for limit in limits if limit is not None):
            raise UserError("Limits must be numbers, and the margin not negative.")
        if self.lasts is not None and not timedelta() <= self.lasts <= LONGEST:
            raise UserError("It can last for 31 days at most.")
        if self.repeat is not None and self.repeat < timedelta(minutes=1):
            raise UserError("It can be repeated once a minute at most.")


def add_rule(connection: Connection, rule: Rule) -> int:
    """Add a rule, which judges what is stored from now on; return its number. Raises UserError."""
    values = vars(rule) | {"name": rule.name.strip()}
    if rule.property is not None:
        values["property"] = _property(connection, rule)
    row = connection.execute(query("add_alert_rule"), values).fetchone()
    return int(row["id"]) if row else 0


def list_rules(connection: Connection) -> list[dict[str, Any]]:
    """List the rules, with how many devices each fires for."""
    return connection.execute(query("list_alert_rules")).fetchall()


def find_rule(connection: Connection, rule: str) -> tuple[int, str]:
    """Return a rule's number and name, given either. Raises UserError where there is none, or several."""
    found = connection.execute(query("find_alert_rule"), {"rule": rule.strip()}).fetchall()
    if not found:
        raise UserError(f"There is no rule {rule!r}. 'iot-hub alert list' shows all.")
    if len(found) > 1 and str(found[0]["id"]) != rule.strip():
        raise UserError(f"Several rules are called {rule!r}. Give its number: 'iot-hub alert list' shows them.")
    return int(found[0]["id"]), str(found[0]["name"])


def mute_rule(connection: Connection, rule_id: int, until: datetime | None) -> None:
    """Deliver nothing of a rule until then, and go on noting it. None: deliver again."""
    connection.execute(query("mute_alert_rule"), {"id": rule_id, "until": until})


def remove_rule(connection: Connection, rule_id: int) -> None:
    """Remove a rule. Its notices stay in the log."""
    connection.execute(query("remove_alert_rule"), {"id": rule_id})


def list_firing(connection: Connection) -> list[dict[str, Any]]:
    """List which rules fire for which devices, the newest first."""
    return connection.execute(query("firing_alerts")).fetchall()


def list_notices(
    connection: Connection,
    most: int,
    *,
    device_id: int | None = None,
    rule_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[dict[str, Any]]:
    """List the newest notices, and whether they were delivered: all, or those of a device, a rule or a time."""
    given = {"most": most, "device_id": device_id, "rule_id": rule_id, "since": since, "until": until}
    return connection.execute(query("alert_log"), given).fetchall()


def _property(connection: Connection, rule: Rule) -> str:
    """Return the name of a rule's property in the catalogue. Raises UserError where it is not of the rule's kind."""
    found = connection.execute(query("alert_property"), {"name": rule.property}).fetchone()
    if found is None:
        raise UserError(f"There is no property {rule.property!r}. 'iot-hub metric list' shows the numbers.")
    if rule.kind in ("value", "change", "usage") and found["kind"] != "number":
        raise UserError(f"{found['name']} is no number: use --equals.")
    if rule.kind == "usage" and not found["counter"]:
        raise UserError(f"{found['name']} is no counter, which only grows.")
    if rule.kind == "state" and found["kind"] == "number":
        raise UserError(f"{found['name']} is a number: use --above or --below.")
    if rule.kind == "state" and found["kind"] == "boolean" and rule.equals not in ("true", "false"):
        raise UserError(f"{found['name']} is true or false.")
    if rule.kind == "state" and found["words"] and rule.equals not in found["words"]:
        raise UserError(f"{found['name']} is one of: {', '.join(found['words'])}.")
    return str(found["name"])
