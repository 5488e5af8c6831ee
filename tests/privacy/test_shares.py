"""Share links as the owner keeps them: made, listed, logged and ended by commands."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from command_line import fail, run
from events import Connection, add_device, rows
from share_world import link, reading
from typer.testing import CliRunner

from iot_hub.cli.main import app
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.privacy.share_links import (
    MAX_TTL,
    ShareScope,
    add_share,
    duration,
    list_shares,
    revoke_share,
    share_log,
)


@pytest.fixture
def on_port_8123(hub_variables: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_HUB_PORT", "8123")


def note_opening(guest: Connection, token: str) -> None:
    guest.execute("SET default_transaction_read_only = off")
    with reading(guest, token):
        guest.execute(query("note_opening"))


@pytest.mark.usefixtures("on_port_8123")
def test_a_link_is_added_with_an_address_that_is_shown_once(owner: Connection) -> None:
    add_device(owner)
    added = CliRunner().invoke(app, ["share", "add", "mum", "--device", "phone", "--precision", "1km", "--live", "24h"])
    match = re.fullmatch(r"http://127\.0\.0\.1:8123/s/([\w-]{43})\n", added.stdout)
    assert match, added.output
    [kept] = rows(owner, "SELECT * FROM iot_personal_hub.share_links")
    assert bytes(kept["token_hash"]) == hashlib.sha256(match[1].encode()).digest()
    assert (kept["precision_m"], kept["live"], kept["measurements"]) == (1000, timedelta(hours=24), False)
    assert timedelta(days=29) < kept["expires_at"] - datetime.now(UTC) <= timedelta(days=30)
    assert match[1] not in run("share", "list") + run("share", "list", "--json")


@pytest.mark.usefixtures("on_port_8123")
def test_a_link_of_a_time_that_is_over_is_cut_in_the_owners_zone(owner: Connection) -> None:
    add_device(owner)
    run(
        "share",
        "add",
        "trip",
        "--device",
        "1",
        "--from",
        "2025-08-01",
        "--to",
        "2025-08-03T12:00+00:00",
        "--measurements",
    )
    [kept] = rows(owner, "SELECT window_start, window_end, live, measurements FROM iot_personal_hub.share_links")
    assert kept == {
        "window_start": datetime(2025, 7, 31, 22, tzinfo=UTC),
        "window_end": datetime(2025, 8, 3, 12, tzinfo=UTC),
        "live": None,
        "measurements": True,
    }


@pytest.mark.usefixtures("on_port_8123")
def test_without_a_time_a_link_shows_the_last_day_only(owner: Connection) -> None:
    add_device(owner)
    run("share", "add", "mum", "--device", "phone")
    assert rows(owner, "SELECT live FROM iot_personal_hub.share_links") == [{"live": timedelta(hours=24)}]


@pytest.mark.usefixtures("on_port_8123")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--device", "fridge"], "no device 'fridge'"),
        (["--device", "phone", "--precision", "5m"], "full, 100m, 1km, city"),
        (["--device", "phone", "--live", "1h", "--from", "2025-08-01"], "not both"),
        (["--device", "phone", "--live", "soon"], "90m, 24h or 30d"),
        (["--device", "phone", "--live", "30m"], "at least"),
        (["--device", "phone", "--live", "2h", "--precision", "city"], "nothing would show"),
        (["--device", "phone", "--live", "400d"], "at most a year"),
        (["--device", "phone", "--expires", "366d"], "a year at most"),
        (["--device", "phone", "--from", "2025-08-02", "--to", "2025-08-01"], "before"),
        (["--device", "phone", "--from", "2025-08-01T10:00", "--to", "2025-08-01T11:30", "--precision", "city"], "nothing"),
        (["--device", "phone", "--from", "yesterday"], "ISO 8601"),
    ],
)  # fmt: skip
def test_a_link_that_can_not_be_is_refused_in_one_line(owner: Connection, arguments: list[str], why: str) -> None:
    add_device(owner)
    said = fail("share", "add", "mum", *arguments)
    assert why in said
    assert len(said.splitlines()) == 1
    assert rows(owner, "SELECT * FROM iot_personal_hub.share_links") == []


@pytest.mark.usefixtures("on_port_8123")
def test_links_are_listed_logged_and_revoked_by_name(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    token = link(owner, precision="city")
    assert "Nobody" in run("share", "log", "mum")
    note_opening(guest, token)
    [listed] = json.loads(run("share", "list", "--json"))
    assert (listed["name"], listed["state"], listed["devices"], listed["precision"], listed["openings"]) == (
        "mum", "valid", "phone", "city", 1,
    )  # fmt: skip
    assert listed["last_opened"] == json.loads(run("share", "log", "mum", "--json"))[0]["opened_at"]
    assert "is revoked" in run("share", "revoke", "mum")
    assert json.loads(run("share", "list", "--json"))[0]["state"] == "revoked"
    assert "no link" in fail("share", "revoke", "mum")
    assert "no link" in fail("share", "log", "dad")


def test_a_name_is_free_again_when_its_link_has_ended(owner: Connection) -> None:
    add_device(owner)
    link(owner)
    with pytest.raises(UserError, match="already"):
        link(owner)
    revoke_share(owner, "mum")
    link(owner)
    assert [row["state"] for row in list_shares(owner)] == ["valid", "revoked"]


def test_an_unknown_device_leaves_no_half_of_a_link(owner: Connection) -> None:
    add_device(owner)
    with pytest.raises(UserError, match="no device"):
        link(owner, "phone", "fridge")
    assert rows(owner, "SELECT * FROM iot_personal_hub.share_links") == []


def test_no_link_lasts_longer_than_a_year_whoever_makes_it(owner: Connection) -> None:
    add_device(owner)
    add_share(owner, "longest", ShareScope(["phone"]), MAX_TTL)
    with pytest.raises(Exception, match="share_links_ends"):
        owner.execute("UPDATE iot_personal_hub.share_links SET expires_at = expires_at + interval '2 days'")


@pytest.mark.parametrize(("text", "hours"), [("90m", 1.5), ("24h", 24), ("30d", 720)])
def test_durations_are_read(text: str, hours: float) -> None:
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "0h", "-1h", "1.5h", "1w", "h", "9999999d"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="not a duration"):
        duration(text)


def test_openings_are_logged_to_the_minute_and_the_newest_thousand_stay(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    token, other = link(owner), link(owner, name="other")
    owner.execute(
        "INSERT INTO iot_personal_hub.share_openings"
        " SELECT share, now() - n * interval '1 hour' FROM generate_series(1, 2) AS share, generate_series(1, 1200) AS n"
    )
    for _ in range(3):
        note_opening(guest, token)
    assert len(share_log(owner, "mum")) == 1000
    assert len(share_log(owner, "other")) == 1200
    assert share_log(owner, "mum")[0]["opened_at"] > datetime.now(UTC) - timedelta(minutes=2)
    assert share_log(owner, "mum")[0]["opened_at"].second == 0
    note_opening(guest, other)
    assert len(share_log(owner, "other")) == 1000


def test_an_opening_of_no_valid_link_is_not_logged(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    token = link(owner)
    revoke_share(owner, "mum")
    for given in (token, "", "x" * 43):
        note_opening(guest, given)
    assert rows(owner, "SELECT * FROM iot_personal_hub.share_openings") == []


def test_the_links_of_a_device_that_goes_show_the_others(owner: Connection) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "car")
    link(owner, "phone", "car")
    owner.execute("DELETE FROM iot_personal_hub.dim_devices WHERE id = 1")
    assert list_shares(owner)[0]["devices"] == "car"
