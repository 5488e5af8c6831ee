"""Who asks for much waits in line; who asks for little does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from hub_server import running_api
from query_api_world import NOON, Owner, add_device, at, publish
from waiting import wait_until

from iot_hub.access.login.client_address import FRONT_HEADER
from iot_hub.api.query.heavy_requests import MAX_QUEUED_PER_CLIENT
from iot_hub.files.own_secrets import FRONT_SECRET, own_secret
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

FIXES = 20_000
MONTH = {"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}
TRACK = "/v1/devices/1/track"


@pytest.fixture
def api(settings: Settings, owner: Owner) -> Iterator[httpx.Client]:
    add_device(owner, 1)
    fixes = ((NOON + timedelta(seconds=20 * n), at((50 + n / 1e5, 19 + n / 1e5))) for n in range(FIXES))
    publish(owner, 1, fixes)
    with running_api(settings.model_copy(update={"public_dashboard": "yes"})) as client:
        # As nginx asks, whose word about who asks is believed.
        client.headers[FRONT_HEADER] = own_secret(settings.home, FRONT_SECRET)
        wait_until(lambda: client.get("/readyz").json()["status"] == "ready")
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("clients", [1, 20])
def test_twenty_tracks_at_once_leave_the_others_their_answers(api: httpx.Client, clients: int) -> None:
    def pull(number: int) -> httpx.Response:
        return api.get(TRACK, params=MONTH, headers={"X-Forwarded-For": f"192.0.2.{number % clients}"})

    waits: list[float] = []
    with ThreadPoolExecutor(20) as threads:
        pulls = [threads.submit(pull, number) for number in range(20)]
        while not all(done.done() for done in pulls):
            for path in ("/v1/devices", "/v1/devices/1/last", "/login"):
                began = time.monotonic()
                assert api.get(path).status_code == 200
                waits.append(time.monotonic() - began)
    answers = [done.result() for done in pulls]
    print(f"{len(waits)} looks, the slowest {max(waits):.3f} s, {sorted(answer.status_code for answer in answers)}")
    assert max(waits) < 1
    taken = [answer for answer in answers if answer.status_code == 200]
    assert len(taken) == (MAX_QUEUED_PER_CLIENT if clients == 1 else 20)
    assert {answer.json()["count"] for answer in taken} == {FIXES}
    for refused in (answer for answer in answers if answer.status_code != 200):
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert refused.json()["error"]["code"] == "too_many_questions"
    # The line is empty again.
    assert pull(1).status_code == 200


@pytest.mark.slow
def test_who_goes_away_while_waiting_is_passed_over(api: httpx.Client, owner: Owner) -> None:
    gone, started = [], threading.Event()

    def pull(number: int) -> None:
        with httpx.Client(base_url=api.base_url, headers=api.headers, timeout=0.5) as client:
            started.set()
            try:
                client.get(TRACK, params=MONTH, headers={"X-Forwarded-For": f"192.0.2.{number}"})
            except httpx.TimeoutException:
                gone.append(number)

    with owner.transaction(), ThreadPoolExecutor(20) as threads:
        owner.execute("LOCK TABLE iot_personal_hub.published_devices IN ACCESS EXCLUSIVE MODE")
        list(threads.map(pull, range(20)))
    assert len(gone) == 20
    began = time.monotonic()
    assert api.get(TRACK, params=MONTH).status_code == 200
    assert time.monotonic() - began < 5
