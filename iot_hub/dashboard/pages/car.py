"""The owner's page of cars: drives and charges by month, what was written down by hand, and the logbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.drive import consumption_chart
from iot_hub.dashboard.components import car_lists, car_records, card, drive_edit, drive_view, empty_states, flash
from iot_hub.dashboard.components.card import Card
from iot_hub.dashboard.components.device_cards import show_chart
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.dashboard.time_range import TimeRange, midnight, month_start, now
from iot_hub.dashboard.translations import Translator
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.errors import DatabaseAwayError
from iot_hub.obd.fault_codes import meaning
from iot_hub.settings import settings
from iot_hub.transfer.logbook.csv_file import csv_of
from iot_hub.transfer.logbook.logbook import Logbook, logbook_of
from iot_hub.transfer.logbook.pdf_file import pdf_of

_CONSUMPTION = timedelta(days=400)
"""A year's seasons are what the temperature is about."""


@st.fragment
def show(ctx: PageContext, guard: Guard) -> None:
    """Show the page; a choice asks the guard again."""
    try:
        if not guard():
            st.rerun()
        with st.container(key="car-flash"):
            flash.show()
        cars = data.recent(ctx.audience, "cars")
        if cars:
            _car(ctx, cars)
        else:
            _none(ctx.texts)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)


def _none(texts: Translator) -> None:
    with st.container(border=True, key="no-car"):
        st.header(texts("car.none"), anchor=False)
        st.write(texts("car.none_help"))


def _car(ctx: PageContext, cars: Sequence[Row]) -> None:
    texts = ctx.texts
    choices = st.container(horizontal=True, vertical_alignment="bottom", key="car-choices")
    with choices:
        car = _chosen_car(cars, texts)
    months = data.recent(ctx.audience, "car_months", device=car["device_id"], zone=texts.zone.key)
    with choices:
        month = _chosen_month(months, texts)
    time_range = TimeRange(midnight(month["month"], texts.zone), midnight(month_start(month["month"], 1), texts.zone))
    asked = {"device": car["device_id"], "since": time_range.since, "until": time_range.until}
    drives = data.recent(ctx.audience, "car_drives", **asked)
    address = {"device": str(car["device_id"]), "lang": texts.language}
    st.html(car_lists.headline(month, texts, settings().currency))
    if opened := _opened(ctx, car["device_id"]):
        _drive(opened, drives, ctx)
    with st.container(key="car-cards"):
        of_month = address | {"month": f"{month['month']:%Y-%m}"}
        _list_card(
            ctx,
            "drives",
            car_lists.drives(drives, opened["starts"] if opened else None, of_month, texts),
            drives,
            month,
        )
        with st.container(key="car-side"), connect(owner_conninfo(settings(), "iot-hub dashboard")) as connection:
            car_records.show_due(connection, car["device_id"], ctx)
            _codes(ctx, car["device_id"])
            charges = data.recent(ctx.audience, "car_charges", **asked)
            if charges:
                _list_card(ctx, "charges", car_lists.charges(charges, texts, settings().currency), charges, month)
            _months_card(ctx, months, month["month"], address)
            _consumption(ctx, car["device_id"])
            _logbook(ctx, car, month["month"])
            car_records.show_refuels(connection, car["device_id"], ctx)
            if any(each["charges"] for each in months):
                car_records.show_prices(connection, ctx)
    st.caption(texts("page.zone", zone=texts.zone.key))


def _chosen_car(cars: Sequence[Row], texts: Translator) -> Row:
    by_id = {row["device_id"]: row for row in cars}
    asked = st.query_params.get("device", "")
    start = int(asked) if asked.isdecimal() and int(asked) in by_id else cars[0]["device_id"]
    if len(cars) == 1:
        return cars[0]
    chosen: int = st.selectbox(
        texts("car.car"), list(by_id), index=list(by_id).index(start),
        format_func=lambda device: by_id[device]["name"], width=220, key=f"car-{texts.language}",
    )  # fmt: skip
    if asked or chosen != start:
        st.query_params["device"] = str(chosen)
    if chosen != start:
        st.query_params.pop("drive", None)
    return by_id[chosen]


def _chosen_month(months: Sequence[Row], texts: Translator) -> Row:
    by_month = {f"{row['month']:%Y-%m}": row for row in months}
    asked = st.query_params.get("month", "")
    start = asked if asked in by_month else next(iter(by_month))
    chosen: str = st.selectbox(
        texts("car.month"), list(by_month), index=list(by_month).index(start),
        format_func=lambda name: texts.format_month(by_month[name]["month"]), width=160, key=f"car-month-{len(months)}",
    )  # fmt: skip
    if chosen != start:
        st.query_params["month"] = chosen
        st.query_params.pop("drive", None)
    return by_month[chosen]


def _opened(ctx: PageContext, device: int) -> Row | None:
    """Return the drive of the address: the one of that instant, or that it lies in."""
    asked = st.query_params.get("drive", "")
    try:
        at = datetime.fromisoformat(asked)
    except ValueError:
        return None
    if at.tzinfo is None or not 1970 < at.year < 2200:
        return None
    found = data.recent(ctx.audience, "drive_at", device=device, at=at)
    return found[0] if found else None


