"""The owner's dashboard, run by Streamlit; ``command.py`` starts it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from iot_hub.dashboard import authorization
from iot_hub.dashboard.components import empty_states, filters, header, overview, pairing_panel
from iot_hub.dashboard.components.readings_link import PATH as READINGS
from iot_hub.dashboard.pages import areas, car, dashboard, devices, home, login, readings, statistics
from iot_hub.dashboard.render_slots import render_slot
from iot_hub.dashboard.session import PageContext, page_context
from iot_hub.database import audiences
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import settings

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage


def app() -> None:
    """Show the page of the address, to the owner only."""
    header.set_up_page()
    authorization.go_on_leaving()
    owner = audiences.owner(settings())
    ctx = page_context(settings(), owner)
    try:
        is_authorized = authorization.is_authorized(owner)
        is_open_demo = is_authorized and authorization.is_open_demo(owner)
    except DatabaseAwayError:
        header.show(ctx)
        _wait(ctx)
        return
    if not is_authorized:
        header.show(ctx)
        login.show(ctx)
        return
    _navigate(ctx, is_open_demo=is_open_demo)


@st.fragment(run_every=dashboard.RETRY_S)
def _wait(ctx: PageContext) -> None:
    """Show that the database does not answer, until it does."""
    try:
        authorization.is_authorized(ctx.audience)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)
        return
    st.rerun()


def _navigate(ctx: PageContext, *, is_open_demo: bool) -> None:
    # Each page links to all of them, so the list is handed on before it is filled.
    pages: list[StreamlitPage] = []
    links = partial(_links, ctx, pages, is_open_demo=is_open_demo)
    front = partial(_dashboard, is_open_demo=is_open_demo)
    for page, name in (
        (front, "dashboard"), (_statistics, "statistics"), (_car, "car"), (_home, "home"), (_areas, "areas"),
        (_devices, "devices"), (_readings, READINGS),
    ):  # fmt: skip
        title = ctx.texts(f"page.{name}")
        shown = partial(page, ctx, partial(links, name))
        pages.append(st.Page(shown, title=title, url_path=name, default=page is front))
    st.navigation(pages, position="hidden").run()


def _dashboard(ctx: PageContext, links: Callable[[], None], *, is_open_demo: bool) -> None:
    pairing_panel.forget()
    header.show(ctx, links)
    with st.container(horizontal=True, vertical_alignment="center", key="whose"):
        shown = ctx
        if filters.view(ctx.texts) == "public":
            shown = page_context(settings(), audiences.public(settings()))
        demo = f"{shown.texts('page.demo')} " if is_open_demo else ""
        st.caption(demo + shown.texts(f"view.{shown.audience.name}_note"), width="stretch")
    guard = partial(authorization.is_authorized, ctx.audience)
    if shown is ctx:
        overview.show(ctx, guard)
    dashboard.show(shown, guard)


def _statistics(ctx: PageContext, links: Callable[[], None]) -> None:
    pairing_panel.forget()
    header.show(ctx, links)
    statistics.show(ctx, partial(authorization.is_authorized, ctx.audience))


def _car(ctx: PageContext, links: Callable[[], None]) -> None:
    pairing_panel.forget()
    header.show(ctx, links)
    car.show(ctx, partial(authorization.is_authorized, ctx.audience))


def _home(ctx: PageContext, links: Callable[[], None]) -> None:
    pairing_panel.forget()
    header.show(ctx, links)
    home.show(ctx, partial(authorization.is_authorized, ctx.audience))


def _areas(ctx: PageContext, links: Callable[[], None]) -> None:
    pairing_panel.forget()
    header.show(ctx, links)
    areas.show(ctx)


def _devices(ctx: PageContext, links: Callable[[], None]) -> None:
    header.show(ctx, links)
    devices.show(ctx, partial(authorization.is_authorized, ctx.audience))


def _readings(ctx: PageContext, links: Callable[[], None]) -> None:
    pairing_panel.forget()
    header.show(ctx, links)
    readings.show(ctx, partial(authorization.is_authorized, ctx.audience))


def _links(ctx: PageContext, pages: list[StreamlitPage], current: str, *, is_open_demo: bool) -> None:
    for page in pages:
        # It is behind the charts.
        if page.url_path == READINGS:
            continue
        # The default page's path is empty.
        if page.url_path == ("" if current == "dashboard" else current):
            # Streamlit's own links don't say to a screen reader which page is shown.
            header.link(f"/{page.url_path}?lang={ctx.texts.language}", page.title, is_current=True)
        else:
            st.page_link(page)
        if page is pages[0] and authorization.provider_claims() is None:
            _map_link(ctx)
    if not is_open_demo:
        login.log_out_link(ctx)


def _map_link(ctx: PageContext) -> None:
    # Its data come from /v1, for which a provider's login is no session.
    header.link(f"/map?lang={ctx.texts.language}", ctx.texts("page.map"))


with render_slot:
    app()
