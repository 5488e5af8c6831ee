"""How the hub connects to PostgreSQL: as its owner, as the viewer of what is published, or as a link's guest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

import psycopg
from psycopg import conninfo
from psycopg.rows import DictRow, dict_row

from iot_hub.database.errors import reason_of_absence
from iot_hub.database.role_passwords import database_password, given_password
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import Settings

DATABASE = "iot_hub"
OWNER = "iot_hub"
VIEWER = "iot_hub_viewer"
GUEST = "iot_hub_guest"

LARGE_STATEMENT = 2_000_000
"""Bytes of parameters after which a connection is closed: libpq never frees the buffer that they needed."""

# jit: a refresh of one hour went from 2 ms to 174 ms when the planner chose to compile.
# The rest: a vanished peer is noticed within a minute, not after two hours.
_OPTIONS = {
    "options": "-c jit=off -c timezone=UTC -c tcp_keepalives_idle=30 -c client_min_messages=warning",
    "connect_timeout": "10",
    "keepalives_idle": "30",
}
# A reading role may change its own settings, and whoever holds its login shares it with the hub's pages: what a
# connection says itself comes before them.
_READING_OPTIONS = {
    **_OPTIONS,
    "options": f"{_OPTIONS['options']} -c default_transaction_read_only=on -c search_path=public"
    " -c statement_timeout=30s -c lock_timeout=0 -c idle_in_transaction_session_timeout=60s -c idle_session_timeout=0"
    " -c work_mem=4MB -c datestyle=ISO -c extra_float_digits=1",
}


def owner_conninfo(settings: Settings, application: str) -> str:
    """Return how the hub itself connects."""
    if settings.database_url:
        where = settings.database_url.get_secret_value()
        return conninfo.make_conninfo(where, application_name=application, **_owners_password(where), **_OPTIONS)
    return conninfo.make_conninfo(
        host=str(settings.socket_folder),
        dbname=DATABASE,
        user=OWNER,
        password=database_password(settings.home, "owner"),
        application_name=application,
        **_OPTIONS,
    )


def _owners_password(where: str) -> dict[str, str]:
    """Return the password that was provided as a file, for a URL without one: so no variable contains it."""
    given = given_password("owner")
    return {"password": given} if given and not conninfo.conninfo_to_dict(where).get("password") else {}


def viewer_conninfo(settings: Settings, application: str) -> str:
    """Return how everything published is read: as a role that can read published views only."""
    if settings.viewer_database_url:
        return conninfo.make_conninfo(
            settings.viewer_database_url.get_secret_value(), application_name=application, **_READING_OPTIONS
        )
    return conninfo.make_conninfo(
        owner_conninfo(settings, application),
        user=VIEWER,
        password=database_password(settings.home, "viewer"),
        **_READING_OPTIONS,
    )


def guest_conninfo(settings: Settings, application: str) -> str:
    """Return how guests of share links connect: as a role that sees what the link of its session's token shows."""
    if settings.guest_database_url:
        return conninfo.make_conninfo(
            settings.guest_database_url.get_secret_value(), application_name=application, **_READING_OPTIONS
        )
    return conninfo.make_conninfo(
        viewer_conninfo(settings, application),
        user=GUEST,
        password=database_password(settings.home, "guest"),
    )


def with_statement_timeout(where: str, seconds: float) -> str:
    """Return connection parameters whose statements, waits for locks among them, end after this time."""
    options = conninfo.conninfo_to_dict(where).get("options") or ""
    return conninfo.make_conninfo(where, options=f"{options} -c statement_timeout={round(seconds * 1000)}")


def connect(where: str) -> psycopg.Connection[DictRow]:
    """Open a connection in autocommit mode whose rows are dictionaries.

    Raises DatabaseAwayError where the server does not answer.
    """
    try:
        return psycopg.connect(where, autocommit=True, row_factory=dict_row)
    except psycopg.OperationalError as error:
        raise DatabaseAwayError(reason_of_absence(error)) from error


def url(where: str) -> str:
    """Return connection parameters as a URL for psql, Grafana or QGIS."""
    from urllib.parse import quote, urlencode

    parts = conninfo.conninfo_to_dict(where)
    user = quote(str(parts.get("user", "")), safe="")
    password = quote(str(parts.get("password", "")), safe="")
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    host = str(parts.get("host", ""))
    name = quote(str(parts.get("dbname", "")), safe="")
    if host.startswith("/"):
        return f"postgresql://{login}/{name}?{urlencode({'host': host})}"
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{login}{host}{port}/{name}"


def scalar(
    connection: psycopg.Connection[DictRow], statement: LiteralString, values: Mapping[str, object] | None = None
) -> object:
    """Run a statement and return its one value."""
    row = connection.execute(statement, values).fetchone()
    return next(iter(row.values())) if row else None
