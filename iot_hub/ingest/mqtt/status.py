"""How the MQTT receiver is doing, written for the doctor and other processes."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal

import msgspec

from iot_hub.files.private_files import make_folder, write_private

State = Literal["starting", "connected", "away", "refused", "old_protocol", "stopped"]


class Status(msgspec.Struct):
    """The receiver's state. Times are Unix times; 0: never."""

    state: State = "starting"
    broker: str = ""
    is_own: bool = False
    written: float = 0.0
    since: float = 0.0
    """When this state began."""
    why: str = ""
    """Why there is no connection."""
    broker_version: str = ""
    dropped: int = 0
    """Messages that the broker says it dropped, for whatever client."""
    messages: int = 0
    last_message: float = 0.0
    unacknowledgeable: int = 0
    """Messages at QoS 0."""
    waiting: int = 0
    behind_seconds: float = 0.0
    spooled: int = 0
    session_lost: float = 0.0
    """When the broker last turned out to have forgotten the hub."""


def folder(home: Path) -> Path:
    """Return the folder of what the receiver keeps."""
    return home / "mqtt"


def write_status(home: Path, status: Status) -> None:
    """Write the status. A disk that can't be written stops no work."""
    path = _file(home)
    with contextlib.suppress(OSError):
        make_folder(path.parent)
        write_private(path, msgspec.json.encode(status))


def read_status(home: Path) -> Status | None:
    """Return what the receiver last wrote; None where it never ran."""
    try:
        return msgspec.json.decode(_file(home).read_bytes(), type=Status)
    except (OSError, msgspec.DecodeError):
        return None


def _file(home: Path) -> Path:
    return folder(home) / "status.json"
