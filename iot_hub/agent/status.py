"""``status``: how much waits, since when, and how the last upload went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from iot_hub.agent.configuration import Configuration
from iot_hub.agent.queue import Queue
from iot_hub.timestamps import isoformat


def status(configuration: Configuration, queue: Queue) -> dict[str, Any]:
    """Return what ``--json`` prints; times are ISO 8601 in UTC, null where there is none."""
    stats, notes = queue.stats(), queue.notes()
    return {
        "address": configuration.address,
        "waiting": stats.readings,
        "waiting_bytes": stats.bytes,
        "undated": stats.undated,
        "oldest": _time(stats.oldest),
        "last_upload": _time(notes.get("last_upload_at")),
        "last_error": notes.get("last_error"),
        "last_error_at": _time(notes.get("last_error_at")),
        "refused": queue.rejected(),
        "dropped": notes["dropped"],
        "sensors": [sensor.name for sensor in configuration.sensors if sensor.is_there(sensor.options)],
        "car": configuration.car.adapter if configuration.car else None,
    }


def lines(status: dict[str, Any]) -> list[str]:
    """Format a status for people, in local time."""
    rejected = ", ".join(f"{reason}: {count}" for reason, count in status["refused"].items())
    values = {
        "hub": status["address"],
        "waiting": f"{status['waiting']} readings, {status['waiting_bytes']:,} bytes",
        "undated": status["undated"] and f"{status['undated']} readings wait until this machine's clock is set",
        "oldest": _local(status["oldest"]),
        "last upload": _local(status["last_upload"]),
        "last error": status["last_error"] and f"{status['last_error']} ({_local(status['last_error_at'])})",
        "rejected": rejected and f"{rejected} (also in the hub's quarantine)",
        "dropped": status["dropped"] and f"{status['dropped']} old readings, to make room",
        "sensors": ", ".join(status["sensors"]) or "none found",
        "car": status["car"],
    }
    return [f"{name + ':':<13}{value or '-'}" for name, value in values.items()]


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
