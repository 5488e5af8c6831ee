"""The rules of retention: what they say of an event, and how they are set."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from archive_world import folder_hub, problems
from click.testing import Result
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, example, given, strategies
from hypothesis import settings as hypothesis
from retention_world import TODAY, archived_hub, count, dates_kept, drop, keep
from typer import Typer
from typer.testing import CliRunner

from iot_hub.archive.run import run_archive
from iot_hub.cli import retention
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.settings import settings as current_settings

__all__ = ["folder_hub"]

Rules = dict[tuple[int | None, str | None], int]

FAMILIES = ("battery", "location", "climate")
NEWEST = 1_758_500_000  # 2025-09-22


def days_of(rules: Rules, device: int, family: str | None) -> int | None:
    """The most specific rule; None: for ever."""
    scopes = [(device, family), (device, None), (None, family), (None, None)]
    return next((rules[scope] for scope in scopes if scope in rules), None)


def may_go(rules: Rules, device: int, families: Sequence[str], day: date) -> bool:
    kept = [days_of(rules, device, family) for family in families or [None]]
    return all(days is not None and day + timedelta(days=days) < TODAY for days in kept)


scopes: list[tuple[int | None, str | None]] = [
    (device, family) for device in (None, 1) for family in (None, "battery", "location")
]
some_rules = strategies.fixed_dictionaries({}, optional={scope: strategies.integers(1, 20) for scope in scopes})
mixes = strategies.lists(strategies.sampled_from(FAMILIES), unique=True, max_size=3).map(sorted)
some_events = strategies.lists(
    strategies.tuples(strategies.sampled_from([1, 2]), mixes, strategies.integers(1, 22)), min_size=1, max_size=12
)


@pytest.mark.slow
@hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rules={(1, None): 5, (None, "battery"): 15}, events=[(1, ["battery"], 10), (2, ["battery"], 10)])
@given(rules=some_rules, events=some_events)
def test_what_goes_is_what_the_most_specific_rules_of_all_its_families_let_go(
    folder_hub: Settings, owner: Connection, rules: Rules, events: list[tuple[int, list[str], int]]
) -> None:
    if not count(owner, "dim_devices"):
        add_device(owner, 1, "phone")
        add_device(owner, 2, "car")
    with owner.transaction(force_rollback=True):
        for (device, family), days in rules.items():
            owner.execute("INSERT INTO iot_personal_hub.retention_rules VALUES (%s, %s, %s)", (device, family, days))
        wanted = set()
        for number, (device, families, age) in enumerate(events):
            day = TODAY - timedelta(days=age)
            at = NEWEST - NEWEST % 86_400 - age * 86_400 + number
            store(owner, (at, {family: {"n": number} for family in families}), device_id=device)
            if may_go(rules, device, families, day):
                wanted.add((device, at))
        found = {
            (device, row["time"] // 1_000_000)
            for device in (1, 2)
            for age in range(1, 23)
            for row in rows_of_day(owner, query("events_due"), device, TODAY - timedelta(days=age))
        }
        assert found == wanted
        for device in (1, 2):
            store(owner, (NEWEST, {}), device_id=device)
        due = owner.execute(query("days_due"), {"today": TODAY}).fetchall()
        assert sum(row["events"] for row in due) == len(wanted)


def rows_of_day(owner: Connection, statement: Any, device: int, day: date) -> list[dict[str, Any]]:
    return owner.execute(statement, {"device_id": device, "date": day, "today": TODAY}).fetchall()


def test_an_event_stays_as_long_as_one_of_its_families(folder_hub: Settings, owner: Connection) -> None:
    archived_hub(folder_hub, owner)
    store(owner, *((1_755_820_800 + n * 600 + 1, {"battery": {"remaining_percent": n}}) for n in range(10)))
    refresh(owner)
    run_archive(folder_hub)
    keep(owner, 7, family="battery")
    assert drop(folder_hub).events == 10
    assert dates_kept(owner) == ["2025-08-22", "2025-08-23", "2025-08-24", "2025-08-25"]
    # Later the rest of the day may go too.
    keep(owner, 10, device="phone")
    assert drop(folder_hub).events == 3 * 144
    assert rows(owner, "SELECT events FROM iot_personal_hub.dropped_days ORDER BY date LIMIT 1") == [{"events": 154}]
    assert problems(folder_hub) == []


Command = Callable[..., Result]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, folder_hub: Settings) -> Iterator[Command]:
    """Run a command for the hub."""
    app = Typer()
    retention.register(app)
    assert folder_hub.database_url
    monkeypatch.setenv("IOT_HUB_HOME", str(folder_hub.home))
    monkeypatch.setenv("IOT_HUB_ARCHIVE_FOLDER", str(folder_hub.archive_folder))
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", folder_hub.database_url.get_secret_value())
    monkeypatch.setenv("IOT_HUB_TIME_ZONE", "Europe/Warsaw")
    current_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, ["retention", *words])
    current_settings.cache_clear()


def test_rules_are_set_changed_listed_and_removed(command: Command, owner: Connection) -> None:
    add_device(owner)
    assert "No rule" in command("list").stdout
    said = command("set", "90").stdout
    assert "90 days" in said and "roll-ups stay" in said and "--dry-run" in said
    assert "Raw events of phone with battery" in command("set", "30", "--device", "phone", "--family", "battery").stdout
    command("set", "60")
    assert json.loads(command("list", "--json").stdout) == [
        {"device_id": None, "device": None, "family": None, "days": 60},
        {"device_id": 1, "device": "phone", "family": "battery", "days": 30},
    ]
    assert "removed" in command("remove", "--device", "1", "--family", "battery").stdout
    assert "no such rule" in str(command("remove", "--device", "1").exception)
    assert count(owner, "retention_rules") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("6",), "7 to 36500 days"),
        (("36501",), "7 to 36500 days"),
        (("30", "--device", "fridge"), "no device 'fridge'"),
        (("30", "--family", ""), "top-level key"),
    ],
)
def test_what_can_not_be_meant_is_refused(
    command: Command, owner: Connection, words: tuple[str, ...], said: str
) -> None:
    refused = command("set", *words).exception
    assert isinstance(refused, UserError) and said in str(refused)
    assert count(owner, "retention_rules") == 0


def test_a_run_says_what_it_would_do_did_and_could_not(
    command: Command, folder_hub: Settings, owner: Connection
) -> None:
    archived_hub(folder_hub, owner)
    command("set", "7")
    assert "is the clock right?" in command("run", "--dry-run").stderr
    store(owner, (time.time() - 3600, {}))
    refresh(owner)
    told = command("run", "--dry-run")
    assert "576 events of 4 days would be deleted, about" in told.stdout
    assert count(owner) == 4 * 144 + 1
    [broken] = rows(owner, "SELECT path FROM iot_personal_hub.archive_objects ORDER BY date LIMIT 1")
    assert folder_hub.archive_folder
    (folder_hub.archive_folder / broken["path"]).unlink()
    store(owner, (1_755_820_800 + 86_400 + 3, {"battery": {}}))
    done = command("run")
    assert done.exit_code == 1
    assert "288 events of 2 days deleted" in done.stdout
    assert broken["path"] in done.stderr and "Waiting: device 1, 2025-08-23" in done.stderr
    assert json.loads(command("run", "--json").stdout)["events"] == 0
    assert "0 events of 0 days restored" in command("bring-back").stdout
