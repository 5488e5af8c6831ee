"""The page of devices: the filters, and the selected device, kept up to date."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.components import device_view, empty_states, filters
from iot_hub.dashboard.components.filters import Selection
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.errors import DatabaseAwayError

# Seconds as numbers: to read them from text Streamlit would load pandas.
REFRESH_S = 10.0
RETRY_S = 5.0


def show(ctx: PageContext, guard: Guard) -> None:
    """Show the devices, or what is missing until there is one."""
    try:
        devices = data.recent(ctx.audience, "dashboard_devices")
    except DatabaseAwayError:
        _wait(ctx, guard)
        return
    if not devices:
        _wait(ctx, guard)
        return
    _live(ctx, filters.select(devices, ctx.texts), guard)


@st.fragment(run_every=RETRY_S)
def _wait(ctx: PageContext, guard: Guard) -> None:
    """Show what is missing, until it is there."""
    try:
        if not guard():
            st.rerun()
        devices = data.recent(ctx.audience, "dashboard_devices")
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)
        return
    if devices:
        st.rerun()
    empty_states.no_device(ctx)


@st.fragment(run_every=REFRESH_S)
def _live(ctx: PageContext, selection: Selection, guard: Guard) -> None:
    """Show the selected device, and refresh it."""
    try:
        if not guard():
            st.rerun()
        device_view.show(ctx, selection)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)
