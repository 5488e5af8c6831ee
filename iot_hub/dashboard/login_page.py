"""What somebody sees of the owner's dashboard who is not, or not yet, its owner; and the way out."""

from __future__ import annotations

from html import escape
from typing import Any, Literal

import streamlit as st

from iot_hub.access.login.oidc import Provider, is_owner
from iot_hub.dashboard import authorization, empty_states
from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.translations import Texts
from iot_hub.errors import DatabaseAwayError


def show(visitor: Visit) -> None:
    """Show the ways in; who is logged in at the provider as somebody else is told so."""
    texts, provider, said = visitor.texts, authorization.provider(), authorization.logged_in_as()
    with st.container(border=True, key="locked"):
        if provider is None:
            st.header(texts("login.needed"), anchor=False)
            st.html(f'<a href="/login">{escape(texts("login.login"))}</a>')
        elif said and not is_owner(said, provider):
            st.header(texts("login.stranger"), anchor=False)
            st.text(texts("login.stranger_help", name=provider.name, who=_name(said)))
            _log_out_button(visitor, "secondary")
        else:
            _ways_in(texts, provider)


def _ways_in(texts: Texts, provider: Provider) -> None:
    st.header(texts("login.needed"), anchor=False)
    if st.button(texts("login.login_provider", name=provider.name), type="primary"):
        st.login()
    st.html(f'<a href="/login">{escape(texts("login.login_password"))}</a>')


def way_out(visitor: Visit) -> None:
    """Show how to log out: of the provider too, where that is how the visitor came."""
    if authorization.logged_in_as() is None:
        st.html(f'<a class="log-out" href="/logout">{escape(visitor.texts("page.logout"))}</a>')
    else:
        _log_out_button(visitor, "tertiary")


def _log_out_button(visitor: Visit, kind: Literal["secondary", "tertiary"]) -> None:
    if st.button(visitor.texts("page.logout"), type=kind, key="log-out"):
        try:
            authorization.log_out(visitor.audience)
        except DatabaseAwayError:
            empty_states.away(visitor.texts)


def _name(said: dict[str, Any]) -> str:
    """Name an account as its owner can recognise it, and as the settings would have it."""
    named = [str(said[name]) for name in ("email", "sub") if said.get(name)]
    return " · ".join(named)
