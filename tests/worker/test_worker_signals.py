"""A worker that is asked to stop, whatever it does at that moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys

import pytest

from iot_hub.settings import Settings


@pytest.mark.slow
def test_a_worker_ends_in_order_whenever_a_signal_asks_it_to(settings: Settings) -> None:
    assert settings.database_url
    environment = {
        **os.environ,
        "IOT_HUB_HOME": str(settings.home),
        "IOT_HUB_DATABASE_URL": settings.database_url.get_secret_value(),
    }
    moments = random.Random(7)
    for number in [signal.SIGINT, signal.SIGTERM] * 4:
        with subprocess.Popen(
            [sys.executable, "-m", "iot_hub", "worker"], env=environment, stderr=subprocess.PIPE, text=True
        ) as worker:
            try:
                assert worker.stderr and "worker_starts" in worker.stderr.readline()
                with pytest.raises(subprocess.TimeoutExpired):
                    worker.wait(moments.uniform(0, 1))
                worker.send_signal(number)
                assert worker.wait(30) == 0
            finally:
                worker.kill()
