"""Everything at a glance, above the page of one device: what needs attention first, then the newest values of all."""

from __future__ import annotations

from html import escape

import streamlit as st

from iot_hub.dashboard.components import refresh_button, room_list
from iot_hub.dashboard.home_devices import HomeDevice, Value, fetch_devices
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.dashboard.time_range import now
from iot_hub.dashboard.translations import Translator
from iot_hub.errors import DatabaseAwayError

MOST_DEVICES = 12
"""More stand on the page Home: the pictures below should still be seen."""
_VALUES = 2
_IN_A_ROW = 6
"""On a wide page."""


@st.fragment
def show(ctx: PageContext, guard: Guard) -> None:
    """Show all devices, where there is more than the one that the page is about."""
    refresh_button.show(refresh_button.SELDOM, ctx.texts)
    try:
        if not guard():
            st.rerun()
        devices = fetch_devices(ctx.audience)
    except DatabaseAwayError:
        # Said below.
        return
    if len(devices) > 1:
        # The style keeps the height of one row of cards, or of two, before they are drawn.
        with st.container(key="overview-two" if len(devices) > _IN_A_ROW else "overview-one"):
            st.html(_overview(devices, ctx.texts))


def _overview(devices: list[HomeDevice], texts: Translator) -> str:
    ordered = sorted(devices, key=lambda device: not device.needs_attention)
    items = "".join(_item(device, texts) for device in ordered[:MOST_DEVICES])
    troubled = sum(device.needs_attention for device in devices)
    counted = [texts.plural("overview.devices", len(devices))]
    counted += [texts.plural("overview.attention", troubled)] if troubled else [texts("overview.all_well")]
    about = f'<a href="{room_list.address("./home", texts)}" target="_self">{escape(" · ".join(counted))}</a>'
    return f'<nav class="overview" aria-label="{escape(texts("overview.title"))}"><p>{about}</p><ul>{items}</ul></nav>'


def _value(value: Value, texts: Translator) -> str:
    shown = room_list.format_value(value, texts)
    # A number is known by its unit; "yes" could be anything.
    has_unit = isinstance(value.value, int | float) and not isinstance(value.value, bool) and value.property.unit
    return shown if has_unit else f"{value.property.label[texts.language]}: {shown}"


def _item(device: HomeDevice, texts: Translator) -> str:
    # A battery is shown where nothing else is measured.
    ordered = sorted(device.values, key=lambda value: value.property.path[0] == "battery")
    values = " · ".join(_value(value, texts) for value in ordered[:_VALUES])
    seen = texts.format_relative(device.last_seen, now()) if device.last_seen else texts("devices.never_seen")
    about = "; ".join(room_list.reasons(device, texts)) if device.needs_attention else seen
    trouble = ' class="trouble"' if device.needs_attention else ""
    shown = f"<span>{escape(values)}</span>" if values else ""
    return f"<li{trouble}>{room_list.link(device, texts)}{shown}<small>{escape(about)}</small></li>"
