"""The public dashboard, run by Streamlit in a process without the owner's password; ``command.py`` starts it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from iot_hub.dashboard.components import empty_states, header
from iot_hub.dashboard.pages import dashboard, share
from iot_hub.dashboard.render_slots import render_slot
from iot_hub.dashboard.session import PageContext, page_context
from iot_hub.database import audiences
from iot_hub.settings import settings


def app() -> None:
    """Show what is published, or what a share link shares."""
    header.set_up_page()
    token = st.query_params.get("share")
    audience = audiences.shared(settings(), token) if token else audiences.public(settings())
    ctx = page_context(settings(), audience)
    is_open = not token and settings().public_dashboard == "yes"
    header.show(ctx, partial(_links, ctx) if is_open else None)
    if token:
        share.show(ctx)
    elif settings().public_dashboard == "links":
        empty_states.only_links(ctx.texts)
    else:
        st.caption(ctx.texts("view.public_note"))
        dashboard.show(ctx, lambda: True)


def _links(ctx: PageContext) -> None:
    """Show the links that the map page shows to visitors."""
    language = ctx.texts.language
    header.link(f"/public/?lang={language}", ctx.texts("page.dashboard"), is_current=True)
    header.link(f"/map?lang={language}", ctx.texts("page.map"))
    header.link("/login", ctx.texts("login.login"))


with render_slot:
    app()
