"""``iot-hub edit``: says what is concerned, corrects it at once, lists it, and undoes it."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from command_line import fail, run
from events import Connection, add_device, refresh, rows, store
from journey_world import HOUR, MINUTE, beside, journeys, put, stay, trip, utc

from iot_hub.archive.backup.create import count_rows
from iot_hub.corrections.correction import BadCorrectionError, Correction
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

HOME = (52.23, 21.01)
MORNING = utc(2026, 3, 3, 6)
SINCE, UNTIL = "2026-03-03T08:00Z", "2026-03-03T08:10Z"


@pytest.fixture
def owner(owner: Connection) -> Connection:
    """A phone that was at home, went by bicycle, and stayed in the office."""
    add_device(owner)
    chance, left = random.Random(1), MORNING + 2 * HOUR
    put(owner, [
        *stay(HOME, MORNING, left, MINUTE, chance),
        *trip(HOME, (0, 3000), left, 5, timedelta(seconds=30), chance),
        *stay(beside(HOME, 0, 3000), left + 10 * MINUTE, left + 5 * HOUR, MINUTE, chance),
    ])  # fmt: skip
    refresh(owner)
    return owner


def kinds(owner: Connection) -> list[tuple[object, object]]:
    return [(row["kind"], row["mode"]) for row in journeys(owner)]


pytestmark = pytest.mark.usefixtures("hub_variables")

BEFORE = [("stay", None), ("trip", "bicycle"), ("stay", None)]


def test_a_correction_says_what_it_concerns_holds_at_once_and_is_undone(owner: Connection) -> None:
    said = run("edit", "mode", "phone", "train", "--since", SINCE, "--until", UNTIL, "--yes")
    assert "phone: 1 stay, trip or gap on 1 day." in said
    [made] = json.loads(run("edit", "log", "--json"))
    assert (made["kind"], made["mode"], made["device"], made["undone_at"]) == ("mode", "train", "phone", None)
    assert f"iot-hub edit undo {made['id']}" in said
    assert kinds(owner) == [BEFORE[0], ("trip", "train"), BEFORE[2]]
    assert "Undone" in run("edit", "undo")
    assert kinds(owner) == BEFORE
    assert "There is nothing to undo" in fail("edit", "undo")
    assert f"There is no correction {made['id']} to undo" in fail("edit", "undo", str(made["id"]))
    assert rows(owner, "SELECT FROM iot_personal_hub.stale_journeys") == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["hide", "phone", "--since", SINCE, "--until", UNTIL], ["stay", "gap", "stay"]),
        (["merge", "phone", "stay", "--since", "2026-03-03T06:00Z", "--until", "2026-03-03T13:00Z"], ["stay"]),
        (["split", "phone", "--when", "2026-03-03T10:00Z"], ["stay", "trip", "stay", "stay"]),
    ],
)
def test_journeys_are_hidden_merged_and_split(owner: Connection, arguments: list[str], expected: list[str]) -> None:
    run("edit", *arguments, "--yes")
    assert [kind for kind, _ in kinds(owner)] == expected


def test_a_stay_is_moved(owner: Connection) -> None:
    run(
        "edit", "move", "phone", "--at", "50,19.9", "--since", "2026-03-03T08:10Z", "--until", "2026-03-03T13:00Z", "-y"
    )
    assert (journeys(owner)[2]["latitude"], journeys(owner)[2]["longitude"]) == (50.0, 19.9)


def test_without_yes_it_asks_and_a_dry_run_changes_nothing(owner: Connection) -> None:
    assert run("edit", "hide", "phone", "--since", SINCE, "--until", UNTIL, "--dry-run").count("\n") == 1
    found = json.loads(run("edit", "wrong", "phone", "--dry-run", "--json"))
    assert found == {"fixes": len(rows(owner, "SELECT FROM iot_personal_hub.locations")), "journeys": 3, "days": 1}
    assert fail("edit", "hide", "phone", "--since", SINCE, "--until", UNTIL)
    assert rows(owner, "SELECT FROM iot_personal_hub.corrections") == []


def test_wrong_fixes_of_a_short_time_are_gone_from_figures_and_journeys_at_once(owner: Connection) -> None:
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC)

    def report(minute: int) -> tuple[float, dict[str, Any]]:
        place = beside(HOME, 5000 if 20 <= minute < 40 else 0, 0)
        location = {"latitude": place[0], "longitude": place[1], "fix_accuracy_m": 9}
        return (noon + minute * MINUTE).timestamp(), {"location": location}

    store(owner, *map(report, range(60)))
    refresh(owner)
    assert len(kinds(owner)) > 4
    said = run("edit", "wrong", "phone", "--since", "2026-03-05T12:20Z", "--until", "2026-03-05T12:40Z", "--yes")
    assert "20 fixes on 1 day" in said
    assert "within minutes" not in said
    assert [kind for kind, _ in kinds(owner)] == ["stay", "trip", "stay", "gap", "stay"]
    assert len(rows(owner, "SELECT FROM iot_hub_owner.locations WHERE location_time >= %s", noon)) == 40
    # Everything computed again gives the same.
    before = journeys(owner)
    owner.execute(query("refresh_hours"), {"since": noon - 3 * 24 * HOUR, "until": noon + 24 * HOUR})
    assert journeys(owner) == before


def test_a_whole_history_is_left_to_the_worker(owner: Connection) -> None:
    assert "within minutes" in run("edit", "wrong", "phone", "--yes")
    refresh(owner)
    assert kinds(owner) == []


def test_a_history_that_is_stale_too_is_left_to_the_worker(owner: Connection) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until) VALUES (1, '2020-01-01', '2026-12-31')"
    )
    assert "within minutes" in run("edit", "hide", "phone", "--since", SINCE, "--until", UNTIL, "--yes")
    assert [kind for kind, _ in kinds(owner)] == ["stay", "gap", "stay"]
    assert len(rows(owner, "SELECT FROM iot_personal_hub.stale_journeys")) == 1


def test_a_device_that_is_refreshed_for_long_is_left_to_the_worker(owner: Connection, settings: Settings) -> None:
    with connect(owner_conninfo(settings, "tests")) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), 1)")
        assert "within minutes" in run("edit", "hide", "phone", "--since", SINCE, "--until", UNTIL, "--yes")
    refresh(owner)
    assert [kind for kind, _ in kinds(owner)] == ["stay", "gap", "stay"]


def test_what_means_nothing_is_refused(owner: Connection) -> None:
    assert "ends after it begins" in fail("edit", "hide", "phone", "--since", UNTIL, "--until", SINCE, "--yes")
    assert "A mode" in fail("edit", "mode", "phone", "rocket", "--since", SINCE, "--until", UNTIL, "--yes")
    assert "a stay or a trip" in fail("edit", "merge", "phone", "gap", "--since", SINCE, "--until", UNTIL, "--yes")
    assert "There is no device" in fail("edit", "hide", "watch", "--since", SINCE, "--until", UNTIL, "--yes")
    with pytest.raises(BadCorrectionError):
        Correction(1, "hide", None, MORNING)
    with pytest.raises(BadCorrectionError):
        Correction(1, "move", MORNING, MORNING + HOUR, latitude=float("nan"), longitude=0)


def test_a_correction_of_journeys_is_of_whole_minutes(owner: Connection) -> None:
    second = timedelta(seconds=1)
    made = Correction(1, "hide", MORNING + second, MORNING + HOUR + second)
    assert (made.since, made.until) == (MORNING, MORNING + HOUR + MINUTE)
    assert Correction(1, "split", MORNING + second, MORNING + second).until == MORNING


def test_a_backup_holds_the_corrections(owner: Connection) -> None:
    run("edit", "hide", "phone", "--since", SINCE, "--until", UNTIL, "--yes")
    assert count_rows(owner)["iot_personal_hub.corrections"] == 1
