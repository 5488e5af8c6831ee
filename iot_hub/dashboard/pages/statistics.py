"""The owner's page of statistics: what a year of journeys adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.chart import Record
from iot_hub.dashboard.charts.travel import travel_chart
from iot_hub.dashboard.components import card, empty_states, travel_lists
from iot_hub.dashboard.components.card import Card
from iot_hub.dashboard.components.device_cards import show_chart
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.dashboard.time_range import between
from iot_hub.dashboard.translations import Translator
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import settings

_ALL = 0
_MOST_PLACES, _MOST_TRIPS = 2_000, 8


@st.fragment
def show(ctx: PageContext, guard: Guard) -> None:
    """Show the page; a choice asks the guard again."""
    try:
        if not guard():
            st.rerun()
        devices = data.recent(ctx.audience, "statistics_devices")
        if devices:
            _year(ctx, devices)
        else:
            _none(ctx.texts)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)


def _none(texts: Translator) -> None:
    with st.container(border=True, key="no-statistics"):
        st.header(texts("statistics.none"), anchor=False)
        st.write(texts("statistics.none_help"))


def _year(ctx: PageContext, devices: Sequence[Row]) -> None:
    texts = ctx.texts
    choices = st.container(horizontal=True, vertical_alignment="bottom", key="statistics-choices")
    with choices:
        device = _device(devices, texts)
        year = _chosen_year([row for row in devices if device in (_ALL, row["device_id"])], texts)
    if device == _ALL and len(devices) > 1:
        st.caption(texts("statistics.several"))
    read = partial(_read, ctx, year, None if device == _ALL else [device])
    months = read("statistics_by_period", step="month", least_s=_least_s())
    if not months:
        st.caption(texts("statistics.nothing"))
        return
    [of_year] = read("statistics_by_period", step="year", least_s=_least_s())
    countries, streaks = _places(read, "country"), read("statistics_streaks")
    st.html(travel_lists.headline(months, countries, of_year["cities"], streaks, texts))
    with choices:
        shows_flights = _shows_flights(months, texts)
        st.html(_review_link(year, device, texts), width="content")
    with st.container(key="statistics-cards"):
        chart = travel_chart(year, months, texts, ctx.palette, has_flights=shows_flights)
        show_chart(chart, f"statistics-{year}.csv", ctx)
        _places_card(ctx, year, _places(read, "place"))
        _countries_card(ctx, year, countries, read("statistics_of_days")[0])
        _trips_card(ctx, year, read("statistics_longest_trips", most=_MOST_TRIPS))
        _streaks_card(ctx, year, streaks)
    st.caption(texts("page.zone", zone=texts.zone.key))


def _review_link(year: int, device: int, texts: Translator) -> str:
    """Return a link to the year as a page to print, which the API serves."""
    address = f"/map/year/{year}?{urlencode({'device': device or 'all', 'lang': texts.language})}"
    return f'<a class="review" href="{escape(address)}" target="_self">{escape(texts("statistics.year_page"))}</a>'


def _device(devices: Sequence[Row], texts: Translator) -> int:
    names = {row["device_id"]: row["name"] for row in devices}
    if len(devices) > 1:
        names[_ALL] = texts("statistics.all_devices")
    asked = st.query_params.get("device", "")
    ids = list(names)
    start = int(asked) if asked.isdecimal() and int(asked) in names else ids[0]
    device: int = st.selectbox(
        texts("choice.device"), ids, index=ids.index(start), format_func=names.__getitem__, width=220,
        key=f"statistics-device-{texts.language}",
    )  # fmt: skip
    if asked or device != start:
        st.query_params["device"] = str(device)
    return device


def _chosen_year(devices: Sequence[Row], texts: Translator) -> int:
    first = min(row["starts"] for row in devices).astimezone(texts.zone).year
    last = max(row["ends"] for row in devices).astimezone(texts.zone).year
    years = list(range(last, first - 1, -1))
    asked = st.query_params.get("year", "")
    start = int(asked) if asked.isdecimal() and int(asked) in years else last
    year: int = st.selectbox(
        texts("statistics.year"), years, index=years.index(start), width=110, key=f"statistics-year-{first}-{last}"
    )
    if asked or year != start:
        st.query_params["year"] = str(year)
    return year


def _least_s() -> int:
    return settings().visit_minutes * 60


def _read(ctx: PageContext, year: int, devices: list[int] | None, statement: str, **values: object) -> list[Row]:
    days = between(date(year, 1, 1), date(year, 12, 31), ctx.texts.zone)
    return data.recent(
        ctx.audience, statement, devices=devices, zone=ctx.texts.zone.key, since=days.since, until=days.until, **values
    )


def _places(read: Callable[..., list[Row]], level: str) -> list[Row]:
    return read("statistics_by_place", level=level, most=_MOST_PLACES, least_s=_least_s())


def _shows_flights(months: Sequence[Row], texts: Translator) -> bool:
    # One flight outweighs a year of everything else.
    has_flights = any("flight" in month["modes"] for month in months)
    return has_flights and st.toggle(texts("statistics.flights"), key="statistics-flights")


def _places_card(ctx: PageContext, year: int, rows: Sequence[Row]) -> None:
    texts = ctx.texts
    _list_card(
        ctx, "places", f"places-{year}.csv", travel_lists.places(rows, date(year, 1, 1), texts),
        lambda: ({
            texts("statistics.column.place"): row["name"] or texts("statistics.unnamed"),
            texts("statistics.column.country"): row["country"],
            **_figures(row, texts),
        } for row in rows),
        about=texts("statistics.about_places", minutes=settings().visit_minutes),
    )  # fmt: skip


def _countries_card(ctx: PageContext, year: int, rows: Sequence[Row], days: Row) -> None:
    texts = ctx.texts
    caption = texts(
        "statistics.countries_caption",
        days=texts.plural("card.days", days["days"]),
        places=days["nights_at_places"], way=days["nights_on_the_way"], unknown=days["nights_unknown"],
    )  # fmt: skip
    _list_card(
        ctx, "country_days", f"countries-{year}.csv", travel_lists.countries(rows, date(year, 1, 1), texts),
        lambda: ({
            texts("statistics.column.country"): row["country"] or texts("statistics.unnamed"),
            "ISO": row["country_code"],
            **_figures(row, texts),
        } for row in rows),
        about=texts("statistics.about_countries"), caption=caption,
    )  # fmt: skip


def _figures(row: Row, texts: Translator) -> Record:
    return {
        texts("statistics.column.visits"): row["visits"],
        texts("statistics.column.stops"): row["stops"],
        texts("statistics.column.hours"): round(row["seconds"] / 3600, 1),
        texts("statistics.column.days"): row["days"],
        texts("statistics.column.nights"): row["nights"],
        texts("statistics.column.first"): row["first_visit"],
        texts("statistics.column.last"): row["last_visit"],
    }


def _trips_card(ctx: PageContext, year: int, rows: Sequence[Row]) -> None:
    texts = ctx.texts
    _list_card(
        ctx, "longest", f"trips-{year}.csv", travel_lists.trips(rows, texts, ctx.palette),
        lambda: ({
            texts("statistics.column.date"): row["day"],
            texts("statistics.column.mode"): texts(f"statistics.{row['mode'] or 'unknown'}"),
            texts("statistics.column.km"): round(row["distance_m"] / 1000, 1),
            texts("statistics.column.start"): row["start_name"],
            texts("statistics.column.end"): row["end_name"],
        } for row in rows),
        about=texts("statistics.about_longest"),
    )  # fmt: skip


def _streaks_card(ctx: PageContext, year: int, rows: Sequence[Row]) -> None:
    texts = ctx.texts
    _list_card(
        ctx, "streaks", f"streaks-{year}.csv", travel_lists.streaks(rows, texts),
        lambda: ({
            texts("statistics.column.mode"): texts(f"statistics.{row['mode']}"),
            texts("statistics.column.longest"): row["longest_days"],
            texts("statistics.column.since"): row["first_day"],
            texts("statistics.column.until"): row["last_day"],
            texts("statistics.column.active"): row["active_days"],
        } for row in rows),
        about=texts("statistics.about_streaks"),
    )  # fmt: skip


def _list_card(
    ctx: PageContext, key: str, file_name: str, html: str, table: Callable[[], Iterator[Any]], about: str,
    caption: str = "",
) -> None:  # fmt: skip
    """Show a list as a card; its table and CSV have all rows."""

    def draw() -> None:
        st.html(html)

    listed = Card(
        key=key,
        title=ctx.texts(f"statistics.{key}"),
        first_tab=ctx.texts("card.list"),
        description=about,
        caption=caption,
        file_name=file_name,
        draw=draw,
        table=table,
    )
    card.show(listed, ctx.texts, is_empty="<td>" not in html)
