"""One receiver at a time: two under one client id would throw each other out for ever.

Shared subscriptions are no way around it: Mosquitto parks the messages in flight of a member that died, or loses them.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from iot_hub.files.private_files import make_folder, open_lock

log = structlog.get_logger()

POLL_SECONDS = 0.1
"""How soon another takes over. The kernel releases the lock of a process that ends in whatever way."""


@contextlib.asynccontextmanager
async def lease(path: Path) -> AsyncIterator[None]:
    """Hold the lease; wait for it as long as another process does. Raises OSError."""
    make_folder(path.parent)
    with open_lock(path) as file:
        is_waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not is_waiting:
                    log.info("mqtt_standby")
                is_waiting = True
                await asyncio.sleep(POLL_SECONDS)
        if is_waiting:
            log.info("mqtt_took_over")
        yield
