"""The page of a share link: whose it is, until when, how precisely it shows, and what it shows.

The database filters it by the token that the session gives. A link that never was, one that has
expired and one that is revoked look the same.
"""

from __future__ import annotations

import re
from datetime import timedelta

import psycopg
import streamlit as st

from iot_hub.dashboard import data, empty_states, page
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.filters import CUSTOM
from iot_hub.dashboard.session import Visit, now
from iot_hub.dashboard.translations import Texts
from iot_hub.database.audiences import Audience
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError
from iot_hub.privacy.share_links import PRECISIONS

_NAMES = {metres: name for name, metres in PRECISIONS.items()}
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+.!|~:$-])")


def show(visitor: Visit) -> None:
    """Show what the link opens, until it ends: an open page asks again each time that it refreshes itself."""
    try:
        link = opened(visitor.audience)
    except DatabaseAwayError:
        _wait(visitor)
        return
    if link is None:
        empty_states.ended_link(visitor.texts)
        return
    st.caption(describe(link, visitor.texts))
    _look_where_something_is(link, visitor.texts)
    page.show(visitor, lambda: valid_link(visitor.audience) is not None)


def opened(audience: Audience) -> Row | None:
    """Give what a valid link shows, and note once a visit that it was opened. Raises DatabaseAwayError."""
    link = valid_link(audience)
    if link is not None and st.session_state.get("opened") != audience.share_token:
        note_opening(audience)
        st.session_state["opened"] = audience.share_token
    return link


def valid_link(audience: Audience) -> Row | None:
    """Give what a link shows at this moment; None where it is not valid. Raises DatabaseAwayError."""
    return next(iter(data.fetch(audience, "shared_link")), None)


def note_opening(audience: Audience) -> None:
    """Note in the owner's log that the link is opened. Raises DatabaseAwayError."""
    try:
        with data.pool(audience.conninfo).connection() as connection, connection.transaction():
            connection.execute(query("begin_writing"))
            connection.execute(query("use_share_token"), {"token": audience.share_token})
            connection.execute(query("note_opening"))
    except psycopg.Error as error:
        raise DatabaseAwayError from error


def describe(link: Row, texts: Texts) -> str:
    """Say whose link it is, until when, and how precisely it shows."""
    name = _MARKS.sub(r"\\\1", link["name"])
    said = texts("shared.head", name=name, until=texts.moment(link["expires_at"]))
    return f"{said} {texts('shared.' + _NAMES[link['precision_m']])}"


def _look_where_something_is(link: Row, texts: Texts) -> None:
    """Begin with the days of a link of the past: the last week would be empty."""
    until = link["until"]
    if until is None or until > now() or "range" in st.query_params:
        return
    since = max(link["since"] or until - _WEEK, until - _MONTH)
    first, last = (moment.astimezone(texts.zone).date() for moment in (since, until))
    st.query_params.update({"range": CUSTOM, "from": first.isoformat(), "to": last.isoformat()})


@st.fragment(run_every=page.RETRY)
def _wait(visitor: Visit) -> None:
    """Say that the database does not answer, until it does."""
    try:
        valid_link(visitor.audience)
    except DatabaseAwayError:
        empty_states.away(visitor.texts)
        return
    st.rerun()
