"""Ways to notify the owner. Where one leads is encrypted in the database, by a key in the hub's folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.files.own_secrets import own_secret

Connection = psycopg.Connection[DictRow]

CHANNEL_KEY = "alert-channel-key"
"""The file of the key: without it channels have to be added again."""


class Secret(msgspec.Struct, frozen=True):
    """Where a channel leads, and what its messages are signed with. A channel at the hub's own broker has neither."""

    url: str = ""
    signing_key: str = ""


@dataclass(frozen=True)
class Channel:
    """A channel. ``sends_names``: names of rules and devices leave the hub by it."""

    id: int
    name: str
    kind: str
    sends_names: bool
    secret: Secret


def add_channel(connection: Connection, home: Path, name: str, kind: str, secret: Secret, *, sends_names: bool) -> int:
    """Add a channel; return its number. Raises UserError."""
    if not name.strip() or len(name) > 100:
        raise UserError("Give the channel a name of at most 100 characters.")
    if kind == "webhook":
        _check_url(secret.url)
    values = {"name": name.strip(), "kind": kind, "secret": _seal(home, secret), "sends_names": sends_names}
    row = connection.execute(query("add_alert_channel"), values).fetchone()
    if row is None:
        raise UserError(f"There is a channel {name.strip()!r} already.")
    return int(row["id"])


def list_channels(connection: Connection) -> list[dict[str, Any]]:
    """List the channels, and whether they work; never where they lead."""
    return connection.execute(query("list_alert_channels")).fetchall()


def find_channel(connection: Connection, home: Path, channel: str) -> Channel:
    """Find a channel by its name or number. Raises UserError."""
    row = connection.execute(query("alert_channel"), {"channel": channel.strip()}).fetchone()
    if row is None:
        raise UserError(f"There is no channel {channel!r}. 'iot-hub alert channel list' shows all.")
    return opened(home, row)


def find_channel_id(connection: Connection, channel: str) -> tuple[int, str]:
    """Return a channel's number and name. Raises UserError."""
    row = connection.execute(query("alert_channel"), {"channel": channel.strip()}).fetchone()
    if row is None:
        raise UserError(f"There is no channel {channel!r}. 'iot-hub alert channel list' shows all.")
    return int(row["id"]), str(row["name"])


def remove_channel(connection: Connection, channel_id: int) -> None:
    """Remove a channel, its secret, and what it has not delivered."""
    connection.execute(query("remove_alert_channel"), {"id": channel_id})


def opened(home: Path, row: DictRow) -> Channel:
    """Decrypt a channel's secret. Raises UserError where the key is another than it was added with."""
    try:
        content = _box(home).decrypt(bytes(row["secret"]))
    except CryptoError as error:
        raise UserError(
            f"The channel {row['name']!r} was added with another key. Remove it and add it again."
        ) from error
    return Channel(row["id"], row["name"], row["kind"], row["sends_names"], msgspec.json.decode(content, type=Secret))


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    # A password in an address would have to be sent in a header, and is easily logged on the way.
    if not is_one or not url.isascii() or any(sign <= " " for sign in url) or "@" in parts.netloc:
        raise UserError("A webhook needs an address such as https://example.org/hook, without user and password.")


def _seal(home: Path, secret: Secret) -> bytes:
    return bytes(_box(home).encrypt(msgspec.json.encode(secret)))


def _box(home: Path) -> SecretBox:
    return SecretBox(hashlib.sha256(own_secret(home, CHANNEL_KEY).encode()).digest())
