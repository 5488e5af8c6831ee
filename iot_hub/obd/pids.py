"""The parameters of a car's computer (service 01): what each number means, and how its bytes are read.

Facts: SAE J1979 (ISO 15031-5), as Wikipedia's "OBD-II PIDs" has them. All bits set mean that a sensor is not there;
which value that is, and which others can't be, ``iot_hub/sentinels.py`` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Pid:
    """A parameter: its property in the catalogue, its unit there or a convertible one, and how its bytes are read."""

    path: str
    unit: str
    size: int
    factor: float
    offset: float = 0

    def value(self, data: bytes) -> float | None:
        """Return the value that a response holds, of which echo, service and PID are removed; None if it is too short.

        Rounded to six digits: a percentage is a number of 255ths.
        """
        if len(data) < self.size:
            return None
        return round(int.from_bytes(data[: self.size], "big") * self.factor + self.offset, 6)


_OF_255 = 100 / 255

PIDS: Mapping[int, Pid] = {
    0x04: Pid("vehicle.engine_load_percent", "%", 1, _OF_255),
    0x05: Pid("vehicle.coolant_temperature_C", "°C", 1, 1, -40),
    0x0B: Pid("vehicle.manifold_pressure_kPa", "kPa", 1, 1),
    0x0C: Pid("vehicle.engine_rpm", "1/min", 2, 1 / 4),
    0x0D: Pid("vehicle.speed_kmh", "km/h", 1, 1),
    0x0F: Pid("vehicle.intake_temperature_C", "°C", 1, 1, -40),
    0x10: Pid("vehicle.air_flow_gs", "g/s", 2, 1 / 100),
    0x11: Pid("vehicle.throttle_percent", "%", 1, _OF_255),
    0x1F: Pid("vehicle.run_time_s", "s", 2, 1),
    0x2F: Pid("vehicle.fuel_percent", "%", 1, _OF_255),
    0x31: Pid("vehicle.distance_since_codes_cleared_km", "km", 2, 1),
    0x33: Pid("climate.pressure_hPa", "kPa", 1, 1),
    0x42: Pid("vehicle.voltage_V", "V", 2, 1 / 1000),
    0x45: Pid("vehicle.relative_throttle_percent", "%", 1, _OF_255),
    0x46: Pid("vehicle.outside_temperature_C", "°C", 1, 1, -40),
    0x5B: Pid("vehicle.battery_percent", "%", 1, _OF_255),
    0x5C: Pid("vehicle.oil_temperature_C", "°C", 1, 1, -40),
    0x5E: Pid("vehicle.fuel_rate_Lh", "L/h", 2, 1 / 20),
    0xA6: Pid("vehicle.odometer_km", "km", 4, 1 / 10),
}


def supported(first: int, data: bytes) -> list[int]:
    """Return the parameters that a car announces in its answer to PID ``first`` (0x00, 0x20, …): a bit for each of 32.

    The last one says whether the next 32 may be asked for.
    """
    bits = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
    return [first + n for n in range(1, 33) if bits >> (32 - n) & 1]
