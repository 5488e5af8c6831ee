"""An agent that is killed again and again while it sends: the hub stores each reading, and stores it once.

``benchmarks/agent.py`` has the long form, in which the hub is killed too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agent_world import Machine, readings
from events import Connection, rows
from hub_server import running_api
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

KILLS = 15
READINGS = 1000


def stored(owner: Connection) -> dict[str, Any]:
    [found] = rows(
        owner,
        "SELECT count(*) AS rows, count(DISTINCT properties) AS readings FROM iot_personal_hub.raw_devices_properties",
    )
    return found


def test_every_reading_is_stored_once_though_the_agent_is_killed_fifteen_times(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    token = add_device(owner, "phone", "smartphone")[1]
    machine = Machine(tmp_path, token=token, tables={"upload": {"every": 0, "readings": 10}})
    queue = machine.queue()
    share = READINGS // KILLS + 1
    with running_api(settings) as api:
        machine.address = str(api.base_url)
        cut_short = 0
        for life in range(KILLS):
            queue.append(readings(min(share, READINGS - life * share), life * share))
            before = stored(owner)["rows"]
            agent = machine.start("run")
            # The first batches are stored, and the next is under way.
            wait_until(lambda before=before: stored(owner)["rows"] > before)
            agent.kill()
            agent.communicate()
            # On a busy machine one or another may have sent everything by then.
            cut_short += queue.stats().readings > 0
        assert cut_short > KILLS // 2
        assert machine.run("send").returncode == 0
    assert stored(owner) == {"rows": READINGS, "readings": READINGS}
    assert (queue.stats().readings, queue.rejected()) == (0, {})
    queue.close()
