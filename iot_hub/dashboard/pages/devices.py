"""The owner's page of devices: add one, connect an app, publish it, rename it, replace or revoke its tokens."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from html import escape
from typing import NoReturn

import streamlit as st

from iot_hub.access import devices, discovered
from iot_hub.access.devices import Connection
from iot_hub.access.pairing.apps import APPS
from iot_hub.dashboard import authorization, data
from iot_hub.dashboard.components import empty_states, flash, found_devices, pairing_panel
from iot_hub.dashboard.components.pairing_panel import Paired
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.markdown import escape_markdown
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.dashboard.time_range import now
from iot_hub.dashboard.translations import Translator
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.errors import DatabaseAwayError, UserError
from iot_hub.settings import settings


def show(ctx: PageContext, guard: Guard) -> None:
    """Show the page; parts that refresh themselves ask the guard again."""
    try:
        # Nothing is changed in a callback: those run before the page is authorized.
        with connect(owner_conninfo(settings(), "iot-hub dashboard")) as connection:
            _page(connection, ctx, guard)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)


def _page(connection: Connection, ctx: PageContext, guard: Guard) -> None:
    texts, may_change = ctx.texts, authorization.is_logged_in(ctx.audience)
    with st.container(key="device-flash"):
        flash.show()
    pairing_panel.show(ctx, guard)
    list_side, form_side = st.columns([2, 1])
    with list_side:
        if decided := found_devices.show(connection, texts, may_change=may_change):
            _succeed(decided)
        with st.container(border=True, key="device-list"):
            _list(connection, texts, may_change)
    with form_side:
        if may_change:
            _add_form(connection, texts)
        else:
            _ask_for_password(texts)


def _succeed(text: str) -> NoReturn:
    flash.success(text)
    data.recent.clear()
    st.rerun()


def _fail(error: UserError) -> NoReturn:
    flash.error(str(error))
    st.rerun()


def _ask_for_password(texts: Translator) -> None:
    """Ask for a password first: a real device would close the open demo, and nobody could log in."""
    with st.container(border=True, key="device-demo"):
        st.header(texts("devices.demo"), anchor=False)
        st.write(texts("devices.demo_help"))
        st.html(f'<a href="/login?next=/devices">{escape(texts("devices.demo_login"))}</a>')


def _add_form(connection: Connection, texts: Translator) -> None:
    types = devices.device_types(connection)
    with st.form("device-add", clear_on_submit=True):
        st.header(texts("devices.add"), anchor=False)
        name = st.text_input(texts("devices.name"), max_chars=60, placeholder=texts("devices.name_example"))
        kind = st.selectbox(
            texts("devices.type"), types, index=types.index("smartphone"), format_func=partial(_type, texts)
        )
        app = _choose_app(texts, "device-add-app")
        added = st.form_submit_button(texts("devices.add_button"), type="primary", width="stretch")
    if not added:
        return
    try:
        device_id, token = devices.add_device(connection, name, kind)
    except UserError as error:
        _fail(error)
    pairing_panel.begin(Paired(device_id, name.strip(), app, token))


def _choose_app(texts: Translator, key: str) -> str:
    app: str = st.selectbox(texts("devices.app"), list(APPS), format_func=lambda name: APPS[name].title, key=key)
    return app


def _list(connection: Connection, texts: Translator, may_change: bool) -> None:
    st.header(texts("devices.title"), anchor=False)
    listed = devices.list_devices_and_tokens(connection)
    rooms = discovered.list_rooms(connection)
    if not listed:
        st.caption(texts("devices.none"))
    for device in listed:
        with st.container(horizontal=True, vertical_alignment="center", key=f"device-row-{device['id']}"):
            with st.container(gap=None, width="stretch"):
                st.markdown(f"**{escape_markdown(device['name'])}**")
                st.caption(_summary(device, texts))
            if may_change:
                _changes(connection, device, rooms, texts)


def _summary(device: Row, texts: Translator) -> str:
    seen = device["last_seen"]
    parts = [
        _type(texts, device["type"]),
        *([device["room"]] if device["room"] else []),
        texts.get(f"devices.status_{device['status']}", device["status"]),
        texts("devices.seen", ago=texts.format_relative(seen, now())) if seen else texts("devices.never_seen"),
        texts.plural("devices.tokens", device["tokens"]),
        *([_clock(device["clock_error"], texts)] if device["clock_error"] else []),
        *([texts("devices.shown_to_others")] if device["published"] else []),
    ]
    return " · ".join(map(escape_markdown, parts))


def _clock(error: timedelta, texts: Translator) -> str:
    minutes = round(abs(error) / timedelta(minutes=1))
    span = (
        texts("devices.clock_minutes", n=minutes)
        if minutes < 90
        else texts("devices.clock_hours", n=round(minutes / 60))
    )
    return texts("devices.clock_ahead" if error > timedelta() else "devices.clock_behind", span=span)


def _type(texts: Translator, kind: str) -> str:
    return texts.get(f"devices.type_{kind}", kind)


def _changes(connection: Connection, device: Row, rooms: list[str], texts: Translator) -> None:
    label = texts("devices.withdraw" if device["published"] else "devices.publish")
    with st.popover(label, key=f"device-publish-{device['id']}"):
        _publish(connection, device, texts)
    with st.popover(texts("devices.connect"), key=f"device-connect-{device['id']}"):
        _connect(connection, device, texts)
    with st.popover(texts("devices.rename"), key=f"device-rename-{device['id']}"):
        _rename(connection, device, texts)
    with st.popover(texts("devices.room"), key=f"device-room-{device['id']}"):
        _assign_room(connection, device, rooms, texts)
    with st.popover(texts("devices.manage_tokens"), key=f"device-tokens-{device['id']}"):
        _tokens(connection, device, texts)


def _publish(connection: Connection, device: Row, texts: Translator) -> None:
    name = escape_markdown(device["name"])
    if device["published"]:
        st.write(texts("devices.withdraw_about", name=name))
        if st.button(texts("devices.withdraw_sure"), type="primary", key=f"withdraw-{device['id']}"):
            devices.set_published(connection, device["id"], published=False)
            _succeed(texts("devices.withdrawn", name=name))
        return
    st.write(texts(f"devices.publish_about_{settings().public_dashboard}", name=name))
    if st.button(texts("devices.publish_sure"), type="primary", key=f"publish-{device['id']}"):
        devices.set_published(connection, device["id"], published=True)
        _succeed(texts("devices.published", name=name))


def _connect(connection: Connection, device: Row, texts: Translator) -> None:
    st.write(texts("devices.connect_about"))
    app = _choose_app(texts, f"app-{device['id']}")
    if st.button(texts("devices.connect_sure"), type="primary", key=f"connect-{device['id']}"):
        _, name, token = devices.add_token(connection, str(device["id"]))
        pairing_panel.begin(Paired(device["id"], name, app, token))


def _rename(connection: Connection, device: Row, texts: Translator) -> None:
    name = st.text_input(texts("devices.name"), device["name"], max_chars=60, key=f"name-{device['id']}")
    if st.button(texts("devices.rename_sure"), type="primary", key=f"rename-{device['id']}"):
        try:
            devices.rename_device(connection, str(device["id"]), name)
        except UserError as error:
            _fail(error)
        _succeed(texts("devices.renamed", name=escape_markdown(name.strip())))


def _assign_room(connection: Connection, device: Row, rooms: list[str], texts: Translator) -> None:
    options = ["", *rooms]
    room = st.selectbox(
        texts("devices.room"),
        options,
        index=options.index(device["room"] or ""),
        format_func=lambda name: name or texts("devices.no_room"),
        accept_new_options=True,
        help=texts("devices.room_help"),
        key=f"room-{device['id']}",
    )
    if st.button(texts("devices.room_sure"), type="primary", key=f"assign-room-{device['id']}"):
        discovered.assign_room(connection, str(device["id"]), room)
        values = {"name": escape_markdown(device["name"]), "room": escape_markdown((room or "").strip())}
        _succeed(texts("devices.room_assigned" if values["room"] else "devices.room_left", **values))


def _tokens(connection: Connection, device: Row, texts: Translator) -> None:
    name = escape_markdown(device["name"])
    st.write(texts("devices.rotate_about", name=name))
    app = _choose_app(texts, f"new-app-{device['id']}")
    if st.button(texts("devices.rotate_sure"), key=f"rotate-{device['id']}"):
        _, token = devices.rotate_token(connection, str(device["id"]))
        pairing_panel.begin(Paired(device["id"], device["name"], app, token))
    st.divider()
    st.write(texts("devices.revoke_about", name=name))
    if st.button(texts("devices.revoke_sure"), type="primary", key=f"revoke-{device['id']}"):
        devices.revoke_tokens(connection, str(device["id"]))
        pairing_panel.forget(device["id"])
        _succeed(texts("devices.revoked", name=name))
