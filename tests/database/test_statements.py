"""Every named statement is prepared against the schema: a column that is gone is found before the page that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from events import Connection
from prepared_statements import (
    OF_THE_FIRST_BETA,
    SQLITE,
    complaints,
    complaints_of_audience,
    complaints_of_owner,
    is_preparable,
    topics,
    words_of,
)

from iot_hub.database.connections import connect, guest_conninfo, owner_conninfo, viewer_conninfo
from iot_hub.database.queries import query_names
from iot_hub.settings import Settings

FIRST_BETA = Path(__file__).parents[1] / "first_beta.sql"

UTILITY = (
    "ALTER", "ANALYZE", "BEGIN", "CHECKPOINT", "COPY", "CREATE", "DO", "DROP", "GRANT", "LISTEN", "LOCK", "NOTIFY", "SET",
    "VACUUM",
)  # fmt: skip


def test_every_statement_is_valid_for_the_owner(owner: Connection) -> None:
    assert complaints_of_owner(owner) == []


@pytest.mark.parametrize(
    ("audience", "conninfo"), [("owner", owner_conninfo), ("public", viewer_conninfo), ("shared", guest_conninfo)]
)
def test_every_audience_may_run_the_statements_that_read_its_views(
    settings: Settings, audience: str, conninfo: Callable[[Settings, str], str]
) -> None:
    with connect(conninfo(settings, "tests")) as connection:
        assert complaints_of_audience(connection, audience) == []


def test_a_guest_may_open_a_link(settings: Settings) -> None:
    with connect(guest_conninfo(settings, "tests")) as guest:
        assert complaints(guest, {"use_share_token", "shared_link", "note_opening"}) == []


def test_what_is_read_of_a_first_beta_is_there(empty_settings: Settings) -> None:
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        owner.execute(FIRST_BETA.read_bytes())
        assert complaints(owner, OF_THE_FIRST_BETA) == []


def test_a_statement_that_can_not_be_prepared_is_a_utility_statement() -> None:
    others = {name for topic, names in topics().items() if topic not in SQLITE for name in names}
    others = {name for name in others if not is_preparable(name)}
    assert {name for name in others if not words_of(name).startswith(UTILITY)} == set()
    assert others < query_names()


def test_a_wrong_column_and_a_missing_right_are_found(owner: Connection, viewer: Connection) -> None:
    owner.execute("ALTER TABLE iot_personal_hub.dim_devices RENAME COLUMN type TO kind")
    assert any(line.startswith("list_devices: column device.type") for line in complaints(owner, {"list_devices"}))
    assert complaints(viewer, {"list_quarantine"}) == ["list_quarantine: permission denied for table quarantine"]
    owner.execute("REVOKE ALL ON iot_hub_public.devices FROM iot_hub_viewer")
    viewer.execute("SET search_path TO iot_hub_public")
    assert complaints(viewer, {"listed_device"}) == ["listed_device: permission denied for view devices"]
