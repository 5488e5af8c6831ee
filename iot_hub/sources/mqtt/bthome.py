"""BTHome version 2: what a Bluetooth sensor puts into its advertisements, plain or encrypted.

Facts: bthome.io, "Format" and "Encryption". Service data of UUID 0xFCD2: a byte of device information (bit 0:
encrypted, bit 1: the MAC follows, reversed; bits 5 to 7: the version), then objects, each an ID and a little-endian
value. What follows an ID that is unknown can't be read, since its length is unknown. An ID that comes twice is a
second sensor. Encrypted is AES-CCM with a tag of 4 bytes; the nonce is MAC, UUID, device information and a counter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from iot_hub.sources.fields import Field, Groups, field, inverted
from iot_hub.sources.storable import NotStorableError

UUID = bytes.fromhex("d2fc")
_VERSION = 2
_TAG = 4


class Kind(msgspec.Struct, frozen=True):
    """An object: how many bytes, signed or not, what each unit of the number is worth, and what it means."""

    size: int
    factor: float = 1
    path: str = ""
    unit: str = ""
    is_signed: bool = False
    is_inverted: bool = False


def _kinds() -> dict[int, Kind]:
    def unsigned(size: int, factor: float = 1, path: str = "", unit: str = "") -> Kind:
        return Kind(size, factor, path, unit)

    def signed(size: int, factor: float = 1, path: str = "", unit: str = "") -> Kind:
        return Kind(size, factor, path, unit, is_signed=True)

    temperature, humidity, moisture = (
        "climate.temperature_C",
        "climate.humidity_percent",
        "climate.soil_moisture_percent",
    )
    energy, power, voltage, current = "energy.energy_Wh", "energy.power_W", "energy.voltage_V", "energy.current_A"
    mass, distance, count, gas, water = (
        "state.mass_kg",
        "state.distance_m",
        "state.count",
        "energy.gas_m3",
        "water.consumed_L",
    )
    found = {
        0x00: unsigned(1),
        0x01: unsigned(1, 1, "battery.remaining_percent"),
        0x02: signed(2, 0.01, temperature),
        0x03: unsigned(2, 0.01, humidity),
        0x04: unsigned(3, 0.01, "climate.pressure_hPa"),
        0x05: unsigned(3, 0.01, "climate.illuminance_lx"),
        0x06: unsigned(2, 0.01, mass),
        0x07: unsigned(2, 0.01, mass, "lb"),
        0x08: signed(2, 0.01, "climate.dew_point_C"),
        0x09: unsigned(1, 1, count),
        0x0A: unsigned(3, 0.001, energy, "kWh"),
        0x0B: unsigned(3, 0.01, power),
        0x0C: unsigned(2, 0.001, voltage),
        0x0D: unsigned(2, 1, "air.pm25_ugm3"),
        0x0E: unsigned(2, 1, "air.pm10_ugm3"),
        0x12: unsigned(2, 1, "air.co2_ppm"),
        0x13: unsigned(2, 1, "air.voc_ugm3"),
        0x14: unsigned(2, 0.01, moisture),
        0x2E: unsigned(1, 1, humidity),
        0x2F: unsigned(1, 1, moisture),
        0x3D: unsigned(2, 1, count),
        0x3E: unsigned(4, 1, count),
        0x3F: signed(2, 0.1),
        0x40: unsigned(2, 1, distance, "mm"),
        0x41: unsigned(2, 0.1, distance),
        0x42: unsigned(3, 0.001),
        0x43: unsigned(2, 0.001, current),
        0x44: unsigned(2, 0.01, "weather.wind_speed_ms"),
        0x45: signed(2, 0.1, temperature),
        0x46: unsigned(1, 0.1, "weather.uv_index"),
        0x47: unsigned(2, 0.1, water),
        0x48: unsigned(2, 1, water, "mL"),
        0x49: unsigned(2, 0.001, "water.flow_Lmin", "m³/h"),
        0x4A: unsigned(2, 0.1, voltage),
        0x4B: unsigned(3, 0.001, gas),
        0x4C: unsigned(4, 0.001, gas),
        0x4D: unsigned(4, 0.001, energy, "kWh"),
        0x4E: unsigned(4, 0.001, water),
        0x4F: unsigned(4, 0.001, water),
        0x50: unsigned(4),
        0x51: unsigned(2, 0.001),
        0x52: unsigned(2, 0.001),
        0x55: unsigned(4, 0.001),
        0x56: unsigned(2, 1, "climate.soil_conductivity_uScm"),
        0x57: signed(1, 1, temperature),
        0x58: signed(1, 0.35, temperature),
        0x59: signed(1, 1, count),
        0x5A: signed(2, 1, count),
        0x5B: signed(4, 1, count),
        0x5C: signed(4, 0.01, power),
        0x5D: signed(2, 0.001, current),
        0x5E: unsigned(2, 0.01, "weather.wind_direction"),
        0x5F: unsigned(2, 0.1, "weather.rain_mm"),
        0x60: unsigned(1),
        0xF0: unsigned(2),
        0xF1: unsigned(4),
        0xF2: unsigned(3),
    }
    truths = {
        0x0F: "state.on",
        0x10: "state.on",
        0x11: "contact.open",
        0x15: "battery.low",
        0x16: "battery.charging",
        0x17: "state.carbon_monoxide",
        0x18: "state.cold",
        0x19: "state.connected",
        0x1A: "contact.open",
        0x1B: "contact.open",
        0x1C: "state.gas",
        0x1D: "state.hot",
        0x1E: "light.dark",
        0x1F: "state.locked",
        0x20: "water.leak",
        0x21: "motion.detected",
        0x22: "motion.vibration",
        0x23: "motion.detected",
        0x24: "state.connected",
        0x25: "motion.present",
        0x26: "state.problem",
        0x27: "state.running",
        0x28: "",
        0x29: "state.smoke",
        0x2A: "state.sound",
        0x2B: "contact.tampered",
        0x2C: "motion.vibration",
        0x2D: "contact.open",
    }
    # Of light and lock, 1 says that light was seen and that the lock is open; of safety, that it is safe.
    return found | {
        number: Kind(1, path=path or "state.unsafe", is_inverted=number in (0x1E, 0x1F, 0x28))
        for number, path in truths.items()
    }


KINDS: Mapping[int, Kind] = _kinds()
_BUTTON, _DIMMER, _TEXT, _RAW = 0x3A, 0x3C, 0x53, 0x54
_PRESSES: Mapping[int, str] = {
    1: "press",
    2: "double_press",
    3: "triple_press",
    4: "long_press",
    5: "long_double_press",
    6: "long_triple_press",
    0x80: "hold_press",
}
_TURNS = {1: "rotate_left", 2: "rotate_right"}


class Advertisement(msgspec.Struct, frozen=True):
    """What an advertisement holds: the device's values, each part's, and what tells it from the one before."""

    groups: Groups
    of_parts: dict[str, Groups]
    packet: int | None = None
    counter: int | None = None


def read_service_data(data: bytes, mac: str, key: str | None) -> Advertisement:
    """Read the service data of a device. Raises NotStorableError where there is no key, or it is wrong."""
    if not data or data[0] >> 5 != _VERSION:
        raise NotStorableError("version_unknown")
    info, rest, counter = data[0], data[1:], None
    address = bytes.fromhex(mac.replace(":", ""))
    if info & 2:
        address, rest = rest[:6][::-1], rest[6:]
    if info & 1:
        rest, counter = _decrypt(rest, address, info, key)
    groups: Groups = {}
    of_parts: dict[str, Groups] = {}
    packet: int | None = None
    seen: dict[str, int] = {}
    for number, value in _objects(rest):
        if number == 0x00:
            packet = int.from_bytes(value, "little")
            continue
        path, put = _meaning(number, value)
        if put is None:
            continue
        seen[path] = seen.get(path, 0) + 1
        index = seen[path]
        found = groups if index == 1 else of_parts.setdefault(str(index), {})
        put(found)
    return Advertisement(groups, {part: found for part, found in of_parts.items() if found}, packet, counter)


def _decrypt(rest: bytes, address: bytes, info: int, key: str | None) -> tuple[bytes, int]:
    # It takes memory that a home without such sensors need not spend.
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

    if key is None:
        raise NotStorableError("key_missing")
    ciphertext, counter, tag = rest[:-8], rest[-8:-4], rest[-4:]
    try:
        cipher = AESCCM(bytes.fromhex(key), tag_length=_TAG)
        plain = cipher.decrypt(address + UUID + bytes([info]) + counter, ciphertext + tag, None)
    except (InvalidTag, ValueError) as error:
        raise NotStorableError("key_wrong") from error
    return plain, int.from_bytes(counter, "little")


def _objects(data: bytes) -> Iterable[tuple[int, bytes]]:
    """Yield the objects up to the first that is unknown, or torn."""
    at = 0
    while at < len(data):
        number = data[at]
        if number in (_TEXT, _RAW):
            size = data[at + 1] if at + 1 < len(data) else 0
            at += 1
        elif number == _BUTTON:
            size = 1
        elif number == _DIMMER:
            size = 2
        elif number in KINDS:
            size = KINDS[number].size
        else:
            return
        value = data[at + 1 : at + 1 + size]
        if len(value) < size:
            return
        yield number, value
        at += 1 + size


def _meaning(number: int, value: bytes) -> tuple[str, Callable[[Groups], None] | None]:
    if number in (_BUTTON, _DIMMER):
        words = _PRESSES if number == _BUTTON else _TURNS
        name = words.get(value[0])

        def press(groups: Groups) -> None:
            if name:
                groups["event"] = {"type": "button" if number == _BUTTON else "dimmer", "name": name}

        return ("event", press)
    kind = KINDS.get(number)
    if kind is None or not kind.path:
        return "", None
    raw = int.from_bytes(value, "little", signed=kind.is_signed)
    read: Field | None = inverted(kind.path) if kind.is_inverted else field(kind.path, kind.unit, kind.factor)

    def put(groups: Groups) -> None:
        if read:
            read.put(raw, groups)

    return kind.path, put
