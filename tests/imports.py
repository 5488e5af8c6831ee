"""Files to import, and the short way through a reader and through an import."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.event import Event, Rejected
from iot_hub.settings import Settings
from iot_hub.sources import ParseContext
from iot_hub.transfer.imports.accounting import Account
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.record import Ignored, ImportResult
from iot_hub.transfer.imports.run import Import, run_import
from iot_hub.transfer.imports.stream import buffered

NOW = 1_790_000_000_000_000  # 2026-09-21


def read(format: str, content: str | bytes, **context: Any) -> list[ImportResult]:
    """All that a format's reader makes of a file."""
    encoded = content.encode() if isinstance(content, str) else content
    return list(FORMATS[format].read(buffered(io.BytesIO(encoded)), ParseContext(NOW, **context)))


def events(items: Iterable[ImportResult]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def reasons(items: Iterable[ImportResult]) -> list[str]:
    """Why records are rejected or ignored, in their order."""
    return [item.reason for item in items if isinstance(item, Rejected | Ignored)]


def run(settings: Settings, *paths: Path, format: str | None = None, device: str | None = "1", **more: Any) -> Account:
    """Import files as the command does."""
    context = more.pop("context", ParseContext(NOW))
    wanted = Import(paths, FORMATS.get(format or ""), lambda _: context, device, **more)
    where = owner_conninfo(settings, "tests")
    with connect(where) as reading, connect(where) as storing:
        return run_import(wanted, reading, storing)


def is_balanced(account: Account) -> bool:
    """Whether each record is accounted for, once."""
    told = account.stored + account.duplicates + account.rejected.total() + account.ignored.total()
    return account.read == told
