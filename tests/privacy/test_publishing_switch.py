"""A device is published when its owner says so, and not before: commands, pages, links, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import psycopg
import pytest
from command_line import fail, run
from events import Connection, add_device, refresh, rows, store
from psycopg.rows import DictRow
from share_world import at, link, places
from typer.testing import CliRunner
from waiting import wait_until

from iot_hub.access.devices import add_device as add_new_device
from iot_hub.access.devices import set_published
from iot_hub.access.readers import add_reader, revoke_reader
from iot_hub.cli.main import app
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.database.queries import query, sql_files
from iot_hub.errors import UserError
from iot_hub.operations.doctor.checks import run_checks
from iot_hub.privacy.exposure import exposure
from iot_hub.privacy.share_links import revoke_share
from iot_hub.settings import Settings

NOON = 1755864000
FIXES = "SELECT count(*)::integer AS fixes FROM iot_hub_public.locations"


def with_public(settings: Settings, public_dashboard: str) -> Settings:
    return settings.model_copy(update={"public_dashboard": public_dashboard})


def shown(viewer: psycopg.Connection[DictRow]) -> int:
    return int(rows(viewer, FIXES)[0]["fixes"])


def reporting(owner: Connection, device_id: int = 1, name: str = "phone", *, published: bool = False) -> None:
    add_device(owner, device_id, name, published=published)
    store(owner, *((NOON + 60 * n, at(52.2 + n / 1000, 21.0)) for n in range(10)), device_id=device_id)
    refresh(owner)


def test_a_new_device_is_not_published(owner: Connection, viewer: Connection) -> None:
    device_id, _ = add_new_device(owner, "phone", "smartphone")
    store(owner, (NOON, at(52.2, 21.0)), device_id=device_id)
    refresh(owner)
    assert rows(owner, "SELECT published FROM iot_personal_hub.dim_devices") == [{"published": False}]
    assert shown(viewer) == 0
    assert rows(viewer, "SELECT * FROM iot_hub_public.devices") == []


@pytest.mark.usefixtures("hub_variables")
def test_a_device_is_published_and_withdrawn_by_commands(owner: Connection, viewer: Connection) -> None:
    reporting(owner)
    said = run("device", "publish", "phone")
    assert "what phone measured outside private areas, including the past" in said
    refresh(owner)
    assert shown(viewer) == 10
    assert [row["published"] for row in json.loads(run("device", "list", "--json"))] == [True]
    assert "yes" in run("device", "list").splitlines()[1]
    assert run("device", "unpublish", "phone").startswith("Withdrawn: phone.\nOpen to everyone: nothing.")
    assert shown(viewer) == 0
    refresh(owner)
    assert shown(viewer) == 0


@pytest.mark.usefixtures("hub_variables")
def test_several_devices_are_published_at_once(owner: Connection) -> None:
    for device_id, name in enumerate(("phone", "car", "bedroom"), 1):
        add_device(owner, device_id, name, published=False)
    run("device", "publish", "phone", "2", "--yes")
    assert published_names(owner) == ["car", "phone"]
    run("device", "unpublish", "--all")
    assert published_names(owner) == []
    run("device", "publish", "--all", "--yes")
    assert published_names(owner) == ["bedroom", "car", "phone"]


@pytest.mark.usefixtures("hub_variables")
def test_an_unknown_device_is_told_and_no_other_is_published(owner: Connection) -> None:
    assert "Name a device, or use --all" in fail("device", "publish")
    assert "Name a device, or use --all" in fail("device", "publish", "--all")
    add_device(owner, 1, "phone", published=False)
    assert "There is no device 'fridge'" in fail("device", "publish", "phone", "fridge", "--yes")
    assert published_names(owner) == []


@pytest.mark.usefixtures("hub_variables")
@pytest.mark.parametrize(("answer", "published"), [("y\n", ["phone"]), ("n\n", []), ("", [])])
def test_a_person_is_asked_first(
    owner: Connection, monkeypatch: pytest.MonkeyPatch, answer: str, published: list[str]
) -> None:
    add_device(owner, 1, "phone", published=False)
    monkeypatch.setattr("iot_hub.cli.devices.can_ask", lambda: True)
    CliRunner().invoke(app, ["device", "publish", "phone"], input=answer)
    assert published_names(owner) == published


def published_names(owner: Connection) -> list[str]:
    named = rows(owner, "SELECT name FROM iot_personal_hub.dim_devices WHERE published ORDER BY name")
    return [row["name"] for row in named]


# Share links


def test_a_link_of_an_unpublished_device_is_refused_with_what_to_do(owner: Connection) -> None:
    add_device(owner, 1, "phone")
    add_device(owner, 2, "car", published=False)
    with pytest.raises(UserError, match=r"car is not published\. Publish first: iot-hub device publish NAME"):
        link(owner, "phone", "car")
    assert rows(owner, "SELECT FROM iot_personal_hub.share_links") == []


def test_a_link_shows_nothing_of_a_device_from_when_it_is_withdrawn(owner: Connection, guest: Connection) -> None:
    reporting(owner, published=True)
    token = link(owner)
    assert len(places(guest, token)) == 10
    set_published(owner, 1, published=False)
    assert places(guest, token) == set()


@pytest.mark.usefixtures("hub_variables")
def test_an_export_of_what_is_published_says_that_a_device_is_not(owner: Connection) -> None:
    reporting(owner)
    assert "phone is not published" in fail("export", "gpx", "--device", "phone", "--published", "--output", "-")


# What is said of it


def test_what_is_open_is_said_in_a_sentence(settings: Settings, owner: Connection) -> None:
    def said(public_dashboard: str) -> str:
        return str(exposure(owner, with_public(settings, public_dashboard)))

    assert {said(setting) for setting in ("no", "links", "yes")} == {"Open to everyone: nothing."}
    for device_id, name in enumerate(("Phone", "car"), 1):
        add_device(owner, device_id, name)
    assert said("yes") == "Open to everyone: 2 published devices at /public and /v1 (car, Phone)."
    assert said("links") == said("no") == "Open to everyone: nothing."
    link(owner, "car")
    add_reader(owner, "grafana")
    assert said("links") == (
        "Open to everyone: nothing; through 1 share link: what it shows; to 1 reader at /v1: what you granted."
    )
    revoke_share(owner, "mum")
    revoke_reader(owner, "grafana")
    assert said("links") == "Open to everyone: nothing."
    for device_id in range(3, 9):
        add_device(owner, device_id, f"sensor {device_id}")
    assert said("yes") == (
        "Open to everyone: 8 published devices at /public and /v1"
        " (car, Phone, sensor 3, sensor 4, sensor 5 and 3 more)."
    )


def test_a_demo_says_that_it_is_open_until_a_password_is_chosen(settings: Settings, owner: Connection) -> None:
    assert "until a password is chosen" in str(exposure(owner, settings, demo=True))
    add_device(owner, 1, "My own phone", published=False)
    assert str(exposure(owner, settings, demo=True)) == "Open to everyone: nothing."


def test_doctor_says_what_is_open_and_warns_of_an_owner_without_private_areas(
    settings: Settings, owner: Connection
) -> None:
    assert finding(settings) == ("ok", "Open to everyone: nothing.")
    add_device(owner, 1, "phone")
    assert finding(with_public(settings, "links"))[0] == "ok"
    state, message = finding(with_public(settings, "yes"))
    assert state == "warning"
    assert message.startswith("Open to everyone: 1 published device at /public and /v1 (phone). No place is private")
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon) VALUES ('home', st_makeenvelope(1, 1, 2, 2, 4326))"
    )
    assert finding(with_public(settings, "yes"))[0] == "ok"


def finding(settings: Settings) -> tuple[str, str]:
    found = run_checks(settings)["published"]
    return found.state, found.message


# Upgrading


@pytest.fixture
def before(empty_settings: Settings) -> Iterator[Settings]:
    """A hub of the version before: three devices, links that show two of them, one of which has expired."""
    with connect(owner_conninfo(empty_settings, "tests")) as old:
        old.execute(query("create_migration_table"))
        old.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        for file in sql_files("migrations"):
            if file.name < "0015":
                old.execute(file.read_bytes())
                name = file.name.removesuffix(".sql")
                digest = sha256(file.name.encode() + b"\0" + file.read_bytes()).hexdigest()
                old.execute(query("note_migration"), {"name": name, "digest": digest})
        old.execute(
            "INSERT INTO iot_personal_hub.dim_devices (name, type)"
            " VALUES ('phone', 'smartphone'), ('car', 'car'), ('bedroom', 'sensor')"
        )
        for number, (device_id, lasting) in enumerate([(2, "30 days"), (3, "0 days")]):
            old.execute(
                "INSERT INTO iot_personal_hub.share_links"
                " (token_hash, name, precision_m, measurements, live, expires_at)"
                " VALUES (%s, %s, 0, true, '24 hours', now() + %s::interval)",
                [bytes([number]) * 32, str(number), lasting],
            )
            values = {"share_id": number + 1, "device_id": device_id}
            old.execute(query("add_share_link_device"), values)
    yield empty_settings


@pytest.mark.parametrize(
    ("public_dashboard", "published", "said"),
    [
        (
            "yes",
            ["bedroom", "car", "phone"],
            "Published as before, since the public dashboard was on: bedroom, car, phone.",
        ),
        ("links", ["car"], "Published as before, since share links show them: car. Any other device is private now."),
        (
            "no",
            [],
            "Nothing is published any more unless you choose it, and /v1 requires a session or a reader's token.",
        ),
    ],
)
def test_an_upgrade_keeps_open_what_visibly_was_and_closes_the_rest_once(
    before: Settings, public_dashboard: str, published: list[str], said: str
) -> None:
    upgraded = with_public(before, public_dashboard)
    done = migrate(upgraded)
    assert done.published and done.published.startswith(said)
    with connect(owner_conninfo(before, "tests")) as owner:
        assert published_names(owner) == published
        owner.execute("UPDATE iot_personal_hub.dim_devices SET published = false")
        owner.execute("UPDATE public.iot_hub_migrations SET digest = 'x' WHERE name = 'repeatable'")
        assert migrate(with_public(before, "yes")).published is None
        assert published_names(owner) == []


def test_a_new_hub_publishes_nothing_whatever_its_settings(empty_settings: Settings) -> None:
    done = migrate(with_public(empty_settings, "yes"))
    assert done.published is None
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        add_new_device(owner, "phone", "smartphone")
        migrate(with_public(empty_settings, "yes"))
        assert published_names(owner) == []


def test_the_first_betas_devices_are_not_published(empty_settings: Settings) -> None:
    from paths import ROOT

    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        owner.execute((ROOT / "tests" / "first_beta.sql").read_bytes())
        owner.execute("INSERT INTO iot_personal_hub.dim_devices VALUES (1, 'Xiaomi', 'smartphone', 'active', '{}')")
        migrate(with_public(empty_settings, "yes"))
        assert published_names(owner) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE iot_personal_hub.dim_devices SET published = true WHERE id = 1",
        "UPDATE iot_personal_hub.dim_properties SET published = published",
    ],
    ids=["a device", "a property"],
)
def test_a_refresh_that_began_before_a_change_of_rules_leaves_no_hour_behind(
    owner: Connection, settings: Settings, change: str
) -> None:
    add_device(owner, 1, "phone", published="dim_properties" in change)
    store(owner, (NOON, at(52.2, 21.0)))
    with ThreadPoolExecutor(1) as other, connect(owner_conninfo(settings, "tests")) as changing:
        with owner.transaction():
            owner.execute(query("refresh_stale_hours"))
            changed = other.submit(changing.execute, change)
            waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_until(lambda: changed.done() or rows(owner, waiting))
        changed.result(60)
    assert rows(owner, "SELECT device_id FROM iot_personal_hub.due_hours") == [{"device_id": 1}]
