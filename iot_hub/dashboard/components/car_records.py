"""What a car's owner writes down: the fuel log, prices of electricity, and what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from html import escape
from typing import NoReturn

import streamlit as st

from iot_hub.cars import electricity, refuels, reminders
from iot_hub.cars.refuels import Connection, Refuel
from iot_hub.cars.reminders import Reminder
from iot_hub.dashboard import data
from iot_hub.dashboard.components import car_lists, flash
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.time_range import now
from iot_hub.dashboard.translations import Translator
from iot_hub.errors import UserError
from iot_hub.places.address_book import list_places
from iot_hub.settings import settings

_MOST_REFUELS = 12
_SOON_DAYS = 30


def _done(text: str) -> NoReturn:
    flash.success(text)
    data.recent.clear()
    st.rerun()


def _try(change: Callable[[], object], said: str) -> NoReturn:
    try:
        change()
    except UserError as error:
        flash.error(str(error))
        st.rerun()
    _done(said)


def show_due(connection: Connection, device: int, ctx: PageContext) -> None:
    """Show what is due for a car, with a form for more."""
    texts, today = ctx.texts, now().astimezone(ctx.texts.zone).date()
    due = reminders.list_due(connection, device, today)
    with st.container(border=True, key="car-due"):
        st.header(texts("car.due"), anchor=False)
        if not due:
            st.caption(texts("car.due_none"))
        for row in due:
            with st.container(horizontal=True, vertical_alignment="center", key=f"due-{row['id']}"):
                st.html(_due(row, texts), width="stretch")
                with st.popover(texts("car.due_done"), key=f"due-done-{row['id']}"):
                    _mark_done(connection, device, row, today, texts)
        with st.popover(texts("car.due_add"), key="due-add"):
            _add_reminder(connection, device, due[0]["odometer_km"] if due else None, today, texts)


def _due(row: Row, texts: Translator) -> str:
    left = row["days_left"]
    state = "late" if left is not None and left <= 0 else "soon" if left is not None and left <= _SOON_DAYS else "well"
    parts = []
    if row["km_left"] is not None:
        key = "car.km_over" if row["km_left"] < 0 else "car.km_left"
        parts.append(texts(key, km=texts.format_number(abs(row["km_left"]), 0)))
    if row["due_on"] is not None:
        parts.append(texts("car.due_on", day=f"{texts.format_day(row['due_on'])} {row['due_on'].year}"))
    if not parts:
        parts.append(texts("car.no_odometer"))
    if row["km_left"] is not None and left is not None and left > 0:
        parts.append(texts.plural("car.in_days", left))
    mark = f'<small class="due {state}">{escape(texts("car." + state))}</small>'
    return f'<p class="due"><b>{escape(row["name"])}</b> {mark}<br><small>{escape(" · ".join(parts))}</small></p>'


def _mark_done(connection: Connection, device: int, row: Row, today: date, texts: Translator) -> None:
    done_on = st.date_input(texts("car.done_on"), today, max_value=today, key=f"done-on-{row['id']}")
    at_km = None
    if row["every_km"] is not None:
        at_km = st.number_input(
            texts("car.odometer_km"), 0.0, None, row["odometer_km"], step=1.0, format="%.0f", key=f"done-km-{row['id']}"
        )
    with st.container(horizontal=True):
        if st.button(texts("car.done_sure"), type="primary", key=f"done-{row['id']}"):
            _try(
                lambda: reminders.mark_done(connection, device, row["id"], done_on, at_km),
                texts("car.done_said", name=row["name"]),
            )
        if st.button(texts("car.remove"), key=f"due-remove-{row['id']}"):
            _try(
                lambda: reminders.remove_reminder(connection, device, row["id"]),
                texts("car.removed_said", name=row["name"]),
            )


def _add_reminder(
    connection: Connection, device: int, odometer_km: float | None, today: date, texts: Translator
) -> None:
    with st.form("reminder-add", border=False):
        name = st.text_input(texts("car.what"), max_chars=100, placeholder=texts("car.what_example"))
        every_km = st.number_input(texts("car.every_km"), 0.0, 1_000_000.0, None, step=1000.0, format="%.0f")
        every_months = st.number_input(texts("car.every_months"), 0, 600, None, step=1)
        done_on = st.date_input(texts("car.done_on"), today, max_value=today)
        at_km = st.number_input(texts("car.odometer_then"), 0.0, None, odometer_km, step=1.0, format="%.0f")
        added = st.form_submit_button(texts("car.due_add"), type="primary")
    if added:
        reminder = Reminder(device, name, done_on, every_km or None, int(every_months) if every_months else None, at_km)
        _try(lambda: reminders.add_reminder(connection, reminder), texts("car.added_said", name=name))


def show_refuels(connection: Connection, device: int, ctx: PageContext) -> None:
    """Show a car's fuel log, with a form for more."""
    texts = ctx.texts
    listed = refuels.list_refuels(connection, device)
    with st.container(border=True, key="car-refuels"):
        st.header(texts("car.fuel_log"), anchor=False)
        if not listed:
            st.caption(texts("car.fuel_log_none"))
        for row in listed[:_MOST_REFUELS]:
            with st.container(horizontal=True, vertical_alignment="center", key=f"refuel-{row['id']}"):
                st.html(_refuel(row, texts), width="stretch")
                with st.popover(texts("car.remove"), key=f"refuel-remove-{row['id']}"):
                    st.write(texts("car.remove_sure"))
                    if st.button(texts("car.remove"), type="primary", key=f"refuel-remove-sure-{row['id']}"):
                        _try(
                            lambda row=row: refuels.remove_refuel(connection, device, row["id"]),  # type: ignore[misc]
                            texts("car.refuel_removed"),
                        )
        with st.popover(texts("car.refuel_add"), key="refuel-add"):
            _add_refuel(connection, device, texts)


