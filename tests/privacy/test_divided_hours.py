"""An hour that the owner's midnight divides is masked whole, and a link ends with the part that ends with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from events import Connection, add_device, refresh, rows, store
from private_zone import MINUTE, square
from share_world import link, seen

from iot_hub.privacy.areas import add_area

HOME, SHOP = (52.23, 21.01), (52.30, 21.10)
MIDNIGHT = datetime(2025, 8, 22, 18, 30, tzinfo=UTC)
"""In India, 0:00 of the 23rd."""
HOUR = MIDNIGHT.timestamp() - 30 * MINUTE
PUBLISHED = (
    "published_hourly_events_counter", "published_hourly_battery_details", "published_hourly_location_details",
    "published_hourly_metrics",
)  # fmt: skip


def at(place: tuple[float, float], **others: object) -> dict[str, object]:
    return {
        "location": {"latitude": place[0], "longitude": place[1], "fix_accuracy_m": 5, "altitude_m": 9},
        "battery": {"temperature_C": 20},
        "climate": {"temperature_C": 21},
        **others,
    }


@pytest.fixture
def indian(owner: Connection) -> Connection:
    """A device that was in a shop for eight hours, and visited home for ten minutes before midnight."""
    owner.execute("UPDATE iot_personal_hub.hub_settings SET value = 'Asia/Kolkata' WHERE name = 'time_zone'")
    add_device(owner)
    store(owner, *((HOUR + minute * MINUTE, at(HOME if 5 <= minute < 15 else SHOP)) for minute in range(-240, 240, 2)))
    refresh(owner)
    return owner


def labels(viewer: Connection, table: str) -> set[str]:
    found = rows(viewer, f"SELECT DISTINCT date_hour FROM iot_personal_hub.{table} ORDER BY date_hour")
    return {f"{row['date_hour'].astimezone(UTC):%H:%M}" for row in found}


@pytest.mark.parametrize("table", PUBLISHED)
def test_what_is_hidden_in_one_part_of_an_hour_hides_the_other(
    indian: Connection, viewer: Connection, table: str
) -> None:
    assert {"18:00", "18:30", "21:00"} <= labels(viewer, table)
    add_area(indian, "home", square(*HOME))
    # Before any refresh, and after it.
    for step in (lambda: None, lambda: refresh(indian), lambda: recompute(indian)):
        step()
        assert not {"18:00", "18:30"} & labels(viewer, table)
    assert {"15:00", "21:00"} <= labels(viewer, table)


def recompute(owner: Connection) -> None:
    owner.execute("SELECT iot_personal_hub.refresh_hours('2025-08-22', '2025-08-24')")
    refresh(owner)


def test_a_position_that_cannot_be_read_hides_both_parts_of_its_hour(indian: Connection, viewer: Connection) -> None:
    store(
        indian,
        (HOUR + 2.5 * MINUTE, {"location": {"latitude": "?", "longitude": 21}, "climate": {"humidity_percent": 3}}),
    )
    refresh(indian)
    assert not {"18:00", "18:30"} & labels(viewer, "published_hourly_events_counter")
    assert {"17:00", "19:00"} <= labels(viewer, "published_hourly_events_counter")


def test_a_change_of_zone_replaces_the_published_parts(indian: Connection, viewer: Connection) -> None:
    indian.execute("UPDATE iot_personal_hub.hub_settings SET value = 'Asia/Kathmandu' WHERE name = 'time_zone'")
    refresh(indian)
    for table in PUBLISHED:
        assert {"18:00", "18:15", "19:00"} <= labels(viewer, table)
        assert "18:30" not in labels(viewer, table)


@pytest.mark.parametrize(("minute", "last"), [(30, "18:00"), (29, "17:00"), (59, "18:00"), (60, "18:30")])
def test_a_link_shows_the_parts_that_end_with_it(indian: Connection, guest: Connection, minute: int, last: str) -> None:
    until = datetime.fromtimestamp(HOUR + minute * MINUTE, UTC)
    token = link(indian, measurements=True, since=datetime(2025, 8, 22, tzinfo=UTC), until=until)
    for view in ("hourly_events_counter", "hourly_metrics", "hourly_location_details", "hourly_values"):
        shown = {row["date_hour"].astimezone(UTC) for row in seen(guest, token, view)}
        assert f"{max(shown):%H:%M}" == last, view


def test_a_link_that_begins_with_a_day_begins_with_its_first_part(indian: Connection, guest: Connection) -> None:
    token = link(indian, measurements=True, since=MIDNIGHT)
    shown = {row["date_hour"].astimezone(UTC) for row in seen(guest, token, "hourly_events_counter")}
    assert min(shown) == MIDNIGHT
    [seen_last] = seen(guest, token, "last_seen")
    assert seen_last["last_seen"] == datetime.fromtimestamp(HOUR + 238 * MINUTE, UTC)
