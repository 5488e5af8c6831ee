"""A button that nobody sees, pressed by the page's own script while the page can be seen; it reruns its fragment."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard import static_files
from iot_hub.dashboard.translations import Translator

OFTEN = "refresh"
SELDOM = "refresh-seldom"
"""The script finds the buttons by these names."""


def show(name: str, texts: Translator) -> None:
    """Show the button of a fragment that is rerun every 10 seconds (OFTEN) or every minute (SELDOM)."""
    with st.container(key=name):
        st.button(texts("page.refresh"), key=f"{name}-now")
        script = static_files.address_of(static_files.REFRESH)
        st.html(f'<script type="module" src="{script}"></script>', unsafe_allow_javascript=True)
