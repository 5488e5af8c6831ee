"""``iot-hub drives``: lists drives, says what a correction concerns, corrects, and undoes it."""

from __future__ import annotations

import json

import pytest
from command_line import fail, run
from drive_world import MINUTE, SECOND, Car, drives
from events import Connection, add_device, refresh, store
from journey_world import utc

MORNING = utc(2026, 3, 3, 6)
SINCE, UNTIL = "2026-03-03T06:00Z", "2026-03-03T07:10Z"

pytestmark = pytest.mark.usefixtures("hub_variables")


@pytest.fixture
def owner(owner: Connection) -> Connection:
    """A car that was driven twice."""
    add_device(owner, name="golf")
    car = Car(every=5 * SECOND)
    car.drive(car.drive(MORNING, 1200, 50) + 30 * MINUTE, 1200, 50)
    store(owner, *car.reports)
    refresh(owner)
    return owner


def test_drives_are_listed_merged_and_separated_again(owner: Connection) -> None:
    assert "16.6" in run("drives", "list")
    before = drives(owner)
    said = run("drives", "merge", "golf", "--since", SINCE, "--until", UNTIL, "--dry-run")
    assert said.startswith("golf: 2 drives on 1 day, 33.") and drives(owner) == before
    assert "number" in run("drives", "merge", "golf", "--since", SINCE, "--until", UNTIL, "--yes")
    [merged] = json.loads(run("drives", "list", "--json"))
    assert merged["duration_s"] == 4200
    run("drives", "split", "golf", "--when", "2026-03-03T06:10Z", "--yes")
    assert [row["duration_s"] for row in json.loads(run("drives", "list", "--json"))] == [600, 3600]
    assert [row["kind"] for row in json.loads(run("drives", "log", "--json"))] == ["split", "merge"]
    run("drives", "undo")
    run("drives", "undo")
    assert drives(owner) == before
    assert "There is nothing to undo" in fail("drives", "undo")


def test_drives_get_a_name_and_a_purpose(owner: Connection) -> None:
    run("drives", "purpose", "golf", "business", "--since", "2026-03-03", "--until", "2026-03-04", "--yes")
    run("drives", "name", "golf", "Łódź", "--since", SINCE, "--until", "2026-03-03T06:25Z")
    found = json.loads(run("drives", "list", "--car", "golf", "--json"))
    assert [(row["name"], row["purpose"]) for row in found] == [("Łódź", "business"), (None, "business")]
    assert "business" in fail("drives", "purpose", "golf", "fun", "--since", SINCE, "--until", UNTIL, "--yes")
    assert "There is no device" in fail("drives", "split", "bus", "--when", SINCE)
