"""What the dashboard knows: rows of an audience's views, read as that audience."""

from __future__ import annotations

from typing import Any

import psycopg
import streamlit as st
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from iot_hub.database.audiences import Audience
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError

Row = dict[str, Any]
Pool = ConnectionPool[psycopg.Connection[DictRow]]

FRESH_FOR = 8
"""Seconds for which rows are shown without asking again."""

_PATIENCE = 3.0


def _close(pool: Pool) -> None:
    pool.close()


@st.cache_resource(show_spinner=False, on_release=_close)
def pool(where: str) -> Pool:
    """Give the connections that all visitors of an audience share. An idle hub holds none."""
    return ConnectionPool(
        where,
        connection_class=psycopg.Connection[DictRow],
        kwargs={"autocommit": True, "row_factory": dict_row},
        min_size=0,
        max_size=4,
        max_idle=60,
        timeout=_PATIENCE,
        # Attempts in vain come ever more rarely; giving up early lets the next visitor try at once.
        reconnect_timeout=_PATIENCE,
        check=ConnectionPool.check_connection,
        name="dashboard",
        open=True,
    )


def fetch(audience: Audience, statement: str, **values: object) -> list[Row]:
    """Run a named statement as an audience.

    Raises DatabaseAwayError where the server does not answer or is not ready.
    """
    try:
        with pool(audience.conninfo).connection() as connection, connection.transaction():
            if audience.share_token:
                connection.execute(query("use_share_token"), {"token": audience.share_token})
            return connection.execute(query(statement), values or None).fetchall()
    except psycopg.Error as error:
        raise DatabaseAwayError from error


@st.cache_data(ttl=FRESH_FOR, max_entries=64, show_spinner=False)
def recent(audience: Audience, statement: str, **values: object) -> list[Row]:
    """Give the rows of a named statement, as they were a few seconds ago at most."""
    return fetch(audience, statement, **values)
