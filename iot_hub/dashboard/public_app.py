"""The public dashboard, run by Streamlit in a process without the owner's password; ``command.py`` says how."""

from __future__ import annotations

import streamlit as st

from iot_hub import audience
from iot_hub.dashboard import notices, page, shared, visit
from iot_hub.dashboard.turns import turn
from iot_hub.settings import settings


def app() -> None:
    """Show what is published, or what a share link opens."""
    page.set_up()
    token = st.query_params.get("share")
    who = audience.shared(settings(), token) if token else audience.public(settings())
    visitor = visit.begin(settings(), who)
    page.head(visitor)
    if token:
        shared.show(visitor)
    elif settings().public_dashboard == "links":
        notices.only_links(visitor.texts)
    else:
        st.caption(visitor.texts("view.public_note"))
        page.show(visitor, lambda: True)


with turn:
    app()
