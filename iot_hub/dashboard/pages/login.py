"""What the owner's dashboard shows to those who are not logged in as its owner; and how to log out."""

from __future__ import annotations

from html import escape
from typing import Any, Literal

import streamlit as st

from iot_hub.access.login.oidc import Provider, is_owner
from iot_hub.dashboard import authorization
from iot_hub.dashboard.components import empty_states, header
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.translations import Translator
from iot_hub.errors import DatabaseAwayError


def show(ctx: PageContext) -> None:
    """Show how to log in, or that the account at the provider is not the owner's."""
    texts, provider, claims = ctx.texts, authorization.provider(), authorization.provider_claims()
    with st.container(border=True, key="locked"):
        if provider is None:
            st.header(texts("login.needed"), anchor=False)
            st.html(f'<a href="/login">{escape(texts("login.login"))}</a>')
        elif claims and not is_owner(claims, provider):
            st.header(texts("login.stranger"), anchor=False)
            st.text(texts("login.stranger_help", name=provider.name, account=_account(claims)))
            _log_out_button(ctx, "secondary")
        else:
            _log_in_buttons(texts, provider)


def _log_in_buttons(texts: Translator, provider: Provider) -> None:
    st.header(texts("login.needed"), anchor=False)
    if st.button(texts("login.login_provider", name=provider.name), type="primary"):
        st.login()
    st.html(f'<a href="/login">{escape(texts("login.login_password"))}</a>')


def log_out_link(ctx: PageContext) -> None:
    """Show how to log out: at the provider too, where the owner logged in there."""
    if authorization.provider_claims() is None:
        header.link("/logout", ctx.texts("page.logout"))
    else:
        _log_out_button(ctx, "tertiary")


def _log_out_button(ctx: PageContext, kind: Literal["secondary", "tertiary"]) -> None:
    if st.button(ctx.texts("page.logout"), type=kind, key="log-out"):
        try:
            authorization.log_out(ctx.audience)
        except DatabaseAwayError:
            empty_states.database_away(ctx.texts)


def _account(claims: dict[str, Any]) -> str:
    """Return an account's email and ``sub``: the first is familiar, either may stand in the settings."""
    return " · ".join(str(claims[name]) for name in ("email", "sub") if claims.get(name))
