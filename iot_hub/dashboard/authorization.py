"""Whether a browser may see the owner's dashboard; ``access/login/authorization.py`` explains why it asks again."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import streamlit as st

from iot_hub.access.login import authorization, oidc
from iot_hub.access.login.authorization import COOKIE, SESSION_TTL, owner_access_params, token_hash
from iot_hub.dashboard import data
from iot_hub.database.audiences import Audience
from iot_hub.settings import settings

_SESSION_OPENED = "login-opened"
_LEAVING = "login-leaving"


def is_demo() -> bool:
    """Return whether ``iot-hub up --demo`` started this."""
    return "--demo" in sys.argv


def session_token() -> str:
    """Return the session token in the browser's cookie; empty where there is none."""
    return st.context.cookies.get(COOKIE, "")


def is_authorized(owner: Audience) -> bool:
    """Return whether this browser may see everything. Raises DatabaseAwayError."""
    return _is_authorized(owner, session_token(), demo=is_demo()) or _is_authorized_by_provider(owner)


def is_logged_in(owner: Audience) -> bool:
    """Return whether the owner has logged in, rather than just seeing an open demo. Raises DatabaseAwayError."""
    return _is_authorized(owner, session_token(), demo=False) or _is_authorized_by_provider(owner)


def is_open_demo(owner: Audience) -> bool:
    """Return whether this browser sees a demo that nobody has closed by a password. Raises DatabaseAwayError."""
    return is_demo() and not is_logged_in(owner)


def _is_authorized(owner: Audience, token: str, *, demo: bool) -> bool:
    [access] = data.fetch(owner, "owner_access", **owner_access_params(token))
    return authorization.is_authorized(access, demo=demo)


def provider() -> oidc.Provider | None:
    """Return the OpenID provider that the owner may log in with, if the settings name one."""
    return oidc.provider_of(settings())


def provider_claims() -> dict[str, Any] | None:
    """Return the provider's claims about who logged in there with this browser; None where nobody did."""
    claims = st.user.to_dict() if provider() else {}
    return claims if claims.get("is_logged_in") else None


def log_out(owner: Audience) -> NoReturn:
    """End this browser's sessions, here and at the provider, and the run with them. Raises DatabaseAwayError."""
    for token in (session_token(), _login_token(provider_claims() or {})):
        data.write(owner, "close_session", token_hash=token_hash(token))
    st.session_state[_LEAVING] = True
    _leave()


def go_on_leaving() -> None:
    """Send a browser that is on its way to the provider there again, and end the run."""
    if st.session_state.get(_LEAVING):
        _leave()


def _leave() -> NoReturn:
    # A run drops what the one before it has not sent yet. If that is the redirect, the browser keeps the provider's
    # login, and a reload is logged in again. So nothing follows it in its run, and any run after it sends it again.
    st.logout()
    st.stop()


def _is_authorized_by_provider(owner: Audience) -> bool:
    known_provider, claims = provider(), provider_claims()
    if known_provider is None or claims is None or not oidc.is_owner(claims, known_provider):
        return False
    token = _login_token(claims)
    # Once per page: one that stays open must not reopen a session that was ended elsewhere.
    if st.session_state.get(_SESSION_OPENED) != token:
        values = {"token_hash": token_hash(token), "lasts": SESSION_TTL, "fresh": oidc.FRESH}
        data.write(owner, "open_session_by_provider", **values, logged_in_at=float(claims.get("iat", 0)))
        st.session_state[_SESSION_OPENED] = token
    return _is_authorized(owner, token, demo=False)


def _login_token(claims: dict[str, Any]) -> str:
    return oidc.login_token(claims, st.secrets["auth"]["cookie_secret"])
