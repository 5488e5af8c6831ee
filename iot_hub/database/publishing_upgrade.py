"""Keeps open what an owner had opened, when a database is upgraded to published devices.

Until then a hub published every device. From then on it publishes those that its owner chooses, and what had visibly
been open stays open: that is decided once, at that upgrade.
"""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.settings import Settings

FIRST_MIGRATION = "0015_store_published_rows"
"""The migration that adds dim_devices.published."""

_CLOSED = (
    "Nothing is published any more unless you choose it, and /v1 requires a session or a reader's token."
    " Open what you need: iot-hub device publish NAME, iot-hub reader add NAME"
)


def publish_what_was_open(connection: psycopg.Connection[DictRow], settings: Settings) -> str:
    """Publish the devices that others could visibly see until now; return the decision in one line."""
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
