"""``send`` and ``once``: send everything that waits, with a progress bar on a terminal."""

from __future__ import annotations

import sys

from iot_hub.agent.queue import Queue
from iot_hub.agent.running import Agent
from iot_hub.agent.stop import STOP


def send_all(agent: Agent, queue: Queue) -> int:
    """Send batch by batch until nothing waits or the hub fails; print the result. Return the exit status."""
    agent.date_readings()
    waiting = queue.stats().readings
    delivered = rejected = 0
    while delivered + rejected < waiting and not STOP.is_set():
        sent = agent.send()
        delivered, rejected = delivered + sent.delivered, rejected + sent.rejected
        if sent.failure or not sent.delivered + sent.rejected:
            break
        _show(delivered + rejected, waiting)
    left = queue.stats()
    clock = f", {left.undated} of them until this machine's clock is set" if left.undated else ""
    print(f"{delivered} readings delivered, {rejected} rejected, {left.readings + left.undated} wait{clock}.")
    return 1 if left.readings + left.undated else 0


def _show(done: int, total: int) -> None:
    if sys.stderr.isatty():
        share = min(done / total, 1)
        end = "\n" if share >= 1 else ""
        print(f"\rSending {'█' * round(share * 30):<30} {share:4.0%}", end=end, file=sys.stderr, flush=True)
