"""Sensor Logger (Kelvin Choi): readings of many streams in one message.

Facts: tszheichoi/awesome-sensor-logger, PUSHING.md and UNITS.md. ``time`` is nanoseconds UTC; an
``accuracy`` beside it is a grade, not metres; in ``location`` a negative value is invalid.

A stream that reports more than four times a second (accelerometer, gyroscope, …) would flood the
raw table: its readings of one second of a message are one event, column by column, every value as it
came. Of a stream with a meaning (a barometer) the first reading, whose time the event has, has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.errors import TooManyItemsError
from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.properties.groups import Air, Climate, EventDetails, Groups, Motion, Network
from iot_hub.sources.batch_time import date_by_batch
from iot_hub.sources.bounds import SURELY_FEW, bounded, count_values
from iot_hub.sources.canonical import (
    Battery,
    build_event,
    convert_unit,
    make_location,
    number,
    parse_time,
    positive,
    text,
)
from iot_hub.sources.lenient import bounded_values, decode_item, members_of
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.ruuvi import raw_format_2
from iot_hub.sources.storable import NotStorableError, events_of, reason_of

MOST_A_SECOND = 4
MOST_TOGETHER = 250_000
"""Values in one message: of 20,000 readings a dozen each."""
MOST_SPARSE = 4
"""Most cells of a table for each value in it."""
_NANOSECONDS = 1_000_000_000
_LEAST_HPA = 200

Values = Mapping[str, Any]
Reading = Mapping[str, Any]


class _Message(msgspec.Struct):
    payload: list[msgspec.Raw]
    device: str | None = msgspec.field(default=None, name="deviceId")


_message = msgspec.json.Decoder(_Message).decode
_encode = msgspec.json.Encoder().encode


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read a message; a bad reading spoils no other."""
    try:
        message, rest = _read_message(body, context)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return [Rejected(0, body, reason_of(error))]
    bounded(message.payload, context)
    # All of them are looked at together.
    if len(body) > SURELY_FEW and count_values(body) > MOST_TOGETHER:
        raise TooManyItemsError
    readings: list[tuple[int, Reading]] = []
    items: list[ParseResult] = []
    for index, part in enumerate(message.payload):
        try:
            readings.append((index, decode_item(part)[0]))
        except (RecursionError, ValueError) as error:  # What msgspec raises is a ValueError too.
            items.append(Rejected(index, bytes(part), reason_of(error)))
    for together in _seconds(readings):
        items += _events(together, message.device, context)
    if rest:
        items.append(Rejected(len(message.payload), rest, "not_json"))
    # By stream, not by time.
    return date_by_batch(items, context, is_ordered=False)


def _read_message(body: bytes, context: ParseContext) -> tuple[_Message, bytes]:
    """Read a message as far as it can be read; return it with what follows it. Raises what decoding raises."""
    try:
        return _message(body), b""
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, RecursionError):
        members = members_of(body.strip())
        if "payload" not in members.texts:
            raise
        readings = bounded_values(members.texts["payload"], context)
        return _Message([msgspec.Raw(value) for value in readings], members.text("deviceId")), members.rest


def reading_event(reading: Reading, device: str | None, context: ParseContext) -> Event:
    """Build an event of one reading: its stream's name, its time, its values. Raises NotStorableError."""
    values = reading.get("values")
    name = text(reading.get("name"))
    if name is None or not isinstance(values, dict):
        raise NotStorableError("values_missing")
    moment = parse_time(reading.get("time"), context)
    return build_event("sensorlogger", _encode(reading), moment, device=device, **groups(name, values))


def groups(name: str, values: Values) -> Groups:
    """Return the values of a stream in the hub's words."""
    name = name.lower().replace(" ", "")  # "wrist motion" is one that is pushed with a space.
    if name.startswith("bluetooth-"):  # And the device's address.
        return _bluetooth(values)
    reader = _STREAMS.get(name)
    return reader(values) if reader else {}


def _seconds(readings: Iterable[tuple[int, Reading]]) -> Iterable[list[tuple[int, Reading]]]:
    """Group what a stream reports within one second, if that is much; the rest stays alone."""

    def stream_and_second(indexed: tuple[int, Reading]) -> tuple[str, int]:
        _, reading = indexed
        time = number(reading.get("time"))
        return str(reading.get("name")), -1 if time is None else int(time) // _NANOSECONDS

    # Sorting keeps the order within a second: the same message gives the same events.
    for _, same in groupby(sorted(readings, key=stream_and_second), key=stream_and_second):
        together = list(same)
        if len(together) > MOST_A_SECOND and _fit_columns([each for _, each in together]):
            yield together
        else:
            yield from ([each] for each in together)


def _fit_columns(readings: list[Reading]) -> bool:
    """Return whether readings report much the same: else most cells of their columns would be null."""
    values = [each["values"] for each in readings if isinstance(each.get("values"), dict)]
    if len(values) < len(readings):
        return False
    keys = {key for each in values for key in each} | {name for each in readings for name in each}
    filled = sum(map(len, values)) + sum(map(len, readings))
    return len(keys) * len(readings) <= MOST_SPARSE * filled


