"""Who reads: the role that connects and the schema whose views it reads.

Every audience's schema holds views of the same names; the connection's search_path chooses. So one
dashboard and one query API serve all, and what an audience may not see never leaves the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from iot_hub.database.connections import guest_conninfo, owner_conninfo, viewer_conninfo
from iot_hub.settings import Settings

Name = Literal["owner", "public", "shared"]

DASHBOARD = "iot-hub dashboard"


@dataclass(frozen=True)
class Audience:
    """Who reads, how they connect, and whose views they read."""

    name: Name
    # Neither a password nor a link's token is for a log.
    conninfo: str = field(repr=False)
    schema: str
    share_token: str | None = field(default=None, repr=False)


def owner(settings: Settings, application: str = DASHBOARD) -> Audience:
    """Return the owner's audience, which sees everything. The connection can only read.

    What has no view for others is read from its table, with PostGIS's functions: they are in ``public``.
    """
    options = ("-c default_transaction_read_only=on", "-c search_path=iot_hub_owner,public")
    return _audience("owner", owner_conninfo(settings, application), *options)


def public(settings: Settings, application: str = DASHBOARD) -> Audience:
    """Return everyone's audience, which sees what is published: a role that can read nothing else.

    Tiles of the map are made by PostGIS's functions, in ``public``.
    """
    return _audience("public", viewer_conninfo(settings, application), "-c search_path=iot_hub_public,public")


def shared(settings: Settings, token: str) -> Audience:
    """Return the audience of a share link, for whoever has its token."""
    return _audience("shared", guest_conninfo(settings, DASHBOARD), share_token=token)


def _audience(name: Name, where: str, *options: str, share_token: str | None = None) -> Audience:
    schema = f"iot_hub_{name}"
    present = str(conninfo_to_dict(where).get("options") or "")
    all_options = " ".join([present, f"-c search_path={schema}", *options]).strip()
    return Audience(name, make_conninfo(where, options=all_options), schema, share_token)
