"""``send`` and ``once``: all that waits goes now, with a bar on a terminal."""

from __future__ import annotations

import sys

from iot_hub.agent.queue import Queue
from iot_hub.agent.running import Agent


def send_all(agent: Agent, queue: Queue) -> int:
    """Send batch by batch until nothing waits or the hub fails; say what came of it. Gives the exit status."""
    waiting = queue.depth().readings
    delivered = refused = 0
    while delivered + refused < waiting:
        sent = agent.send()
        delivered, refused = delivered + sent.delivered, refused + sent.refused
        if sent.failure or not sent.delivered + sent.refused:
            break
        _show(delivered + refused, waiting)
    left = queue.depth().readings
    print(f"{delivered} readings delivered, {refused} refused, {left} wait.")
    return 1 if left else 0


def _show(done: int, total: int) -> None:
    if sys.stderr.isatty():
        share = min(done / total, 1)
        end = "\n" if share >= 1 else ""
        print(f"\rSending {'█' * round(share * 30):<30} {share:4.0%}", end=end, file=sys.stderr, flush=True)
