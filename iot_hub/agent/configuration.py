"""The agent's configuration: a TOML file, each key with a type, a default and one line for each mistake."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from iot_hub.agent.car.settings import CarSettings, car_settings
from iot_hub.agent.errors import AgentError
from iot_hub.agent.sensors import SENSORS, Sensor
from iot_hub.agent.sensors.enabled import enabled_sensors
from iot_hub.agent.tables import Table, checked

HEX_DIGITS = 64

TOP: Table = {"address": "", "token": "", "ca": "", "fingerprint": "", "clock": "auto"}
UPLOAD: Table = {"every": 300.0, "readings": 500, "timeout": 30.0}
QUEUE: Table = {"file": "", "megabytes": 100}
CLOCKS = ("auto", "later")
TABLES = {"upload": UPLOAD, "queue": QUEUE}


@dataclass(frozen=True)
class Configuration:
    """The agent's settings."""

    address: str
    token: str
    ca: Path | None
    """Certificates to trust in place of the system's (PEM)."""
    fingerprint: str | None
    """SHA-256 of the one certificate to trust, 64 hexadecimal digits."""
    upload_every: float
    """Seconds; 0 sends each reading at once."""
    upload_readings: int
    """Send as soon as this many wait, and at most this many at once."""
    timeout: float
    queue_file: Path
    queue_bytes: int
    sensors: tuple[Sensor, ...]
    clock: str
    """``later``: the machine's clock counts only once it is set."""
    car: CarSettings | None


def default_file() -> Path:
    """Return the configuration file's default path (XDG)."""
    return _folder("XDG_CONFIG_HOME", ".config") / "agent.toml"


def default_queue_file() -> Path:
    """Return the queue's default path (XDG)."""
    return _folder("XDG_DATA_HOME", ".local/share") / "queue.db"


def read_configuration(file: Path) -> Configuration:
    """Read a configuration file. Raises AgentError with the line that helps."""
    parsed = _parsed(file)
    try:
        return configuration(parsed)
    except AgentError as error:
        raise AgentError(f"{file}: {error}") from error


def read_table(file: Path, name: str) -> dict[str, Any]:
    """Read one table of a configuration file, unchecked; empty where there is none. Raises AgentError."""
    table = _parsed(file).get(name, {})
    return table if isinstance(table, dict) else {}


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AgentError(f"There is no {file} yet. Create it: iot-hub agent init") from error
    except (OSError, ValueError) as error:
        raise AgentError(f"{file} can't be read: {error}.") from error


def configuration(parsed: Mapping[str, Any]) -> Configuration:
    """Build a configuration from a parsed file. Raises AgentError."""
    tables = {"sensors", "command", "obd", *TABLES}
    top = checked("", {name: value for name, value in parsed.items() if name not in tables}, TOP, also=tables)
    upload = checked("upload.", parsed.get("upload", {}), UPLOAD)
    queue = checked("queue.", parsed.get("queue", {}), QUEUE)
    if upload["readings"] < 1 or queue["megabytes"] < 1:
        raise AgentError("upload.readings and queue.megabytes must be 1 at least.")
    if not top["token"]:
        raise AgentError("token is missing. 'iot-hub device add' on the hub prints it.")
    if not _is_plain(top["token"]):
        raise AgentError("token must be as the hub printed it, without spaces.")
    if top["clock"] not in CLOCKS:
        raise AgentError('clock must be "auto", or "later" where it is set some time after the machine has started.')
    if top["ca"] and top["fingerprint"]:
        raise AgentError("ca and fingerprint exclude each other: choose one.")
    return Configuration(
        address=checked_address(top["address"]),
        token=top["token"],
        ca=Path(top["ca"]).expanduser() if top["ca"] else None,
        fingerprint=_fingerprint(top["fingerprint"]) if top["fingerprint"] else None,
        upload_every=upload["every"],
        upload_readings=upload["readings"],
        timeout=upload["timeout"],
        queue_file=Path(queue["file"] or default_queue_file()).expanduser(),
        queue_bytes=queue["megabytes"] * 1_000_000,
        sensors=enabled_sensors(SENSORS, parsed.get("sensors", {}), parsed.get("command", [])),
        clock=top["clock"],
        car=car_settings(parsed.get("obd", {})),
    )


def checked_address(address: str) -> str:
    """Return the hub's address without a trailing slash. Raises AgentError where it is no address."""
    try:
        parts = urlsplit(address)
        is_right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or not _is_plain(address) or parts.username or parts.query or parts.fragment:
        raise AgentError(f"address must be the hub's, such as https://hub.example, not {address!r}.")
    return address.rstrip("/")


def _is_plain(text: str) -> bool:
    """Return whether a text can stand in an HTTP header as it is."""
    return text.isascii() and text.isprintable() and " " not in text


def _fingerprint(text: str) -> str:
    digits = text.lower().removeprefix("sha256").lstrip("=: ").replace(":", "")
    if len(digits) != HEX_DIGITS or not set(digits) <= set("0123456789abcdef"):
        raise AgentError("fingerprint must be the SHA-256 of the hub's certificate, 64 hexadecimal digits.")
    return digits


def _folder(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default) / "iot-hub-agent"
