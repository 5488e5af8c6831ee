"""What the dashboard asks the database for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import streamlit as st
from dashboard_world import Owner, add_device, add_events, block_area, report, utc, walk
from pydantic import SecretStr

from iot_hub.dashboard import data
from iot_hub.dashboard.charts.catalogue import CHARTS
from iot_hub.database import audiences
from iot_hub.database.audiences import Audience
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import Settings

NOON = utc(2026, 6, 10, 12)
DAY = {"device": 1, "since": utc(2026, 6, 10), "until": utc(2026, 6, 11), "step": "hour", "zone": "UTC"}
TRACK = {"device": 1, "since": utc(2026, 6, 10), "until": utc(2026, 6, 11), "gap": "30 min", "most": 5000}


@pytest.fixture
def where(settings: Settings) -> Iterator[Audience]:
    yield audiences.public(settings)
    st.cache_resource.clear()
    st.cache_data.clear()


def fetch(where: Audience, statement: str, values: dict[str, Any], **changes: object) -> list[data.Row]:
    return data.fetch(where, statement, **(values | changes))


def test_a_device_is_listed_with_what_was_last_published_of_it(owner: Owner, where: Audience) -> None:
    add_device(owner, 2, "zeta")
    add_device(owner, 1, "Alpha")
    add_events(owner, 1, [(NOON, report(level=41)), (NOON + timedelta(minutes=1), {"battery": {}})])
    alpha, zeta = data.fetch(where, "dashboard_devices")
    assert (alpha["name"], zeta["name"]) == ("Alpha", "zeta")
    assert alpha["last_seen"] == NOON + timedelta(minutes=1)
    assert (alpha["battery_level"], alpha["battery_time"]) == (41, NOON)
    assert zeta["last_seen"] is None


def test_events_are_counted_by_the_hour_and_an_hour_without_any_has_no_row(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(NOON, report()), (NOON + timedelta(minutes=59), report()), (NOON + timedelta(hours=2), {})])
    rows = fetch(where, "dashboard_events", DAY)
    assert [(row["started"].hour, row["events"]) for row in rows] == [(12, 2), (14, 1)]


def test_a_span_holds_its_beginning_and_not_its_end(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(NOON, report()), (NOON + timedelta(hours=1), report())])
    rows = fetch(where, "dashboard_events", DAY, since=NOON, until=NOON + timedelta(hours=1))
    assert [row["started"] for row in rows] == [NOON]


def test_every_chart_finds_its_columns(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(NOON, report(level=40)), (NOON + timedelta(minutes=5), report(level=43))])
    found = {
        chart.key: tuple(fetch(where, chart.statement, DAY, metric=chart.metric)[0][column] for column in chart.columns)
        for chart in CHARTS
    }
    assert found == {
        "events": (2,),
        "level": (40, 41.5, 43),
        "altitude": (12.5, 12.5, 12.5),
        "temperature": (28.5, 28.5, 28.5),
        "current": (-250, -250, -250),
    }


def test_days_are_cut_at_the_owners_midnight(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "phone")
    # 22:30 UTC is half past midnight in Warsaw's summer.
    add_events(owner, 1, [(utc(2026, 6, 9, 21, 30), report()), (utc(2026, 6, 9, 22, 30), report())])
    rows = fetch(where, "dashboard_events", DAY, since=utc(2026, 6, 8), step="day", zone="Europe/Warsaw")
    assert [row["started"] for row in rows] == [utc(2026, 6, 8, 22), utc(2026, 6, 9, 22)]


def test_a_track_breaks_after_a_gap_and_not_before_half_an_hour(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "phone")
    minutes = (0, 30, 61, 62)
    add_events(owner, 1, [(NOON + timedelta(minutes=m), report(latitude=45 + m / 1000)) for m in minutes])
    assert [row["run"] for row in fetch(where, "dashboard_track", TRACK)] == [0, 0, 1, 1]


def test_a_long_track_is_thinned_evenly_and_keeps_its_newest_position(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(NOON, hours=8))
    rows = fetch(where, "dashboard_track", TRACK, most=40)
    assert len(rows) == 32
    assert {row["total"] for row in rows} == {96}
    assert rows[-1]["location_time"] == NOON
    steps = {later["location_time"] - row["location_time"] for row, later in pairwise(rows)}
    assert steps == {timedelta(minutes=15)}


def test_thinning_makes_no_gap(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "phone")
    add_events(owner, 1, walk(NOON, hours=8))
    rows = fetch(where, "dashboard_track", TRACK, most=5)
    assert rows[1]["location_time"] - rows[0]["location_time"] > timedelta(minutes=30)
    assert {row["run"] for row in rows} == {0}


def test_a_gap_that_thinning_leaves_out_is_found_and_its_end_is_kept(owner: Owner, where: Audience) -> None:
    add_device(owner, 1, "phone")
    early = walk(NOON, hours=4, every=timedelta(minutes=1))
    late = walk(NOON + timedelta(hours=6), hours=4, every=timedelta(minutes=1))
    add_events(owner, 1, early + late)
    for most in (5, 20, 100, 1000):
        rows = fetch(where, "dashboard_track", TRACK, most=most)
        assert {row["run"] for row in rows} == {0, 1}
        assert min(row["location_time"] for row in rows if row["run"]) == min(at for at, _ in late)


@pytest.mark.parametrize("most", [2, 5, 7, 20, 59, 60, 119, 120, 121, 1000])
def test_a_track_of_any_number_of_runs_has_no_more_positions_than_asked_for(
    owner: Owner, where: Audience, most: int
) -> None:
    add_device(owner, 1, "phone")
    trips = [walk(NOON - timedelta(hours=2 * n), hours=1, every=timedelta(minutes=20)) for n in range(40)]
    add_events(owner, 1, [event for trip in trips for event in trip])
    everything = fetch(where, "dashboard_track", TRACK, since=utc(2026, 6, 1), most=1000)
    assert (len(everything), {row["run"] for row in everything}) == (120, set(range(40)))
    rows = fetch(where, "dashboard_track", TRACK, since=utc(2026, 6, 1), most=most)
    assert most / 3 <= len(rows) <= most or rows == everything
    assert rows[-1] == everything[-1]
    run_of = {row["location_time"]: row["run"] for row in everything}
    assert [row["run"] for row in rows] == [run_of[row["location_time"]] for row in rows]


def test_nothing_of_an_hour_in_a_private_area_is_found(owner: Owner, where: Audience) -> None:
    block_area(owner, 13.5, 45.1, 13.7, 45.3)
    add_device(owner, 1, "phone")
    add_events(owner, 1, [(NOON, report())])
    assert fetch(where, "dashboard_track", TRACK) == []
    for chart in CHARTS:
        assert fetch(where, chart.statement, DAY, metric=chart.metric) == []


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(owner: Owner, where: Audience) -> None:
    assert data.fetch(where, "dashboard_devices") == []
    owner.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'iot_hub_viewer'")
    assert data.fetch(where, "dashboard_devices") == []


@pytest.mark.slow
def test_a_database_that_is_away_is_one_clear_error(settings: Settings, where: Audience) -> None:
    nowhere = settings.model_copy(update={"viewer_database_url": SecretStr("postgresql:///x?host=/nonexistent")})
    with pytest.raises(DatabaseAwayError):
        data.fetch(audiences.public(nowhere), "dashboard_devices")
