"""Runs a program for what it prints: bounded in time and size, whatever it does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import IO

from iot_hub.agent.errors import SensorError
from iot_hub.agent.stop import STOP, Stopped, is_readable, wait_readable

MAX_BYTES = 1_000_000
KILL_SECONDS = 5
"""For a killed program to be gone."""
LOOK_SECONDS = 0.2


def is_installed(name: str) -> bool:
    """Return whether there is a program of that name."""
    return any(os.access(os.path.join(folder, name), os.X_OK) for folder in os.get_exec_path())


def output_of(command: Sequence[str], timeout: float, *, stoppable: bool = True) -> str:
    """Return what a program prints. Raises SensorError where it fails, takes too long, or prints without end.

    Raises Stopped when the agent is asked to stop, unless the program is not ``stoppable``: it cleans up something.
    """
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise SensorError(f"{command[0]} can't be run: {error.strerror}") from error
    deadline = time.monotonic() + timeout
    try:
        printed = _read(process.stdout, deadline, wait_readable if stoppable else is_readable)  # type: ignore[arg-type]
        _wait(process, deadline, stoppable)
    except TimeoutError as error:
        raise SensorError(f"{command[0]} took longer than {timeout:g} s") from error
    finally:
        _kill(process)
    if process.returncode:
        raise SensorError(f"{command[0]} ended with code {process.returncode}")
    return printed.decode(errors="replace")


def _read(pipe: IO[bytes], deadline: float, wait: Callable[[int, float], bool]) -> bytes:
    printed = b""
    with pipe:
        while wait(pipe.fileno(), deadline - time.monotonic()):
            part = os.read(pipe.fileno(), 65_536)
            if not part:
                return printed
            printed += part
            if len(printed) > MAX_BYTES:
                raise SensorError(f"printed more than {MAX_BYTES} bytes")
    raise TimeoutError


def _wait(process: subprocess.Popen[bytes], deadline: float, stoppable: bool) -> None:
    # A program may close its output and go on.
    while process.poll() is None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if stoppable and STOP.is_set():
            raise Stopped
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(left, LOOK_SECONDS))


def _kill(process: subprocess.Popen[bytes]) -> None:
    # Termux's commands are scripts: their child would be left behind, and go on waiting for a fix.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(KILL_SECONDS)
