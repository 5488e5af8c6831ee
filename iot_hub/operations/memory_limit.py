"""Restarts a dashboard that takes more memory than it may.

nginx bounds the pages that are open and ``dashboard/render_slots.py`` those that are built, so this is for what
neither foresees: a leak, or a page that is larger than any seen. The others run on, and browsers reconnect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from iot_hub.operations.process_metrics import memory_of
from iot_hub.operations.supervisor import NotReadyError, Processes, Role

LOOK_SECONDS = 3.0


async def keep_within(
    limit: int, processes: Processes, roles: Sequence[Role], say: Callable[[str], None], pause: float = LOOK_SECONDS
) -> None:
    """Look at these processes now and then, and restart one that is over the limit (bytes), until cancelled."""
    while True:
        await asyncio.sleep(pause)
        for role in roles:
            pid = processes.states()[role.name].pid
            taken = await asyncio.to_thread(memory_of, pid) if pid else 0
            if taken <= limit:
                continue
            say(
                f"{role.name} takes {taken // 1_000_000} MB, more than the {limit // 1_000_000} MB of"
                " IOT_HUB_DASHBOARD_BYTES: starting it again."
            )
            try:
                await processes.restart(role, by_itself=True)
            except NotReadyError as error:
                say(str(error))
