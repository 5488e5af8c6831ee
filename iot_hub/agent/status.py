"""``status``: how much waits, since when, and how the last upload went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from iot_hub.agent.configuration import Configuration
from iot_hub.agent.queue import Queue
from iot_hub.timestamps import isoformat


def status(configuration: Configuration, queue: Queue) -> dict[str, Any]:
    """Give what ``--json`` prints; times are ISO 8601 in UTC, null where there is none."""
    depth, notes = queue.depth(), queue.notes()
    return {
        "address": configuration.address,
        "waiting": depth.readings,
        "waiting_bytes": depth.bytes,
        "oldest": _time(depth.oldest),
        "last_upload": _time(notes.get("last_upload_at")),
        "last_error": notes.get("last_error"),
        "last_error_at": _time(notes.get("last_error_at")),
        "refused": queue.refused(),
        "dropped": notes["dropped"],
        "sensors": [sensor.name for sensor in configuration.sensors if sensor.is_there(sensor.options)],
    }


def lines(told: dict[str, Any]) -> list[str]:
    """Write a status for people, in their own time."""
    refused = ", ".join(f"{reason}: {count}" for reason, count in told["refused"].items())
    said = {
        "hub": told["address"],
        "waiting": f"{told['waiting']} readings, {told['waiting_bytes']:,} bytes",
        "oldest": _local(told["oldest"]),
        "last upload": _local(told["last_upload"]),
        "last error": told["last_error"] and f"{told['last_error']} ({_local(told['last_error_at'])})",
        "refused": refused and f"{refused} (kept in the hub's quarantine, too)",
        "dropped": told["dropped"] and f"{told['dropped']} old readings, to make room",
        "sensors": ", ".join(told["sensors"]) or "none that the agent knows",
    }
    return [f"{name + ':':<13}{value or '-'}" for name, value in said.items()]


def _time(moment: object) -> str | None:
    return isoformat(moment) if isinstance(moment, int) else None


def _local(text: str | None) -> str | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    ago = (datetime.now(UTC) - moment).total_seconds()
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}, {_duration(ago)} ago"


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"
