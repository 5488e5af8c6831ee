"""The page of a share link: whose it is, until when, how precise it is, and what it shows.

The database filters by the link's token. A link that never existed, one that has expired and one that is
revoked look the same.
"""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.components import empty_states
from iot_hub.dashboard.components.filters import CUSTOM
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.markdown import escape_markdown
from iot_hub.dashboard.pages import dashboard
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.time_range import now
from iot_hub.dashboard.translations import Translator
from iot_hub.database.audiences import Audience
from iot_hub.errors import DatabaseAwayError
from iot_hub.privacy.share_links import PRECISIONS

_PRECISION_NAMES = {metres: name for name, metres in PRECISIONS.items()}
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
_OPENED = "opened-link"


def show(ctx: PageContext) -> None:
    """Show what the link shares, until it ends: an open page checks on each refresh."""
    try:
        link = _open_link(ctx.audience)
    except DatabaseAwayError:
        _wait(ctx)
        return
    if link is None:
        empty_states.invalid_link(ctx.texts)
        return
    st.caption(_describe(link, ctx.texts))
    _start_within(link, ctx.texts)
    dashboard.show(ctx, lambda: _valid_link(ctx.audience) is not None)


def _open_link(audience: Audience) -> Row | None:
    """Return a valid link, and log once per browser session that it was opened. Raises DatabaseAwayError."""
    link = _valid_link(audience)
    if link is not None and st.session_state.get(_OPENED) != audience.share_token:
        data.write(audience, "note_opening")
        st.session_state[_OPENED] = audience.share_token
    return link


def _valid_link(audience: Audience) -> Row | None:
    """Return the audience's link; None where it is not valid now. Raises DatabaseAwayError."""
    return next(iter(data.fetch(audience, "shared_link")), None)


def _describe(link: Row, texts: Translator) -> str:
    until = texts.format_datetime(link["expires_at"])
    precision = _PRECISION_NAMES[link["precision_m"]]
    head = texts("shared.head", name=escape_markdown(link["name"]), until=until)
    return f"{head} {texts(f'shared.{precision}')}"


def _start_within(link: Row, texts: Translator) -> None:
    """Select the days of a link to the past: the last week would be empty."""
    until = link["until"]
    if until is None or until > now() or "range" in st.query_params:
        return
    since = max(link["since"] or until - _WEEK, until - _MONTH)
    first, last = (at.astimezone(texts.zone).date() for at in (since, until))
    st.query_params.update({"range": CUSTOM, "from": first.isoformat(), "to": last.isoformat()})


@st.fragment(run_every=dashboard.RETRY_S)
def _wait(ctx: PageContext) -> None:
    """Show that the database does not answer, until it does."""
    try:
        _valid_link(ctx.audience)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)
        return
    st.rerun()
