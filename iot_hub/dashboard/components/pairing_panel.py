"""What to enter in the app of a device that has a new token, and whether its first event has arrived.

The token is only in the visitor's session, and leaving the page forgets it.
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
from iot_hub.dashboard import data
from iot_hub.dashboard.components import empty_states
from iot_hub.dashboard.markdown import escape_markdown
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.dashboard.translations import Translator
from iot_hub.errors import DatabaseAwayError
from iot_hub.metrics.wrong_addresses import wrong_addresses
from iot_hub.settings import settings

_PAIRED, _ARRIVED = "pairing", "pairing-arrived"
_POLL_S = 2.0
_FRESH_S = 600
"""How long ago something may have reported to a wrong address, so that it may be this device."""


@dataclass(frozen=True)
class Paired:
    """A device with its new token, and the app that will use it."""

    device_id: int
    name: str
    app: str
    token: str = field(repr=False)


def begin(paired: Paired) -> None:
    """Rerun the page, with what to enter."""
    forget()
    st.session_state[_PAIRED] = paired
    st.rerun()


def forget(device_id: int | None = None) -> None:
    """Forget the token, or only one of that device."""
    paired: Paired | None = st.session_state.get(_PAIRED)
    if device_id is not None and paired and paired.device_id != device_id:
        return
    for key in (_PAIRED, _ARRIVED):
        st.session_state.pop(key, None)


def show(ctx: PageContext, guard: Guard) -> None:
    """Show what to enter, if a device has a new token, and whether it reports."""
    paired: Paired | None = st.session_state.get(_PAIRED)
    if paired is None:
        return
    texts, app = ctx.texts, APPS[paired.app]
    endpoint = endpoint_of(settings(), lan_address(), st.context.url)
    with st.container(border=True, key="pairing"):
        st.header(texts("pairing.title", device=escape_markdown(paired.name), app=app.title), anchor=False)
        _arrival(paired, ctx, guard)
        for warning in warnings(endpoint, paired.app, texts.language):
            st.warning(escape_markdown(warning))
        _instructions(paired, endpoint, texts)
        st.caption(texts("pairing.once"))
        if st.button(texts("pairing.done"), key="pairing-done"):
            forget()
            st.rerun()


def _arrival(paired: Paired, ctx: PageContext, guard: Guard) -> None:
    arrival: Arrival | None = st.session_state.get(_ARRIVED)
    if arrival and arrival.received_at:
        at = arrival.received_at.astimezone(ctx.texts.zone)
        message = ctx.texts("pairing.arrived", time=f"{at:%H:%M:%S}")
        if arrival.groups:
            message += " " + ctx.texts("pairing.groups", groups=escape_markdown(", ".join(arrival.groups)))
        st.success(f"✓ {message}")
    else:
        _wait(paired, ctx, guard)


@st.fragment(run_every=_POLL_S)
def _wait(paired: Paired, ctx: PageContext, guard: Guard) -> None:
    """Show that nothing has arrived yet, until something has."""
    try:
        if not guard():
            st.rerun()
        [row] = data.fetch(ctx.audience, "first_arrival", **values(paired.device_id, APPS[paired.app].source))
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)
        return
    arrival = arrival_of(row)
    if arrival.received_at:
        st.session_state[_ARRIVED] = arrival
        data.recent.clear()
        st.rerun()
    st.html(f'<p class="waiting" role="status">{ctx.texts("pairing.waiting")}</p>')
    if arrival.rejected:
        st.warning(ctx.texts("pairing.rejected", reason=escape_markdown(arrival.rejected)))
    for address, wrong in wrong_addresses(settings().home, within=_FRESH_S).items():
        said = ctx.texts("pairing.wrong_address", address=escape_markdown(address))
        if wrong.meant:
            said += " " + ctx.texts("pairing.meant_address", address=escape_markdown(wrong.meant))
        st.warning(said)


def _instructions(paired: Paired, endpoint: HubEndpoint, texts: Translator) -> None:
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


def _link(app: App, link: str, texts: Translator) -> None:
    with st.container(key="pairing-scan"):
        st.subheader(texts("pairing.scan"), anchor=False)
        st.image(qr.svg(link), width="stretch", alt=texts("pairing.qr_alt", app=app.name))
    with st.container(key="pairing-open"):
        st.link_button(texts("pairing.open", app=app.name), link, width="stretch")
        st.caption(texts("pairing.open_about"))


def _settings(paired: Paired, pairing: Pairing, where: str, then: str, texts: Translator) -> None:
    st.subheader(texts("pairing.enter_instead" if APPS[paired.app].link else "pairing.enter"), anchor=False)
    st.markdown(escape_markdown(where))
    with st.container(gap="xsmall", key="pairing-settings"):
        for setting in APPS[paired.app].settings(pairing):
            st.markdown(
                f"**{escape_markdown(setting.label)}**" + (f" · {texts('pairing.secret')}" if setting.secret else "")
            )
            st.code(setting.value, language=None, wrap_lines=True)
    st.markdown(escape_markdown(then))
