"""What a field never holds: the numbers that say "unknown", and the bounds of what can be measured.

One table for every source and every format that is imported; the agent reads with it too, so it needs nothing but
Python. Such a number stays in the app's own message and is absent from the event's meaning. A sentinel is compared in
the unit in which the app sends it. docs/sentinels.md shows the table to people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from iot_hub.values import convert_unit, number

Number = float | int | None

LARGEST = 3.4e38
"""From it on lie what apps send that count in single precision, its largest number (3.4028235e38), and infinity."""


@dataclass(frozen=True)
class Field:
    """The bounds of what a field can hold, both included, and the numbers within them that mean nothing."""

    least: float = -math.inf
    most: float = math.inf
    unknown: Mapping[float, str] = field(default_factory=dict)
    """Each number with who sends it for want of a value."""


FIELDS: Mapping[str, Field] = {
    "altitude": Field(-1_000, 60_000, {
        32767: "largest signed 16-bit number",
        12606.8: "FIT: 65534 / 5 - 500",
        12607: "FIT: 65535 / 5 - 500, an invalid unsigned 16-bit field",
    }),
    "speed": Field(0, 3_600, {
        255: "trackers and OBD: an invalid unsigned 8-bit field",
        65.535: "FIT: 65535 / 1000",
    }),
    "bearing": Field(0, 360, {}),
    "accuracy": Field(0, math.inf, {0: "Android: Location.getAccuracy() where there is none"}),
    "satellites": Field(0, 200, {}),
    "hdop": Field(0, 98.99, {
        0: "receivers without a fix",
        25.5: "trackers: an invalid unsigned 8-bit field, in tenths",
    }),
    "battery": Field(0, 100, {}),
    "battery_temperature": Field(-100, 199, {}),
    "voltage": Field(0, math.inf, {
        0: "Android and OwnTracks: no voltage",
        65.535: "OBD: 65535 / 1000",
        65535: "an invalid unsigned 16-bit field",
    }),
    "temperature": Field(-100, 2_000, {
        85: "DS18B20: what it holds from power-on until its first measurement",
        127.99: "BLE decoders: largest fixed-point number of 16 bits",
        163.835: "RuuviTag: 32767 / 200",
        655.35: "an invalid unsigned 16-bit field, in hundredths",
    }),
    "machine_temperature": Field(-100, 2_000, {
        127.99: "BLE decoders: largest fixed-point number of 16 bits",
        655.35: "an invalid unsigned 16-bit field, in hundredths",
    }),
    "humidity": Field(0, 100, {}),
    "pressure": Field(0, 50_000, {
        0: "barometers that are not there",
        1155.35: "RuuviTag: (65535 + 50000) / 100",
        2550: "OBD: 255 kPa, an invalid unsigned 8-bit field",
    }),
    "signal": Field(-150, -2, {
        -127: "Android: Wi-Fi is not connected",
        -128: "Bluetooth: smallest signed 8-bit number",
    }),
    "illuminance": Field(0, math.inf, {}),
    "co2": Field(1, 100_000, {65535: "an invalid unsigned 16-bit field"}),
    "engine_speed": Field(0, 30_000, {16383.75: "OBD: 65535 / 4"}),
    "engine_load": Field(0, 100, {}),
    "coolant_temperature": Field(-60, 300, {215: "OBD: 255 - 40", 255: "OBD: an invalid unsigned 8-bit field"}),
    "vehicle_speed": Field(0, 500, {255: "OBD: an invalid unsigned 8-bit field"}),
    "outside_temperature": Field(-90, 70, {}),
    "manifold_pressure": Field(0, 1_000, {255: "OBD: an invalid unsigned 8-bit field"}),
    "air_flow": Field(0, 10_000, {655.35: "OBD: 65535 / 100"}),
    "fuel_rate": Field(0, 10_000, {3276.75: "OBD: 65535 / 20"}),
    "fuel_used": Field(0, 10_000, {}),
    "consumption": Field(0, 1_000, {}),
    "run_time": Field(0, 10_000_000, {65535: "OBD: an invalid unsigned 16-bit field"}),
    "distance": Field(0, 100_000_000, {
        65535: "OBD: an invalid unsigned 16-bit field",
        429496729.5: "OBD: 4294967295 / 10",
    }),
    "torque": Field(-10_000, 10_000, {}),
    "vehicle_power": Field(-10_000_000, 10_000_000, {}),
    "vehicle_voltage": Field(0, 1_000, {
        0: "no voltage",
        65.535: "OBD: 65535 / 1000",
        255: "OBD: an invalid unsigned 8-bit field",
    }),
    "acceleration": Field(-100, 100, {}),
    # Some trackers count litres under the same name; more than a full tank holds is surely no percentage.
    "fuel": Field(0, 110, {}),
    "quantity": Field(-math.inf, math.inf, {}),
    "count": Field(0, math.inf, {4294967295: "FIT: an invalid unsigned 32-bit field"}),
}  # fmt: skip
"""Each field. What lies outside its bounds (altitudes of 65535 and -32768 m, a course of 511°) needs no row."""


def _reader(name: str) -> Callable[[object], Number]:
    bounds = FIELDS[name]
    # The largest number itself is unknown, written with many digits or with two.
    largest = math.nextafter(LARGEST, 0)
    least, most, unknown = max(bounds.least, -largest), min(bounds.most, largest), frozenset(bounds.unknown)

    def read(value: object) -> Number:
        # A number itself is known by its bounds alone: half a dozen values of each event come this way.
        if type(value) is not float and type(value) is not int:
            value = number(value)
            if value is None:
                return None
        return value if least <= value <= most and value not in unknown else None

    read.__doc__ = f"Return a number that can be a {name}, written as one or as text, or None."
    return read


speed = _reader("speed")
accuracy = _reader("accuracy")
satellites = _reader("satellites")
hdop = _reader("hdop")
voltage = _reader("voltage")
battery_temperature = _reader("battery_temperature")
temperature = _reader("temperature")
machine_temperature = _reader("machine_temperature")
"""Of machines and set points: 85 °C is an ordinary one there, and no DS18B20's first."""
humidity = _reader("humidity")
pressure = _reader("pressure")
signal = _reader("signal")
illuminance = _reader("illuminance")
co2 = _reader("co2")
engine_speed = _reader("engine_speed")
engine_load = _reader("engine_load")
coolant_temperature = _reader("coolant_temperature")
vehicle_speed = _reader("vehicle_speed")
outside_temperature = _reader("outside_temperature")
manifold_pressure = _reader("manifold_pressure")
air_flow = _reader("air_flow")
fuel_rate = _reader("fuel_rate")
fuel_used = _reader("fuel_used")
consumption = _reader("consumption")
run_time = _reader("run_time")
distance = _reader("distance")
torque = _reader("torque")
vehicle_power = _reader("vehicle_power")
vehicle_voltage = _reader("vehicle_voltage")
acceleration = _reader("acceleration")
quantity = _reader("quantity")
"""Any number of which nothing else is known."""
fuel = _reader("fuel")
count = _reader("count")
_altitude = _reader("altitude")
_bearing = _reader("bearing")
_battery = _reader("battery")


def altitude(value: object, vertical_accuracy: object = None) -> Number:
    """Return an altitude, or None.

    Exactly 0 beside a vertical accuracy that is not positive is Apple's way to say that there is none
    (CLLocation.verticalAccuracy).
    """
    found = _altitude(value)
    if found == 0 and (told := number(vertical_accuracy)) is not None and told <= 0:
        return None
    return found


def bearing(value: object) -> Number:
    """Return a bearing from 0 up to, but not including, 360 degrees, or None. 360 is north, as 0 is."""
    found = _bearing(value)
    return 0 if found == 360 else found


def battery(value: object, state: object = None) -> Number:
    """Return a battery's level in percent, or None.

    An empty battery whose state is unknown was not measured: a phone that is as empty as that sends nothing.
    """
    found = _battery(value)
    return None if found == 0 and isinstance(state, str) and state.strip().lower() == "unknown" else found


def battery_share(value: object, state: object = None) -> Number:
    """Return a battery's level in percent of one that is sent as a share of 1, or None."""
    found = battery(value, state)
    return convert_unit(found, 100) if found is not None and found <= 1 else None