def _events(together: list[tuple[int, Reading]], device: str | None, context: ParseContext) -> list[ParseResult]:
    index, reading = together[0]
    if str(reading.get("name")).lower() in ("test", "metadata"):
        return []
    if len(together) == 1:
        return events_of(_encode(reading), index, lambda _: [reading_event(reading, device, context)])
    whole = _encode(columns([each for _, each in together]))
    moment = parse_time(reading.get("time"), context)
    canonical = groups(str(reading.get("name")), reading["values"])
    return events_of(
        whole, index, lambda samples: [build_event("sensorlogger", samples, moment, device=device, **canonical)]
    )


def columns(readings: list[Reading]) -> dict[str, Any]:
    """Write readings of one stream as columns: a third of the bytes. What one lacks is null there."""
    names = list(dict.fromkeys(name for reading in readings for name in reading if name not in ("name", "values")))
    keys = dict.fromkeys(key for reading in readings for key in reading["values"])
    return {
        "name": readings[0].get("name"),
        **{name: [reading.get(name) for reading in readings] for name in names},
        "values": {key: [reading["values"].get(key) for reading in readings] for key in keys},
    }


def _location(values: Values) -> Groups:
    # A watch's altitude is the one above the sea; the one above the ellipsoid has a name of its own there.
    ellipsoidal, above_sea = ("altitude", "altitudeAboveMeanSeaLevel")
    if "ellipsoidalAltitude" in values:
        ellipsoidal, above_sea = ("ellipsoidalAltitude", "altitude")
    return {
        "location": make_location(
            values.get("latitude"),
            values.get("longitude"),
            altitude_m=sentinels.altitude(values.get(ellipsoidal), values.get("verticalAccuracy")),
            altitude_msl_m=sentinels.altitude(values.get(above_sea), values.get("verticalAccuracy")),
            bearing=sentinels.bearing(values.get("bearing", values.get("course"))),
            fix_speed_ms=sentinels.speed(values.get("speed")),
            fix_accuracy_m=sentinels.accuracy(values.get("horizontalAccuracy")),
            fix_vertical_accuracy_m=sentinels.accuracy(values.get("verticalAccuracy")),
            fix_speed_accuracy_ms=positive(values.get("speedAccuracy")),
            fix_bearing_accuracy=positive(values.get("bearingAccuracy", values.get("courseAccuracy"))),
        )
    }


def _barometer(values: Values) -> Groups:
    pressure = sentinels.pressure(values.get("pressure"))
    # A watch counts in kPa, unless "standardise units" is on. Where one could be the other nobody breathes.
    in_kilopascals = pressure is not None and pressure < _LEAST_HPA
    return {
        "climate": Climate(pressure_hPa=convert_unit(pressure, 10) if in_kilopascals else pressure),
        "motion": Motion(relative_altitude_m=number(values.get("relativeAltitude"))),
    }


def _battery(values: Values) -> Groups:
    state = text(values.get("batteryState"))
    return {
        "battery": Battery(
            remaining_percent=sentinels.battery_share(values.get("batteryLevel"), state),
            state=state,
            charging={"charging": True, "unplugged": False, "discharging": False}.get((state or "").lower()),
            voltage_V=sentinels.voltage(values.get("voltage")),
            usage_current_mA=number(values.get("chargingCurrent")),
        )
    }


def _network(values: Values) -> Groups:
    return {
        "network": Network(
            connection=text(values.get("type")),
            ssid=text(values.get("ssid")),
            bssid=text(values.get("bssid")),
        )
    }


def _bluetooth(values: Values) -> Groups:
    found: Groups = {
        "network": Network(signal_dBm=sentinels.signal(values.get("rssi")), bluetooth_id=text(values.get("id")))
    }
    if tag := raw_format_2(values.get("manufacturerData")):
        found["climate"] = tag
    return found


def _annotation(values: Values) -> Groups:
    return {"event": EventDetails(type="annotation", text=text(values.get("text")))}


_STREAMS: Mapping[str, Callable[[Values], Groups]] = {
    "location": _location,
    "watchlocation": _location,
    "battery": _battery,
    "batterytemp": lambda values: {
        "battery": Battery(temperature_C=sentinels.battery_temperature(values.get("temperature")))
    },
    "bluetooth": _bluetooth,
    "network": _network,
    "annotation": _annotation,
    "barometer": _barometer,
    "watchbarometer": _barometer,
    "pedometer": lambda values: {"motion": Motion(steps=sentinels.count(values.get("steps")))},
    "activity": lambda values: {"motion": Motion(activity=text(values.get("activity")))},
    "light": lambda values: {"climate": Climate(illuminance_lx=sentinels.illuminance(values.get("lux")))},
    "microphone": lambda values: {"air": Air(sound_dBFS=number(values.get("dBFS")))},
}
