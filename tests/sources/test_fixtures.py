"""Real payloads of every app mean what they should."""

from __future__ import annotations

import pytest
from fixture_meaning import FILE, Fixture, assert_means, events_of, fixtures

from iot_hub.errors import UserError
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
    [each for each in fixtures(kinds=FILE) if each.expected["records"]],
    ids=lambda each: f"{each.source}/{each.payload.name}",
)
def test_a_file_to_import_means_what_it_should(fixture: Fixture) -> None:
    assert_means(fixture)


def test_the_note_that_google_puts_in_the_place_of_encrypted_history_says_what_to_do() -> None:
    [fixture] = [each for each in fixtures("imports", FILE) if not each.expected["records"]]
    with pytest.raises(UserError, match="on the phone itself"):
        events_of(fixture)
