"""How many pages may be open at once, and what a dashboard does that takes too much memory."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import websockets
from hub_process import Hub, running_hub
from login_world import PASSWORD
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from waiting import until, wait_until

from iot_hub.access.login.authorization import COOKIE
from iot_hub.operations.memory_limit import enforce_memory_limit
from iot_hub.operations.nginx.configuration import ALL_PAGES, PAGES_OF_ADDRESS
from iot_hub.operations.process_metrics import memory_of
from iot_hub.operations.supervisor import Role, Supervisor

pytestmark = pytest.mark.hub

PUBLIC, OWNERS = "/public/_stcore/stream", "/_stcore/stream"
LARGEST = 350_000_000


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running_hub("--demo", IOT_HUB_PUBLIC_DASHBOARD="yes") as running:
        wait_until(lambda: httpx.get(f"{running.url}/public/").status_code == 200, 60)
        running.set_password()
        yield running


def pid_of(hub: Hub, script: str) -> int:
    [pid] = [pid for pid, line in hub.children().items() if script in line]
    return pid


async def open_page(hub: Hub, path: str, held: asyncio.Barrier, address: str = "127.0.0.1", cookie: str = "") -> int:
    """Open a page as Streamlit's script does, and hold it until the others are drawn or refused, too.

    Return the status of the handshake.
    """
    request = BackMsg()
    request.rerun_script.query_string = ""
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    try:
        async with websockets.connect(
            hub.url.replace("http", "ws") + path, origin=websockets.Origin(hub.url), max_size=None, max_queue=None,
            open_timeout=60, ping_interval=None, subprotocols=[websockets.Subprotocol("streamlit")],
            additional_headers=headers, local_addr=(address, 0),
        ) as page:  # fmt: skip
            await page.send(request.SerializeToString())
            while ForwardMsg.FromString(await page.recv(decode=False)).WhichOneof("type") != "script_finished":
                pass
            await held.wait()
            return 101
    except websockets.InvalidStatus as refused:
        await held.wait()
        return refused.response.status_code


def session_of(hub: Hub) -> str:
    answer = httpx.post(f"{hub.url}/login", data={"password": PASSWORD}, headers={"Origin": hub.url})
    return answer.cookies[COOKIE]


async def crowd(hub: Hub, path: str, pages: list[str], held: asyncio.Barrier) -> tuple[Counter[int], int]:
    """Have so many pages opened at once, one from each of these addresses; statuses, and the most memory taken."""
    pid = pid_of(hub, "public_app.py")
    opened = asyncio.gather(*(open_page(hub, path, held, address) for address in pages))
    most = 0
    while not opened.done():
        most = max(most, memory_of(pid))
        await asyncio.wait([opened], timeout=0.2)
    return Counter(await opened), most


@pytest.mark.timeout(240)
def test_sixty_pages_from_one_address_are_bounded_and_the_owners_page_still_opens(hub: Hub) -> None:
    session = session_of(hub)

    async def attack() -> tuple[Counter[int], int, int]:
        held = asyncio.Barrier(60 + 1)
        attacked = asyncio.create_task(crowd(hub, PUBLIC, ["127.0.0.1"] * 60, held))
        # Not before the crowd holds what it may: the owner comes to a busy hub.
        await until(lambda: held.n_waiting == 60 or attacked.done(), 120)
        assert held.n_waiting == 60, attacked
        owners = await open_page(hub, OWNERS, asyncio.Barrier(1), cookie=session)
        await held.wait()
        return *await attacked, owners

    statuses, most, owners = asyncio.run(attack())
    assert statuses == {101: PAGES_OF_ADDRESS, 429: 60 - PAGES_OF_ADDRESS}
    assert most < LARGEST
    assert owners == 101


@pytest.mark.timeout(240)
def test_pages_from_many_addresses_are_bounded_too(hub: Hub) -> None:
    async def attack() -> tuple[Counter[int], int]:
        return await crowd(hub, PUBLIC, [f"127.0.5.{1 + number // 10}" for number in range(80)], asyncio.Barrier(80))

    statuses, most = asyncio.run(attack())
    assert statuses == {101: ALL_PAGES, 429: 80 - ALL_PAGES}
    assert most < LARGEST


def test_without_a_session_no_page_of_the_owners_is_held(hub: Hub) -> None:
    async def attack() -> Counter[int]:
        held = asyncio.Barrier(60)
        return Counter(await asyncio.gather(*(open_page(hub, OWNERS, held) for _ in range(60))))

    async def open_owners_page() -> int:
        return await open_page(hub, OWNERS, asyncio.Barrier(1), "127.0.0.6", session_of(hub))

    assert set(asyncio.run(attack())) <= {401, 429}
    assert asyncio.run(open_owners_page()) == 101


def test_a_dashboard_that_takes_more_memory_than_it_may_is_restarted_alone(tmp_path: Path) -> None:
    hungry = "import time; memory = bytearray(80_000_000); time.sleep(600)"
    modest = "import time; time.sleep(600)"
    said: list[str] = []

    async def keep() -> None:
        processes = Supervisor(tmp_path, os.environ, said.append)
        roles = [Role("dashboard", (sys.executable, "-c", modest)), Role("public", (sys.executable, "-c", hungry))]
        for role in roles:
            await processes.start(role)
        before = processes.states()
        keeping = asyncio.create_task(enforce_memory_limit(60_000_000, processes, roles, said.append, pause=0.1))
        try:
            await until(lambda: processes.states()["public"].restarts > 0)
            after = processes.states()
        finally:
            keeping.cancel()
            await processes.stop()
        assert after["dashboard"] == before["dashboard"]
        assert after["public"].pid not in (None, before["public"].pid)

    asyncio.run(keep())
    assert said[0].startswith("public uses ") and "IOT_HUB_DASHBOARD_BYTES" in said[0]
