"""The owner's page of devices: add one, connect an app to it, publish it, rename it, renew or take back its tokens."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

import streamlit as st

from iot_hub.access import devices
from iot_hub.access.devices import Connection
from iot_hub.access.pairing.apps import APPS
from iot_hub.dashboard import authorization, data, empty_states, pairing_panel, session
from iot_hub.dashboard.markdown import plain
from iot_hub.dashboard.page import Guard
from iot_hub.dashboard.pairing_panel import Paired
from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.translations import Texts
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.errors import DatabaseAwayError, UserError
from iot_hub.settings import settings

_TOLD = "device-told"
Row = dict[str, Any]


def show(visitor: Visit, guard: Guard) -> None:
    """Show the page; the guard is asked again each time that a part of it refreshes itself."""
    try:
        # Nothing is changed in a callback: those run before the page has asked who looks.
        with connect(owner_conninfo(settings(), "iot-hub dashboard")) as connection:
            _page(connection, visitor, guard)
    except DatabaseAwayError:
        empty_states.away(visitor.texts)


def _page(connection: Connection, visitor: Visit, guard: Guard) -> None:
    texts, may_change = visitor.texts, authorization.is_logged_in(visitor.audience)
    with st.container(key="device-told"):
        _tell()
    pairing_panel.show(visitor, guard)
    list_side, form_side = st.columns([2, 1])
    with list_side, st.container(border=True, key="device-list"):
        _list(connection, texts, may_change)
    with form_side:
        if may_change:
            _add_form(connection, texts)
        else:
            _ask_for_password(texts)


def _tell() -> None:
    """Say once what the last change did."""
    told = st.session_state.pop(_TOLD, None)
    if told:
        (st.success if told[0] else st.error)(told[1])


def _done(text: str) -> None:
    st.session_state[_TOLD] = (True, text)
    data.recent.clear()
    st.rerun()


def _failed(error: UserError) -> None:
    st.session_state[_TOLD] = (False, str(error))
    st.rerun()


def _ask_for_password(texts: Texts) -> None:
    """Ask for one before a device is added to an open demo: that would close it, with nobody inside."""
    with st.container(border=True, key="device-demo"):
        st.header(texts("devices.demo"), anchor=False)
        st.write(texts("devices.demo_help"))
        st.html(f'<a href="/login?next=/devices">{escape(texts("devices.demo_login"))}</a>')


def _add_form(connection: Connection, texts: Texts) -> None:
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
        _failed(error)
    pairing_panel.begin(Paired(device_id, name.strip(), app, token))


def _choose_app(texts: Texts, key: str) -> str:
    app: str = st.selectbox(texts("devices.app"), list(APPS), format_func=lambda one: APPS[one].title, key=key)
    return app


def _list(connection: Connection, texts: Texts, may_change: bool) -> None:
    st.header(texts("devices.title"), anchor=False)
    listed = devices.list_devices_and_tokens(connection)
    if not listed:
        st.caption(texts("devices.none"))
    for device in listed:
        with st.container(horizontal=True, vertical_alignment="center", key=f"device-row-{device['id']}"):
            with st.container(gap=None, width="stretch"):
                st.markdown(f"**{plain(device['name'])}**")
                st.caption(_about(device, texts))
            if may_change:
                _changes(connection, device, texts)


def _about(device: Row, texts: Texts) -> str:
    seen = device["last_seen"]
    parts = [
        _type(texts, device["type"]),
        texts.given(f"devices.status_{device['status']}", device["status"]),
        texts("devices.seen", ago=texts.ago(seen, session.now())) if seen else texts("devices.never_seen"),
        texts.count("devices.tokens", device["tokens"]),
        *([texts("devices.shown_to_others")] if device["published"] else []),
    ]
    return " · ".join(map(plain, parts))


def _type(texts: Texts, kind: str) -> str:
    return texts.given(f"devices.type_{kind}", kind)


def _changes(connection: Connection, device: Row, texts: Texts) -> None:
    label = texts("devices.withdraw" if device["published"] else "devices.publish")
    with st.popover(label, key=f"device-publish-{device['id']}"):
        _publish(connection, device, texts)
    with st.popover(texts("devices.connect"), key=f"device-connect-{device['id']}"):
        _connect(connection, device, texts)
    with st.popover(texts("devices.rename"), key=f"device-rename-{device['id']}"):
        _rename(connection, device, texts)
    with st.popover(texts("devices.end"), key=f"device-end-{device['id']}"):
        _end(connection, device, texts)


def _publish(connection: Connection, device: Row, texts: Texts) -> None:
    name = plain(device["name"])
    if device["published"]:
        st.write(texts("devices.withdraw_about", name=name))
        if st.button(texts("devices.withdraw_sure"), type="primary", key=f"withdraw-{device['id']}"):
            devices.set_published(connection, device["id"], published=False)
            _done(texts("devices.withdrawn", name=name))
        return
    st.write(texts(f"devices.publish_about_{settings().public_dashboard}", name=name))
    if st.button(texts("devices.publish_sure"), type="primary", key=f"publish-{device['id']}"):
        devices.set_published(connection, device["id"], published=True)
        _done(texts("devices.published", name=name))


def _connect(connection: Connection, device: Row, texts: Texts) -> None:
    st.write(texts("devices.connect_about"))
    app = _choose_app(texts, f"app-{device['id']}")
    if st.button(texts("devices.connect_sure"), type="primary", key=f"connect-{device['id']}"):
        _, name, token = devices.add_token(connection, str(device["id"]))
        pairing_panel.begin(Paired(device["id"], name, app, token))


def _rename(connection: Connection, device: Row, texts: Texts) -> None:
    name = st.text_input(texts("devices.name"), device["name"], max_chars=60, key=f"name-{device['id']}")
    if st.button(texts("devices.rename_sure"), type="primary", key=f"rename-{device['id']}"):
        try:
            devices.rename_device(connection, str(device["id"]), name)
        except UserError as error:
            _failed(error)
        _done(texts("devices.renamed", name=plain(name.strip())))


def _end(connection: Connection, device: Row, texts: Texts) -> None:
    name = plain(device["name"])
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
        _done(texts("devices.revoked", name=name))
