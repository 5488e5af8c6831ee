"""A device inside a private area looks, in every answer, as if it were switched off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from events import refresh
from psycopg.rows import DictRow
from query_api_world import HOME, NOON, THAT_DAY, TOWN, Api, add_device, at, hide_home, minutes, publish, running_api

from iot_hub.settings import Settings

Owner = psycopg.Connection[DictRow]

QUESTIONS = [
    "/v1/devices/{id}/last",
    "/v1/devices/{id}/events",
    "/v1/devices/{id}/track",
    "/v1/devices/{id}/track?format=gpx",
    "/v1/devices/{id}/hourly?metric=events",
    "/v1/devices/{id}/hourly?metric=battery.level",
    "/v1/devices/{id}/hourly?metric=battery.temperature",
    "/v1/devices/{id}/hourly?metric=battery.usage_current",
    "/v1/devices/{id}/hourly?metric=location.altitude",
    "/v1/devices/{id}/hourly?metric=location.fix_accuracy_m",
    "/v1/devices/{id}/hourly?metric=climate.temperature_C",
    "/v1/devices/{id}/hourly?metric=air.co2_ppm",
]


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings) as api:
        yield api


def reading(place: tuple[float, float], number: int) -> dict[str, Any]:
    return at(place, altitude_m=200 + number) | {
        "battery": {"remaining_percent": 80 - number, "temperature_C": 28.5, "usage_current_mA": -300},
        "climate": {"temperature_C": 20 + number},
    }


def out_and_about(owner: Owner, device_id: int) -> None:
    publish(owner, device_id, [(NOON + minutes(5 * n), reading((TOWN[0], TOWN[1] + n / 1000), n)) for n in range(12)])
    publish(owner, device_id, [(NOON + minutes(300 + 8 * n), reading(TOWN, n)) for n in range(3)])


def at_home(owner: Owner, device_id: int) -> None:
    """Hours at home between the outings and after them; a sensor of the air works there alone."""
    for start in (120, 480):
        publish(owner, device_id, [
            (NOON + minutes(start + 5 * n), reading(HOME, n) | {"air": {"co2_ppm": 600 + n}}) for n in range(20)
        ])  # fmt: skip


def ask(api: Api, device_id: int) -> list[tuple[int, str]]:
    """Give every answer about a device, with its number taken out."""
    listed = [device for device in api.get("/v1/devices").json() if device["id"] == device_id]
    answers = [api.get(_of_that_day(question.format(id=device_id))) for question in QUESTIONS]
    return [
        (200, _anonymous(str(listed), device_id)),
        *((a.status_code, _anonymous(a.text, device_id)) for a in answers),
    ]


def _of_that_day(question: str) -> str:
    return f"{question}{'&' if '?' in question else '?'}{httpx.QueryParams(THAT_DAY)}"


def _anonymous(text: str, device_id: int) -> str:
    for form in ('"device_id":{}', "'id': {}", "Device {} "):
        text = text.replace(form.format(device_id), form.format("N"))
    return text


def test_hours_at_home_can_not_be_told_from_hours_without_a_report(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    add_device(owner, 2)
    hide_home(owner)
    out_and_about(owner, 1)
    at_home(owner, 1)
    out_and_about(owner, 2)
    assert ask(api, 1) == ask(api, 2)
    assert '"count":12' in api.get(_of_that_day("/v1/devices/1/hourly?metric=events")).text


def test_a_device_that_never_left_home_can_not_be_told_from_one_that_never_reported(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    add_device(owner, 2)
    hide_home(owner)
    at_home(owner, 1)
    assert ask(api, 1) == ask(api, 2)


def test_an_area_drawn_today_hides_what_was_shown_yesterday_and_its_removal_shows_it_again(
    owner: Owner, api: Api
) -> None:
    add_device(owner, 1)
    add_device(owner, 2)
    out_and_about(owner, 1)
    at_home(owner, 1)
    out_and_about(owner, 2)
    open_answers = ask(api, 1)
    assert all(answer != other for answer, other in zip(open_answers, ask(api, 2), strict=True))
    hide_home(owner)
    assert all("air" not in text for _, text in ask(api, 1))
    refresh(owner)
    assert ask(api, 1) == ask(api, 2)
    owner.execute("DELETE FROM iot_personal_hub.dim_blocked_areas")
    refresh(owner)
    assert ask(api, 1) == open_answers


def test_a_page_cursor_given_before_an_area_was_drawn_leads_to_nothing_inside(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    out_and_about(owner, 1)
    at_home(owner, 1)
    cursor = api.get("/v1/devices/1/events", **THAT_DAY, limit=1).json()["next_cursor"]
    hide_home(owner)
    refresh(owner)
    events = api.get("/v1/devices/1/events", cursor=cursor, limit=1000).json()["events"]
    assert len(events) == 15
    assert all("air" not in event["properties"] for event in events)
