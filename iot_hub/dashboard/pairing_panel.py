"""What to enter in the app of a device that was just given a token, and whether its first event has come.

The token is nowhere but in the visitor's session: who goes to another page has seen it for the last time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from iot_hub.access.pairing import qr
from iot_hub.access.pairing.apps import APPS, App
from iot_hub.access.pairing.arrival import Arrival, arrival_of, values
from iot_hub.access.pairing.hub_endpoint import HubEndpoint, endpoint_of, warnings
from iot_hub.access.pairing.lan_address import lan_address
from iot_hub.access.pairing.pairing import Pairing
from iot_hub.access.pairing.texts import notes
from iot_hub.dashboard import data, empty_states
from iot_hub.dashboard.markdown import plain
from iot_hub.dashboard.page import Guard
from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.translations import Texts
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import settings

_PAIRED, _ARRIVED = "pairing", "pairing-arrived"
_LOOK_EVERY = 2.0


@dataclass(frozen=True)
class Paired:
    """A device with the token that it was just given, and the app that is to use it."""

    device_id: int
    name: str
    app: str
    token: str = field(repr=False)


def begin(paired: Paired) -> None:
    """Show the page anew, with what to enter."""
    forget()
    st.session_state[_PAIRED] = paired
    st.rerun()


def forget(device_id: int | None = None) -> None:
    """Forget the token: whosever it is, or one of that device."""
    paired: Paired | None = st.session_state.get(_PAIRED)
    if device_id is not None and paired and paired.device_id != device_id:
        return
    for key in (_PAIRED, _ARRIVED):
        st.session_state.pop(key, None)


def show(visitor: Visit, guard: Guard) -> None:
    """Show what to enter, if a device was just given a token, and whether it reports."""
    paired: Paired | None = st.session_state.get(_PAIRED)
    if paired is None:
        return
    texts, app = visitor.texts, APPS[paired.app]
    endpoint = endpoint_of(settings(), lan_address(), st.context.url)
    with st.container(border=True, key="pairing"):
        st.header(texts("pairing.title", device=plain(paired.name), app=app.title), anchor=False)
        _arrival(paired, visitor, guard)
        for warning in warnings(endpoint, paired.app, texts.language):
            st.warning(plain(warning))
        _instructions(paired, endpoint, texts)
        st.caption(texts("pairing.once"))
        if st.button(texts("pairing.done"), key="pairing-done"):
            forget()
            st.rerun()


def _arrival(paired: Paired, visitor: Visit, guard: Guard) -> None:
    arrival: Arrival | None = st.session_state.get(_ARRIVED)
    if arrival and arrival.received_at:
        at = arrival.received_at.astimezone(visitor.texts.zone)
        told = visitor.texts("pairing.told", groups=plain(", ".join(arrival.groups))) if arrival.groups else ""
        st.success(f"✓ {visitor.texts('pairing.arrived', time=f'{at:%H:%M:%S}')} {told}")
    else:
        _wait(paired, visitor, guard)


@st.fragment(run_every=_LOOK_EVERY)
def _wait(paired: Paired, visitor: Visit, guard: Guard) -> None:
    """Say that nothing has come yet, until something has."""
    try:
        if not guard():
            st.rerun()
        [row] = data.fetch(visitor.audience, "first_arrival", **values(paired.device_id, APPS[paired.app].source))
    except DatabaseAwayError:
        empty_states.away(visitor.texts)
        return
    arrival = arrival_of(row)
    if arrival.received_at:
        st.session_state[_ARRIVED] = arrival
        data.recent.clear()
        st.rerun()
    st.html(f'<p class="waiting" role="status">{visitor.texts("pairing.waiting")}</p>')
    if arrival.rejected:
        st.warning(visitor.texts("pairing.refused", reason=plain(arrival.rejected)))


def _instructions(paired: Paired, endpoint: HubEndpoint, texts: Texts) -> None:
    app, pairing = APPS[paired.app], Pairing(endpoint.address, paired.token, paired.name)
    where, then = notes(texts.language, paired.app)
    if app.link is None:
        _settings(paired, pairing, where, then, texts)
        return
    link_side, settings_side = st.columns([2, 3], gap="large")
    with link_side, st.container(key="pairing-link"):
        _link(app, app.link(pairing), texts)
    with settings_side:
        _settings(paired, pairing, where, then, texts)


def _link(app: App, link: str, texts: Texts) -> None:
    with st.container(key="pairing-scan"):
        st.subheader(texts("pairing.scan"), anchor=False)
        st.image(qr.svg(link), width="stretch", alt=texts("pairing.qr_alt", app=app.name))
    with st.container(key="pairing-open"):
        st.link_button(texts("pairing.open", app=app.name), link, width="stretch")
        st.caption(texts("pairing.open_about"))


def _settings(paired: Paired, pairing: Pairing, where: str, then: str, texts: Texts) -> None:
    st.subheader(texts("pairing.enter_instead" if APPS[paired.app].link else "pairing.enter"), anchor=False)
    st.markdown(plain(where))
    with st.container(gap="xsmall", key="pairing-settings"):
        for setting in APPS[paired.app].settings(pairing):
            st.markdown(f"**{plain(setting.label)}**" + (f" · {texts('pairing.secret')}" if setting.secret else ""))
            st.code(setting.value, language=None, wrap_lines=True)
    st.markdown(plain(then))
