"""A message about the last change, shown once on the page that follows it."""

from __future__ import annotations

import streamlit as st

_MESSAGE = "flash"


def success(text: str) -> None:
    """Show a text as a success on the next run."""
    st.session_state[_MESSAGE] = (True, text)


def error(text: str) -> None:
    """Show a text as an error on the next run."""
    st.session_state[_MESSAGE] = (False, text)


def show() -> None:
    """Show the message, if there is one, and forget it."""
    message = st.session_state.pop(_MESSAGE, None)
    if message:
        succeeded, text = message
        (st.success if succeeded else st.error)(text)
