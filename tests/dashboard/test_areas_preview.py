"""What the owner's map of private areas shows before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import streamlit
from dashboard_world import Owner, add_device, add_events, report

from iot_hub.dashboard import session
from iot_hub.dashboard.areas_preview import ground
from iot_hub.dashboard.palette import palette
from iot_hub.dashboard.session import Visit
from iot_hub.dashboard.translations import Texts
from iot_hub.database import audiences
from iot_hub.settings import Settings


@pytest.fixture
def visitor(settings: Settings) -> Iterator[Visit]:
    yield Visit(audiences.owner(settings), Texts("en", settings.zone), palette("light"), None)
    streamlit.cache_resource.clear()
    streamlit.cache_data.clear()


def test_a_hub_without_positions_shows_the_world(visitor: Visit, owner: Owner) -> None:
    add_device(owner, 1, "sensor")
    found = ground(visitor, [], [])
    assert (found.extent.width > 300, found.tracks) == (True, [])


def test_a_hub_that_fell_silent_shows_where_its_devices_were_last(visitor: Visit, owner: Owner) -> None:
    last = session.now() - timedelta(days=200)
    for device, longitude, before in ((1, 13.6, 0), (2, 13.7, 3), (3, 99, 90)):
        add_device(owner, device, f"phone {device}")
        add_events(owner, device, [(last - timedelta(days=before), report(50, 45.2, longitude))])
    found = ground(visitor, [], [])
    assert found.tracks == [[[13.6, 45.2]], [[13.7, 45.2]]]
    assert found.extent.width < 1


def test_a_hub_that_reports_shows_the_last_30_days_only(visitor: Visit, owner: Owner) -> None:
    for device, longitude, before in ((1, 13.6, 1), (2, 99, 60)):
        add_device(owner, device, f"phone {device}")
        add_events(owner, device, [(session.now() - timedelta(days=before), report(50, 45.2, longitude))])
    assert ground(visitor, [], []).tracks == [[[13.6, 45.2]]]
