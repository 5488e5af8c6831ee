"""What the owner's map of private areas shows before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import streamlit
from dashboard_world import Owner, add_device, add_events, report

from iot_hub.dashboard.components.area_editor import polygons_of
from iot_hub.dashboard.components.areas_preview import ground
from iot_hub.dashboard.palette import LIGHT
from iot_hub.dashboard.session import PageContext
from iot_hub.dashboard.time_range import now
from iot_hub.dashboard.translations import Translator
from iot_hub.database import audiences
from iot_hub.settings import Settings


@pytest.fixture
def ctx(settings: Settings) -> Iterator[PageContext]:
    yield PageContext(audiences.owner(settings), Translator("en", settings.zone), LIGHT, None, frames_map=True)
    streamlit.cache_resource.clear()
    streamlit.cache_data.clear()


def test_a_hub_without_positions_shows_the_world(ctx: PageContext, owner: Owner) -> None:
    add_device(owner, 1, "sensor")
    found = ground(ctx, [], [])
    assert (found.bounds.width > 300, found.tracks) == (True, [])


def test_a_hub_that_fell_silent_shows_where_its_devices_were_last(ctx: PageContext, owner: Owner) -> None:
    last = now() - timedelta(days=200)
    for device, longitude, before in ((1, 13.6, 0), (2, 13.7, 3), (3, 99, 90)):
        add_device(owner, device, f"phone {device}")
        add_events(owner, device, [(last - timedelta(days=before), report(50, 45.2, longitude))])
    found = ground(ctx, [], [])
    assert found.tracks == [[[13.6, 45.2]], [[13.7, 45.2]]]
    assert found.bounds.width < 1


def test_a_hub_that_reports_shows_the_last_30_days_only(ctx: PageContext, owner: Owner) -> None:
    for device, longitude, before in ((1, 13.6, 1), (2, 99, 60)):
        add_device(owner, device, f"phone {device}")
        add_events(owner, device, [(now() - timedelta(days=before), report(50, 45.2, longitude))])
    assert ground(ctx, [], []).tracks == [[[13.6, 45.2]]]


def test_an_area_across_the_antimeridian_is_drawn_in_one_piece() -> None:
    cut = (
        '{"type": "MultiPolygon", "coordinates":'
        " [[[[179, 0], [180, 0], [180, 1], [179, 0]]], [[[-180, 0], [-179, 0], [-180, 1], [-180, 0]]]]}"
    )
    assert [ring[0][0] for [ring] in polygons_of(cut)] == [179, 180]
