"""The owner's dashboard asks for itself whether it is the owner who looks; ``login/access.py`` says why."""

from __future__ import annotations

import sys

import streamlit as st

from iot_hub.dashboard import published
from iot_hub.dashboard.audience import Audience
from iot_hub.login.access import COOKIE, access_values, may_enter


def is_demo() -> bool:
    """Say whether ``iot-hub up --demo`` started this."""
    return "--demo" in sys.argv


def session_token() -> str:
    """Give the token in the cookie that the browser sent when it opened the page; empty where there is none."""
    return st.context.cookies.get(COOKIE, "")


def is_open(owner: Audience) -> bool:
    """Say whether this browser may see everything. Raises DatabaseAwayError where nobody knows."""
    [access] = published.fetch(owner, "owner_access", **access_values(session_token(), demo=is_demo()))
    return may_enter(access, demo=is_demo())
