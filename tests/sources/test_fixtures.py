"""Real payloads of every app mean what they should."""

from __future__ import annotations

import pytest
from fixture_meaning import FILE, MQTT, Fixture, assert_means, events_of, fixtures, meaning_of, messages_of

from iot_hub.errors import UserError
from iot_hub.event import Event
from iot_hub.sources import SOURCES


@pytest.mark.parametrize(
    "fixture",
    [each for each in fixtures() if each.source in SOURCES],
    ids=lambda each: f"{each.source}/{each.payload.name}",
)
def test_a_payload_means_what_it_should(fixture: Fixture) -> None:
    assert_means(fixture)


@pytest.mark.parametrize(
    "fixture",
    [each for each in fixtures(kinds=FILE) if each.expected["events"]],
    ids=lambda each: f"{each.source}/{each.payload.name}",
)
def test_a_file_to_import_means_what_it_should(fixture: Fixture) -> None:
    assert_means(fixture)


def test_the_note_that_google_puts_in_the_place_of_encrypted_history_says_what_to_do() -> None:
    [fixture] = [each for each in fixtures("imports", FILE) if not each.expected["events"]]
    with pytest.raises(UserError, match="on the phone itself"):
        events_of(fixture)


@pytest.mark.parametrize("fixture", fixtures(kinds=MQTT), ids=lambda each: each.payload.name)
def test_the_messages_of_a_home_mean_what_they_should(fixture: Fixture) -> None:
    decoded = messages_of(fixture)
    events = [{**meaning_of(found), "device": device} for device, found in decoded.items if isinstance(found, Event)]
    states = [{"device": device, "state": found} for device, found in decoded.items if not isinstance(found, Event)]
    devices = {device for device, _ in decoded.items}
    assert events == fixture.expected["events"]
    assert states == fixture.expected["availability"]
    assert {each: label for each in devices if (label := decoded.label(each))} == fixture.expected["labels"]
