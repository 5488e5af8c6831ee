"""The owner's page of the events behind a figure: what came, when, by which way, and what was rejected."""

from __future__ import annotations

import streamlit as st

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.chart import humanize
from iot_hub.dashboard.components import empty_states, filters, reading_list
from iot_hub.dashboard.components.filters import Selection
from iot_hub.dashboard.components.readings_link import METRIC
from iot_hub.dashboard.data import Row
from iot_hub.dashboard.session import Guard, PageContext
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator
from iot_hub.errors import DatabaseAwayError

_MOST, _MOST_REJECTED = 300, 100
_OLDER = "readings-older"


@st.fragment
def show(ctx: PageContext, guard: Guard) -> None:
    """Show the page; a choice asks the guard again."""
    try:
        if not guard():
            st.rerun()
        devices = data.recent(ctx.audience, "dashboard_devices")
        if devices:
            _events(ctx, devices)
        else:
            empty_states.no_device(ctx)
    except DatabaseAwayError:
        empty_states.database_away(ctx.texts)


def _events(ctx: PageContext, devices: list[Row]) -> None:
    texts = ctx.texts
    st.header(texts("readings.title"), anchor=False)
    asked = st.query_params.get(METRIC)
    selection = filters.select(devices, texts)
    time_range = selection.time_range(texts)
    metric = _metric(ctx, selection, time_range, asked)
    _keep_in_address(metric)
    since, until = time_range.since, _until(selection, metric, time_range)
    wanted = {"device": selection.device, "since": since}
    rows = data.recent(ctx.audience, "readings_of_device", metric=metric, until=until, most=_MOST, **wanted)
    _say_what_is_shown(ctx, rows, selection, time_range)
    if rows:
        chosen = reading_list.show_events(rows, texts, has_value=metric is not None)
        _turn_page(rows, texts, selection, metric, time_range)
        if chosen:
            reading_list.show_event(chosen, texts)
    rejected = data.recent(ctx.audience, "rejected_of_device", until=time_range.until, most=_MOST_REJECTED, **wanted)
    if rejected:
        reading_list.show_rejected(rejected, texts)
    st.caption(texts("page.zone", zone=texts.zone.key))


def _metric(ctx: PageContext, selection: Selection, time_range: TimeRange, asked: str | None) -> str | None:
    """Return the metric that the visitor chooses; None: every event."""
    texts = ctx.texts
    known = data.recent(
        ctx.audience, "metrics_with_readings", device=selection.device, since=time_range.since, until=time_range.until
    )
    names = {row["metric"]: texts.get(f"metric.{row['metric']}", humanize(row["metric"], row["unit"])) for row in known}
    # A link may lead to one of which the range has none.
    if asked and asked not in names:
        names[asked] = texts.get(f"metric.{asked}", asked)
    choices: list[str | None] = [None, *sorted(names, key=lambda name: names[name].casefold())]
    chosen: str | None = st.selectbox(
        texts("readings.metric"),
        choices,
        index=choices.index(asked) if asked else 0,
        format_func=lambda name: names[name] if name else texts("readings.every"),
        width=420,
        key=f"readings-metric-{texts.language}-{selection.device}",
    )
    return chosen


def _keep_in_address(metric: str | None) -> None:
    if metric is None:
        st.query_params.pop(METRIC, None)
    elif st.query_params.get(METRIC) != metric:
        st.query_params[METRIC] = metric


def _until(selection: Selection, metric: str | None, time_range: TimeRange) -> object:
    """Return before which instant events are shown: the range's end, or where the visitor has turned pages to."""
    turned = st.session_state.get(_OLDER)
    return turned[1][-1] if turned and turned[0] == (selection, metric) and turned[1] else time_range.until


def _turn_page(
    rows: list[Row], texts: Translator, selection: Selection, metric: str | None, time_range: TimeRange
) -> None:
    """Show the buttons to older events, and back."""
    key = selection, metric
    turned = st.session_state.get(_OLDER)
    before = turned[1] if turned and turned[0] == key else []
    if len(rows) < _MOST and not before:
        return
    with st.container(horizontal=True, key="readings-pages"):
        if st.button(texts("readings.newer"), disabled=not before, icon=":material/chevron_left:"):
            st.session_state[_OLDER] = key, before[:-1]
            st.rerun()
        if st.button(texts("readings.older"), disabled=len(rows) < _MOST, icon=":material/chevron_right:"):
            st.session_state[_OLDER] = key, [*before, rows[-1]["device_time"]]
            st.rerun()


def _say_what_is_shown(ctx: PageContext, rows: list[Row], selection: Selection, time_range: TimeRange) -> None:
    texts = ctx.texts
    if rows:
        shown = texts(
            "readings.shown",
            count=texts.plural("readings.count", len(rows)),
            since=texts.format_datetime(rows[-1]["device_time"]),
            until=texts.format_datetime(rows[0]["device_time"]),
        )
        st.caption(f"{shown} {texts('readings.select')}")
    else:
        st.caption(texts("readings.none"))
    [archived] = data.recent(
        ctx.audience,
        "archived_days_of_device",
        device=selection.device,
        since=time_range.since,
        until=time_range.until,
    )
    if archived["days"]:
        st.caption(texts.plural("readings.archived", archived["days"]))
