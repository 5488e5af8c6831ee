"""Real payloads of every app mean what they should."""

from __future__ import annotations

import pytest
from fixture_meaning import Fixture, assert_means, fixtures

from iot_hub.sources import SOURCES


@pytest.mark.parametrize(
    "fixture",
    [each for each in fixtures() if each.source in SOURCES],
    ids=lambda each: f"{each.source}/{each.payload.name}",
)
def test_a_payload_means_what_it_should(fixture: Fixture) -> None:
    assert_means(fixture)
