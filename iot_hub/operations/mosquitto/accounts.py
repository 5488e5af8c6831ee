"""The broker's accounts and their rights, in step with the devices' tokens.

A device's user name is its id, its password the token. Mosquitto reads both files again at SIGHUP; whoever has no
account any more, or another password, is disconnected at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import structlog

from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.files.own_secrets import MQTT_PASSWORD, own_secret
from iot_hub.files.private_files import write_private
from iot_hub.ingest.mqtt.broker import HUB_USER
from iot_hub.ingest.mqtt_password import hash_mqtt_password
from iot_hub.operations.mosquitto.configuration import folder
from iot_hub.operations.server_user import give_to, server_user
from iot_hub.settings import Settings

log = structlog.get_logger()

RIGHTS_OF_ALL = """\
# Written by the hub: changes here do not last.
user {hub}
topic readwrite #
topic read $SYS/#

# Every device: its own topics, and what its app is told.
pattern write iot-hub/%u/#
pattern write owntracks/%u/#
pattern read owntracks/%u/+/cmd
pattern read owntracks/%u/+/waypoints
"""
RIGHTS_OF_GATEWAY = """
# Speaks for others, such as Zigbee2MQTT, or a plug with topics of its own.
user {device_id}
topic readwrite #
topic deny iot-hub/#
topic deny owntracks/#
topic readwrite iot-hub/{device_id}/#
"""


class Account(NamedTuple):
    """A device's account."""

    device_id: int
    is_gateway: bool
    password_hash: str


class Accounts:
    """Writes the accounts, and tells the broker."""

    def __init__(self, settings: Settings) -> None:
        """Write into the hub's home."""
        self._settings = settings

    async def follow(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Bring the accounts in step with the tokens in the database."""
        rows = await (await connection.execute(query("mqtt_accounts"))).fetchall()
        accounts = [Account(*row) for row in rows]
        try:
            changed = write_accounts(self._settings, accounts)
        except (OSError, UserError) as error:
            # The tokens have to be followed all the same.
            log.error("mqtt_accounts_not_written", why=str(error))
            return
        if changed:
            reload(self._settings)
            log.info("mqtt_accounts", accounts=len(accounts))


def prepare_accounts(settings: Settings) -> None:
    """Write the hub's own account where there is none yet: the devices' follow. Raises OSError."""
    if not _passwords(settings).exists() or not _rights(settings).exists():
        write_accounts(settings, [])


def write_accounts(settings: Settings, accounts: Iterable[Account]) -> bool:
    """Write both files; return whether they changed. Raises OSError."""
    password = own_secret(settings.home, MQTT_PASSWORD)
    lines = [f"{HUB_USER}:{hash_mqtt_password(password)}"]
    rights = [RIGHTS_OF_ALL.format(hub=HUB_USER)]
    for account in accounts:
        lines.append(f"{account.device_id}:{account.password_hash}")
        if account.is_gateway:
            rights.append(RIGHTS_OF_GATEWAY.format(device_id=account.device_id))
    # The rights first: an account without them can do nothing.
    changed = [
        _write_changed(_rights(settings), "".join(rights)),
        _write_changed(_passwords(settings), "".join(f"{line}\n" for line in lines)),
    ]
    return any(changed)


def write_for_broker(path: Path, content: bytes) -> None:
    """Write a file that the broker's user may read, and nobody else. Raises OSError."""
    write_private(path, content)
    give_to(path, server_user("mosquitto", "Mosquitto"))


def reload(settings: Settings) -> None:
    """Signal the broker to read its accounts again, if one runs."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((folder(settings) / "mosquitto.pid").read_text())
        # The number may be another process's by now, which the signal would end.
        if str(folder(settings) / "mosquitto.conf").encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            os.kill(pid, signal.SIGHUP)


def _write_changed(path: Path, text: str) -> bool:
    content = text.encode()
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return False
    write_for_broker(path, content)
    return True


def _passwords(settings: Settings) -> Path:
    return folder(settings) / "accounts"


def _rights(settings: Settings) -> Path:
    return folder(settings) / "rights"
