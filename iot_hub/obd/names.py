"""What apps call a car's values in their logs: names that people read, and units in brackets behind them.

Facts: public logs of Torque Pro and of Car Scanner ELM OBD2; SAE J1979's names. A name that an app translates, or a car
alone has, is in no table: its value is kept as it came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "vehicle.speed_kmh": "vehicle speed sensor|vehicle speed|speed (obd)|obd speed|speed obd|speed",
    "vehicle.engine_rpm": "engine rpm|engine speed|rpm",
    "vehicle.engine_load_percent": (
        "engine load|calculated engine load|calculated engine load value|calculated load value"
    ),
    "vehicle.coolant_temperature_C": "engine coolant temperature|coolant temperature|coolant temp",
    "vehicle.intake_temperature_C": "intake air temperature|intake air temp",
    "vehicle.oil_temperature_C": "engine oil temperature|oil temperature",
    "vehicle.outside_temperature_C": "ambient air temperature|ambient air temp",
    "vehicle.inside_temperature_C": "cabin temperature|interior temperature|inside temperature",
    "vehicle.battery_temperature_C": (
        "hybrid/ev battery temperature|hv battery temperature|ev battery temperature|high voltage battery temperature"
    ),
    "vehicle.manifold_pressure_kPa": "intake manifold pressure|intake manifold absolute pressure",
    "vehicle.air_flow_gs": "mass air flow rate|maf air flow rate|mass air flow",
    "vehicle.throttle_percent": "throttle position|throttle position(manifold)|absolute throttle position",
    "vehicle.relative_throttle_percent": "relative throttle position",
    "vehicle.fuel_percent": "fuel level|fuel level input|fuel level (from engine ecu)|fuel tank level input",
    "vehicle.fuel_rate_Lh": "engine fuel rate|fuel flow rate/hour|fuel flow rate|fuel rate",
    "vehicle.consumption_L100km": "litres per 100 kilometer(instant)|litres per 100 kilometer|instant fuel consumption",
    "vehicle.fuel_used_L": "fuel used (trip)",
    "vehicle.trip_km": "trip distance|distance travelled|distance traveled",
    "vehicle.odometer_km": "odometer|odometer reading|vehicle odometer",
    "vehicle.voltage_V": "control module voltage|voltage (control module)|voltage (obd adapter)|obd module voltage",
    "vehicle.run_time_s": "run time since engine start|time since engine start",
    "vehicle.distance_since_codes_cleared_km": (
        "distance travelled since codes cleared|distance traveled since codes cleared|distance since codes cleared"
    ),
    "vehicle.torque_Nm": "torque",
    "vehicle.power_W": "engine kw (at the wheels)|horsepower (at the wheels)",
    "vehicle.battery_percent": (
        "state of charge|soc|battery state of charge|hv battery state of charge"
        "|hybrid/ev battery pack remaining charge|hybrid battery pack remaining life"
    ),
    "climate.pressure_hPa": "barometric pressure|barometric pressure (from vehicle)|barometer (on android device)",
    "motion.acceleration_g": "acceleration sensor(total)|g(calibrated)",
}
_PATHS = {name: path for path, names in _NAMES.items() for name in names.split("|")}
_UNIT = re.compile(r"(.*\S)\s*\(([^()]*)\)")


def property_named(name: str) -> str | None:
    """Return the path in the catalogue of a value by its name; None for one that is not known."""
    return _PATHS.get(" ".join(name.casefold().split()))


def is_vague(name: str) -> bool:
    """Return whether a name does not say whose value it is: a clear name beside it counts, and it does not."""
    return " ".join(name.casefold().split()) == "speed"


def parted(heading: str) -> tuple[str, str]:
    """Part a column's heading into its name and the unit in its last brackets: ``Speed (OBD)(km/h)``, ``Bearing``."""
    found = _UNIT.fullmatch(heading.strip())
    if found is None or property_named(heading):
        return heading.strip(), ""
    return found[1], found[2].strip()
