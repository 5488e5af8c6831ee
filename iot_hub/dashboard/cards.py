"""A picture on the page: chart or map, table, explanation, caption and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow
import streamlit as st

from iot_hub.dashboard import charts, empty_states, titles, track_map
from iot_hub.dashboard.chart_specs import Figure
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.series import Point, points, table
from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.time_range import Span
from iot_hub.dashboard.translations import Texts, offset

Record = dict[str, object]


@dataclass(frozen=True)
class Card:
    """The parts of a card that differ from picture to picture."""

    key: str
    title: str
    picture: str
    about: str
    caption: str
    file_name: str
    draw: Callable[[], None]
    records: Callable[[], Iterator[Record]]


def figure_card(figure: Figure, device: int, span: Span, visit: Visit) -> None:
    """Show a figure of a device in a span."""
    texts = visit.texts
    drawn = points(visit.rows_of(figure, device, span), figure, span.step, texts)
    count = texts.count(f"card.{span.step}s", len(drawn))
    since, until = texts.moment(span.since), texts.moment(span.until)

    def draw() -> None:
        st.vega_lite_chart(
            pyarrow.Table.from_pylist(charts.chart_rows(drawn, texts)),
            charts.chart(figure, span, texts, visit.colours),
            width="stretch",
            key=f"chart-{figure.key}-{texts.language}",
            alt=describe(figure, drawn, span, texts),
        )

    card = Card(
        key=figure.key,
        title=titles.heading(figure, texts),
        picture=texts("card.chart"),
        about=titles.about(figure, texts),
        caption=texts("card.caption", count=count, since=since, until=until),
        file_name=f"{figure.key}-{device}.csv",
        draw=draw,
        records=lambda: table(drawn, figure, texts),
    )
    _show(card, bool(drawn), texts)


def map_card(device: int, span: Span, visit: Visit) -> None:
    """Show where a device was in a span."""
    texts = visit.texts
    fixes = track(device, span, visit)
    alt = texts("track.alt", count=texts.count("track.positions", len(fixes)),
                since=texts.moment(span.since), until=texts.moment(span.until))  # fmt: skip
    card = Card(
        key="map",
        title=texts("figure.map.title"),
        picture=texts("card.map"),
        about=texts("figure.map.about_tiles" if visit.tiles else "figure.map.about"),
        caption=track_caption(fixes, span, texts),
        file_name=f"track-{device}.csv",
        draw=lambda: _draw_map(fixes, visit, f"map-{device}-{span.length}", alt),
        records=lambda: track_table(fixes, texts),
    )
    _show(card, bool(fixes), texts)


def track(device: int, span: Span, visit: Visit) -> list[Row]:
    """Give where a device was in a span."""
    return visit.rows(
        "dashboard_track",
        device=device,
        since=span.since,
        until=span.until,
        gap=f"{track_map.GAP_MINUTES} min",
        most=track_map.MOST_POSITIONS,
    )


def _draw_map(track: Sequence[Row], visit: Visit, key: str, alt: str) -> None:
    deck = track_map.track_map(track, visit.texts, visit.colours, visit.tiles)
    st.pydeck_chart(deck, height=track_map.HEIGHT, key=key, alt=alt)


def _show(card: Card, has_data: bool, texts: Texts) -> None:
    with st.container(border=True, key=f"card-{card.key}"):
        st.header(card.title, anchor=False)
        if not has_data:
            empty_states.no_picture(texts)
            return
        tabs = st.tabs(
            [card.picture, texts("card.table"), texts("card.about")],
            key=f"tabs-{card.key}-{texts.language}",
            on_change="rerun",
        )
        fills: list[Callable[[], None]] = [card.draw, partial(_table, card), partial(_about, card)]
        # Only the open tab is filled: the tables of a month would outweigh the page.
        for tab, fill in zip(tabs, fills, strict=True):
            if tab.open:
                with tab:
                    fill()
        _foot(card, texts)


def _table(card: Card) -> None:
    st.dataframe(pyarrow.Table.from_pylist(list(card.records())), hide_index=True, height=260, key=f"rows-{card.key}")


def _about(card: Card) -> None:
    st.write(card.about)


def _foot(card: Card, texts: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"foot-{card.key}"):
        st.caption(card.caption, width="stretch")
        st.download_button(
            texts("card.csv"),
            # Made when it is asked for.
            lambda: as_csv(card.records()),
            file_name=card.file_name,
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            help=texts("card.csv_help", title=card.title),
            key=f"csv-{card.key}",
        )


def as_csv(records: Iterator[Record]) -> bytes:
    """Write records as CSV with a heading."""
    first, *rest = records
    text = io.StringIO()
    writer = csv.DictWriter(text, list(first), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows([first, *rest])
    # The mark at the start lets spreadsheets know that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def describe(figure: Figure, drawn: Sequence[Point], span: Span, texts: Texts) -> str:
    """Say in a sentence what a chart shows, for those who hear it."""
    return texts(
        "card.chart_alt",
        title=titles.title(figure, texts),
        count=texts.count(f"card.{span.step}s", len(drawn)),
        since=texts.moment(span.since),
        until=texts.moment(span.until),
        low=_measured(min(point.values[0] for point in drawn), figure, texts),
        high=_measured(max(point.values[-1] for point in drawn), figure, texts),
    )


def _measured(value: float, figure: Figure, texts: Texts) -> str:
    return f"{texts.number(value, figure.decimals)} {figure.unit}".rstrip()


def track_caption(track: Sequence[Row], span: Span, texts: Texts) -> str:
    """Say how many positions are shown, and whether some are left out."""
    since, until = texts.moment(span.since), texts.moment(span.until)
    total = track[0]["total"] if track else 0
    if total > len(track):
        shown, of = texts.number(len(track), 0), texts.number(total, 0)
        return texts("track.thinned", shown=shown, total=of, since=since, until=until)
    return texts("track.caption", count=texts.count("track.positions", total), since=since, until=until)


def track_table(track: Sequence[Row], texts: Texts) -> Iterator[Record]:
    """Give the rows of the map's table and CSV."""
    for fix in track:
        local = fix["location_time"].astimezone(texts.zone)
        speed = fix["speed_ms"]
        yield {
            texts("column.time"): f"{local:%Y-%m-%d %H:%M:%S} {offset(local)[3:]}",
            texts("column.latitude"): fix["latitude"],
            texts("column.longitude"): fix["longitude"],
            f"{texts('column.accuracy')} [m]": fix["accuracy_m"],
            f"{texts('column.altitude')} [m]": fix["altitude_m"],
            f"{texts('column.speed')} [km/h]": None if speed is None else round(speed * 3.6, 1),
            texts("column.time_utc"): fix["location_time"].strftime("%Y-%m-%d %H:%M:%SZ"),
        }
