"""Reading MQTT messages: processor time a message, against the standard library's JSON decoder alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from measured import Measured
from pairs import ratio
from report import Row, at_most

from iot_hub.sources.mqtt import HomeReader, Message

NOW = 1_767_225_600_000_000
SIZE = 1_000
MOST_MICROSECONDS = 10
MOST_TIMES_JSON = 3
NOTES = [
    "MQTT messages: a Zigbee2MQTT state of 1,000 bytes with 15 values and a time of its own, read from bytes to an"
    " event ready to store, over 2,000 topics; the least processor time of five runs a round. The baseline is"
    " `json.loads` of the same bytes.",
]
STATE = {
    "battery": 77, "battery_low": False, "contact": True, "current": 0.06, "device_temperature": 24, "energy": 45.67,
    "humidity": 74.75, "illuminance": 8, "last_seen": "2025-12-31T23:59:59.123Z", "linkquality": 96, "occupancy": True,
    "power": 12.3, "power_on_behavior": "previous", "power_outage_count": 93, "pressure": 1021.4, "state": "ON",
    "temperature": 14.67, "voltage": 2965, "effect": None,
    "update": {"installed_version": 1, "latest_version": 2, "state": "available"},
}  # fmt: skip


def measure(*, quick: bool) -> Measured:
    """Measure a large and a small state."""
    rounds, messages = (1, 2_000) if quick else (5, 20_000)
    rows = []
    for name, payload in (
        ("1 KB", _padded(STATE)),
        ("small", json.dumps({"temperature": 14.67, "humidity": 70}).encode()),
    ):
        pairs = [(_read(payload, messages), _decode(payload, messages)) for _ in range(rounds)]
        ours, json_alone = [one for one, _ in pairs], [two for _, two in pairs]
        found = ratio(ours, json_alone)
        least = min(ours) * 1e6
        rows.append(at_most(f"a Zigbee2MQTT state ({name}) against json.loads", found, _microseconds, MOST_TIMES_JSON))
        if name == "1 KB":
            reach = f"≤ {MOST_MICROSECONDS} µs"
            rows.append(Row("the same, at best", f"{least:.1f} µs", reach=reach, reached=least <= MOST_MICROSECONDS))
    return Measured(rows, NOTES)


def _padded(state: dict[str, object]) -> bytes:
    text = json.dumps({**state, "description": ""}, separators=(",", ":"))
    return text[:-2].encode() + b"x" * (SIZE - len(text)) + b'"}'


def _read(payload: bytes, count: int) -> float:
    reader = HomeReader()
    messages = [Message(f"zigbee2mqtt/device {index % 2_000}", payload, NOW + index) for index in range(count)]
    return _least(lambda: _each(reader, messages)) / count


def _each(reader: HomeReader, messages: Sequence[Message]) -> None:
    for message in messages:
        reader.read(message)


def _decode(payload: bytes, count: int) -> float:
    return _least(lambda: [json.loads(payload) for _ in range(count)]) / count


def _least(work: Callable[[], object]) -> float:
    durations = []
    for _ in range(5):
        started = time.process_time()
        work()
        durations.append(time.process_time() - started)
    return min(durations)


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} µs"
