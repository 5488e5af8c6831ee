"""The battery of a Linux machine.

Facts: kernel.org, Documentation/ABI/testing/sysfs-class-power: microvolts, microamperes, microampere-hours,
microwatt-hours, tenths of a degree. Whether a current has a sign is the driver's business.
"""

from __future__ import annotations

from pathlib import Path

from iot_hub import sentinels
from iot_hub.agent.errors import SensorError
from iot_hub.agent.reading import Properties, Reading, now, reading
from iot_hub.agent.sensors.sensor import Options, Sensor
from iot_hub.values import convert_unit, number, positive, text

SUPPLIES = Path("/sys/class/power_supply")
PREFIX = "POWER_SUPPLY_"
_CHARGING = {"Charging": True, "Discharging": False, "Not charging": False}


def parse(uevent: str) -> dict[str, str]:
    """Read a supply's lines (``POWER_SUPPLY_CAPACITY=85``), names without their prefix."""
    pairs = (line.partition("=") for line in uevent.splitlines() if line.startswith(PREFIX))
    return {name.removeprefix(PREFIX): value for name, _, value in pairs}


def battery(fields: dict[str, str]) -> Properties:
    """Return the battery's state in the hub's words."""
    status = text(fields.get("STATUS"))
    return {
        "remaining_percent": sentinels.battery(fields.get("CAPACITY"), status),
        "charging": _CHARGING.get(status or ""),
        "state": None if status is None else status.lower(),
        "technology": text(fields.get("TECHNOLOGY")),
        "temperature_C": sentinels.battery_temperature(convert_unit(number(fields.get("TEMP")), 0.1)),
        "voltage_V": convert_unit(positive(fields.get("VOLTAGE_NOW")), 1e-6),
        "usage_current_mA": convert_unit(number(fields.get("CURRENT_NOW")), 1e-3),
        "remaining_charge_mAh": convert_unit(positive(fields.get("CHARGE_NOW")), 1e-3),
        "remaining_energy_mWh": convert_unit(positive(fields.get("ENERGY_NOW")), 1e-3),
    }


def _supplies() -> dict[str, dict[str, str]]:
    """Read the machine's own batteries: a mouse's has the scope "Device"."""
    supplies = {}
    for file in sorted(SUPPLIES.glob("*/uevent")):
        try:
            fields = parse(file.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
        if fields.get("TYPE") == "Battery" and fields.get("SCOPE") != "Device" and fields.get("PRESENT") != "0":
            supplies[file.parent.name] = fields
    return supplies


def _read(_: Options) -> list[Reading]:
    supplies = _supplies()
    if not supplies:
        raise SensorError("there is no battery any more")
    # Of two, the first is in the hub's words; each is kept as it came.
    return [reading("linux", {"power_supply": supplies}, {"battery": battery(next(iter(supplies.values())))}, now())]


SENSOR = Sensor("battery", "The battery of a Linux machine.", 60, lambda _: bool(_supplies()), _read)
