"""A flag that signals set: no signal is missed, and none finds its own thread in the way."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from iot_hub.waiting.stop_flag import StopFlag

WAITS = """
import signal
from iot_hub.waiting.stop_flag import StopFlag
flag = StopFlag()
flag.set_on_signals(signal.SIGINT)
print("ready", flush=True)
{wait}
print("stopped")
"""


@pytest.mark.parametrize(
    "wait",
    [
        # Busy with the flag itself, as a loop with short pauses is; and asleep for ever.
        "while not flag.wait(0.00001): pass",
        "flag.wait(3600)",
        "while not flag.is_set(): sorted(range(1000))",
    ],
)
def test_a_signal_ends_a_wait_at_once_though_it_comes_at_any_moment(wait: str) -> None:
    for _ in range(5):
        command = [sys.executable, "-c", WAITS.format(wait=wait)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout and process.stdout.readline() == "ready\n"
                process.send_signal(signal.SIGINT)
                assert process.communicate(timeout=5) == ("stopped\n", "")
            finally:
                process.kill()


def test_a_flag_stays_set_and_only_its_own_wait_sees_it() -> None:
    flag, other = StopFlag(), StopFlag()
    assert not flag.is_set()
    flag.set()
    flag.set()
    assert [flag.is_set(), flag.is_set(), flag.wait(60), other.is_set()] == [True, True, True, False]
