"""The rooms of the home as lists: each device with its newest values, and how old they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from urllib.parse import urlencode

import streamlit as st

from iot_hub.dashboard.home_devices import HomeDevice, Value
from iot_hub.dashboard.markdown import escape_markdown
from iot_hub.dashboard.time_range import now
from iot_hub.dashboard.translations import Translator

_LONGEST_WORD = 40
_KILO = {"Wh": "kWh"}
"""Units that are written a thousand times larger from a thousand on."""


def show_attention(devices: Sequence[HomeDevice], texts: Translator) -> None:
    """Show which devices need their owner, and why."""
    troubled = [device for device in devices if device.needs_attention]
    with st.container(border=True, key="home-attention"):
        st.header(texts("home.attention"), anchor=False)
        if not troubled:
            st.caption(texts("home.all_well"))
            return
        items = "".join(
            f"<li>{link(device, texts)}{_where(device)}: {escape('; '.join(reasons(device, texts)))}</li>"
            for device in troubled
        )
        st.html(f'<ul class="home-attention">{items}</ul>')


def reasons(device: HomeDevice, texts: Translator) -> list[str]:
    """Return why a device needs attention."""
    ago = _ago(device.last_seen, texts)
    found = []
    if device.availability == "offline":
        found.append(texts("home.offline_since", ago=ago))
    if device.is_silent:
        found.append(texts("home.silent_since", ago=ago))
    if device.has_low_battery:
        level = next((value for value in device.values if value.property.metric == "battery.level"), None)
        shown = format_value(level, texts) if level else ""
        found.append(texts("home.battery_at", level=shown) if shown else texts("home.battery_low"))
    return found


def show_rooms(devices: Sequence[HomeDevice], texts: Translator) -> None:
    """Show each room with its devices; those in no room come last."""
    rooms: dict[str, list[HomeDevice]] = {}
    for device in devices:
        rooms.setdefault(device.room or "", []).append(device)
    with st.container(key="home-rooms"):
        for number, room in enumerate(sorted(rooms, key=lambda room: (room == "", room.casefold()))):
            with st.container(border=True, key=f"home-room-{number}"):
                st.header(_heading(room, texts), anchor=False)
                if not room:
                    st.caption(texts("home.no_room_help"))
                items = "".join(_device(device, texts) for device in rooms[room])
                st.html(f'<ul class="home-devices">{items}</ul>')


def _heading(room: str, texts: Translator) -> str:
    return escape_markdown(room) if room else texts("devices.no_room")


def _device(device: HomeDevice, texts: Translator) -> str:
    """Return a device as an item of a list, in HTML."""
    age = _ago(device.last_seen, texts)
    marks = [texts(f"home.{device.availability}")] if device.availability != "unknown" else []
    marks += [texts("home.silent")] if device.is_silent else []
    trouble = ' class="trouble"' if device.needs_attention else ""
    values = "".join(_value(value, age, texts) for value in device.values)
    about = escape(" · ".join([*marks, age]))
    return f"<li{trouble}><p>{link(device, texts)} <small>{about}</small></p><dl>{values}</dl></li>"


def _value(value: Value, age_of_device: str, texts: Translator) -> str:
    age = _ago(value.measured_at, texts)
    older = f" <small>{escape(age)}</small>" if age != age_of_device else ""
    at = escape(texts.format_datetime_seconds(value.measured_at))
    name = escape(value.property.label[texts.language])
    return f'<div><dt>{name}</dt><dd title="{at}">{escape(format_value(value, texts))}{older}</dd></div>'


def format_value(value: Value, texts: Translator) -> str:
    """Format a value with its unit."""
    if isinstance(value.value, bool):
        return texts("home.yes" if value.value else "home.no")
    if isinstance(value.value, str):
        return value.value[:_LONGEST_WORD]
    number, unit = float(value.value), value.property.unit
    if unit in _KILO and abs(number) >= 1000:
        number, unit = number / 1000, _KILO[unit]
    shown = texts.format_number(number, _decimals(number, unit))
    return shown if unit in ("", "1") else f"{shown}\u202f{unit}"


def _decimals(number: float, unit: str) -> int:
    if number.is_integer() or unit == "%" or abs(number) >= 1000:
        return 0
    return 1 if unit == "°C" or abs(number) >= 10 else 2


def link(device: HomeDevice, texts: Translator) -> str:
    """Return a link to what a device measured, in HTML."""
    return f'<a href="{address("./", texts, device=device.device_id)}" target="_self">{escape(device.name)}</a>'


def address(page: str, texts: Translator, **asked: object) -> str:
    """Return the address of a page in the visitor's language, for HTML."""
    asked |= {"lang": texts.language} if "lang" in st.query_params else {}
    return escape(f"{page}?{urlencode(asked)}" if asked else page)


def _where(device: HomeDevice) -> str:
    return f" ({escape(device.room)})" if device.room else ""


def _ago(at: datetime | None, texts: Translator) -> str:
    return texts.format_relative(at, now()) if at else texts("devices.never_seen")
