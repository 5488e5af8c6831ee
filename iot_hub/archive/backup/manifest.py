"""The manifest: what is known of a backup without opening it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from iot_hub.archive.backup.errors import BackupError

_EVENTS = "iot_personal_hub.raw_devices_properties"
Format = Literal["plain", "age", "secretstream"]

_NAME = "%Y%m%dT%H%M%S.%fZ"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One backup. It is written before its dump: a dump under its final name always has a manifest."""

    name: str
    file: str
    """The dump's name in the object storage."""
    made_at: datetime
    """The moment (UTC) whose data the backup holds."""
    hub_version: str
    postgresql: int
    """The server's major version."""
    migrations: list[str]
    bytes: int
    sha256: str
    """Of the stored file, so of the encrypted one where it is encrypted; hexadecimal."""
    encrypted: bool
    rows: dict[str, int]
    """How many rows each table has, counted in the dump's own snapshot."""

    @property
    def format(self) -> Format:
        """How the dump is encrypted, if it is."""
        if not self.encrypted:
            return "plain"
        return "age" if self.file.endswith(".age") else "secretstream"

    @property
    def events(self) -> int:
        """How many events it holds."""
        return self.rows.get(_EVENTS, 0)


def name_at(moment: datetime) -> str:
    """Return the name of a moment's backup: UTC, to the millisecond, sortable as text."""
    text = moment.astimezone(UTC).strftime(_NAME)
    return text[:-4] + "Z"


def read_manifest(content: bytes, path: str) -> Manifest:
    """Decode a stored manifest. Raises BackupError where it is none."""
    try:
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupError(f"The manifest {path} can't be read. Its backup can't be trusted; create another.") from error


def write_manifest(manifest: Manifest) -> bytes:
    """Encode a manifest as it is stored."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2)


def differences(expected: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """Return a line for each table whose count differs."""
    return [
        f"{table} has {_rows(found.get(table))}, not {_rows(expected.get(table))}"
        for table in sorted(expected.keys() | found.keys())
        if expected.get(table) != found.get(table)
    ]


def _rows(count: int | None) -> str:
    return "no table" if count is None else f"{count} rows"
