"""What the broker refused lately, by its log: logins, and messages that a device may not publish.

Facts: mosquitto 2.0.11. A refused login is a notice, and names no user. A refused message is a line at the level of
debug only (``IOT_HUB_LOG_LEVEL=debug``); its publisher gets the reason with MQTT 5, an acknowledgement with 3.1.1.
"""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

WITHIN_SECONDS = 3_600.0
MOST_BYTES = 1_000_000
_LOGIN = "disconnected, not authorised"
_MESSAGE = "Denied PUBLISH from "


class Refusals(NamedTuple):
    """Refusals of the last hour."""

    logins: int = 0
    messages: int = 0


def refusals(home: Path) -> Refusals:
    """Count what the end of the broker's log says of the last hour."""
    since = time.time() - WITHIN_SECONDS
    lines = [line for line in _last_lines(home / "log" / "broker.log") if _time_of(line) >= since]
    return Refusals(sum(_LOGIN in line for line in lines), sum(_MESSAGE in line for line in lines))


def _last_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - MOST_BYTES, 0))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []


def _time_of(line: str) -> float:
    try:
        # Local time, as Mosquitto writes it.
        return datetime.fromisoformat(line.partition(": ")[0]).astimezone().timestamp()
    except ValueError:
        return 0.0