def _refuel(row: Row, texts: Translator) -> str:
    local = row["refuelled_at"].astimezone(texts.zone)
    first = [f"{texts.format_number(row['litres'], 2)}\u202fL"]
    if row["cost"] is not None:
        first.append(car_lists.money(row["cost"], texts, settings().currency))
    if row["litres_per_100_km"] is not None:
        first.append(car_lists.fuel_per_100_km(row["litres_per_100_km"], texts))
    more = [f"{texts.format_day(local)} {local:%Y}"]
    if row["odometer_km"] is not None:
        more.append(f"{texts.format_number(row['odometer_km'], 0)}\u202fkm")
    if not row["is_full"]:
        more.append(texts("car.not_full"))
    if row["note"]:
        more.append(row["note"])
    return f'<p class="due"><b>{escape(" · ".join(first))}</b><br><small>{escape(" · ".join(more))}</small></p>'


def _add_refuel(connection: Connection, device: int, texts: Translator) -> None:
    local = now().astimezone(texts.zone)
    with st.form("refuel-form", border=False):
        day = st.date_input(texts("car.day"), local.date(), max_value=local.date())
        at = st.time_input(texts("car.time"), local.time().replace(second=0, microsecond=0))
        litres = st.number_input(texts("car.litres"), 0.0, float(refuels.MOST_LITRES), None, step=0.01)
        cost = st.number_input(texts("car.paid"), 0.0, None, None, step=0.01)
        odometer_km = st.number_input(texts("car.odometer_km"), 0.0, None, None, step=1.0, format="%.0f")
        is_full = st.checkbox(texts("car.is_full"), value=True)
        note = st.text_input(texts("car.note"), max_chars=200)
        added = st.form_submit_button(texts("car.refuel_add"), type="primary")
    if added:
        refuel = Refuel(
            device, _instant(day, at, texts), litres or 0.0, odometer_km,
            None if cost is None else Decimal(str(round(cost, 2))), is_full, note or None,
        )  # fmt: skip
        _try(lambda: refuels.add_refuel(connection, refuel), texts("car.refuel_added"))


def show_prices(connection: Connection, ctx: PageContext) -> None:
    """Show the prices of electricity, with a form for more."""
    texts = ctx.texts
    with st.container(border=True, key="car-prices"):
        st.header(texts("car.prices"), anchor=False)
        listed = electricity.list_prices(connection)
        if not listed:
            st.caption(texts("car.prices_none"))
        for row in listed:
            with st.container(horizontal=True, vertical_alignment="center", key=f"price-{row['id']}"):
                st.html(_price(row, texts), width="stretch")
                with st.popover(texts("car.remove"), key=f"price-remove-{row['id']}"):
                    st.write(texts("car.remove_sure"))
                    if st.button(texts("car.remove"), type="primary", key=f"price-remove-sure-{row['id']}"):
                        _try(
                            lambda row=row: electricity.remove_price(connection, row["id"]),  # type: ignore[misc]
                            texts("car.price_removed"),
                        )
        with st.popover(texts("car.price_add"), key="price-add"):
            _add_price(connection, texts)


def _price(row: Row, texts: Translator) -> str:
    local = row["since"].astimezone(texts.zone)
    amount = f"{texts.format_number(float(row['price_per_kwh']), 4)} {settings().currency}/kWh".replace(" /", "/")
    where = row["place"] or texts("car.anywhere")
    since = texts("car.since", day=f"{texts.format_day(local)} {local:%Y}")
    return f'<p class="due"><b>{escape(amount)}</b><br><small>{escape(f"{where} · {since}")}</small></p>'


def _add_price(connection: Connection, texts: Translator) -> None:
    places = {row["id"]: row["name"] for row in list_places(connection)}
    with st.form("price-form", border=False):
        price = st.number_input(texts("car.price"), 0.0, None, None, step=0.0001, format="%.4f")
        place = st.selectbox(
            texts("car.where"), [0, *places], format_func=lambda each: places.get(each, texts("car.anywhere"))
        )
        since = st.date_input(texts("car.valid_since"), now().astimezone(texts.zone).date())
        added = st.form_submit_button(texts("car.price_add"), type="primary")
    if added:
        _try(
            lambda: electricity.add_price(
                connection, Decimal(str(round(price or 0, 4))), _instant(since, time(), texts), place or None
            ),
            texts("car.price_added"),
        )


def _instant(day: date, at: time, texts: Translator) -> datetime:
    return datetime.combine(day, at, texts.zone).astimezone(UTC)
