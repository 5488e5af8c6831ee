"""How far an import came: should it be killed, the next one of the same file reads on from there.

The database recognises what it holds already, so a lost or an old checkpoint costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import msgspec

from iot_hub import __version__

HEAD = 1 << 16
EVERY_SECONDS = 1.0


class Checkpoint:
    """The number of records of a file, imported in one way, of which all that can be stored is."""

    def __init__(self, folder: Path, file: Path, way: object) -> None:
        """Take where checkpoints are kept, the file, and all that decides what its records become."""
        self._path = folder / f"{_digest(file, way)}.json"
        self._written = time.monotonic()
        self.records = self._read()

    def note(self, records: int) -> None:
        """Note that so many records are dealt with; at most once a second it is written down."""
        if time.monotonic() - self._written < EVERY_SECONDS:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode({"records": records}))
        new.replace(self._path)
        self._written = time.monotonic()

    def forget(self) -> None:
        """Forget it: the import is done."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> int:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])["records"]
        except (OSError, msgspec.DecodeError, KeyError):
            return 0


def _digest(file: Path, way: object) -> str:
    about = file.stat()
    with file.open("rb") as content:
        head = content.read(HEAD)
    told = repr((__version__, about.st_size, about.st_mtime_ns, hashlib.sha256(head).hexdigest(), way))
    return hashlib.sha256(told.encode()).hexdigest()[:32]
