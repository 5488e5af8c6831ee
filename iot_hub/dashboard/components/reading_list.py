"""The events behind a figure: a table of them, one of them whole, and what was rejected meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow
import streamlit as st

from iot_hub.dashboard.data import Row
from iot_hub.dashboard.translations import Translator


def show_events(rows: Sequence[Row], texts: Translator, *, has_value: bool) -> Row | None:
    """Show events in a table; return the one that is selected."""
    columns = [_columns(row, texts, has_value=has_value) for row in rows]
    event = st.dataframe(
        pyarrow.Table.from_pylist(columns),
        hide_index=True,
        height=min(38 + 35 * len(columns), 460),
        on_select="rerun",
        selection_mode="single-row",
        key="readings-table",
    )
    chosen = event["selection"]["rows"]
    return rows[chosen[0]] if chosen and chosen[0] < len(rows) else None


def show_event(row: Row, texts: Translator) -> None:
    """Show an event as it came."""
    with st.container(border=True, key="reading"):
        st.header(texts("readings.one", when=texts.format_datetime_seconds(row["device_time"])), anchor=False)
        st.caption(
            texts(
                "readings.stored",
                number=row["id"],
                source=row["source"],
                when=texts.format_datetime_seconds(row["received_at"]),
            )
        )
        st.json(row["properties"])


def show_rejected(rows: Sequence[Row], texts: Translator) -> None:
    """Show what was rejected."""
    with st.container(border=True, key="readings-rejected"):
        st.header(texts("readings.rejected"), anchor=False)
        st.caption(texts("readings.rejected_help", number=rows[0]["id"]))
        columns = [
            {
                texts("readings.received"): _time(row, "last_received", texts),
                texts("readings.number"): row["id"],
                texts("readings.source"): row["source"],
                texts("readings.reason"): row["reason"],
                texts("readings.items"): row["items"],
                texts("readings.times"): row["times"],
                texts("readings.bytes"): row["bytes"],
            }
            for row in rows
        ]
        st.dataframe(pyarrow.Table.from_pylist(columns), hide_index=True, key="rejected-table")


def _columns(row: Row, texts: Translator, *, has_value: bool) -> dict[str, object]:
    value = {texts("readings.value"): row["value"]} if has_value else {}
    return {
        texts("readings.measured"): _time(row, "device_time", texts),
        **value,
        texts("readings.source"): row["source"],
        texts("readings.received"): _time(row, "received_at", texts),
        texts("readings.notes"): ", ".join(_notes(row, texts)),
        texts("readings.properties"): row["properties"],
    }


def _time(row: Row, column: str, texts: Translator) -> str:
    return str(row[column].astimezone(texts.zone).isoformat(" ", "milliseconds"))


def _notes(row: Row, texts: Translator) -> list[str]:
    dated = row["time_source"]
    notes = [texts(f"readings.dated_{dated}")] if dated in ("message", "rollover", "batch", "received") else []
    if row["is_repeated"]:
        notes.append(texts("readings.repeated"))
    if row["is_private"]:
        notes.append(texts("readings.private"))
    return notes
