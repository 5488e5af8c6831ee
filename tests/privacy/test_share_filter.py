"""What a share link shows: some devices, a window, cells of a grid, and never more than is published."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from share_world import NOON, VIEWS, at, counted, link, places, reading, seen

from iot_hub.privacy.areas import add_area

HOME = b'{"type": "Polygon", "coordinates": [[[21.0, 52.22], [21.02, 52.22], [21.02, 52.24], [21.0, 52.24], [21.0, 52.22]]]}'
SIDES = {"100m": 100, "1km": 1_000, "city": 10_000}
STEPS = {"100m": 60, "1km": 600, "city": 3600}
Fix = tuple[int, float, float]
"""Seconds after noon, latitude, longitude."""
NOTHING = dict.fromkeys(VIEWS, 0)


def walk(owner: Connection, minutes: int = 180, device_id: int = 1, longitude: float = 21.01) -> None:
    """Walk north, out of home if there is one, with a fix each minute."""
    store(owner, *((NOON + n * 60, at(52.2 + n / 1000, longitude)) for n in range(minutes)), device_id=device_id)
    refresh(owner)


def test_without_a_valid_token_there_is_nothing_at_all(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    walk(owner)
    token = link(owner, measurements=True)
    assert all(counted(guest, token).values())
    assert {view: len(rows(guest, f"SELECT * FROM iot_hub_shared.{view}")) for view in VIEWS} == NOTHING
    for wrong in ("", token[:-1], token + " ", token.swapcase(), "\u0142\x01" * 1000):
        assert counted(guest, wrong) == NOTHING


def test_a_token_holds_for_its_own_transaction_only(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    walk(owner)
    token = link(owner)
    assert seen(guest, token)
    assert rows(guest, "SELECT * FROM iot_hub_shared.locations") == []


@pytest.mark.parametrize("change", ["revoked_at = now()", "expires_at = now() - interval '1 second'"])
def test_a_link_that_is_revoked_or_expired_shows_nothing(owner: Connection, guest: Connection, change: str) -> None:
    add_device(owner)
    walk(owner)
    token = link(owner, measurements=True)
    owner.execute(f"UPDATE iot_personal_hub.share_links SET {change}")
    assert counted(guest, token) == NOTHING


def test_a_link_shows_its_own_devices_only(owner: Connection, guest: Connection) -> None:
    for device_id, name in ((1, "phone"), (2, "car"), (3, "bike")):
        add_device(owner, device_id, name)
        walk(owner, device_id=device_id)
    one, two = link(owner, measurements=True), link(owner, "car", "bike", name="two", measurements=True)
    for view in set(VIEWS) - {"link"}:
        assert {row["device_id"] for row in seen(guest, one, view)} == {1}, view
        assert {row["device_id"] for row in seen(guest, two, view)} == {2, 3}, view


def test_a_full_link_of_everything_shows_what_is_published(
    owner: Connection, guest: Connection, viewer: Connection
) -> None:
    add_device(owner)
    add_area(owner, "home", HOME)
    walk(owner)
    token = link(owner, measurements=True)
    for view in set(VIEWS) - {"link"}:
        published = rows(viewer, f"SELECT * FROM iot_hub_public.{view} AS it ORDER BY it::text")
        assert published and seen(guest, token, view) == published, view


def test_a_link_without_measurements_shows_positions_only(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    walk(owner)
    token = link(owner)
    assert {view for view, count in counted(guest, token).items() if count} == {
        "devices", "hourly_location_details", "hourly_metrics", "hourly_values", "last_seen", "link", "locations",
    }  # fmt: skip
    assert {row["metric"] for row in seen(guest, token, "hourly_values")} == {"location.altitude"}
    [last] = seen(guest, token, "last_seen")
    assert (last["last_seen"].timestamp(), last["battery_level"], last["battery_time"]) == (NOON + 179 * 60, None, None)


def test_a_window_is_kept_in_every_view(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    walk(owner)
    since, until = (datetime.fromtimestamp(NOON + minutes * 60, UTC) for minutes in (30, 150))
    token = link(owner, measurements=True, since=since, until=until)
    assert len(seen(guest, token)) == len(seen(guest, token, "events")) == 120
    # Whole hours only: 12:30 to 14:30 has one.
    for view in ("hourly_battery_details", "hourly_events_counter", "hourly_location_details"):
        assert [row["date_hour"].timestamp() for row in seen(guest, token, view)] == [NOON + 3600], view
    [last] = seen(guest, token, "last_seen")
    assert last["last_seen"] < until


def test_a_live_link_shows_the_last_hours(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    now = datetime.now(UTC).timestamp()
    store(owner, *((now - hours * 3600, at(52.2, 21 + hours / 10)) for hours in (0.01, 1.5, 3, 30)))
    refresh(owner)
    live = link(owner, live=timedelta(hours=2), measurements=True)
    assert len(seen(guest, live)) == len(seen(guest, live, "events")) == 2
    # Told by whole hours, and not before they are over.
    city = link(owner, name="city", live=timedelta(hours=4), precision="city")
    shown = [row["location_time"] for row in seen(guest, city)]
    assert len(shown) in (1, 2)
    assert all(time <= datetime.now(UTC) - timedelta(minutes=75) for time in shown)


@pytest.mark.parametrize("precision", SIDES)
def test_a_coarse_position_says_nothing_but_its_cell(owner: Connection, guest: Connection, precision: str) -> None:
    add_device(owner)
    walk(owner)
    token = link(owner, precision=precision, measurements=True)
    for row in seen(guest, token):
        assert row["location_time"].timestamp() % STEPS[precision] == 0
        assert [row[name] for name in ("altitude_m", "accuracy_m", "speed_ms", "bearing")] == [None] * 4
    for row in seen(guest, token, "hourly_location_details"):
        assert row["altitude_min"] is row["altitude_avg"] is row["altitude_max"] is None
        told = places(guest, token)
        assert row["latitude_min"] in {latitude for _, latitude, _ in told}
        assert row["longitude_max"] in {longitude for _, _, longitude in told}
    assert all(set(row["properties"]) == {"battery"} for row in seen(guest, token, "events"))
    assert {row["metric"].split(".")[0] for row in seen(guest, token, "hourly_metrics")} == {"battery"}


@pytest.mark.parametrize("precision", SIDES)
def test_how_often_a_device_was_in_a_cell_does_not_show(owner: Connection, guest: Connection, precision: str) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "car")
    store(owner, *((NOON + n, at(52.2001 + n * 1e-7, 21.0101)) for n in range(50)), device_id=1)
    store(owner, (NOON + 3, at(52.20012, 21.01013)), device_id=2)
    refresh(owner)
    often, once = link(owner, "phone", precision=precision), link(owner, "car", name="once", precision=precision)
    assert places(guest, often) == places(guest, once)
    assert len(seen(guest, often)) == 1

    def without_ids(token: str, view: str) -> list[dict[str, Any]]:
        return [{key: row[key] for key in row.keys() - {"device_id", "event_id"}} for row in seen(guest, token, view)]

    for view in ("locations", "hourly_location_details", "last_seen"):
        assert without_ids(often, view) == without_ids(once, view), view


def test_the_end_of_a_window_cuts_no_step_in_two(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    walk(owner)
    for minutes in (60, 61, 90, 119):
        until = datetime.fromtimestamp(NOON + minutes * 60, UTC)
        token = link(owner, name=str(minutes), precision="city", until=until)
        assert {time.timestamp() for time, _, _ in places(guest, token)} == {NOON}
    late = link(owner, name="late", precision="city", since=datetime.fromtimestamp(NOON + 1, UTC))
    assert {time.timestamp() for time, _, _ in places(guest, late)} == {NOON + 3600, NOON + 7200}


@given(st.lists(st.tuples(st.integers(0, 7200), st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=30))
@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_coarser_link_tells_nothing_that_a_finer_one_does_not(
    owner: Connection, guest: Connection, fixes: list[Fix]
) -> None:
    """What it shows of the fixes is what it would show of the finer link's cells in their place."""
    owner.execute("DELETE FROM iot_personal_hub.share_links")
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_devices (id, name, type, published) VALUES (1, 'phone', 'smartphone', true)"
        " ON CONFLICT DO NOTHING"
    )
    tokens = {name: link(owner, name=name, precision=name) for name in ("full", *SIDES)}
    shown = {name: told(owner, guest, token, fixes) for name, token in tokens.items()}
    assert len(shown["full"]) == len(set(fixes))
    for finer, coarser in (("100m", "1km"), ("1km", "city"), ("100m", "city"), ("city", "city")):
        assert told(owner, guest, tokens[coarser], shown[finer]) == shown[coarser], (finer, coarser)
    for name, side in SIDES.items():
        # Around the poles, cells are far from square.
        for fix in (fix for fix in fixes if abs(fix[1]) < 85):
            # Half a diagonal; a cell is wider where its band is nearer to the equator.
            assert min(metres(fix, cell) for cell in shown[name] if same_step(fix, cell, name)) <= side, name


