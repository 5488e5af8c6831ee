"""Addresses at which nothing is, and to which something reports: ``iot-hub doctor`` and the pairing page tell of them.

Of a path only its first segment is kept, and only where it looks like a word: the rest may hold a token or a name.
Strangers choose it, so it is bounded in number and length, and the file is written once a second at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog
from prometheus_client import Counter

from iot_hub.files.private_files import make_folder, write_private

log = structlog.get_logger()

unknown_paths_total = Counter(
    "iot_hub_unknown_paths_total",
    "Requests to addresses at which nothing is, by whether they look like a report.",
    ["kind"],
)

MOST_NAMES = 20
PAUSE_SECONDS = 1.0
FRESH_SECONDS = 7 * 86_400
MASKED = "…"
"""Stands for a segment that may be a token, a number or a name."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,23}")
_MOST_DIGITS = 3


class WrongAddress(msgspec.Struct):
    """What reports to an address at which nothing is."""

    count: int
    last: float
    """Unix time."""
    meant: str = ""
    """The path that it may have been meant to be."""
    has_token: bool = False
    """Whether a device's token came with it: then it is no stranger."""


_decode = msgspec.json.Decoder(dict[str, WrongAddress]).decode


def first_segment(path: str) -> str:
    """Return the first segment of a path as it may be shown, with its slash."""
    segment = path.strip("/ ").partition("/")[0]
    if not segment:
        return "/"
    is_word = _WORD.fullmatch(segment) and sum(map(str.isdigit, segment)) <= _MOST_DIGITS
    return f"/{segment if is_word else MASKED}"


class WrongAddresses:
    """Counts reports by address, in memory, and writes them down for other processes."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Go on from what an earlier process wrote."""
        self._path = _file(home)
        self._clock = clock
        self._found = _read(self._path)
        self._logged: set[str] = set()
        self._next_at = 0.0
        self._pending: asyncio.TimerHandle | None = None

    def note(self, address: str, meant: str = "", *, has_token: bool = False) -> None:
        """Count a report; ``address`` is from ``first_segment``. Runs in an event loop."""
        known = self._found.get(address, WrongAddress(0, 0.0))
        self._found[address] = WrongAddress(
            known.count + 1, time.time(), meant or known.meant, has_token or known.has_token
        )
        # Strangers who try many addresses must not displace a device's own.
        ranked = sorted(self._found.items(), key=lambda item: (item[1].has_token, item[1].last))
        self._found = dict(ranked[-MOST_NAMES:])
        if address not in self._logged and len(self._logged) < 2 * MOST_NAMES:
            self._logged.add(address)
            log.warning("wrong_address", address=address, meant=meant or None)
        self._write_soon()

    def _write_soon(self) -> None:
        if self._pending is None:
            wait = max(0.0, self._next_at - self._clock())
            self._pending = asyncio.get_running_loop().call_later(wait, self._write)

    def _write(self) -> None:
        self._pending = None
        self._next_at = self._clock() + PAUSE_SECONDS
        # A disk that can't be written must not fail the request.
        with contextlib.suppress(OSError):
            make_folder(self._path.parent)
            write_private(self._path, msgspec.json.encode(self._found))


def wrong_addresses(home: Path, within: float = FRESH_SECONDS) -> dict[str, WrongAddress]:
    """Return what reported to a wrong address within some seconds, the newest first."""
    found = sorted(_read(_file(home)).items(), key=lambda item: item[1].last, reverse=True)
    return {address: wrong for address, wrong in found if time.time() - wrong.last < within}


def _read(path: Path) -> dict[str, WrongAddress]:
    try:
        return _decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}


def _file(home: Path) -> Path:
    return home / "noticed" / "wrong_address.json"
