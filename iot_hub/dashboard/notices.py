"""What the page says when there is nothing to draw, and what to do about it."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard.spans import Span
from iot_hub.dashboard.texts import Texts

_ADD_DEVICE = "iot-hub device add phone --type smartphone"


def no_device(texts: Texts) -> None:
    """Say how to add the first device."""
    with st.container(border=True, key="no-device"):
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


def nothing(span: Span, texts: Texts) -> None:
    """Say that a span is empty: in the same words whether the device was off or in a private area."""
    with st.container(border=True, key="nothing"):
        since, until = texts.moment(span.since), texts.moment(span.until)
        st.header(texts("empty.nothing", since=since, until=until), anchor=False)
        st.write(texts("empty.nothing_help"))


def no_picture(texts: Texts) -> None:
    """Say that one picture has nothing to show in the span."""
    st.caption(texts("card.nothing"))
