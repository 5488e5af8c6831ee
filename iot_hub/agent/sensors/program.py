"""Runs a program for what it prints: bounded in time and size, whatever it does."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from typing import IO

from iot_hub.agent.errors import SensorError

MOST_BYTES = 1_000_000
ENDING_SECONDS = 5


def is_installed(name: str) -> bool:
    """Tell whether there is a program of that name."""
    return any(os.access(os.path.join(folder, name), os.X_OK) for folder in os.get_exec_path())


def output_of(command: Sequence[str], timeout: float) -> str:
    """Give what a program prints. Raises SensorError where it fails, takes too long, or prints without end."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise SensorError(f"{command[0]} can't be run: {error.strerror}") from error
    deadline = time.monotonic() + timeout
    try:
        printed = _read(process.stdout, deadline)  # type: ignore[arg-type]
        process.wait(max(deadline - time.monotonic(), 0))
    except (TimeoutError, subprocess.TimeoutExpired) as error:
        raise SensorError(f"{command[0]} took longer than {timeout:g} s") from error
    finally:
        _end(process)
    if process.returncode:
        raise SensorError(f"{command[0]} ended with code {process.returncode}")
    return printed.decode(errors="replace")


def _read(pipe: IO[bytes], deadline: float) -> bytes:
    printed = b""
    with pipe, selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(deadline - time.monotonic(), 0)):
            part = os.read(pipe.fileno(), 65_536)
            if not part:
                return printed
            printed += part
            if len(printed) > MOST_BYTES:
                raise SensorError(f"printed more than {MOST_BYTES} bytes")
    raise TimeoutError


def _end(process: subprocess.Popen[bytes]) -> None:
    # Termux's commands are scripts: their child would be left behind, and go on waiting for a fix.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(ENDING_SECONDS)
