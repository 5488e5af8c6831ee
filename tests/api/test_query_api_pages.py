"""Turning the pages of a device's events: none is lost, none is given twice."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from query_api_world import NOON, THAT_DAY, Api, add_device, minutes, publish, running_api

from iot_hub.settings import Settings

Owner = psycopg.Connection[DictRow]


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings) as api:
        yield api


def numbered(number: int) -> dict[str, Any]:
    return {"motion": {"steps": number}}


def turn_pages(api: Api, limit: int, between: Callable[[datetime], None] = lambda _: None) -> Iterator[list[int]]:
    """Give the numbers of each page's events; between two pages, tell the time of the last event."""
    parameters: dict[str, Any] = {**THAT_DAY, "limit": limit}
    while True:
        page = api.get("/v1/devices/1/events", **parameters).json()
        yield [event["properties"]["motion"]["steps"] for event in page["events"]]
        if page["next_cursor"] is None:
            return
        between(datetime.fromisoformat(page["events"][-1]["device_time"]))
        parameters["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("limit", [1, 3, 7, 60, 1000])
def test_pages_hold_every_event_once_newest_first(owner: Owner, api: Api, limit: int) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON + minutes(7 * number), numbered(number)) for number in range(60)])
    pages = list(turn_pages(api, limit))
    assert [number for page in pages for number in page] == list(reversed(range(60)))
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_events_of_one_instant_are_told_apart_by_pages(owner: Owner, api: Api, limit: int) -> None:
    add_device(owner, 1)
    instants = [NOON] * 7 + [NOON + timedelta(microseconds=1)] * 4 + [NOON - timedelta(microseconds=1)]
    publish(owner, 1, [(instant, numbered(number)) for number, instant in enumerate(instants)])
    given = [number for page in turn_pages(api, limit) for number in page]
    assert (set(given[:4]), set(given[4:11]), given[11:]) == ({7, 8, 9, 10}, set(range(7)), [11])


@pytest.mark.parametrize("limit", [3, 4, 1000])
def test_a_page_goes_on_beyond_the_month_before_its_end(owner: Owner, api: Api, limit: int) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON - timedelta(days=29 * number), numbered(number)) for number in range(8)])
    ends = NOON + timedelta(minutes=1)
    numbers: list[int] = []
    parameters: dict[str, Any] = {"from": "2020-01-01T00:00Z", "to": ends.isoformat(), "limit": limit}
    while parameters:
        page = api.get("/v1/devices/1/events", **parameters).json()
        numbers += [event["properties"]["motion"]["steps"] for event in page["events"]]
        cursor = page["next_cursor"]
        parameters = {"cursor": cursor, "limit": limit} if cursor else {}
    assert numbers == list(range(8))


@pytest.mark.parametrize("limit", [2, 5, 9])
def test_events_that_arrive_while_pages_are_turned_move_no_other_one(owner: Owner, api: Api, limit: int) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON + minutes(5 * (number // 3)), numbered(number)) for number in range(45)])
    later = iter(range(1_000, 2_000))

    def more_arrive(last: datetime) -> None:
        newer = last + timedelta(seconds=20)
        publish(owner, 1, [(when, numbered(next(later))) for when in (NOON + minutes(400), newer, last)])

    given = [number for page in turn_pages(api, limit, more_arrive) for number in page]
    assert len(set(given)) == len(given)
    assert sorted(number for number in given if number < 1_000) == list(range(45))


def test_a_cursor_does_not_tell_how_many_events_are_hidden(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    publish(owner, 1, [(NOON + minutes(number), numbered(number)) for number in range(4)])
    cursor = api.get("/v1/devices/1/events", **THAT_DAY, limit=2).json()["next_cursor"]
    held = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    ids = {row["id"] for row in owner.execute("SELECT id FROM iot_personal_hub.raw_devices_properties")}
    assert len(held) == 3
    assert not ids & set(held)
