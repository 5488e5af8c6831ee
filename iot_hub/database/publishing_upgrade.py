"""Carries over what an owner had opened, when a database first learns which devices are published.

Until then a hub published every device. From now on it publishes those that its owner chooses, and what
had visibly been opened stays open: that is decided once, at that upgrade.
"""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.settings import Settings

FIRST_MIGRATION = "0015_store_published_rows"
"""The one that gives a device its switch."""

_CLOSED = (
    "Nothing is published any more unless you say so, and /v1 asks for a session or a reader's token."
    " Open what you need: iot-hub device publish NAME, iot-hub reader add NAME"
)


def publish_what_was_open(connection: psycopg.Connection[DictRow], settings: Settings) -> str:
    """Publish the devices that others could visibly see until now; return what was decided, in a line."""
    if settings.public_dashboard == "no":
        return _CLOSED
    statement = query("publish_all_devices" if settings.public_dashboard == "yes" else "publish_linked_devices")
    names = sorted(row["name"] for row in connection.execute(statement))
    if not names:
        return _CLOSED
    why = "the public dashboard was on" if settings.public_dashboard == "yes" else "share links show them"
    return (
        f"Published as before, since {why}: {', '.join(names)}. Any other device is private now."
        " Withdraw one: iot-hub device unpublish NAME"
    )
