"""Strips over HTTP: what a device measured of a day, thinned, for the owner and for nobody else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from events import refresh
from hypothesis import given
from hypothesis import strategies as st
from login_world import open_session
from query_api_world import NOON, THAT_DAY, TOWN, Api, Owner, add_device, at, minutes, running_api, store

from iot_hub.access.readers import add_reader
from iot_hub.api.query.strips import STEPS, step_of
from iot_hub.settings import Settings

Points = dict[str, list[list[float]]]
HALF_DAY = 12 * 3600


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings, "no") as api:
        yield api


@pytest.fixture
def session(owner: Owner) -> dict[str, str]:
    add_device(owner, 1)
    return open_session(owner, secrets.token_urlsafe())


def measure(owner: Owner, *events: tuple[datetime, dict[str, Any] | str]) -> None:
    store(owner, 1, events)
    refresh(owner)


def strips(api: Api, session: dict[str, str], day: dict[str, str] = THAT_DAY) -> Points:
    answer = api.ask("GET", "/v1/devices/1/strips", session, params=day)
    assert answer.status_code == 200
    document = api.get("/openapi.json").json()
    schema = {"$ref": "#/components/schemas/Strips", "components": document["components"]}
    jsonschema.validate(answer.json(), schema)
    return {strip["figure"]: strip["points"] for strip in answer.json()["strips"]}


def north(metres: float) -> tuple[float, float]:
    return TOWN[0] + metres / 111_195, TOWN[1]


def test_a_step_has_the_least_and_the_most_and_one_without_a_value_is_absent(
    owner: Owner, api: Api, session: dict[str, str]
) -> None:
    measure(
        owner,
        (NOON, {"battery": {"remaining_percent": 61}}), (NOON + minutes(1), {"battery": {"remaining_percent": "64.5"}}),
        (NOON + minutes(2), {"battery": {"remaining_percent": None}}),
        (NOON + minutes(3), {"battery": {"remaining_percent": "unknown"}}),
        (NOON + minutes(30), {"battery": {"remaining_percent": 0}, "body": {"heart_rate_bpm": 70}}),
        (NOON + timedelta(days=1), {"battery": {"remaining_percent": 1}}),
    )  # fmt: skip
    assert strips(api, session) == {
        "battery": [[HALF_DAY, 61, 64.5], [HALF_DAY + 1800, 0, 0]], "heart_rate": [[HALF_DAY + 1800, 70, 70]],
    }  # fmt: skip


def test_a_device_without_any_figure_has_no_strip(owner: Owner, api: Api, session: dict[str, str]) -> None:
    measure(owner, (NOON, {"motion": {"steps": 5}}))
    assert strips(api, session) == {}


def test_a_speed_that_a_fix_reports_counts_and_else_that_of_the_way_between_fixes(
    owner: Owner, api: Api, session: dict[str, str]
) -> None:
    measure(
        owner,
        (NOON, at(north(0), fix_speed_ms=3, altitude_m=219.5)),
        (NOON + minutes(10), at(north(1000))), (NOON + minutes(11), at(north(1600))),
        # Of a pause of 15 minutes nobody knows how fast it was.
        (NOON + minutes(41), at(north(90_000))),
    )  # fmt: skip
    found = strips(api, session)
    assert found["altitude"] == [[HALF_DAY, 219.5, 219.5]]
    assert found["speed"] == [
        [HALF_DAY, 3, 3],
        [HALF_DAY + 600, pytest.approx(10, abs=0.02), pytest.approx(10, abs=0.02)],
    ]


def test_fixes_of_each_second_give_no_jumps(owner: Owner, api: Api, session: dict[str, str]) -> None:
    measure(owner, *((NOON + timedelta(seconds=n), at(north(n + n % 2 * 10))) for n in range(300)))
    [[_, least, most]] = strips(api, session)["speed"]
    assert 0.7 <= least and most <= 1.4


def test_late_data_give_the_same_strips_in_whatever_order_they_come(
    owner: Owner, api: Api, session: dict[str, str]
) -> None:
    events = [(NOON + minutes(n), at(north(n * 100), altitude_m=n) | {"battery": {"remaining_percent": n}})
              for n in range(60)]  # fmt: skip
    measure(owner, *events[::2])
    measure(owner, *reversed(events), events[0])
    shuffled = strips(api, session)
    owner.execute("DELETE FROM iot_personal_hub.locations")
    owner.execute("DELETE FROM iot_personal_hub.raw_devices_properties")
    measure(owner, *events)
    assert strips(api, session) == shuffled


@given(st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=8)))
def test_there_are_at_most_300_steps(length: timedelta) -> None:
    assert length / timedelta(seconds=step_of(length)) <= STEPS


@pytest.mark.parametrize(
    ("since", "until"),
    [
        # 23 and 25 hours in Warsaw; the antimeridian's day is as any other.
        (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (datetime(2025, 10, 25, 22, tzinfo=UTC), datetime(2025, 10, 26, 23, tzinfo=UTC)),
    ],
)
def test_a_day_on_which_clocks_change_is_whole(
    owner: Owner, api: Api, session: dict[str, str], since: datetime, until: datetime
) -> None:
    last = until - timedelta(seconds=1)
    measure(owner, *((when, {"battery": {"remaining_percent": 50}}) for when in (since, last, until)))
    day = {"from": since.isoformat(), "to": until.isoformat()}
    length = int((until - since).total_seconds())
    assert [point[0] for point in strips(api, session, day)["battery"]] == [0, length - 300]


def test_a_range_beyond_eight_days_is_refused(api: Api, session: dict[str, str]) -> None:
    answer = api.ask("GET", "/v1/devices/1/strips", session, params=THAT_DAY | {"from": "2026-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_parameter")
    assert api.ask("GET", "/v1/devices/2/strips", session, params=THAT_DAY).status_code == 404


def test_nobody_else_sees_strips(owner: Owner, api: Api, settings: Settings, session: dict[str, str]) -> None:
    measure(owner, (NOON, {"battery": {"remaining_percent": 61}}))
    add_device(owner, 2)
    everything, other, published = (
        add_reader(owner, "backup", (), "owner"), add_reader(owner, "car", ("2",), "owner"), add_reader(owner, "friend"),
    )  # fmt: skip
    path = "/v1/devices/1/strips"

    def status(token: str) -> int:
        return api.ask("GET", path, params=THAT_DAY, headers={"Authorization": f"Bearer {token}"}).status_code

    assert [status(token) for token in (everything, other, published)] == [200, 404, 403]
    assert api.get(path).status_code == 401
    with running_api(settings, "yes") as public:
        assert "owner_only" in public.get(path).text
