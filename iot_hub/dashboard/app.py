"""The owner's dashboard, run by Streamlit; ``command.py`` says how."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from iot_hub.dashboard import (
    areas_page,
    authorization,
    devices_page,
    empty_states,
    filters,
    login_page,
    page,
    pairing_panel,
    session,
)
from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.turns import turn
from iot_hub.database import audiences
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import settings

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage


def app() -> None:
    """Show the page that the address asks for, to the owner."""
    page.set_up()
    owner = audiences.owner(settings())
    visitor = session.begin(settings(), owner)
    try:
        is_open = authorization.is_open(owner)
    except DatabaseAwayError:
        page.head(visitor)
        _wait(visitor)
        return
    if not is_open:
        page.head(visitor)
        login_page.show(visitor)
        return
    _pages(visitor)


@st.fragment(run_every=page.RETRY)
def _wait(visitor: Visit) -> None:
    """Say that the database does not answer, until it does."""
    try:
        authorization.is_open(visitor.audience)
    except DatabaseAwayError:
        empty_states.away(visitor.texts)
        return
    st.rerun()


def _pages(visitor: Visit) -> None:
    # Each shows links to all: they are made before they are known.
    pages: list[StreamlitPage] = []
    dashboard, areas = partial(_dashboard, visitor, pages), partial(_areas, visitor, pages)
    devices = partial(_devices, visitor, pages)
    pages.append(st.Page(dashboard, title=visitor.texts("page.dashboard"), url_path="dashboard", default=True))
    pages.append(st.Page(areas, title=visitor.texts("page.areas"), url_path="areas"))
    pages.append(st.Page(devices, title=visitor.texts("page.devices"), url_path="devices"))
    st.navigation(pages, position="hidden").run()


def _dashboard(visitor: Visit, pages: list[StreamlitPage]) -> None:
    pairing_panel.forget()
    page.head(visitor, partial(_links, visitor, pages))
    with st.container(horizontal=True, vertical_alignment="center", key="whose"):
        seen = visitor
        if filters.view(visitor.texts) == "public":
            seen = session.begin(settings(), audiences.public(settings()))
        demo = f"{seen.texts('page.demo')} " if authorization.is_demo() else ""
        st.caption(demo + seen.texts(f"view.{seen.audience.name}_note"), width="stretch")
    page.show(seen, partial(authorization.is_open, visitor.audience))


def _areas(visitor: Visit, pages: list[StreamlitPage]) -> None:
    pairing_panel.forget()
    page.head(visitor, partial(_links, visitor, pages))
    areas_page.show(visitor.texts)


def _devices(visitor: Visit, pages: list[StreamlitPage]) -> None:
    page.head(visitor, partial(_links, visitor, pages))
    devices_page.show(visitor, partial(authorization.is_open, visitor.audience))


def _links(visitor: Visit, pages: list[StreamlitPage]) -> None:
    for one in pages:
        st.page_link(one)
    if not authorization.is_demo():
        login_page.way_out(visitor)


with turn:
    app()
