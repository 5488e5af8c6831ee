"""The public dashboard, run by Streamlit in a process without the owner's password; ``command.py`` says how."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard import empty_states, page, session, share_page
from iot_hub.dashboard.turns import turn
from iot_hub.database import audiences
from iot_hub.settings import settings


def app() -> None:
    """Show what is published, or what a share link opens."""
    page.set_up()
    token = st.query_params.get("share")
    who = audiences.shared(settings(), token) if token else audiences.public(settings())
    visitor = session.begin(settings(), who)
    page.head(visitor)
    if token:
        share_page.show(visitor)
    elif settings().public_dashboard == "links":
        empty_states.only_links(visitor.texts)
    else:
        st.caption(visitor.texts("view.public_note"))
        page.show(visitor, lambda: True)


with turn:
    app()
