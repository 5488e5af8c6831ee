"""Others see stays only if the owner says so: made of published fixes alone, and at once in both directions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from archive_world import folder_hub, new_hub, with_archive_of
from command_line import run
from events import Connection, add_device, refresh, rows
from journey_world import HOUR, MINUTE
from private_zone import square
from psycopg.rows import DictRow
from published_journeys_world import HOME, MORNING, day_out, live, made_of_published_rows_alone, report, shown
from query_api_world import Api, running_api
from share_world import seen
from typer.testing import CliRunner

from iot_hub.access.readers import add_reader
from iot_hub.archive import state
from iot_hub.archive.restore import restore_archive
from iot_hub.archive.run import run_archive
from iot_hub.cli.main import app
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.privacy.areas import add_area
from iot_hub.privacy.exposure import exposure
from iot_hub.privacy.share_links import add_trip_share
from iot_hub.privacy.stays import show_stays, stays_are_shown
from iot_hub.settings import Settings

__all__ = ["folder_hub", "new_hub"]

SPANS = "SELECT greatest(starts, '2000-01-01') AS starts, least(ends, '2100-01-01') AS ends FROM iot_personal_hub.private_spans"
DAY = {"from": "2026-03-03T00:00:00Z", "to": "2026-03-04T00:00:00Z"}


@pytest.fixture
def owner(owner: Connection) -> Connection:
    """A hub with a private home, and a day out: to a shop for three quarters of an hour, and to an office for three hours."""
    add_device(owner)
    add_area(owner, "home", square(*HOME))
    live(owner, day_out(random.Random(1)))
    return owner


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "yes") as api:
        yield api


def kinds(viewer: Connection) -> list[str]:
    return [row["kind"] for row in rows(viewer, "SELECT kind FROM iot_hub_public.journeys ORDER BY starts")]


def kinds_of_api(api: Api, headers: dict[str, str] | None = None, device: int = 1) -> list[str]:
    answer = api.get(f"/v1/devices/{device}/journeys", headers, **DAY)
    assert answer.status_code == 200
    return [journey["kind"] for journey in answer.json()["journeys"]]


def whole_tile(api: Api) -> bytes:
    """The journeys of the shop and the office: those of a tile of zoom 9."""
    answer = api.get("/v1/tiles/journeys/9/285/168")
    assert answer.status_code == 200
    return answer.content


def everything_else(viewer: Connection, api: Api) -> list[Any]:
    """What others get that has no stays, whatever the owner says."""
    return [
        rows(viewer, "SELECT it::text FROM iot_hub_public.named_journeys AS it ORDER BY starts"),
        rows(viewer, "SELECT it::text FROM iot_hub_public.journey_moves AS it ORDER BY starts"),
        rows(viewer, "SELECT it::text FROM iot_hub_public.map_cells AS it ORDER BY it::text"),
        rows(viewer, "SELECT it::text FROM iot_hub_public.visits AS it"),
        *(api.get(f"/v1/statistics{kind}", **{"from": "2026-03-01", "to": "2026-03-31"}).text
          for kind in ("", "/places", "/countries", "/trips", "/streaks")),
    ]  # fmt: skip


def test_stays_are_shown_to_nobody_until_the_owner_says_so_and_at_once_then(
    owner: Connection, viewer: Connection, api: Api
) -> None:
    assert not stays_are_shown(owner)
    assert kinds(viewer) == kinds_of_api(api) == ["trip"]
    assert b"stays" not in whole_tile(api)
    before = everything_else(viewer, api)
    show_stays(owner, shown=True)
    assert kinds(viewer) == kinds_of_api(api) == ["stay", "trip", "stay"]
    assert b"stays" in whole_tile(api)
    assert everything_else(viewer, api) == before
    show_stays(owner, shown=False)
    assert kinds(viewer) == kinds_of_api(api) == ["trip"]
    assert b"stays" not in whole_tile(api)


def test_a_reader_sees_stays_of_the_granted_devices_alone(owner: Connection, api: Api) -> None:
    add_device(owner, 2, "other")
    headers = {"Authorization": f"Bearer {add_reader(owner, 'mum', ['other'])}"}
    show_stays(owner, shown=True)
    assert kinds_of_api(api, headers, 2) == []
    assert api.get("/v1/devices/1/journeys", headers, **DAY).status_code == 404
    assert api.get("/v1/tiles/journeys/9/285/168", headers).status_code == 204


def test_stays_that_are_shown_are_made_of_published_rows_alone(owner: Connection, viewer: Connection) -> None:
    show_stays(owner, shown=True)
    assert shown(owner) == made_of_published_rows_alone(owner)
    spans = rows(owner, SPANS)
    seen = rows(viewer, "SELECT starts, ends, latitude, longitude FROM iot_hub_public.journeys WHERE kind = 'stay'")
    assert len(seen) == 2
    for stay in seen:
        assert stay["latitude"] - HOME[0] > 0.07
        assert all(stay["ends"] <= span["starts"] or stay["starts"] >= span["ends"] - MINUTE for span in spans)


def test_a_link_of_a_trip_shows_the_trip_and_no_stay_beside_it(
    owner: Connection, guest: psycopg.Connection[DictRow]
) -> None:
    span = (MORNING + HOUR, MORNING + 5 * HOUR)
    token = add_trip_share(owner, "to the office", "phone", span, ttl=timedelta(days=1)).token
    [trip] = rows(owner, "SELECT starts FROM iot_hub_public.journeys")
    before = [seen(guest, token, view) for view in ("link", "moves")]
    assert before[0][0]["since"] == trip["starts"]
    show_stays(owner, shown=True)
    assert [seen(guest, token, view) for view in ("link", "moves")] == before


def test_an_area_drawn_later_and_late_fixes_take_stays_with_them(owner: Connection, viewer: Connection) -> None:
    show_stays(owner, shown=True)
    [shop, _] = rows(
        viewer, "SELECT latitude, longitude FROM iot_hub_public.journeys WHERE kind = 'stay' ORDER BY starts"
    )
    add_area(owner, "shop", square(shop["latitude"], shop["longitude"]))
    assert kinds(viewer) == []
    refresh(owner)
    late = [fix for fix in day_out(random.Random(2)) if MORNING + 2 * HOUR < fix.at < MORNING + 5 * HOUR]
    report(owner, late)
    refresh(owner)
    assert shown(owner) == made_of_published_rows_alone(owner)
    for stay in rows(viewer, "SELECT latitude, longitude FROM iot_hub_public.journeys WHERE kind = 'stay'"):
        assert abs(stay["latitude"] - shop["latitude"]) + abs(stay["longitude"] - shop["longitude"]) > 0.01


@pytest.mark.usefixtures("owner")
def test_the_public_s_roles_can_neither_read_nor_write_the_owner_s_choice(
    viewer: Connection, guest: psycopg.Connection[DictRow]
) -> None:
    for role in (viewer, guest):
        for statement in (
            "SELECT value FROM iot_personal_hub.hub_settings",
            "UPDATE iot_personal_hub.hub_settings SET value = 'yes' WHERE name = 'stays_shown'",
            "INSERT INTO iot_personal_hub.hub_settings (name, value) VALUES ('stays_shown', 'yes')",
            "DELETE FROM iot_personal_hub.hub_settings",
            "UPDATE iot_personal_hub.published_settings SET stays_shown = true",
            "SELECT kind FROM iot_personal_hub.shown_journeys",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), role.transaction():
                role.execute("SET TRANSACTION READ WRITE")
                role.execute(statement.encode())


@pytest.mark.parametrize("chosen", [False, True])
def test_a_hub_that_is_restored_shows_stays_only_if_its_owner_had_said_so(
    folder_hub: Settings, owner: Connection, new_hub: Settings, chosen: bool
) -> None:
    show_stays(owner, shown=chosen)
    run_archive(folder_hub)
    restored = with_archive_of(new_hub, folder_hub)
    restore_archive(restored)
    with connect(owner_conninfo(restored, "tests")) as new_owner:
        assert stays_are_shown(new_owner) is chosen


def test_an_archive_from_before_the_choice_shows_no_stays(owner: Connection, new_hub: Settings) -> None:
    settings_then = rows(owner, "SELECT * FROM iot_personal_hub.hub_settings WHERE name <> 'stays_shown'")
    assert settings_then
    with connect(owner_conninfo(new_hub, "tests")) as new_owner:
        part = state.msgspec.Raw(state.msgspec.json.encode(settings_then))
        state.restore_state(new_owner, state.State({"settings": part}, []))
        assert not stays_are_shown(new_owner)


@pytest.mark.usefixtures("hub_variables")
def test_the_command_says_what_it_reveals_and_asks(owner: Connection, settings: Settings) -> None:
    assert run("area", "stays") == "Others see no stays.\n"
    declined = CliRunner().invoke(app, ["area", "stays", "on"], input="n\n")
    assert declined.exit_code == 1
    assert "friends, doctors, hotels" in declined.output and "for how long" in declined.output
    assert not stays_are_shown(owner)
    opened = settings.model_copy(update={"public_dashboard": "yes"})
    assert "with stays" not in str(exposure(owner, opened))
    assert run("area", "stays", "on", input="y\n").endswith(
        "Others see published stays. Hide them: iot-hub area stays off\n"
    )
    assert stays_are_shown(owner)
    assert str(exposure(owner, opened)).endswith("(phone), with stays.")
    assert run("area", "stays", "off") == "Others see no stays.\n"
    assert not stays_are_shown(owner)
    assert "homes of friends and your doctor's" in " ".join(run("area", "stays", "--help").split())
