"""``discovery ignore|rule``: what would be deleted is asked about, and kept until the owner agrees."""

from __future__ import annotations

import pytest
from command_line import run, run_failing
from events import Connection, rows

pytestmark = pytest.mark.usefixtures("hub_variables")

WHOLE, PART, OTHER = "tasmota/attic", "tasmota/attic#1", "zigbee2mqtt/0x1"
STATUSES = "SELECT identity, status FROM iot_personal_hub.discovered_devices"


@pytest.fixture
def found(owner: Connection) -> Connection:
    """Two devices and a part of one, each with messages that wait: 1, 2 and 4 of them."""
    for n, identity in enumerate((WHOLE, PART, OTHER)):
        owner.execute(
            "INSERT INTO iot_personal_hub.discovered_devices (identity, protocol, label) VALUES (%s, 'tasmota', %s)",
            [identity, identity],
        )
        owner.execute(
            "INSERT INTO iot_personal_hub.held_messages (identity, topic, payload, received_at, retained)"
            " SELECT %s, 'topic', '', now(), false FROM generate_series(1, %s)",
            [identity, 2**n],
        )
    return owner


def ignored(owner: Connection) -> set[str]:
    return {row["identity"] for row in rows(owner, STATUSES) if row["status"] == "ignored"}


def test_ignoring_a_device_asks_how_much_of_it_and_its_parts_is_deleted(found: Connection) -> None:
    assert "3 messages" in run_failing("discovery", "ignore", WHOLE)
    assert ignored(found) == set()
    run("discovery", "ignore", WHOLE, "--yes")
    assert ignored(found) == {WHOLE, PART}


def test_a_rule_that_ignores_asks_and_one_that_approves_does_not(found: Connection) -> None:
    assert "7 messages" in run_failing("discovery", "rule", "tasmota", "--ignore")
    assert (ignored(found), rows(found, "SELECT FROM iot_personal_hub.discovery_rules")) == (set(), [])
    run("discovery", "rule", "tasmota", "--approve")
    assert {row["status"] for row in rows(found, STATUSES)} == {"approved"}


def test_what_has_nothing_to_lose_is_ignored_without_a_question(found: Connection) -> None:
    found.execute("DELETE FROM iot_personal_hub.held_messages")
    run("discovery", "ignore", OTHER)
    assert ignored(found) == {OTHER}