def told(owner: Connection, guest: Connection, token: str, fixes: Collection[Fix]) -> set[Fix]:
    """What a link shows of fixes."""
    owner.execute("DELETE FROM iot_personal_hub.locations")
    with owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO iot_personal_hub.locations (device_id, location_time, latitude, longitude, first_reported,"
            " last_reported, event_id, event_digest, uncertainty_m, private, properties, hidden)"
            " VALUES (1, to_timestamp(%s), %s, %s, now(), now(), 1, '', 5, false, '{}', false) ON CONFLICT DO NOTHING",
            [(NOON + second, latitude, longitude) for second, latitude, longitude in fixes],
        )
    owner.execute("SELECT iot_personal_hub.publish_window(1, '-infinity', 'infinity')")
    return {(int(time.timestamp()) - NOON, latitude, longitude) for time, latitude, longitude in places(guest, token)}


def same_step(fix: Fix, cell: Fix, name: str) -> bool:
    return fix[0] // STEPS[name] * STEPS[name] == cell[0]


def metres(fix: Fix, cell: Fix) -> float:
    across = abs(fix[2] - cell[2])
    east = min(across, 360 - across) * 111_195 * math.cos(math.radians(fix[1]))
    return math.hypot(east, (fix[1] - cell[1]) * 111_195)


def test_masking_lies_below_every_link(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    walk(owner, minutes=240)
    tokens = {name: link(owner, name=name, precision=name, measurements=True) for name in ("full", *SIDES)}
    before = {name: len(seen(guest, token)) for name, token in tokens.items()}
    add_area(owner, "home", HOME)
    refresh(owner)
    for name, token in tokens.items():
        assert 0 < len(seen(guest, token)) < before[name] or name == "city", name
        with reading(guest, token):
            assert rows(guest, "SELECT * FROM iot_hub_shared.events WHERE properties::text LIKE '%%52.23,%%'") == []
