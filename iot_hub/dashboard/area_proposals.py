"""Areas that the hub proposes, each to be added with one click."""

from __future__ import annotations

from typing import Any

import streamlit as st

from iot_hub.dashboard.translations import Texts
from iot_hub.privacy.area_suggestions import (
    RECENT_NIGHTS,
    RECENT_WEEKDAYS,
    Connection,
    Reason,
    Suggestion,
    suggest_areas,
)
from iot_hub.settings import settings

_FOUND = "area-proposals"

__all__ = ["Suggestion", "forget", "places", "show"]


def show(connection: Connection, texts: Texts) -> Suggestion | None:
    """Show what is proposed. Give the one that the owner takes."""
    # Looked for once a visit, and after each change: it reads a year.
    if _FOUND not in st.session_state:
        st.session_state[_FOUND] = suggest_areas(connection, settings())
    places: list[Suggestion] = st.session_state[_FOUND]
    if not places:
        return None
    taken = None
    with st.container(border=True, key="area-proposals"):
        st.header(texts("areas.proposed"), anchor=False)
        st.caption(texts("areas.proposed_about"))
        for n, place in enumerate(places):
            with st.container(horizontal=True, vertical_alignment="center", key=f"proposal-{n}"):
                st.markdown(" ".join(_told(reason, texts) for reason in place.reasons), width="stretch")
                if st.button(texts("areas.take", name=place.name), type="primary", key=f"take-{n}"):
                    taken = place
    return taken


def places() -> list[dict[str, Any]]:
    """Give what is proposed for the map."""
    found: list[Suggestion] = st.session_state.get(_FOUND, [])
    return [{"name": place.name, "at": [place.longitude, place.latitude]} for place in found]


def forget() -> None:
    """Look again at the next run."""
    st.session_state.pop(_FOUND, None)


def _told(reason: Reason, texts: Texts) -> str:
    of_all = RECENT_NIGHTS if reason.kind == "night" else RECENT_WEEKDAYS
    if reason.recent_days:
        return texts(f"areas.{reason.kind}_recent", device=reason.device, n=reason.recent_days, of=of_all)
    return texts(f"areas.{reason.kind}_before", device=reason.device, n=reason.days, last=reason.last_day)
