"""The switch that shows others where published devices stay."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard.components import flash
from iot_hub.dashboard.translations import Translator
from iot_hub.privacy.areas import Connection
from iot_hub.privacy.stays import show_stays, stays_are_shown


def show(connection: Connection, texts: Translator) -> None:
    """Show whether others see stays, and what changes it; showing them is asked twice, hiding them is not."""
    shown = stays_are_shown(connection)
    with st.container(border=True, key="stays"):
        st.header(texts("areas.stays"), anchor=False)
        with st.container(horizontal=True, vertical_alignment="center", key="stays-row"):
            st.caption(texts("areas.stays_shown" if shown else "areas.stays_hidden"))
            if shown:
                if st.button(texts("areas.hide_stays"), key="hide-stays"):
                    _switch(connection, texts, shown=False)
                return
            with st.popover(texts("areas.show_stays")):
                st.write(texts("areas.show_stays_about"))
                if st.button(texts("areas.show_stays_sure"), type="primary", key="show-stays"):
                    _switch(connection, texts, shown=True)


def _switch(connection: Connection, texts: Translator, *, shown: bool) -> None:
    show_stays(connection, shown=shown)
    flash.success(texts("areas.done"))
    st.rerun()
