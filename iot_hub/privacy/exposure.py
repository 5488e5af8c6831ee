"""Who can see what of this hub, in one sentence for ``up`` and ``doctor``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import DictRow

from iot_hub.access.login.authorization import is_authorized, owner_access_params
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]

_MOST_NAMES = 5


@dataclass(frozen=True)
class Exposure:
    """Who can see what at the moment."""

    public: tuple[str, ...]
    """The devices that everyone who reaches the hub can see."""
    linked: int
    """How many share links work."""
    readers: int
    """How many readers' tokens are valid."""
    demo: bool = False
    """Whether this is a demo that no password protects yet."""
    stays: bool = False
    """Whether others see where published devices stay, too."""
    has_area: bool = False
    """Whether any place is private."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        parts = [f"Open to everyone: {self._everyone()}"]
        if self.linked:
            shown = "what it shows" if self.linked == 1 else "what they show"
            parts.append(f"through {_count(self.linked, 'share link')}: {shown}")
        if self.readers:
            parts.append(f"to {_count(self.readers, 'reader')} at /v1: what you granted")
        return "; ".join(parts) + "."

    def _everyone(self) -> str:
        if self.demo:
            return "the demo's simulated devices, until a password is chosen"
        if not self.public:
            return "nothing"
        stays = ", with stays" if self.stays else ""
        return f"{_count(len(self.public), 'published device')} at /public and /v1 ({_names(self.public)}){stays}"


def exposure(connection: Connection, settings: Settings, *, demo: bool = False) -> Exposure:
    """Return who can see what, with these settings."""
    found = connection.execute(query("exposure")).fetchone() or {}
    access = connection.execute(query("owner_access"), owner_access_params("")).fetchone() or {}
    return Exposure(
        public=tuple(found["published"]) if settings.public_dashboard == "yes" else (),
        linked=found["links"] if settings.public_dashboard != "no" else 0,
        readers=found["readers"],
        demo=is_authorized(access, demo=demo),
        stays=found["stays"],
        has_area=found["has_area"],
    )


def exposure_of(settings: Settings, *, demo: bool) -> Exposure:
    """Return the same, on a connection of its own."""
    with connect(owner_conninfo(settings, "iot-hub up")) as connection:
        return exposure(connection, settings, demo=demo)


def publication_notice(settings: Settings, names: Sequence[str]) -> str:
    """Return a sentence about who will see what once the devices are published."""
    who = {
        "yes": f"Everyone who reaches {settings.web_address} sees",
        "links": "Share links and readers that you add show",
        "no": "Readers that you add, and the database's viewer role, show",
    }[settings.public_dashboard]
    return f"{who} what {_names(names)} measured outside private areas, including the past."


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