def _drive(drive: Row, drives: Sequence[Row], ctx: PageContext) -> None:
    texts = ctx.texts
    newest_first = [row["starts"] for row in drives]
    place = newest_first.index(drive["starts"]) if drive["starts"] in newest_first else None
    with st.container(border=True, key="car-drive"):
        with st.container(horizontal=True, key="drive-steps"):
            if place is not None and place + 1 < len(drives):
                _step(newest_first[place + 1], texts("car.earlier"), "drive-earlier")
            if place is not None and place > 0:
                _step(newest_first[place - 1], texts("car.later"), "drive-later")
            st.button(texts("car.close"), on_click=_open, args=(None,), key="drive-close")
        drive_view.show(drive, ctx)
        earlier = drives[place + 1] if place is not None and place + 1 < len(drives) else None
        drive_edit.show(drive, earlier, ctx)


def _step(starts: datetime, label: str, key: str) -> None:
    st.button(label, on_click=_open, args=(starts,), key=key)


def _open(starts: datetime | None) -> None:
    """Show another drive in the next run, or none."""
    st.query_params.pop("drive", None)
    if starts is not None:
        st.query_params["drive"] = starts.isoformat()


def _codes(ctx: PageContext, device: int) -> None:
    texts = ctx.texts
    read = data.recent(ctx.audience, "car_fault_codes", device=device)
    if not read:
        return
    found = read[0]
    codes = [(code, "") for code in found["stored"] if code]
    codes += [(code, texts("car.code_pending")) for code in found["pending"] if code and code not in found["stored"]]
    with st.container(border=True, key="car-codes"):
        st.header(texts("car.codes"), anchor=False)
        if not codes:
            st.caption(texts("car.codes_none"))
        for code, state in codes:
            said = meaning(code, texts.language) or texts("car.code_unknown")
            mark = f' <small class="due soon">{escape(state)}</small>' if state else ""
            st.html(f'<p class="due"><b>{escape(code)}</b> {escape(said)}{mark}</p>')
        st.caption(texts("car.codes_read", when=texts.format_datetime(found["read_at"])))


def _list_card(ctx: PageContext, key: str, html: str, rows: Sequence[Row], month: Row) -> None:
    texts = ctx.texts

    def draw() -> None:
        st.html(html)

    listed = Card(
        key=f"car-{key}",
        title=texts(f"car.{key}_title"),
        first_tab=texts("card.list"),
        description=texts(f"car.about_{key}"),
        caption=texts.format_month(month["month"]),
        file_name=f"{key}-{month['month']:%Y-%m}.csv",
        draw=draw,
        table=lambda: ({name: _plain(value, texts) for name, value in row.items()} for row in rows),
    )
    card.show(listed, texts, is_empty=not rows)


def _months_card(ctx: PageContext, months: Sequence[Row], shown: date, address: dict[str, str]) -> None:
    texts = ctx.texts
    html = car_lists.months(months, shown, address, texts, settings().currency)

    def draw() -> None:
        st.html(html)

    listed = Card(
        key="car-months",
        title=texts("car.months_title"),
        first_tab=texts("card.list"),
        description=texts("car.about_months"),
        caption=texts.plural("car.months_count", len(months)),
        file_name="months.csv",
        draw=draw,
        table=lambda: ({name: _plain(value, texts) for name, value in row.items()} for row in months),
    )
    card.show(listed, texts, is_empty=False)


def _plain(value: Any, texts: Translator) -> object:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.astimezone(texts.zone).isoformat(" ", "seconds")
    return value


def _consumption(ctx: PageContext, device: int) -> None:
    until = now().astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    rows = data.recent(ctx.audience, "car_consumption", device=device, since=until - _CONSUMPTION, until=until)
    if len(rows) > 1:
        show_chart(consumption_chart(rows, ctx.texts, ctx.palette), "consumption.csv", ctx)


def _logbook(ctx: PageContext, car: Row, month: date) -> None:
    texts = ctx.texts
    with st.container(border=True, key="car-logbook"):
        st.header(texts("car.logbook"), anchor=False)
        st.caption(texts("car.logbook_about"))
        of_year = st.segmented_control(
            texts("car.logbook_of"), [False, True], default=False, key="logbook-span",
            format_func=lambda year: str(month.year) if year else texts.format_month(month),
        )  # fmt: skip
        first = date(month.year, 1, 1) if of_year else month
        name = f"logbook-{month.year}" if of_year else f"logbook-{month:%Y-%m}"
        with st.container(horizontal=True):
            for kind, mime in (("pdf", "application/pdf"), ("csv", "text/csv")):
                st.download_button(
                    kind.upper(),
                    lambda kind=kind: _written(kind, ctx, car, first, months=12 if of_year else 1),  # type: ignore[misc]
                    file_name=f"{name}.{kind}",
                    mime=mime,
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"logbook-{kind}",
                )


def _written(kind: str, ctx: PageContext, car: Row, first: date, *, months: int) -> bytes:
    """Return the logbook as a file, when it is asked for."""
    logbook = _logbook_of(ctx, car, first, months)
    return pdf_of(logbook, now()) if kind == "pdf" else csv_of(logbook)


def _logbook_of(ctx: PageContext, car: Row, first: date, months: int) -> Logbook:
    zone = ctx.texts.zone
    since, until = midnight(first, zone), midnight(month_start(first, months), zone)
    rows = data.fetch(ctx.audience, "logbook_drives", device=car["device_id"], since=since, until=until)
    return logbook_of(rows, car["name"], since, until, zone, ctx.texts.language)
