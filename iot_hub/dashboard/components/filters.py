"""What the visitor selects: device, range and language. The address holds it, so that a link can be shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from iot_hub.dashboard.data import Row
from iot_hub.dashboard.time_range import ROLLING, TimeRange, between, now, rolling
from iot_hub.dashboard.translations import LANGUAGES, Translator, load

CUSTOM = "custom"
_RANGES = (*ROLLING, CUSTOM)
_DEFAULT = "7d"
_OTHER_PARAMETERS = ("lang", "view", "share", "metric")

VIEWS = ("owner", "public")


@dataclass(frozen=True)
class Selection:
    """A device and a range: a rolling one, or days of the owner, the last included."""

    device: int
    range: str
    days: tuple[date, date] | None = None

    def time_range(self, texts: Translator) -> TimeRange:
        """Return the range as of now."""
        return between(*self.days, texts.zone) if self.days else rolling(ROLLING[self.range], now())


def language(texts: Translator) -> None:
    """Show the languages to choose from."""
    chosen = st.segmented_control(
        texts("page.language"),
        LANGUAGES,
        default=texts.language,
        format_func=str.upper,
        required=True,
        label_visibility="collapsed",
        key="language",
    )
    if chosen != texts.language:
        st.query_params["lang"] = chosen
        st.rerun()


def view(texts: Translator) -> str:
    """Return whose view the owner selects: their own (owner) or that of others (public)."""
    asked = st.query_params.get("view", VIEWS[0])
    chosen: str = st.segmented_control(
        texts("view.label"),
        VIEWS,
        default=asked if asked in VIEWS else VIEWS[0],
        format_func=lambda name: texts(f"view.{name}"),
        required=True,
        label_visibility="collapsed",
        key=f"view-{texts.language}",
    )
    if chosen != asked:
        st.query_params["view"] = chosen
    return chosen


def select(devices: Sequence[Row], texts: Translator) -> Selection:
    """Return what the visitor selects, beginning with what the address says."""
    with st.container(horizontal=True, key="choices"):
        device = _device(devices, texts)
        chosen = st.segmented_control(
            texts("choice.range"),
            _RANGES,
            default=_range_in_address(),
            format_func=lambda name: texts(f"choice.{name}"),
            required=True,
            key=f"range-{texts.language}",
        )
        days = _days(texts) if chosen == CUSTOM else None
    _write_address(device, chosen, days)
    return Selection(device, chosen, days)


def _device(devices: Sequence[Row], texts: Translator) -> int:
    names = {row["device_id"]: row["name"] for row in devices}
    asked = st.query_params.get("device", "")
    start = int(asked) if asked.isdecimal() and int(asked) in names else _latest(devices)
    ids = list(names)
    device: int = st.selectbox(
        texts("choice.device"), ids, index=ids.index(start), format_func=names.__getitem__, width=260, key="device"
    )
    return device


def _latest(devices: Sequence[Row]) -> int:
    never = datetime.min.replace(tzinfo=UTC)
    latest: int = max(devices, key=lambda row: row["last_seen"] or never)["device_id"]
    return latest


def _range_in_address() -> str:
    asked = st.query_params.get("range", _DEFAULT)
    return asked if asked in _RANGES else _DEFAULT


def _days(texts: Translator) -> tuple[date, date]:
    today = now().astimezone(texts.zone).date()
    start = _date_in_address("from", today - timedelta(days=6))
    chosen = st.date_input(
        texts("choice.dates"),
        value=(start, max(start, _date_in_address("to", today))),
        format=load(texts.language)["date_format"],
        width=260,
        key=f"days-{texts.language}",
    )
    days = chosen if isinstance(chosen, tuple) else (chosen,)
    # Between the clicks on the first and on the last day there is only one.
    return (days[0], days[-1]) if days else (start, today)


def _date_in_address(name: str, default: date) -> date:
    try:
        asked = date.fromisoformat(st.query_params[name])
    except (KeyError, ValueError):
        return default
    return asked if 1970 <= asked.year <= 9000 else default


def _write_address(device: int, chosen: str, days: tuple[date, date] | None) -> None:
    address = {"device": str(device), "range": chosen}
    if days:
        address |= {"from": days[0].isoformat(), "to": days[1].isoformat()}
    address |= {name: st.query_params[name] for name in _OTHER_PARAMETERS if name in st.query_params}
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)
