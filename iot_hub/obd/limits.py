"""What a car's value can't be, by its path in the catalogue: the sources, the imports and the agent read with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iot_hub import sentinels

LIMITS: Mapping[str, Callable[[object], float | int | None]] = {
    "vehicle.battery_percent": sentinels.battery,
    "vehicle.speed_kmh": sentinels.vehicle_speed,
    "vehicle.engine_rpm": sentinels.engine_speed,
    "vehicle.engine_load_percent": sentinels.engine_load,
    "vehicle.coolant_temperature_C": sentinels.coolant_temperature,
    "vehicle.intake_temperature_C": sentinels.coolant_temperature,
    "vehicle.oil_temperature_C": sentinels.coolant_temperature,
    "vehicle.outside_temperature_C": sentinels.outside_temperature,
    "vehicle.battery_temperature_C": sentinels.coolant_temperature,
    "vehicle.manifold_pressure_kPa": sentinels.manifold_pressure,
    "vehicle.air_flow_gs": sentinels.air_flow,
    "vehicle.throttle_percent": sentinels.engine_load,
    "vehicle.relative_throttle_percent": sentinels.engine_load,
    "vehicle.fuel_percent": sentinels.fuel,
    "vehicle.fuel_rate_Lh": sentinels.fuel_rate,
    "vehicle.consumption_L100km": sentinels.consumption,
    "vehicle.voltage_V": sentinels.vehicle_voltage,
    "vehicle.fuel_used_L": sentinels.fuel_used,
    "vehicle.run_time_s": sentinels.run_time,
    "vehicle.trip_km": sentinels.distance,
    "vehicle.range_km": sentinels.distance,
    "vehicle.odometer_km": sentinels.distance,
    "vehicle.distance_since_codes_cleared_km": sentinels.distance,
    "vehicle.torque_Nm": sentinels.torque,
    "vehicle.power_W": sentinels.vehicle_power,
    "climate.pressure_hPa": sentinels.pressure,
}
"""A sentinel is compared in the catalogue's unit."""
