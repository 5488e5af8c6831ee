"""Logs of OBD Fusion, OBDLink and other apps for cars that write a column a value."""

from __future__ import annotations

from collections.abc import Iterator

from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.car_table import read_wide
from iot_hub.transfer.imports.record import ImportResult
from iot_hub.transfer.imports.stream import Stream

SOURCE = "carlog"


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a log. Raises UserError where nothing says when it began."""
    yield from read_wide(stream, context, SOURCE)
