"""The top of every page: the browser's title and style, the hub's name, links and languages."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st

from iot_hub.dashboard import static_files
from iot_hub.dashboard.components import filters
from iot_hub.dashboard.session import PageContext

FOLDER = Path(__file__).parent.parent


def set_up_page() -> None:
    """Set the page's title and style. Streamlit wants this first."""
    st.set_page_config(page_title="IoT Personal Hub", page_icon=str(FOLDER / "favicon.svg"), layout="wide")
    # nginx has written it into the page already; this is for a page that comes without nginx.
    st.html(static_files.FOLDER / "style.css")


def link(address: str, label: str, *, is_current: bool = False) -> None:
    """Show a link among those at the top. Streamlit's own lead to its pages, or to a new tab."""
    current = ' aria-current="page"' if is_current else ""
    st.html(f'<a href="{escape(address)}"{current}>{escape(label)}</a>', width="content")


def show(ctx: PageContext, links: Callable[[], None] | None = None) -> None:
    """Show the hub's name, links beside it, and the languages."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="head"):
        st.title(ctx.texts("page.title"), anchor=False, width="content")
        if links:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", key="links"):
                links()
        with st.container(width="content"):
            filters.language(ctx.texts)
