"""The page of one device: the filters, and the selected device, kept up to date."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.components import device_view, empty_states, filters, refresh_button
from iot_hub.dashboard.components.filters import Selection
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.errors import DatabaseAwayError

# Seconds as numbers: to read them from text Streamlit would load pandas.
RETRY_S = 5.0
_DAY_S = 86_400.0
_DRAWN = "drawn-state"
_NOTHING = "nothing"


# A part that runs alone: another device or range leaves the top of the page as it is.
@st.fragment
def show(ctx: PageContext, guard: Guard) -> None:
    """Show the devices, or what is missing until there is one."""
    try:
        if not guard():
            st.rerun()
        devices = data.recent(ctx.audience, "dashboard_devices")
    except DatabaseAwayError:
        _wait(ctx, guard)
        return
    if not devices:
        _wait(ctx, guard)
        return
    selection = filters.select(devices, ctx.texts)
    st.session_state.pop(_DRAWN, None)
    _newest_values(ctx, selection, guard)
    _pictures(ctx, selection, guard)


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


# The page itself asks for a run. Once a day, because Streamlit runs a page again after a
# lost connection only if it refreshes itself.
@st.fragment(run_every=_DAY_S)
def _newest_values(ctx: PageContext, selection: Selection, guard: Guard) -> None:
    """Show the newest values, and draw the pictures again where there is more to see."""
    refresh_button.show(refresh_button.OFTEN, ctx.texts)
    try:
        if not guard():
            st.rerun()
        state = device_view.newest_values(ctx, selection)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)
        return
    # In a run of the whole page the pictures follow.
    if st.session_state.setdefault(_DRAWN, state) != state:
        st.rerun()


@st.fragment
def _pictures(ctx: PageContext, selection: Selection, guard: Guard) -> None:
    """Show the selected device's map and charts, also where more of them are opened."""
    try:
        if not guard():
            st.rerun()
        device_view.pictures(ctx, selection)
    except DatabaseAwayError:
        # Drawn when the newest values are there again.
        st.session_state[_DRAWN] = _NOTHING
