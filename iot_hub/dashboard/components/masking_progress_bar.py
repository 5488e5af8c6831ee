"""How far the history is masked by changed private areas, on a bar that moves by itself."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.translations import Translator
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.privacy.areas import Connection
from iot_hub.settings import settings
from iot_hub.worker.masking import masking_progress

_SECONDS_BETWEEN_LOOKS = 1


def show(connection: Connection, texts: Translator) -> None:
    """Show the bar while something is left to mask; then run the page again, which shows what others see."""
    if masking_progress(connection):
        _moving_bar(texts)


@st.fragment(run_every=_SECONDS_BETWEEN_LOOKS)
def _moving_bar(texts: Translator) -> None:
    # By the time the bar moves, the page's connection is closed.
    with connect(owner_conninfo(settings(), "iot-hub dashboard")) as connection:
        progress = masking_progress(connection)
    if progress is None:
        data.recent.clear()
        st.rerun()
    st.progress(progress.percent, texts("areas.working", percent=texts.format_number(progress.percent, 0)))
