"""A receiver that acknowledges late, so that whoever kills it finds messages stored and not acknowledged.

With ``--forgetful`` it also forgets when it received them.
"""

from __future__ import annotations

import asyncio
import sys
import time

from iot_hub.ingest.mqtt.process import run_receiver
from iot_hub.ingest.mqtt.receive_times import ReceiveTimes
from iot_hub.ingest.mqtt.receiver import Batch, MessageReceiver
from iot_hub.logs import set_up_logs
from iot_hub.settings import settings

LATE_SECONDS = 0.3

_store = MessageReceiver._store


async def _store_late(self: MessageReceiver, batch: Batch) -> None:
    await _store(self, batch)
    await asyncio.sleep(LATE_SECONDS)


MessageReceiver._store = _store_late  # type: ignore[method-assign]
if "--forgetful" in sys.argv:
    ReceiveTimes.received_at = lambda self, *_, **__: time.time_ns() // 1_000  # type: ignore[method-assign]
set_up_logs("mqtt")
run_receiver(settings())
