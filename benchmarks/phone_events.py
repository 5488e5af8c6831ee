"""Events as the first beta's phone sent them, with values that differ from one to the next."""

from __future__ import annotations

BATCH = 1_000

_PROPERTIES = (
    '{{"battery":{{"voltage_V":3.{volts},"technology":"Li-ion","capacity_mAh":4905,"temperature_C":{celsius}.{tenth},'
    '"remaining_percent":{percent},"remaining_charge_mAh":{charge},"remaining_energy_mWh":null,'
    '"usage_current_mA":{current},"usage_current_average_mA":0.{average}}},'
    '"location":{{"bearing":{bearing}.2,"latitude":52.{north},"longitude":21.{east},"altitude_m":{metres},'
    '"fix_provider":"gps","fix_speed_ms":0.{speed},"fix_timestamp":{fix}.05,"fix_accuracy_m":{accuracy}}}}}'
)


def properties(moment: int) -> str:
    """Write the properties of the event of a second, as JSON without spaces."""
    return _PROPERTIES.format(
        volts=500 + moment % 499, celsius=20 + moment % 17, tenth=moment % 10, percent=10 + moment % 90,
        charge=1000 + moment % 3889, current=200 + moment % 701, average=100 + moment % 809,
        bearing=10 + moment % 349, north=100_000 + moment * 7 % 899_981, east=100_000 + moment * 11 % 899_971,
        metres=100 + moment % 211, speed=10 + moment % 83, fix=moment - 5, accuracy=5 + moment % 23,
    )  # fmt: skip


def ndjson_body(start: int) -> bytes:
    """Write a batch as a request's body, one event a line, one event a second."""
    return b"\n".join(
        b'{"device_timestamp":%d,"properties":%s}' % (moment, properties(moment).encode())
        for moment in range(start, start + BATCH)
    )


def copy_block(device_id: int, start: int) -> bytes:
    """Write the same batch as lines of COPY's text format: its JSON needs no escaping."""
    return b"".join(
        b"%d\t%d\t%s\n" % (device_id, moment, properties(moment).encode()) for moment in range(start, start + BATCH)
    )
