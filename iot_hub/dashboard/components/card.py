"""A card: a chart or map with its table, description, caption and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from html import escape

import pyarrow
import streamlit as st

from iot_hub.dashboard.components import empty_states
from iot_hub.dashboard.translations import Translator

Record = dict[str, object]


@dataclass(frozen=True)
class Card:
    """The parts of a card that differ from picture to picture."""

    key: str
    title: str
    first_tab: str
    description: str
    caption: str
    file_name: str
    draw: Callable[[], None]
    table: Callable[[], Iterator[Record]]
    readings: str | None = None
    """The address of the events behind it; None where there is no page of them."""


def show(card: Card, texts: Translator, *, is_empty: bool) -> None:
    """Show a card."""
    with st.container(border=True, key=f"card-{card.key}"):
        st.header(card.title, anchor=False)
        if is_empty:
            empty_states.no_chart(texts)
            return
        tabs = st.tabs(
            [card.first_tab, texts("card.table"), texts("card.about")],
            key=f"tabs-{card.key}-{texts.language}",
            on_change="rerun",
        )
        contents: list[Callable[[], None]] = [card.draw, partial(_table, card), partial(_about, card)]
        # Only the open tab is filled: the tables of a month would outweigh the page.
        for tab, fill in zip(tabs, contents, strict=True):
            if tab.open:
                with tab:
                    fill()
        _foot(card, texts)


def _table(card: Card) -> None:
    st.dataframe(pyarrow.Table.from_pylist(list(card.table())), hide_index=True, height=260, key=f"rows-{card.key}")


def _about(card: Card) -> None:
    st.write(card.description)


def _foot(card: Card, texts: Translator) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"foot-{card.key}"):
        st.caption(card.caption, width="stretch")
        if card.readings:
            address, label = escape(card.readings), escape(texts("card.readings_help", title=card.title))
            shown = escape(texts("card.readings"))
            st.html(f'<a href="{address}" target="_self" aria-label="{label}">{shown}</a>', width="content")
        st.download_button(
            texts("card.csv"),
            # Written when it is asked for.
            lambda: to_csv(card.table()),
            file_name=card.file_name,
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            help=texts("card.csv_help", title=card.title),
            key=f"csv-{card.key}",
        )


def to_csv(records: Iterator[Record]) -> bytes:
    """Return records as CSV with a header line."""
    first, *rest = records
    text = io.StringIO()
    writer = csv.DictWriter(text, list(first), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows([first, *rest])
    # The byte order mark tells spreadsheets that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")
