"""Restarts a dashboard that exceeds its memory limit.

nginx limits the pages that are open, and ``dashboard/render_slots.py`` those being built. This is for what neither
foresees: a leak, or an unusually large page. The other processes keep running, and browsers reconnect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from iot_hub.operations.process_metrics import memory_of
from iot_hub.operations.supervisor import NotReadyError, Role, Supervisor

CHECK_SECONDS = 3.0


async def enforce_memory_limit(
    limit: int,
    supervisor: Supervisor,
    roles: Sequence[Role],
    report: Callable[[str], None],
    pause: float = CHECK_SECONDS,
) -> None:
    """Check the processes regularly, and restart one that exceeds the limit (bytes), until cancelled."""
    while True:
        await asyncio.sleep(pause)
        for role in roles:
            pid = supervisor.states()[role.name].pid
            used = await asyncio.to_thread(memory_of, pid) if pid else 0
            if used <= limit:
                continue
            report(
                f"{role.name} uses {used // 1_000_000} MB, more than the {limit // 1_000_000} MB of"
                " IOT_HUB_DASHBOARD_BYTES: restarting it."
            )
            try:
                await supervisor.restart(role, automatic=True)
            except NotReadyError as error:
                report(str(error))
