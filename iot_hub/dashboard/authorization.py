"""The owner's dashboard asks for itself whether it is the owner who looks; ``login/access.py`` says why."""

from __future__ import annotations

import sys
from typing import Any

import psycopg
import streamlit as st

from iot_hub.access.login import oidc
from iot_hub.access.login.authorization import COOKIE, SESSION_TTL, is_authorized, owner_access_params, token_hash
from iot_hub.dashboard import data
from iot_hub.database.audiences import Audience
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import settings

_OPENED = "login-opened"


def is_demo() -> bool:
    """Say whether ``iot-hub up --demo`` started this."""
    return "--demo" in sys.argv


def session_token() -> str:
    """Give the token in the cookie that the browser sent when it opened the page; empty where there is none."""
    return st.context.cookies.get(COOKIE, "")


def is_open(owner: Audience) -> bool:
    """Say whether this browser may see everything. Raises DatabaseAwayError where nobody knows."""
    return _is_open(owner, session_token(), demo=is_demo()) or _is_open_by_provider(owner)


def is_logged_in(owner: Audience) -> bool:
    """Say whether the owner has logged in, and does not just look at an open demo. Raises DatabaseAwayError."""
    return _is_open(owner, session_token(), demo=False) or _is_open_by_provider(owner)


def _is_open(owner: Audience, token: str, *, demo: bool) -> bool:
    [access] = data.fetch(owner, "owner_access", **owner_access_params(token))
    return is_authorized(access, demo=demo)


def provider() -> oidc.Provider | None:
    """Give the OpenID provider that the owner may log in with, if the settings name one."""
    return oidc.provider_of(settings())


def logged_in_as() -> dict[str, Any] | None:
    """Give what the provider said of who logged in there with this browser; None where nobody did."""
    said = st.user.to_dict() if provider() else {}
    return said if said.get("is_logged_in") else None


def log_out(owner: Audience) -> None:
    """End what this browser has opened, here and at the provider. Raises DatabaseAwayError."""
    for token in (session_token(), _login_token(logged_in_as() or {})):
        _write(owner, "close_session", token_hash=token_hash(token))
    st.logout()


def _is_open_by_provider(owner: Audience) -> bool:
    known, said = provider(), logged_in_as()
    if known is None or said is None or not oidc.is_owner(said, known):
        return False
    token = _login_token(said)
    # Once a visit: a page that stays open must not open anew what was ended elsewhere.
    if st.session_state.get(_OPENED) != token:
        values = {"token_hash": token_hash(token), "lasts": SESSION_TTL, "fresh": oidc.FRESH}
        _write(owner, "open_session_by_provider", **values, logged_in_at=float(said.get("iat", 0)))
        st.session_state[_OPENED] = token
    return _is_open(owner, token, demo=False)


def _login_token(said: dict[str, Any]) -> str:
    return oidc.login_token(said, st.secrets["auth"]["cookie_secret"])


def _write(owner: Audience, statement: str, **values: object) -> None:
    try:
        with data.pool(owner.conninfo).connection() as connection, connection.transaction():
            connection.execute(query("begin_writing"))
            connection.execute(query(statement), values)
    except psycopg.Error as error:
        raise DatabaseAwayError from error
