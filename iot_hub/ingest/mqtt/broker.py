"""Where the broker is, and how the hub connects to it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from iot_hub.errors import UserError
from iot_hub.files.own_secrets import MQTT_PASSWORD, own_secret
from iot_hub.settings import Settings

HUB_USER = "hub"
"""The hub's own account at its own broker."""

PORTS = {"mqtt": 1883, "mqtts": 8883}

ProtocolT = TypeVar("ProtocolT", bound=asyncio.Protocol)


@dataclass(frozen=True)
class Broker:
    """A broker's address and the account to use there."""

    name: str
    """For logs and status: without the password."""
    user: str | None
    password: str | None
    socket: Path | None = None
    host: str = ""
    port: int = 0
    tls: bool = False
    authority: Path | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is the hub's own."""
        return self.socket is not None

    async def connect(self, factory: Callable[[], ProtocolT]) -> ProtocolT:
        """Open a connection. Raises OSError, of which ssl.SSLError is one."""
        loop = asyncio.get_running_loop()
        if self.socket is not None:
            _, protocol = await loop.create_unix_connection(factory, str(self.socket))
        else:
            _, protocol = await loop.create_connection(factory, self.host, self.port, ssl=self._context())
        return protocol

    async def open_streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection as a pair of streams. Raises OSError."""
        if self.socket is not None:
            return await asyncio.open_unix_connection(str(self.socket))
        return await asyncio.open_connection(self.host, self.port, ssl=self._context())

    def _context(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.authority) if self.tls else None


def broker_of(settings: Settings) -> Broker:
    """Return the broker that the settings name, or the hub's own. Raises UserError."""
    if settings.mqtt_url is None:
        password = own_secret(settings.home, MQTT_PASSWORD)
        return Broker("the hub's own", HUB_USER, password, socket=socket_of(settings))
    return _named(settings.mqtt_url.get_secret_value(), settings.mqtt_ca)


def socket_of(settings: Settings) -> Path:
    """Return the Unix socket on which the hub's own broker serves the hub."""
    return settings.socket_folder / "mqtt" / "broker"


def _named(url: str, authority: Path | None) -> Broker:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise UserError("IOT_HUB_MQTT_URL is no URL such as mqtts://user:password@broker.example:8883.") from None
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password is not None else None
    shown = f"[{host}]" if ":" in host else host
    return Broker(
        f"{shown}:{port}", user, password, host=host, port=port, tls=parts.scheme == "mqtts", authority=authority
    )
