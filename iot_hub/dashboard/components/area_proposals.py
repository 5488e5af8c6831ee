"""Areas that the hub proposes, each to be added with one click."""

from __future__ import annotations

from typing import Any

import streamlit as st

from iot_hub.dashboard.translations import Translator
from iot_hub.privacy import area_suggestions
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

__all__ = ["Suggestion", "forget", "proposals_on_map", "show"]


def show(connection: Connection, texts: Translator) -> Suggestion | None:
    """Show what is proposed. Return the area that the owner accepts."""
    # Once per browser session and after each change.
    if _FOUND not in st.session_state:
        st.session_state[_FOUND] = _suggest(connection, area_suggestions.basis(connection, settings()))
    proposals: list[Suggestion] = st.session_state[_FOUND]
    if not proposals:
        return None
    accepted = None
    with st.container(border=True, key="area-proposals"):
        st.header(texts("areas.proposed"), anchor=False)
        st.caption(texts("areas.proposed_about"))
        for n, proposal in enumerate(proposals):
            with st.container(horizontal=True, vertical_alignment="center", key=f"proposal-{n}"):
                st.markdown(" ".join(_reason(reason, texts) for reason in proposal.reasons), width="stretch")
                if st.button(texts("areas.take", name=proposal.name), type="primary", key=f"take-{n}"):
                    accepted = proposal
    return accepted


# Kept for all sessions, since it reads a year of every device.
@st.cache_data(max_entries=1, show_spinner=False)
def _suggest(_connection: Connection, basis: tuple[object, ...]) -> list[Suggestion]:
    return suggest_areas(_connection, settings())


def proposals_on_map() -> list[dict[str, Any]]:
    """Return what is proposed, as the map shows it."""
    found: list[Suggestion] = st.session_state.get(_FOUND, [])
    return [{"name": proposal.name, "at": [proposal.longitude, proposal.latitude]} for proposal in found]


def forget() -> None:
    """Forget what was found: the next run searches again."""
    st.session_state.pop(_FOUND, None)


def _reason(reason: Reason, texts: Translator) -> str:
    of_all = RECENT_NIGHTS if reason.kind == "night" else RECENT_WEEKDAYS
    if reason.recent_days:
        return texts(f"areas.{reason.kind}_recent", device=reason.device, n=reason.recent_days, of=of_all)
    return texts(f"areas.{reason.kind}_before", device=reason.device, n=reason.days, last=reason.last_day)
