"""``iot-hub migrate --plan``: what a migration would do, without doing it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from events import Connection, rows
from typer.testing import CliRunner

from iot_hub.cli.main import app
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import Plan, migrate, plan
from iot_hub.database.queries import sql_files
from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.settings import settings as current_settings

ALL_MIGRATIONS = [file.stem for file in sql_files("migrations")]
FIRST_BETA = Path(__file__).parents[2] / "tests" / "first_beta.sql"


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setenv("IOT_HUB_HOME", str(settings.home))
    if settings.database_url:
        monkeypatch.setenv("IOT_HUB_DATABASE_URL", settings.database_url.get_secret_value())
    current_settings.cache_clear()
    try:
        result = CliRunner().invoke(app, ["migrate", *arguments], catch_exceptions=False)
    finally:
        current_settings.cache_clear()
    assert result.exit_code == 0
    return result.stdout


def relations(owner: Connection) -> list[dict[str, object]]:
    return rows(
        owner, "SELECT relname, relnamespace::regnamespace::text AS schema FROM pg_class ORDER BY schema, relname"
    )


def test_an_up_to_date_database_has_an_empty_plan(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(settings, monkeypatch, "--plan") == "The database is up to date.\n"
    assert json.loads(run(settings, monkeypatch, "--plan", "--json")) == {
        "migrations": [],
        "replaces_functions_and_views": False,
        "adopts_first_beta": False,
        "newer_version": None,
        "is_up_to_date": True,
    }


def test_the_plan_of_an_empty_database_lists_everything_and_changes_nothing(
    empty_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        before = relations(owner)
        shown = run(empty_settings, monkeypatch, "--plan").splitlines()
        assert relations(owner) == before
    assert shown == [
        *(f"would apply {name}" for name in ALL_MIGRATIONS),
        "would replace functions, views, rights and comments",
    ]
    assert migrate(empty_settings).applied == ALL_MIGRATIONS


def test_a_plan_creates_no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IOT_HUB_DATABASE_URL", raising=False)
    planned = json.loads(run(Settings(home=tmp_path), monkeypatch, "--plan", "--json"))
    assert planned["migrations"] == ALL_MIGRATIONS
    assert not (tmp_path / "postgresql").exists()


def test_changed_functions_or_views_are_in_the_plan(settings: Settings, owner: Connection) -> None:
    owner.execute("UPDATE public.iot_hub_migrations SET digest = 'older views' WHERE name = 'repeatable'")
    assert plan(settings) == Plan([], replaces_functions_and_views=True)
    assert rows(owner, "SELECT digest FROM public.iot_hub_migrations WHERE name = 'repeatable'") == [
        {"digest": "older views"}
    ]


def test_a_pending_migration_is_in_the_plan_with_what_follows_it(settings: Settings, owner: Connection) -> None:
    owner.execute("DELETE FROM public.iot_hub_migrations WHERE name = %s", (ALL_MIGRATIONS[-1],))
    assert plan(settings) == Plan([ALL_MIGRATIONS[-1]], replaces_functions_and_views=True)


def test_the_plan_of_a_database_of_1_0_which_noted_no_release(settings: Settings, owner: Connection) -> None:
    owner.execute("DROP TABLE public.iot_hub_release")
    assert plan(settings).is_empty


def test_the_plan_of_a_first_beta_adopts_it(empty_settings: Settings) -> None:
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        owner.execute(FIRST_BETA.read_bytes())
    assert plan(empty_settings) == Plan(ALL_MIGRATIONS, replaces_functions_and_views=True, adopts_first_beta=True)


def test_a_newer_hub_that_suits_this_one_leaves_nothing_to_do(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.execute("UPDATE public.iot_hub_release SET version = '99.9.0', least_version = '1.0.0'")
    owner.execute("INSERT INTO public.iot_hub_migrations (name, digest) VALUES ('0999_from_the_future', 'x')")
    shown = run(settings, monkeypatch, "--plan")
    assert shown == "The database belongs to a newer hub (99.9.0). This version works with it; nothing changed.\n"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE public.iot_hub_release SET version = '99.9.0', least_version = '99.9.0'",
        "INSERT INTO public.iot_hub_migrations (name, digest) VALUES ('0999_from_the_future', 'x')",
        "UPDATE public.iot_hub_migrations SET digest = 'x' WHERE name LIKE '0002%%'",
    ],
)
def test_what_migrate_refuses_its_plan_refuses_in_the_same_words(
    settings: Settings, owner: Connection, change: str
) -> None:
    owner.execute(change)
    with pytest.raises(UserError) as planned:
        plan(settings)
    with pytest.raises(UserError) as migrated:
        migrate(settings)
    assert str(planned.value) == str(migrated.value)
