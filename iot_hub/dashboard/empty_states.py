"""What the page says when there is nothing to draw, and what to do about it."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.time_range import Span
from iot_hub.dashboard.translations import Texts

_ADD_DEVICE = "iot-hub device add phone --type smartphone"


def no_device(visitor: Visit) -> None:
    """Say how to add the first device; to others, that there is nothing yet."""
    texts = visitor.texts
    with st.container(border=True, key="no-device"):
        if visitor.audience.name != "owner":
            st.header(texts(f"empty.no_device_{visitor.audience.name}"), anchor=False)
            return
        st.header(texts("empty.no_device"), anchor=False)
        st.write(texts("empty.no_device_help"))
        st.code(_ADD_DEVICE, language="shell")
        st.write(texts("empty.no_device_next"))


def away(texts: Texts) -> None:
    """Say that the database does not answer."""
    with st.container(border=True, key="away"):
        st.header(texts("empty.away"), anchor=False)
        st.write(texts("empty.away_help"))
        st.caption(texts("page.retry"))


def whose(visitor: Visit) -> str:
    """Say whose view it is, and what is left out."""
    return visitor.texts(f"view.{visitor.audience.name}_help")


def only_links(texts: Texts) -> None:
    """Say that nothing is public but what share links open."""
    with st.container(border=True, key="only-links"):
        st.header(texts("public.only_links"), anchor=False)
        st.write(texts("public.only_links_help"))


def ended_link(texts: Texts) -> None:
    """Say that a link does not open anything: in the same words whatever the reason."""
    with st.container(border=True, key="ended-link"):
        st.header(texts("shared.ended"), anchor=False)
        st.write(texts("shared.ended_help"))


def nothing(span: Span, visitor: Visit) -> None:
    """Say that a span is empty: to others in the same words whether the device was off or in a private area."""
    texts = visitor.texts
    with st.container(border=True, key="nothing"):
        since, until = texts.moment(span.since), texts.moment(span.until)
        st.header(texts("empty.nothing", since=since, until=until), anchor=False)
        st.write(texts("empty.nothing_help" if visitor.audience.name == "owner" else "empty.nothing_help_public"))


def no_picture(texts: Texts) -> None:
    """Say that one picture has nothing to show in the span."""
    st.caption(texts("card.nothing"))
