"""The dashboard's access to the database: named statements, run as an audience."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import streamlit as st
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from iot_hub.database.audiences import Audience
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError

Row = dict[str, Any]
Connection = psycopg.Connection[DictRow]
Pool = ConnectionPool[Connection]

CACHE_SECONDS = 8
"""How long rows are shown without reading them again."""

_CONNECT_TIMEOUT_S = 3.0


def _check(connection: Connection) -> None:
    """Ask the server whether a connection still works, where it has sent something unasked: that it closes it."""
    arrived = select.poll()
    arrived.register(connection.fileno(), select.POLLIN)
    if arrived.poll(0):
        ConnectionPool.check_connection(connection)


def _close(pool: Pool) -> None:
    pool.close()


@st.cache_resource(show_spinner=False, on_release=_close)
def _pool(conninfo: str) -> Pool:
    """Return the connections that all visitors of an audience share. An idle hub holds none."""
    return ConnectionPool(
        conninfo,
        connection_class=psycopg.Connection[DictRow],
        kwargs={"autocommit": True, "row_factory": dict_row},
        min_size=0,
        max_size=4,
        max_idle=60,
        timeout=_CONNECT_TIMEOUT_S,
        # The pool's pauses between failed attempts grow; giving up early lets the next visitor try at once.
        reconnect_timeout=_CONNECT_TIMEOUT_S,
        check=_check,
        name="dashboard",
        open=True,
    )


def fetch(audience: Audience, statement: str, **values: object) -> list[Row]:
    """Return the rows of a named statement.

    Raises DatabaseAwayError where the server does not answer or is not ready.
    """
    with _connection(audience) as connection:
        return connection.execute(query(statement), values or None).fetchall()


@st.cache_data(ttl=CACHE_SECONDS, max_entries=64, show_spinner=False)
def recent(audience: Audience, statement: str, **values: object) -> list[Row]:
    """Return the rows of a named statement, at most a few seconds old."""
    return fetch(audience, statement, **values)


def write(audience: Audience, statement: str, **values: object) -> None:
    """Run a named statement that changes something. Raises DatabaseAwayError."""
    with _connection(audience, read_only=False) as connection:
        connection.execute(query(statement), values or None)


@contextmanager
def _connection(audience: Audience, *, read_only: bool = True) -> Iterator[Connection]:
    try:
        with _pool(audience.conninfo).connection() as connection:
            if read_only and not audience.share_token:
                # A statement alone needs no transaction around it, which would be two more questions to the server.
                yield connection
                return
            with connection.transaction():
                if not read_only:
                    connection.execute(query("begin_writing"))
                if audience.share_token:
                    connection.execute(query("use_share_token"), {"token": audience.share_token})
                yield connection
    except psycopg.Error as error:
        raise DatabaseAwayError from error
