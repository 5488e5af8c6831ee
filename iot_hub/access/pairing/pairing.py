"""What is paired: a device with this hub, by one token."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pairing:
    """Where the hub is reached (without a slash at the end), by which token, and what its owner calls the device."""

    address: str
    token: str = field(repr=False)
    device: str

    def url(self, path: str) -> str:
        """Give the address of a path of the hub."""
        return f"{self.address}{path}"

    @property
    def name(self) -> str:
        """The device's name in letters that every app, user name and topic takes."""
        plain = unicodedata.normalize("NFKD", self.device).encode("ascii", "ignore").decode().lower()
        return re.sub("[^a-z0-9]+", "-", plain.replace("'", "")).strip("-") or "phone"


@dataclass(frozen=True)
class Setting:
    """One field of an app, named as the app names it; ``secret`` where the token is in its value."""

    label: str
    value: str = field(repr=False)
    secret: bool
