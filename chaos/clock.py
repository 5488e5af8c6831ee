"""The clock of the hub's own processes, which a file sets (libfaketime). Monotonic clocks stay true, as in life."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

CACHE_SECONDS = 1
"""A process keeps what it has read for this many seconds, at most one more; reading at every call would cost
14 µs each time."""
HEARD_SECONDS = CACHE_SECONDS + 1.2

PRELOAD = "CHAOS_PRELOAD"
"""Names the library to the hub, which loads it only into some of its processes."""

_LIBRARIES = ("lib/*/faketime", "lib/faketime", "lib64/faketime")


class Clock:
    """A wall clock that can be set. PostgreSQL, nginx and the campaign itself keep the true one."""

    def __init__(self, file: Path) -> None:
        """Keep the file that says how wrong the clock is."""
        self._file = file
        self._set(0)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process, and those that it starts, live by this clock."""
        return {"LD_PRELOAD": str(_library()), **self._faketime}

    @property
    def environment_of_hub(self) -> dict[str, str]:
        """What makes ``chaos.impatient_hub`` start the API and the worker by this clock, and nothing else."""
        return {PRELOAD: str(_library()), **self._faketime}

    @property
    def _faketime(self) -> dict[str, str]:
        return {
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(CACHE_SECONDS),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # A killed process would leave its semaphore locked for the next one with its number.
            "FAKETIME_DISABLE_SHM": "1",
        }

    @contextlib.contextmanager
    def jumped(self, seconds: int) -> Iterator[None]:
        """Set the clock wrong by this many seconds around a block; every process has noticed before it begins."""
        try:
            self._set(seconds)
            time.sleep(HEARD_SECONDS)
            yield
        finally:
            self._set(0)
            time.sleep(HEARD_SECONDS)

    def _set(self, seconds: int) -> None:
        # Renamed into place: a process may read at any moment.
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(self._file)


def _library() -> Path:
    found = [path for place in _LIBRARIES for path in Path("/usr").glob(f"{place}/libfaketimeMT.so.1")]
    if not found:
        raise SystemExit("libfaketime is missing: 'make chaos' installs it.")
    return found[0]
