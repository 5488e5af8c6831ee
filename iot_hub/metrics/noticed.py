"""Signs of a wrong configuration that the API notices in requests; ``iot-hub doctor`` reports them.

Strangers choose the names that are written here, so they are bounded in number, length and rate.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from iot_hub.files.private_files import make_folder, write_private

log = structlog.get_logger()

MOST_NAMES = 20
PAUSE_SECONDS = 1.0
FRESH_SECONDS = 7 * 86_400
_FIT = re.compile(r"[a-zA-Z0-9._:\[\]-]{1,100}")

Kind = Literal["unknown_host", "unknown_proxy"]
Seen = dict[str, float]
"""When each name was last seen (Unix time)."""


class Noticed:
    """Records names, one a second at most."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._clock = clock
        self._next_at: dict[Kind, float] = {}
        self._logged: set[tuple[Kind, str]] = set()

    def note(self, kind: Kind, name: str) -> None:
        """Record a name, unless the last one was recorded within a second."""
        if self._clock() < self._next_at.get(kind, 0.0) or not _FIT.fullmatch(name):
            return
        self._next_at[kind] = self._clock() + PAUSE_SECONDS
        if (kind, name) not in self._logged and len(self._logged) < 2 * MOST_NAMES:
            self._logged.add((kind, name))
            log.warning(kind, name=name)
        seen = _read(self._home, kind) | {name: time.time()}
        newest = sorted(seen.items(), key=lambda item: item[1])[-MOST_NAMES:]
        path = _file(self._home, kind)
        # A disk that can't be written must not fail the request.
        with contextlib.suppress(OSError):
            make_folder(path.parent)
            write_private(path, msgspec.json.encode(dict(newest)))


def noticed(home: Path, kind: Kind) -> list[str]:
    """Return the names seen within a week, the newest first."""
    seen = sorted(_read(home, kind).items(), key=lambda item: item[1], reverse=True)
    return [name for name, at in seen if time.time() - at < FRESH_SECONDS]


def _read(home: Path, kind: Kind) -> Seen:
    try:
        return msgspec.json.decode(_file(home, kind).read_bytes(), type=Seen)
    except (OSError, msgspec.DecodeError):
        return {}


def _file(home: Path, kind: Kind) -> Path:
    return home / "noticed" / f"{kind}.json"
