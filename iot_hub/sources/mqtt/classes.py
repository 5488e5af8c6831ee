"""Home Assistant's device classes: what an entity measures, whoever describes it.

Facts: home-assistant/core, components/sensor/const.py and components/binary_sensor/__init__.py. ESPHome, Tasmota's
and Zigbee2MQTT's discovery, statestream and the owner's mappings use the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from iot_hub.sources.fields import Field, field, inverted

SENSORS: Mapping[str, str] = {
    "absolute_humidity": "climate.absolute_humidity_gm3",
    "apparent_power": "energy.apparent_power_VA",
    "aqi": "air.quality_index",
    "atmospheric_pressure": "climate.pressure_hPa",
    "battery": "battery.remaining_percent",
    "carbon_dioxide": "air.co2_ppm",
    "carbon_monoxide": "air.co_ppm",
    "conductivity": "climate.soil_conductivity_uScm",
    "current": "energy.current_A",
    "distance": "state.distance_m",
    "energy": "energy.energy_Wh",
    "frequency": "energy.frequency_Hz",
    "gas": "energy.gas_m3",
    "humidity": "climate.humidity_percent",
    "illuminance": "climate.illuminance_lx",
    "irradiance": "weather.irradiance_Wm2",
    "moisture": "climate.soil_moisture_percent",
    "nitrogen_dioxide": "air.no2_ugm3",
    "ozone": "air.o3_ugm3",
    "pm1": "air.pm1_ugm3",
    "pm10": "air.pm10_ugm3",
    "pm25": "air.pm25_ugm3",
    "pm4": "air.pm4_ugm3",
    "power": "energy.power_W",
    "power_factor": "energy.power_factor",
    "precipitation": "weather.rain_mm",
    "precipitation_intensity": "weather.rain_rate_mmh",
    "pressure": "climate.pressure_hPa",
    "reactive_power": "energy.reactive_power_var",
    "signal_strength": "network.signal_dBm",
    "sound_pressure": "air.sound_dB",
    "sulphur_dioxide": "air.so2_ugm3",
    "temperature": "climate.temperature_C",
    "volatile_organic_compounds": "air.voc_ugm3",
    "volatile_organic_compounds_parts": "air.tvoc_ppb",
    "voltage": "energy.voltage_V",
    "volume_flow_rate": "water.flow_Lmin",
    "water": "water.consumed_L",
    "weight": "state.mass_kg",
    "wind_direction": "weather.wind_direction",
    "wind_speed": "weather.wind_speed_ms",
}
"""What a sensor's number is, by its class."""

BINARY_SENSORS: Mapping[str, str] = {
    "battery": "battery.low",
    "battery_charging": "battery.charging",
    "carbon_monoxide": "state.carbon_monoxide",
    "cold": "state.cold",
    "connectivity": "state.connected",
    "door": "contact.open",
    "garage_door": "contact.open",
    "gas": "state.gas",
    "heat": "state.hot",
    "light": "light.dark",
    "lock": "state.locked",
    "moisture": "water.leak",
    "motion": "motion.detected",
    "moving": "motion.vibration",
    "occupancy": "motion.detected",
    "opening": "contact.open",
    "plug": "state.connected",
    "power": "state.on",
    "presence": "motion.present",
    "problem": "state.problem",
    "running": "state.running",
    "safety": "state.unsafe",
    "smoke": "state.smoke",
    "sound": "state.sound",
    "tamper": "contact.tampered",
    "vibration": "motion.vibration",
    "window": "contact.open",
}
"""What "on" of a sensor of two states means, by its class."""

# On says the contrary of what the property is called: light was seen, the lock is open.
_INVERTED = frozenset({"light", "lock"})

