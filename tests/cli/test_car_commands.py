"""``iot-hub car``: the fuel log, prices, reminders and the logbook, as typed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from command_line import fail, run
from drive_world import Car, correct, drives
from events import Connection, add_device, refresh, store
from journey_world import utc

MORNING = utc(2026, 3, 3, 6)

pytestmark = pytest.mark.usefixtures("hub_variables")


@pytest.fixture
def golf(owner: Connection) -> Connection:
    """A car that was driven once, on business."""
    add_device(owner, name="golf")
    car = Car()
    car.drive(MORNING, 1800, 60)
    store(owner, *car.reports)
    refresh(owner)
    [drive] = drives(owner)
    correct(owner, "purpose", drive["starts"], drive["ends"], purpose="business")
    return owner


def test_the_fuel_log_is_kept_by_command(golf: Connection) -> None:
    run("car", "refuel", "golf", "40", "--at", "2026-03-01", "--odometer", "11500", "--cost", "249.60")
    said = run("car", "refuel", "golf", "35", "--at", "2026-03-08", "--odometer", "12000", "--note", "Orlen")
    assert said == "Added refuelling 2 of 'golf'.\n"
    assert "7.0" in run("car", "refuels", "golf").splitlines()[1]
    assert run("car", "remove", "refuel", "2", "--car", "golf", "--yes") == "Removed refuel 2.\n"
    assert "Orlen" not in run("car", "refuels", "golf")
    assert "There is no refuelling 2" in fail("car", "remove", "refuel", "2", "--car", "golf", "--yes")


def test_a_slip_is_refused_in_words(golf: Connection) -> None:
    assert "at most 5,000 litres" in fail("car", "refuel", "golf", "0")
    assert "is not an amount" in fail("car", "refuel", "golf", "40", "--cost", "NaN")
    assert "is not an amount" in fail("car", "price", "cheap", "--since", "2026-01-01")
    assert "Give a distance" in fail("car", "remind", "golf", "oil")
    assert "Name the car" in fail("car", "remove", "refuel", "1", "--yes")
    assert "There is no device 'polo'" in fail("car", "due", "polo")


@pytest.mark.parametrize("year", ["0001", "1969", "2200", "9999"])
def test_a_year_that_was_mistyped_is_refused_everywhere(golf: Connection, year: str) -> None:
    for asked in (
        ("car", "refuel", "golf", "10", "--at"), ("car", "price", "0.5", "--since"),
        ("car", "remind", "golf", "a", "--every-months", "6", "--done-on"),
        ("drives", "name", "golf", "x", "--yes", "--until", "2026-06-01", "--since"),
    ):  # fmt: skip
        assert "is not of the years 1970 to 2199" in fail(*asked, f"{year}-01-01")


def test_what_is_due_is_noted_and_done_by_command(golf: Connection) -> None:
    run("car", "remind", "golf", "oil change", "--every-km", "15000", "--odometer", "0", "--done-on", "2025-01-01")
    assert "2970" in run("car", "due", "golf")
    run("car", "done", "golf", "1", "--odometer", "12030")
    assert "14999" in run("car", "due", "golf") or "15000" in run("car", "due", "golf")
    run("car", "remove", "reminder", "1", "--car", "golf", "--yes")
    assert "Nothing is noted" in run("car", "due", "golf")


def test_a_price_is_listed_with_its_place(golf: Connection) -> None:
    run("place", "add", "Home", "--at", "52.2297,21.0122")
    run("car", "price", "0.62", "--since", "2026-01-01", "--place", "Home")
    assert "Home" in run("car", "prices") and "0.6200" in run("car", "prices")
    run("car", "remove", "price", "1", "--yes")
    assert "No price yet" in run("car", "prices")


@pytest.mark.parametrize("name", ["book.pdf", "book.csv"])
def test_the_logbook_is_written_once_and_replaced_when_asked_for(golf: Connection, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    asked = ("car", "logbook", "golf", "--from", "2026-03-01", "--to", "2026-04-01", "--output", str(file))
    assert run(*asked) == f"Wrote 1 drive, 30.0 km, to {file}.\n"
    assert "is there already" in fail(*asked)
    run(*asked, "--force")
    if name.endswith("csv"):
        [_, line] = csv.reader(io.StringIO(file.read_text("utf-8-sig")))
        assert line[9:] == ["30.0", "Business"]
    else:
        assert file.read_bytes().startswith(b"%PDF")


def test_a_logbook_of_no_time_or_kind_is_refused(golf: Connection, tmp_path: Path) -> None:
    asked = ("car", "logbook", "golf", "--from", "2026-03-01", "--to")
    assert "before" in fail(*asked, "2026-03-01")
    assert "must end with" in fail(*asked, "2026-04-01", "--output", str(tmp_path / "book.txt"))
    assert "Unknown language" in fail(*asked, "2026-04-01", "--lang", "de")
