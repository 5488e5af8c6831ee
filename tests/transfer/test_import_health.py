"""Apple's and Samsung's health exports: units, what is there twice, and files of a gigabyte."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from imports import NOW, events, read, reasons

from iot_hub.event import Event
from iot_hub.sources import ParseContext
from iot_hub.timestamps import isoformat
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.stream import buffered

SPAN = 'startDate="2025-10-15 10:00:00 +0200" endDate="2025-10-15 10:10:00 +0200"'


def record(kind: str, unit: str, value: object) -> str:
    return f'<Record type="HKQuantityTypeIdentifier{kind}" sourceName="Phone" unit="{unit}" {SPAN} value="{value}"/>'


def apple(*records: str) -> str:
    return f"<HealthData>{''.join(records)}</HealthData>"


def meaning(event: Event) -> Any:
    properties = json.loads(event.properties)
    del properties[event.source]
    return properties


@pytest.mark.parametrize(("unit", "value", "metres"), [("km", 1.5, 1500), ("mi", 1, 1609.344), ("m", 40, 40)])
def test_a_distance_is_metres_whatever_the_unit_of_the_phone(unit: str, value: float, metres: float) -> None:
    [event] = events(read("applehealth", apple(record("DistanceWalkingRunning", unit, value))))
    assert meaning(event) == {"motion": {"distance_m": metres}}
    assert isoformat(event.device_time) == "2025-10-15T08:00:00Z"


def test_a_value_in_an_unknown_unit_is_no_figure() -> None:
    items = read("applehealth", apple(record("HeartRate", "Hz", 1), record("DistanceCycling", "furlong", 1)))
    assert reasons(items) == ["unit_unknown"] * 2


def test_what_stands_in_a_correlation_counts_once_and_other_kinds_are_told() -> None:
    pressure = record("BloodPressureSystolic", "mmHg", 120)
    items = read("applehealth", apple(f"<Correlation {SPAN}>{pressure}</Correlation>", pressure, "<ActivitySummary/>"))
    assert reasons(items) == ["repeated", "kind_not_read", "no_reading"]


def test_a_document_type_that_declares_entities_is_refused() -> None:
    bomb = '<!DOCTYPE HealthData [<!ENTITY a "aaaa">]>'
    assert reasons(read("applehealth", bomb + apple(record("HeartRate", "count/min", "&a;"))))[0] == "entity_declared"


class _Endless(io.RawIOBase):
    """An export of so many records, which is never in memory as a whole."""

    def __init__(self, count: int) -> None:
        self._pieces = self._content(count)
        self._rest = b""

    @staticmethod
    def _content(count: int) -> Iterator[bytes]:
        yield b"<HealthData>"
        thousand = record("ActiveEnergyBurned", "kcal", 1).encode() * 1_000
        for _ in range(count // 1_000):
            yield thousand
        yield b"</HealthData>"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def test_the_memory_of_an_export_does_not_grow_with_it() -> None:
    peaks = []
    for count in (2_000, 20_000):
        tracemalloc.start()
        items = sum(1 for _ in FORMATS["applehealth"].read(buffered(_Endless(count)), ParseContext(NOW)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert items == count
    assert peaks[1] < peaks[0] * 1.5


def samsung(kind: str, names: str, row: str) -> str:
    return f"com.samsung.shealth.{kind},6230002,9\n{names}\n{row},\n"


def test_a_time_of_samsung_is_utc_whatever_offset_stands_beside_it() -> None:
    names = "com.samsung.health.step_count.start_time,time_offset,com.samsung.health.step_count.count"
    [event] = events(read("samsunghealth", samsung("step_count", names, "2025-10-15 08:00:00.000,UTC+0900,512")))
    assert isoformat(event.device_time) == "2025-10-15T08:00:00Z"
    assert meaning(event) == {"motion": {"steps": 512}}


def test_a_table_of_samsung_of_another_kind_is_told() -> None:
    items = read("samsunghealth", samsung("food_intake", "start_time,calorie", "2025-10-15 08:00:00.000,512"))
    assert reasons(items) == ["kind_not_read"]


def test_a_measurement_of_samsung_without_a_value_is_no_reading() -> None:
    measured = [
        {"start_time": 1_760_515_200_000, "elapsed_time": 5},
        {"start_time": 1_760_515_200_000, "heart_rate": 61.0},
    ]
    items = read("samsunghealth", json.dumps(measured))
    assert [meaning(event) for event in events(items)] == [{"body": {"heart_rate_bpm": 61}}]
    assert reasons(items) == ["no_reading"]
