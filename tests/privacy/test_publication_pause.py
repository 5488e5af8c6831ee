"""A zone can't be asked at will: fixes of the past that cross its border too often pause what their device publishes."""

from __future__ import annotations

from typing import Any

import pytest
from events import Connection, add_device, mask, refresh, rows, store
from hub_server import running_api
from metric_samples import Samples, samples
from private_zone import LATITUDE, MINUTE, NOON, fix, square

from iot_hub.operations.doctor.area_checks import probing
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.privacy.areas import add_area, edit_area
from iot_hub.settings import Settings

HOUR = 3600
FAR = 9000


def stay(at: float, north_m: float) -> list[tuple[float, dict[str, Any]]]:
    """Half an hour at a place: a shorter appearance would not be shown."""
    return [(at + minute * MINUTE, fix(north_m)) for minute in (0, 10, 20, 30)]


def shown(viewer: Connection) -> int:
    [row] = rows(viewer, "SELECT count(*)::integer AS n FROM iot_personal_hub.published_locations")
    return int(row["n"])


def is_paused(owner: Connection, device_id: int = 1) -> bool:
    [row] = rows(owner, "SELECT iot_personal_hub.publication_is_paused(%s) AS paused", device_id)
    return bool(row["paused"])


def go_in_and_out(owner: Connection, visits: int, begins: float = NOON) -> None:
    """Send visits of the past, and judge each of them by itself, as an attacker would who looks after each."""
    for visit in range(visits):
        at = begins + visit * 6 * HOUR
        store(owner, *stay(at, FAR), *stay(at + 3 * HOUR, 0))
        refresh(owner)


@pytest.mark.slow
def test_a_grid_of_fifteen_hundred_fixes_of_the_past_shows_next_to_nothing(
    owner: Connection, viewer: Connection, settings: Settings
) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    grid = [(north, east) for north in range(-1900, 1901, 100) for east in range(-1900, 1901, 100)]
    assert len(grid) == 1521
    for first in range(0, len(grid), 100):
        for number, (north, east) in enumerate(grid[first : first + 100], first):
            store(owner, (NOON + number * 3 * HOUR, fix(north, east)))
        refresh(owner)
    hidden = rows(owner, "SELECT count(*)::integer AS n FROM iot_personal_hub.locations WHERE private")[0]["n"]
    assert hidden > 200
    assert is_paused(owner)
    # Each stretch that is hidden, of those before the last row that is shown, is a way through the zone.
    [told] = rows(
        owner,
        "SELECT count(*)::integer AS stretches FROM iot_personal_hub.private_spans AS span WHERE span.starts < ("
        " SELECT max(shown.location_time) FROM iot_personal_hub.published_locations AS shown)",
    )
    assert told["stretches"] <= 17
    assert shown(viewer) < 1521 - hidden
    found = probing(DiagnosticContext(settings, owner))
    assert (found.state, "'phone'" in found.message) == ("warning", True)


def test_a_pause_keeps_what_is_published_and_lasts_until_the_owner_publishes_the_device_again(
    owner: Connection, viewer: Connection, settings: Settings
) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    assert probing(DiagnosticContext(settings, owner)).state == "ok"
    go_in_and_out(owner, 4)
    before = shown(viewer)
    assert before >= 12
    go_in_and_out(owner, 30, NOON + 30 * 86400)
    during = shown(viewer)
    assert is_paused(owner)
    assert before <= during < before + 17 * 4
    # A zone that grows takes away what it hides now, paused or not.
    edit_area(owner, "home", margin_m=12_000)
    assert shown(viewer) == 0
    mask(owner)
    assert shown(viewer) == 0
    edit_area(owner, "home", margin_m=900)
    refresh(owner)
    assert shown(viewer) == 0

    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = true WHERE id = 1")
    assert not is_paused(owner)
    refresh(owner)
    assert shown(viewer) == 34 * 4 - hidden_outside(owner)
    assert probing(DiagnosticContext(settings, owner)).state == "ok"


def hidden_outside(owner: Connection) -> int:
    [row] = rows(owner, "SELECT count(*)::integer AS n FROM iot_personal_hub.locations WHERE hidden AND NOT private")
    return int(row["n"])


def test_what_a_device_reports_while_it_happens_never_pauses_it(owner: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    [now] = rows(owner, "SELECT extract(epoch FROM now())::float AS now")
    # To and fro over the border, each minute, for an hour.
    for minute in range(-60, 0, 2):
        store(owner, (now["now"] + minute * MINUTE, fix(0)), (now["now"] + (minute + 1) * MINUTE, fix(FAR)))
        refresh(owner)
    assert not is_paused(owner)


def test_a_day_offline_that_is_sent_at_once_does_not_pause_a_device(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    add_area(owner, "work", square(LATITUDE + 0.1))
    [now] = rows(owner, "SELECT extract(epoch FROM now())::float AS now")
    begins = now["now"] - 30 * HOUR
    for number, north in enumerate((0, FAR / 2, 0.1 * 111_195, FAR / 2, 0, FAR / 2, 0)):
        store(owner, *stay(begins + number * 4 * HOUR, north))
        refresh(owner)
    assert not is_paused(owner)
    assert shown(viewer) > 0


def test_crossings_of_yesterday_do_not_count_today(owner: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    for day in range(4):
        go_in_and_out(owner, 6, NOON + day * 86400 * 3)
        assert not is_paused(owner)
        owner.execute("UPDATE iot_personal_hub.zone_crossings SET noted_at = noted_at - interval '1 day'")


def test_an_imported_past_does_not_pause_a_device(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    go_in_and_out(owner, 20)
    assert not is_paused(owner)
    assert shown(viewer) >= 60


def test_a_device_that_is_not_published_is_not_counted(owner: Connection) -> None:
    add_device(owner, published=False)
    add_area(owner, "home", square())
    go_in_and_out(owner, 20)
    assert not is_paused(owner)
    assert rows(owner, "SELECT FROM iot_personal_hub.zone_crossings") == []


@pytest.fixture
def scraped(settings: Settings, owner: Connection) -> Samples:
    """What Prometheus reads of a hub whose device was used to ask."""
    add_device(owner)
    add_device(owner, 2, "other")
    add_area(owner, "home", square())
    go_in_and_out(owner, 20)
    with running_api(settings) as client:
        return samples(client.get("/metrics").raise_for_status().text)


@pytest.mark.hub
def test_a_pause_is_seen_in_the_metrics(scraped: Samples) -> None:
    phone, other = (("device", "1"), ("name", "phone")), (("device", "2"), ("name", "other"))
    assert scraped["iot_hub_publication_paused", phone] == 1
    assert scraped["iot_hub_publication_paused", other] == 0
    assert scraped["iot_hub_zone_crossings", phone] > 16
    assert scraped["iot_hub_zone_crossings", other] == 0
