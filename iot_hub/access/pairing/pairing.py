"""A pairing: a device with this hub, by one token."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pairing:
    """The hub's address (without a trailing slash), the token, and the device's name."""

    address: str
    token: str = field(repr=False)
    device: str

    def url(self, path: str) -> str:
        """Return the URL of a path of the hub."""
        return f"{self.address}{path}"

    @property
    def name(self) -> str:
        """The device's name in characters that every app, user name and topic accepts."""
        plain = unicodedata.normalize("NFKD", self.device).encode("ascii", "ignore").decode().lower()
        return re.sub("[^a-z0-9]+", "-", plain.replace("'", "")).strip("-") or "phone"


@dataclass(frozen=True)
class Setting:
    """One field of an app, named as the app names it; ``secret`` where the token is in its value."""

    label: str
    value: str = field(repr=False)
    secret: bool
