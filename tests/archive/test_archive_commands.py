"""``archive run|verify|restore``, as people and programs see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from archive_world import folder_hub, live, new_hub, objects
from click.testing import Result
from events import Connection
from typer import Typer
from typer.testing import CliRunner

from iot_hub.cli import archive
from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.settings import settings as current_settings

Command = Callable[..., Result]

__all__ = ["folder_hub", "new_hub"]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, folder_hub: Settings) -> Iterator[Command]:
    """Run a command for a hub."""
    app = Typer()
    archive.register(app)

    def run(hub_settings: Settings, *words: str) -> Result:
        assert hub_settings.database_url
        monkeypatch.setenv("IOT_HUB_HOME", str(hub_settings.home))
        monkeypatch.setenv("IOT_HUB_ARCHIVE_FOLDER", str(folder_hub.archive_folder))
        monkeypatch.setenv("IOT_HUB_DATABASE_URL", hub_settings.database_url.get_secret_value())
        monkeypatch.setenv("IOT_HUB_TIME_ZONE", "Europe/Warsaw")
        current_settings.cache_clear()
        return CliRunner().invoke(app, ["archive", *words])

    yield run
    current_settings.cache_clear()


def test_run_verify_and_restore_say_what_they_did(
    command: Command, folder_hub: Settings, owner: Connection, new_hub: Settings
) -> None:
    live(owner, days=2)
    assert json.loads(command(folder_hub, "run", "--before", "2025-08-23", "--json").stdout)["events"] == 289
    assert "288 events archived in 2 objects" in command(folder_hub, "run").stdout
    verified = command(folder_hub, "verify", "--all")
    assert (verified.exit_code, "The archive is complete and readable." in verified.stdout) == (0, True)
    assert "577 events restored from 4 objects" in command(new_hub, "restore").stdout


def test_verify_lists_what_is_wrong_and_ends_with_1(command: Command, folder_hub: Settings, owner: Connection) -> None:
    live(owner, days=2)
    command(folder_hub, "run")
    assert folder_hub.archive_folder
    missing = objects(folder_hub)[0]
    (folder_hub.archive_folder / missing).unlink()
    verified = command(folder_hub, "verify")
    assert verified.exit_code == 1
    assert missing in verified.stdout
    assert command(folder_hub, "run", "--repair").exit_code == 0
    assert command(folder_hub, "verify").exit_code == 0


def test_a_wrong_date_and_a_full_hub_are_one_line(command: Command, folder_hub: Settings, owner: Connection) -> None:
    live(owner, days=1)
    wrong = command(folder_hub, "run", "--before", "yesterday").exception
    assert isinstance(wrong, UserError) and "not a date" in str(wrong)
    assert "not empty" in str(command(folder_hub, "restore").exception)
