"""An export, imported elsewhere, gives the same events: the same times, the same properties to the last digit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from events import Connection, add_device, rows
from export_world import EVENTS, exported, store
from fixture_meaning import SENT, events_of, fixtures
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from imports import run

from iot_hub.settings import Settings
from iot_hub.sources import SOURCES
from iot_hub.transfer.exports.formats import FORMATS

HELD = (
    "SELECT device_time, encode(digest, 'hex') AS digest, source, properties::text AS properties"
    " FROM iot_personal_hub.raw_devices_properties ORDER BY device_time, digest"
)
WITH_A_POSITION = HELD.replace(
    " ORDER BY",
    " WHERE iot_personal_hub.number_at(properties, '{location,latitude}') IS NOT NULL"
    " AND (properties #> '{location,latitude}' <> '0' OR properties #> '{location,longitude}' <> '0') ORDER BY",
)
POSITIONS_ONLY = [format.name for format in FORMATS.values() if format.positions_only]


def elsewhere(owner: Connection) -> None:
    """Make of this hub one that knows the device, and nothing of it."""
    owner.execute(
        "TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.stale_hours, iot_personal_hub.locations"
    )


def there_and_back(owner: Connection, settings: Settings, folder: Path, format: str) -> tuple[list[Any], list[Any]]:
    expected = rows(owner, WITH_A_POSITION if format in POSITIONS_ONLY else HELD)
    content, done = exported(owner, format)
    file = folder / f"phone.{FORMATS[format].extension}"
    file.write_bytes(content)
    elsewhere(owner)
    account = run(settings, file, format=None, device=None)
    assert (account.stored, dict(account.rejected), dict(account.ignored)) == (done.events, {}, {}), content
    return expected, rows(owner, HELD)


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_read_back_gives_the_same_events(
    format: str, owner: Connection, settings: Settings, tmp_path: Path
) -> None:
    add_device(owner, 1, '=My phone, "Ola\'s"')
    store(owner, *EVENTS)
    expected, found = there_and_back(owner, settings, tmp_path, format)
    assert found == expected
    assert len(found) >= 4


@pytest.mark.parametrize("format", FORMATS)
def test_what_every_app_sent_survives_the_way(
    format: str, owner: Connection, settings: Settings, tmp_path: Path
) -> None:
    add_device(owner)
    for fixture in fixtures(kinds=SENT):
        if fixture.source in SOURCES:
            sent = [
                (event.device_time / 1e6, json.loads(event.properties), event.source) for event in events_of(fixture)
            ]
            store(owner, *sent)
    expected, found = there_and_back(owner, settings, tmp_path, format)
    assert found == expected
    assert len(found) > 10


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@given(
    given_events=st.lists(
        st.tuples(st.integers(0, 10**9), st.dictionaries(texts, values, max_size=4)), min_size=1, max_size=8
    )
)
@examples(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("format", FORMATS)
def test_whatever_the_properties_are(
    format: str, owner: Connection, settings: Settings, tmp_path: Path, given_events: list[tuple[int, dict[str, Any]]]
) -> None:
    elsewhere(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_devices (id, name, type) VALUES (1, 'phone', 'smartphone') ON CONFLICT DO NOTHING"
    )
    place = {"location": {"latitude": 52.23, "longitude": 21.01}}
    store(owner, *((1_700_000_000 + at / 1e6, {**what, **place}, "hub") for at, what in given_events))
    expected, found = there_and_back(owner, settings, tmp_path, format)
    assert found == expected
