"""RuuviTag's data format 5 ("RAWv2"), as Bluetooth hears it.

Facts: docs.ruuvi.com, "Data format 5 (RAWv2)": big-endian; the largest value of a field says "invalid".
"""

from __future__ import annotations

import struct

from iot_hub.properties.groups import Climate

_COMPANY = "9904"
_FIELDS = struct.Struct(">BhHHhhhHBH")


def raw_format_2(manufacturer_data: object) -> Climate | None:
    """Read a tag's manufacturer data (hexadecimal); None if it is none. Of an invalid field the value is None."""
    if not isinstance(manufacturer_data, str) or not manufacturer_data.lower().startswith(_COMPANY):
        return None
    try:
        frame = bytes.fromhex(manufacturer_data[len(_COMPANY) :])
        kind, temperature, humidity, pressure, *_, power, _, _ = _FIELDS.unpack_from(frame)
    except (ValueError, struct.error):
        return None
    if kind != 5:
        return None
    return Climate(
        temperature_C=None if temperature == -0x8000 else round(temperature * 0.005, 3),
        humidity_percent=None if humidity == 0xFFFF else round(humidity * 0.0025, 4),
        pressure_hPa=None if pressure == 0xFFFF else round((pressure + 50_000) / 100, 2),
        tag_battery_V=None if power >> 5 == 0x7FF else round(((power >> 5) + 1600) / 1000, 3),
    )
