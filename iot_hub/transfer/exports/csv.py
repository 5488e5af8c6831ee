"""CSV (RFC 4180, UTF-8): a line for each event, its properties as JSON in the last column."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from operator import attrgetter

from iot_hub.timestamps import iso_utc
from iot_hub.transfer.exports.record import Record

HEADER = (
    "device", "device_time", "source", "latitude", "longitude", "altitude_m", "accuracy_m", "speed_ms", "bearing_deg",
    "battery_percent", "properties",
)  # fmt: skip

_of_fix = attrgetter(*HEADER[3:9])
_NO_FIX = (None,) * 6


class _Line:
    """What csv.writer takes for a file: gives each line back."""

    def write(self, line: str) -> str:
        return line


def write(records: Iterable[Record], device: str) -> Iterator[bytes]:
    """Write the header and a line for each record; what is not known is empty."""
    line = csv.writer(_Line(), lineterminator="\r\n").writerow
    name = harmless(device)
    yield line(HEADER).encode()
    for record in records:
        time = iso_utc(record.device_time, "microseconds")
        fix = _of_fix(record.fix) if record.fix else _NO_FIX
        yield line((name, time, record.source, *fix, record.battery_percent, record.properties)).encode()


def harmless(text: str) -> str:
    """Prefix what a spreadsheet would take for a formula with an apostrophe."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
