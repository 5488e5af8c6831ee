"""Files to import, and the short way through a reader and through an import."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.event import Event, Rejected
from iot_hub.settings import Settings
from iot_hub.sources import ParseContext
from iot_hub.transfer.imports.accounting import Account
from iot_hub.transfer.imports.files import open_stream, parts_of
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.record import Ignored, ImportResult
from iot_hub.transfer.imports.run import Import, run_import
from iot_hub.transfer.imports.stream import buffered
from iot_hub.transfer.imports.text_encoding import as_text

NOW = 1_790_000_000_000_000  # 2026-09-21


def read(format: str, content: str | bytes, **context: Any) -> list[ImportResult]:
    """All that a format's reader makes of a file."""
    encoded = content.encode() if isinstance(content, str) else content
    text = as_text(buffered(io.BytesIO(encoded)))
    return list(FORMATS[format].read(text, ParseContext(NOW, **context)))


@dataclass
class ReadPart:
    """What came of a part of a file."""

    name: str
    format: str | None
    items: list[ImportResult]
    trouble: str | None
    converted_from: str | None


def read_parts(file: Path, format: str | None = None, **context: Any) -> list[ReadPart]:
    """All parts of a file, each read; a file that is named is of the format that is named."""
    asked = FORMATS.get(format or "")
    found = []
    with open_stream(file) as stream:
        for part in parts_of(stream, file.name, asked, is_named=asked is not None):
            items = list(part.read(ParseContext(NOW, **context)))
            name = part.format.name if part.format else None
            found.append(ReadPart(part.name, name, items, part.trouble, part.converted_from))
    return found


def events(items: Iterable[ImportResult]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def reasons(items: Iterable[ImportResult]) -> list[str]:
    """Why records are rejected or ignored, in their order."""
    return [item.reason for item in items if isinstance(item, Rejected | Ignored)]


def run(settings: Settings, *paths: Path, format: str | None = None, device: str | None = "1", **more: Any) -> Account:
    """Import files as the command does."""
    context = more.pop("context", ParseContext(NOW))
    progress = {name: more.pop(name) for name in ("on_progress", "on_count") if name in more}
    wanted = Import(paths, FORMATS.get(format or ""), lambda _: context, device, **more)
    where = owner_conninfo(settings, "tests")
    with connect(where) as reading, connect(where) as storing:
        return run_import(wanted, reading, storing, **progress)


def is_balanced(account: Account) -> bool:
    """Whether each record is accounted for, once."""
    told = account.stored + account.duplicates + account.rejected.total() + account.ignored.total()
    return account.read == told
