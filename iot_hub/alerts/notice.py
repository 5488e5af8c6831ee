"""What a notice says: of a rule and a device, and no names where the channel is not to have them."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import DictRow

_CONDITIONS = {
    "value": "a value beyond its limit",
    "change": "a fast change",
    "state": "a state for too long",
    "battery": "a low battery",
    "fault": "a fault code",
    "silent": "a silent device",
    "consumption": "consumption above normal",
    "usage": "usage above normal",
    "service": "a service that is due",
    "hub": "the hub needs attention",
    "enters": "an arrival",
    "leaves": "a departure",
}
_CHANGES = {"fired": "", "recovered": "ended: ", "reminder": "still: "}


@dataclass(frozen=True)
class Notice:
    """That a rule fires for a device, still does, or has ended."""

    id: int
    kind: str
    at: datetime
    is_late: bool
    rule_id: int
    rule: str
    rule_kind: str
    severity: str
    device_id: int
    device: str
    things: list[str] | None = None

    @classmethod
    def of(cls, row: DictRow) -> Notice:
        """Return the notice of a row of due_deliveries."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})

    def line(self, zone: zoneinfo.ZoneInfo, *, with_names: bool) -> str:
        """Return it as a line of text."""
        about = f": {', '.join(self.things)}" if self.things else ""
        what = (
            f"{self.rule} ({self.device}{about})"
            if with_names
            else f"{_CONDITIONS[self.rule_kind]} (rule {self.rule_id})"
        )
        late = ", reported late" if self.is_late else ""
        return f"{self.severity}: {_CHANGES[self.kind]}{what}, {self.at.astimezone(zone):%Y-%m-%d %H:%M}{late}"

    def members(self, *, with_names: bool) -> dict[str, object]:
        """Return it for programs. The numbers of rule and device mean nothing outside the hub."""
        names: dict[str, object] = {"rule_name": self.rule, "device_name": self.device} if with_names else {}
        if with_names and self.things:
            names["things"] = self.things
        return {
            "id": self.id, "kind": self.kind, "at": self.at.isoformat(), "late": self.is_late,
            "severity": self.severity, "rule": self.rule_id, "condition": self.rule_kind, "device": self.device_id,
        } | names  # fmt: skip
