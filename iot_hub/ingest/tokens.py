"""Tokens: what proves which device a request is from. Only their SHA-256 is ever stored."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import structlog

from iot_hub.database.queries import query
from iot_hub.files.private_files import make_folder, write_private

log = structlog.get_logger()

_ENVIRONMENT_NAME = re.compile(r"device(\d+)_apikey", re.IGNORECASE)


TokenRow = tuple[int, str, str, bytes | None]
"""Device, its name, its type, the hash of one of its tokens."""

Changed = Callable[[psycopg.AsyncConnection[Any]], Awaitable[None]]

_rows = msgspec.json.Decoder(list[TokenRow])
_keys = msgspec.json.Decoder(dict[int, str])


def new_token() -> str:
    """Return a new token of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: bytes) -> bytes:
    """Return what is stored of a token. A slow hash would add nothing: there is no guessing 256 bits."""
    return hashlib.sha256(token).digest()


class AuthenticatedDevice(msgspec.Struct, frozen=True):
    """The device that a token belongs to."""

    device_id: int
    is_gateway: bool
    token_hash: bytes
    key: str | None = None
    """What its app encrypts payloads with."""


def environment_tokens(environment: Mapping[str, str] = os.environ) -> dict[int, bytes]:
    """Read the first beta's ``device1_apikey=<SHA-256 of the token, hexadecimal>``."""
    found = {}
    for name, value in environment.items():
        if match := _ENVIRONMENT_NAME.fullmatch(name):
            try:
                token_hash = bytes.fromhex(value.strip())
            except ValueError:
                token_hash = b""
            if len(token_hash) == 32:
                found[int(match[1])] = token_hash
            else:
                log.warning("environment_token_ignored", variable=name, why="not a SHA-256 in hexadecimal")
    return found


class TokenCache:
    """In-memory cache of valid tokens, invalidated by LISTEN/NOTIFY.

    While the database is unavailable it stays as it was, across a restart too: known devices keep reporting.
    """

    def __init__(
        self,
        conninfo: str,
        environment: Mapping[int, bytes],
        snapshot: Path | None = None,
        *,
        changed: Changed | None = None,
    ) -> None:
        """Start empty. ``environment`` holds hashes by device; ``snapshot`` is the file that outlives a restart.

        ``changed`` runs after each change of a token, over the connection that heard of it.
        """
        self._conninfo = conninfo
        self._environment = environment
        self._snapshot = snapshot
        self._changed = changed
        self._senders: dict[bytes, AuthenticatedDevice] = {}
        self._devices: dict[int | str, int] = {}
        self._types: dict[int, str] = {}
        self._keys: dict[int, str] = {}
        self._task: asyncio.Task[None] | None = None
        self.loaded = False
        """Whether any tokens are known: those of the last run, at least."""
        self.is_current = False
        """Whether the database was asked: a token may be newer than the last run."""
        self._did_not_answer = False

    @property
    def can_refuse(self) -> bool:
        """Whether an unknown token is known to be wrong: by the database, or where it is away by the last run."""
        return self.is_current or (self.loaded and self._did_not_answer)

    async def start(self) -> None:
        """Start to load and follow the tokens, without waiting for the database."""
        self._read_snapshot()
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Stop following."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def find(self, token: bytes) -> AuthenticatedDevice | None:
        """Return whose token it is, in a time that reveals nothing about it."""
        token_hash = hash_token(token)
        sender = self._senders.get(token_hash)
        if sender is not None and hmac.compare_digest(sender.token_hash, token_hash):
            return sender
        return None

    def device_id(self, device: int | str) -> int | None:
        """Return the device that a gateway names, by id or by name."""
        return self._devices.get(device)

    def sender_named(self, device: int | str) -> AuthenticatedDevice | None:
        """Return the device of that id or name, for whom somebody else vouches: no token was shown."""
        device_id = self._devices.get(device)
        if device_id is None:
            return None
        return AuthenticatedDevice(device_id, self._types[device_id] == "gateway", b"", self._keys.get(device_id))

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(psycopg.Error):
                async with self._listening() as connection:
                    while True:
                        await self._load(connection)
                        # The generator holds the connection until it ends; what comes meanwhile waits.
                        async for _ in connection.notifies(stop_after=1):
                            pass
            self._did_not_answer = True
            # The database went away, or is not there yet. Whatever it was: without this task no change of a token
            # would ever be seen again.
            await asyncio.sleep(1)

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        async with connection:
            await connection.execute(query("listen_tokens"))
            for device_id in self._environment:
                await connection.execute(query("add_environment_device"), {"device_id": device_id})
            yield connection

    async def _load(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._keys = dict(await (await connection.execute(query("payload_keys"))).fetchall())
        self._load_rows(await (await connection.execute(query("valid_tokens"))).fetchall())
        self.is_current = True
        if self._changed is not None:
            await self._changed(connection)

    def _load_rows(self, rows: Sequence[TokenRow]) -> None:
        types = self._types = {device_id: device_type for device_id, _, device_type, _ in rows}
        issued = [(device_id, token_hash) for device_id, _, _, token_hash in rows if token_hash is not None]
        self._senders = {
            token_hash: AuthenticatedDevice(
                device_id, types[device_id] == "gateway", token_hash, self._keys.get(device_id)
            )
            for device_id, token_hash in [*self._environment.items(), *issued]
            if device_id in types
        }
        self._devices = {key: device_id for device_id, name, _, _ in rows for key in (name, str(device_id), device_id)}
        self.loaded = True
        self._write_snapshot(rows)

    def _read_snapshot(self) -> None:
        if self._snapshot is None:
            return
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self._keys = _keys.decode(_beside(self._snapshot).read_bytes())
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self._load_rows(_rows.decode(self._snapshot.read_bytes()))

    def _write_snapshot(self, rows: Sequence[TokenRow]) -> None:
        if self._snapshot is None:
            return
        # Two files, so that the version before can read the one that it knows.
        _write(self._snapshot, msgspec.json.encode(rows))
        _write(_beside(self._snapshot), msgspec.json.encode(self._keys))


def _beside(snapshot: Path) -> Path:
    return snapshot.with_name("payload-keys.json")


def _write(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):  # A full disk must not stop the hub from knowing its tokens.
        make_folder(path.parent)
        write_private(path, content)
