"""What a page shows when there is nothing to draw, and what to do about it."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator

_CHECK = "iot-hub doctor"
_ADD_DEVICE = "iot-hub device add phone --type smartphone"


def no_device(ctx: PageContext) -> None:
    """Show the owner how to add the first device; show others that there is nothing yet."""
    texts = ctx.texts
    with st.container(border=True, key="no-device"):
        if ctx.audience.name != "owner":
            st.header(texts(f"empty.no_device_{ctx.audience.name}"), anchor=False)
            return
        st.header(texts("empty.no_device"), anchor=False)
        st.write(texts("empty.no_device_help"))
        st.code(_ADD_DEVICE, language="shell")
        st.write(texts("empty.no_device_next"))


def no_home(texts: Translator) -> None:
    """Show the owner how the devices of a home come here."""
    with st.container(border=True, key="no-home"):
        st.header(texts("empty.no_home"), anchor=False)
        st.write(texts("empty.no_home_help"))
        st.code(_CHECK, language="shell")


def database_away(texts: Translator) -> None:
    """Show that the database does not answer."""
    with st.container(border=True, key="away"):
        st.header(texts("empty.away"), anchor=False)
        st.write(texts("empty.away_help"))
        st.caption(texts("page.retry"))


def audience_note(ctx: PageContext) -> str:
    """Return whose view it is and what is left out."""
    return ctx.texts(f"view.{ctx.audience.name}_help")


def only_links(texts: Translator) -> None:
    """Show that only share links show anything here."""
    with st.container(border=True, key="only-links"):
        st.header(texts("public.only_links"), anchor=False)
        st.write(texts("public.only_links_help"))


def invalid_link(texts: Translator) -> None:
    """Show that a link is not valid: in the same words whatever the reason."""
    with st.container(border=True, key="invalid-link"):
        st.header(texts("shared.invalid"), anchor=False)
        st.write(texts("shared.invalid_help"))


def no_data(time_range: TimeRange, ctx: PageContext) -> None:
    """Show that a range is empty: to others in the same words whether the device was off or in a private area."""
    texts = ctx.texts
    with st.container(border=True, key="nothing"):
        since, until = texts.format_datetime(time_range.since), texts.format_datetime(time_range.until)
        st.header(texts("empty.nothing", since=since, until=until), anchor=False)
        st.write(texts("empty.nothing_help" if ctx.audience.name == "owner" else "empty.nothing_help_public"))


def no_chart(texts: Translator) -> None:
    """Show that one chart has no data in the range."""
    st.caption(texts("card.nothing"))