# Of a sensor without a class its name and unit say it. The first word that is in the name counts.
_NAMES: tuple[tuple[str, str], ...] = (
    (r"dew.?point", "climate.dew_point_C"),
    (r"target.?temp|set.?point", "climate.target_temperature_C"),
    (r"temp", "climate.temperature_C"),
    (r"soil|moisture", "climate.soil_moisture_percent"),
    (r"humid", "climate.humidity_percent"),
    (r"batter", "battery.remaining_percent"),
    (r"pressure|barometer", "climate.pressure_hPa"),
    (r"co2|carbon.?dioxide", "air.co2_ppm"),
    (r"tvoc|voc", "air.tvoc_ppb"),
    (r"pm_?2[._]?5", "air.pm25_ugm3"),
    (r"pm_?10", "air.pm10_ugm3"),
    (r"pm_?1(?!\d)", "air.pm1_ugm3"),
    (r"pm_?4", "air.pm4_ugm3"),
    (r"illuminance|lux|brightness", "climate.illuminance_lx"),
    (r"gust", "weather.wind_gust_ms"),
    (r"wind.*(?:dir|bearing)", "weather.wind_direction"),
    (r"wind", "weather.wind_speed_ms"),
    (r"rain.*(?:rate|intensity)", "weather.rain_rate_mmh"),
    (r"rain|precipitation", "weather.rain_mm"),
    (r"uv", "weather.uv_index"),
    (r"rssi|signal", "network.signal_dBm"),
    (r"flow", "water.flow_Lmin"),
    (r"gas", "energy.gas_m3"),
    (r"water", "water.consumed_L"),
    (r"frequency", "energy.frequency_Hz"),
    (r"energy", "energy.energy_Wh"),
    (r"power", "energy.power_W"),
    (r"voltage", "energy.voltage_V"),
    (r"current", "energy.current_A"),
    (r"uptime", "machine.uptime_s"),
)
_NAMED = tuple((re.compile(rf"(?:^|[^a-z])(?:{pattern})"), path) for pattern, path in _NAMES)
# What such a unit measures when neither class nor name says so.
_UNITS: Mapping[str, str] = {
    "°C": "climate.temperature_C",
    "°F": "climate.temperature_C",
    "hPa": "climate.pressure_hPa",
    "mbar": "climate.pressure_hPa",
    "lx": "climate.illuminance_lx",
    "W": "energy.power_W",
    "kW": "energy.power_W",
    "Wh": "energy.energy_Wh",
    "kWh": "energy.energy_Wh",
    "V": "energy.voltage_V",
    "A": "energy.current_A",
    "mA": "energy.current_A",
    "dBm": "network.signal_dBm",
}
_EXPORTED = re.compile(r"export|return|produc|feed.?in|injection|(?:^|[_ ])out(?:$|[_ ])")
# Energy of a period starts at 0 again with each: the counter that all periods are part of says the same.
_PERIOD = re.compile(r"today|yesterday|daily|hourly|weekly|monthly|period|last_")


@lru_cache(maxsize=10_000)
def sensor_field(device_class: str, unit: str, name: str, *, is_diagnostic: bool = False) -> tuple[str, Field] | None:
    """Return what a sensor's number is, and how it is read; None where that can't be known.

    ``name`` is the entity's; ``is_diagnostic``: it tells of the device itself, such as the temperature of its chip.
    """
    path = _path(device_class, unit, name.lower())
    if path is None:
        return None
    path = _refined(path, unit, name.lower(), is_diagnostic)
    found = number_field(path, unit)
    return (path, found) if found is not None else None


def _path(device_class: str, unit: str, name: str) -> str | None:
    if device_class:
        return SENSORS.get(device_class)
    for pattern, path in _NAMED:
        # A name without its unit says little: a text sensor may be called "power".
        if pattern.search(name) and field(path, unit) is not None:
            return path
    return _UNITS.get(unit)


def _refined(path: str, unit: str, name: str, is_diagnostic: bool) -> str:
    if path == "energy.energy_Wh" and _EXPORTED.search(name):
        return "energy.exported_Wh"
    if path == "climate.temperature_C" and (is_diagnostic or re.search(r"device|chip|cpu|internal|esp32", name)):
        return "machine.temperature_C"
    if path == "climate.temperature_C" and re.search(r"dew.?point", name):
        return "climate.dew_point_C"
    if path == "weather.wind_speed_ms" and "gust" in name:
        return "weather.wind_gust_ms"
    if path == "energy.voltage_V" and "batter" in name:
        return "battery.voltage_V"
    if path == "network.signal_dBm" and unit == "%":
        return "network.signal_percent"
    return path


def number_field(path: str, unit: str) -> Field | None:
    """Return how a number is read that an entity sends in a unit. A power factor may come in percent."""
    return field(path, "1", 0.01) if path == "energy.power_factor" and unit == "%" else field(path, unit)


def is_of_a_period(name: str) -> bool:
    """Return whether a counter's name says that it starts again with each day, hour or month."""
    return _PERIOD.search(name.lower()) is not None


@lru_cache(maxsize=10_000)
def binary_field(device_class: str, name: str = "") -> tuple[str, Field]:
    """Return what "on" of an entity of two states means, by its class or else its name."""
    path = BINARY_SENSORS.get(device_class or _binary_class(name.lower()), "state.on")
    return path, truth_field(path, device_class)


def truth_field(path: str, device_class: str) -> Field:
    """Return how an entity of two states is read."""
    found = inverted(path) if device_class in _INVERTED else field(path)
    assert found is not None  # noqa: S101 - booleans have no unit
    return found


def _binary_class(name: str) -> str:
    for each in ("window", "door", "motion", "occupancy", "presence", "smoke", "vibration", "tamper"):
        if each in name:
            return each
    return "moisture" if "leak" in name else ""
