"""Devices that were found over MQTT, on the page of devices: the owner decides about each, or about all."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from iot_hub.access import discovered
from iot_hub.access.devices import Connection
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.markdown import escape_markdown
from iot_hub.dashboard.time_range import now
from iot_hub.dashboard.translations import Translator

MOST = 50
"""Rows that are shown at once: whoever may write to a broker can name as many devices as they like."""


def show(connection: Connection, texts: Translator, *, may_change: bool) -> str | None:
    """Show what waits for a decision, and what is ignored. Return the message about a decision just made."""
    rows = discovered.without_parts(discovered.list_discovered(connection))
    proposed = [row for row in rows if row["status"] == "proposed"]
    ignored = [row for row in rows if row["status"] == "ignored"]
    if not proposed and not ignored:
        return None
    with st.container(border=True, key="found-devices"):
        decided = _show_proposed(connection, proposed, texts, may_change=may_change) if proposed else None
        return (_show_ignored(connection, ignored, texts, may_change=may_change) if ignored else None) or decided


def _show_proposed(connection: Connection, rows: Sequence[Row], texts: Translator, *, may_change: bool) -> str | None:
    decided = None
    with st.container(horizontal=True, vertical_alignment="center", key="found-head"):
        st.header(texts("found.title"), anchor=False, width="stretch")
        if may_change and len(rows) > 1 and st.button(texts("found.approve_all"), key="found-approve-all"):
            for row in rows:
                discovered.approve(connection, row["identity"])
            decided = texts.plural("found.approved_all", len(rows))
    st.caption(texts("found.about"))
    for row in rows[:MOST]:
        identity, name = row["identity"], _name(row)
        with _row(row, texts, f"found-row-{identity}"):
            if not may_change:
                continue
            if st.button(texts("found.approve"), type="primary", key=f"found-approve-{identity}"):
                discovered.approve(connection, identity)
                decided = texts("found.approved", name=name)
            if _is_ignored(row, texts):
                discovered.ignore(connection, identity)
                decided = texts("found.now_ignored", name=name)
    if len(rows) > MOST:
        st.caption(texts("found.more", n=len(rows) - MOST))
    return decided


def _is_ignored(row: Row, texts: Translator) -> bool:
    """Return whether the owner ignores a device just now; where something would be deleted, they are asked."""
    key, waiting = f"found-ignore-{row['identity']}", row["held_messages"]
    if not waiting:
        return st.button(texts("found.ignore"), key=key)
    with st.popover(texts("found.ignore")):
        st.write(texts("found.ignore_about", waiting=texts.plural("found.waiting", waiting)))
        return st.button(texts("found.ignore_sure"), type="primary", key=key)


def _show_ignored(connection: Connection, rows: Sequence[Row], texts: Translator, *, may_change: bool) -> str | None:
    decided = None
    # Its rows are built when it is opened.
    expander = st.expander(
        texts("found.ignored", n=len(rows)), key=f"found-ignored-{texts.language}", on_change="rerun"
    )
    if not expander.open:
        return None
    with expander:
        for row in rows[:MOST]:
            with _row(row, texts, f"ignored-row-{row['identity']}"):
                if may_change and st.button(texts("found.propose"), key=f"found-propose-{row['identity']}"):
                    discovered.propose(connection, row["identity"])
                    decided = texts("found.proposed", name=_name(row))
        if len(rows) > MOST:
            st.caption(texts("found.more", n=len(rows) - MOST))
    return decided


def _row(row: Row, texts: Translator, key: str) -> st.delta_generator.DeltaGenerator:
    """Show what is known of a device. Return where its buttons stand, beside it."""
    beside = st.container(horizontal=True, vertical_alignment="center", key=key)
    with beside, st.container(gap=None, width="stretch"):
        st.markdown(f"**{_name(row)}**")
        st.caption(_summary(row, texts))
    return beside


def _name(row: Row) -> str:
    return escape_markdown(row["label"] or row["identity"])


def _summary(row: Row, texts: Translator) -> str:
    heard, waiting = row["last_heard"], row["held_messages"]
    product = " ".join(part for part in (row["manufacturer"], row["model"]) if part)
    parts = [
        *([product] if product else []),
        row["protocol"],
        row["identity"],
        *([texts("found.area", area=row["area"])] if row["area"] else []),
        texts("found.heard", ago=texts.format_relative(heard, now())) if heard else texts("found.never_heard"),
        *([texts.plural("found.waiting", waiting)] if waiting else []),
    ]
    return " · ".join(map(escape_markdown, parts))
