"""``python -m chaos.fuzz_decoder -max_total_time=60``: fuzzes every source with atheris, coverage guided.

Needs atheris (``pip install atheris``); its options are libFuzzer's. A crash is written to a file.
"""

from __future__ import annotations

import json
import sys

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

with atheris.instrument_imports():
    from iot_hub.event import Event
    from iot_hub.sources import SOURCES, ParseContext

NOW = 1_758_000_000_000_000
CONTENT_TYPES = ("application/json", "application/x-ndjson", "")


def decode(data: bytes) -> None:
    """Parse the bytes with every source; every event must hold only what jsonb can store."""
    context = ParseContext(NOW, CONTENT_TYPES[len(data) % len(CONTENT_TYPES)])
    for parse in SOURCES.values():
        for item in parse(data, context):
            if isinstance(item, Event):
                json.loads(item.properties)


if __name__ == "__main__":
    atheris.Setup(sys.argv, decode)
    atheris.Fuzz()
