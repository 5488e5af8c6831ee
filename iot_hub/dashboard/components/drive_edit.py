"""What the owner says of a drive: its name, whether it was business or private, and where it is one drive or two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NoReturn

import streamlit as st

from iot_hub.corrections import drive_log
from iot_hub.corrections.drive_correction import LONGEST_NAME, PURPOSES, DriveCorrection
from iot_hub.dashboard import data
from iot_hub.dashboard.components import flash
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.translations import Translator
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.errors import UserError
from iot_hub.settings import settings

_MADE = "drive-correction"


def show(drive: Row, earlier: Row | None, ctx: PageContext) -> None:
    """Show what can be said of a drive; the earlier one is what it may be merged with."""
    texts = ctx.texts
    with st.container(horizontal=True, vertical_alignment="bottom", key="drive-edit"):
        _purpose(drive, texts)
        with st.popover(texts("car.name"), key="drive-name"):
            name = st.text_input(
                texts("car.name_about"), drive["name"] or "", max_chars=LONGEST_NAME, key=f"name-{drive['starts']}"
            )
            if st.button(texts("car.name_save"), type="primary", disabled=not name.strip(), key="drive-name-save"):
                _make(drive, "name", texts, drive["starts"], drive["ends"], name=name)
        with st.popover(texts("car.divide"), key="drive-divide"):
            _divide(drive, earlier, texts)
        if st.session_state.get(_MADE) and st.button(texts("car.undo"), key="drive-undo"):
            _undo(texts)


def _purpose(drive: Row, texts: Translator) -> None:
    chosen = st.segmented_control(
        texts("car.purpose"), PURPOSES, default=drive["purpose"], format_func=lambda kind: texts(f"car.{kind}"),
        key=f"purpose-{drive['starts']}-{drive['purpose']}",
    )  # fmt: skip
    # A second click on what is chosen leaves nothing chosen: what was said is taken back by undoing it.
    if chosen and chosen != drive["purpose"]:
        _make(drive, "purpose", texts, drive["starts"], drive["ends"], purpose=chosen)


def _divide(drive: Row, earlier: Row | None, texts: Translator) -> None:
    if earlier is not None:
        local = earlier["starts"].astimezone(texts.zone)
        st.write(texts("car.merge_about", time=f"{texts.format_day(local)}, {local:%H:%M}"))
        if st.button(texts("car.merge"), key="drive-merge"):
            _make(drive, "merge", texts, earlier["starts"], drive["ends"])
    first = drive["starts"].astimezone(texts.zone)
    if drive["ends"] - drive["starts"] < timedelta(minutes=2):
        return
    st.write(texts("car.split_about"))
    middle = first + (drive["ends"] - drive["starts"]) / 2
    at = st.time_input(
        texts("car.time"), middle.time().replace(second=0, microsecond=0), step=60, key=f"split-{middle}"
    )
    if st.button(texts("car.split"), key="drive-split"):
        instant = datetime.combine(first.date(), at, texts.zone).astimezone(UTC)
        if instant <= drive["starts"]:
            # Past midnight.
            instant += timedelta(days=1)
        if not drive["starts"] < instant < drive["ends"]:
            flash.error(texts("car.split_outside"))
            st.rerun()
        _make(drive, "split", texts, instant)


def _make(
    drive: Row, kind: str, texts: Translator, since: datetime, until: datetime | None = None, *,
    name: str | None = None, purpose: str | None = None,
) -> NoReturn:  # fmt: skip
    try:
        correction = DriveCorrection(drive["device_id"], kind, since, until, name, purpose)
        with connect(owner_conninfo(settings(), "iot-hub dashboard")) as connection:
            made = drive_log.make(connection, correction)
    except UserError as error:
        flash.error(str(error))
        st.rerun()
    st.session_state[_MADE] = made.id
    if kind == "merge":
        st.query_params["drive"] = since.isoformat()
    flash.success(texts(f"car.said_{kind}"))
    data.recent.clear()
    st.rerun()


def _undo(texts: Translator) -> NoReturn:
    number = st.session_state.pop(_MADE)
    try:
        with connect(owner_conninfo(settings(), "iot-hub dashboard")) as connection:
            drive_log.undo(connection, number)
        flash.success(texts("car.undone"))
    except UserError as error:
        flash.error(str(error))
    data.recent.clear()
    st.rerun()
