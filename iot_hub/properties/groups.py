"""The types of an event's groups: a struct for each group of the catalogue, a field for each of its keys.

Written by scripts/write_groups.py; change catalogue.toml and run ``make docs``. A source that names a key which is not
in the catalogue does not type-check. What a payload does not report is None, and is not written: never 0, never null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import msgspec


class Air(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``air`` of an event."""

    co2_ppm: float | None = None
    tvoc_ppb: float | None = None
    pm1_ugm3: float | None = None
    pm25_ugm3: float | None = None
    pm10_ugm3: float | None = None
    sound_dBFS: float | None = None
    voc_ugm3: float | None = None
    voc_index: float | None = None
    nox_index: float | None = None
    quality_index: float | None = None
    pm4_ugm3: float | None = None
    formaldehyde_ugm3: float | None = None
    co_ppm: float | None = None
    no2_ugm3: float | None = None
    o3_ugm3: float | None = None
    so2_ugm3: float | None = None
    sound_dB: float | None = None


class Battery(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``battery`` of an event."""

    voltage_V: float | None = None
    usage_current_average_mA: float | None = None
    remaining_energy_mWh: float | None = None
    remaining_charge_mAh: float | None = None
    capacity_mAh: float | None = None
    remaining_percent: float | None = None
    charging: bool | None = None
    state: str | None = None
    temperature_C: float | None = None
    usage_current_mA: float | None = None
    power_W: float | None = None
    technology: str | None = None
    low: bool | None = None


class Body(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``body`` of an event."""

    heart_rate_bpm: float | None = None
    cadence_rpm: float | None = None
    power_W: float | None = None


class Climate(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``climate`` of an event."""

    temperature_C: float | None = None
    humidity_percent: float | None = None
    pressure_hPa: float | None = None
    dew_point_C: float | None = None
    illuminance_lx: float | None = None
    tag_battery_V: float | None = None
    target_temperature_C: float | None = None
    soil_moisture_percent: float | None = None
    soil_conductivity_uScm: float | None = None
    absolute_humidity_gm3: float | None = None
    valve_percent: float | None = None


class Contact(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``contact`` of an event."""

    open: bool | None = None
    tampered: bool | None = None


class Energy(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``energy`` of an event."""

    power_W: float | None = None
    energy_Wh: float | None = None
    voltage_V: float | None = None
    current_A: float | None = None
    exported_Wh: float | None = None
    apparent_power_VA: float | None = None
    reactive_power_var: float | None = None
    power_factor: float | None = None
    frequency_Hz: float | None = None
    gas_m3: float | None = None


class EventDetails(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``event`` of an event."""

    type: str | None = None
    name: str | None = None
    text: str | None = None
    place: str | None = None
    region: str | None = None
    mode: str | None = None
    start: str | None = None
    end: str | None = None
    arrival_date: str | None = None
    departure_date: str | None = None
    distance_m: float | None = None
    waypoint_created_timestamp: float | None = None


class Light(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``light`` of an event."""

    brightness_percent: float | None = None
    colour_temperature_K: float | None = None
    on: bool | None = None
    dark: bool | None = None


class Location(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``location`` of an event."""

    fix_speed_ms: float | None = None
    fix_accuracy_m: float | None = None
    altitude_msl_m: float | None = None
    satellites: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    bearing: float | None = None
    fix_provider: str | None = None
    fix_timestamp: float | None = None
    fix_vertical_accuracy_m: float | None = None
    fix_speed_accuracy_ms: float | None = None
    fix_bearing_accuracy: float | None = None
    hdop: float | None = None
    mock: bool | None = None


class Machine(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``machine`` of an event."""

    temperature_C: float | None = None
    uptime_s: float | None = None
    restarts: float | None = None


class Motion(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``motion`` of an event."""

    steps: float | None = None
    distance_m: float | None = None
    relative_altitude_m: float | None = None
    floors_up: float | None = None
    floors_down: float | None = None
    odometer_m: float | None = None
    activity: str | list[str] | None = None
    is_moving: bool | None = None
    acceleration_g: float | None = None
    detected: bool | None = None
    present: bool | None = None
    vibration: bool | None = None


class Network(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``network`` of an event."""

    signal_dBm: float | None = None
    link_speed_Mbps: float | None = None
    frequency_MHz: float | None = None
    connection: str | None = None
    ssid: str | None = None
    bssid: str | None = None
    bluetooth_id: str | None = None
    availability: str | None = None
    link_quality: float | None = None
    signal_percent: float | None = None


class State(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``state`` of an event."""

    value: float | str | None = None
    position_percent: float | None = None
    count: float | None = None
    distance_m: float | None = None
    mass_kg: float | None = None
    on: bool | None = None
    locked: bool | None = None
    running: bool | None = None
    problem: bool | None = None
    connected: bool | None = None
    smoke: bool | None = None
    gas: bool | None = None
    carbon_monoxide: bool | None = None
    sound: bool | None = None
    hot: bool | None = None
    cold: bool | None = None
    unsafe: bool | None = None
    mode: str | None = None
    activity: str | None = None
    presence: str | None = None


class Vehicle(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``vehicle`` of an event."""

    speed_kmh: float | None = None
    engine_rpm: float | None = None
    engine_load_percent: float | None = None
    coolant_temperature_C: float | None = None
    battery_percent: float | None = None
    odometer_km: float | None = None
    voltage_V: float | None = None
    fuel_percent: float | None = None
    ignition: bool | None = None
    range_km: float | None = None
    inside_temperature_C: float | None = None
    outside_temperature_C: float | None = None
    battery_temperature_C: float | None = None
    charging_power_W: float | None = None
    charged_Wh: float | None = None
    charge_limit_percent: float | None = None
    tire_pressure_kPa: float | None = None
    power_W: float | None = None
    throttle_percent: float | None = None
    relative_throttle_percent: float | None = None
    intake_temperature_C: float | None = None
    oil_temperature_C: float | None = None
    manifold_pressure_kPa: float | None = None
    air_flow_gs: float | None = None
    fuel_rate_Lh: float | None = None
    consumption_L100km: float | None = None
    fuel_used_L: float | None = None
    trip_km: float | None = None
    run_time_s: float | None = None
    distance_since_codes_cleared_km: float | None = None
    torque_Nm: float | None = None
    plugged_in: bool | None = None
    locked: bool | None = None
    shift_state: str | None = None
    check_engine: bool | None = None
    fault_code_count: float | None = None
    fault_codes: str | None = None
    pending_fault_codes: str | None = None


class Water(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``water`` of an event."""

    consumed_L: float | None = None
    flow_Lmin: float | None = None
    level_percent: float | None = None
    leak: bool | None = None


class Weather(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The group ``weather`` of an event."""

    wind_speed_ms: float | None = None
    wind_gust_ms: float | None = None
    wind_direction: float | None = None
    rain_mm: float | None = None
    rain_rate_mmh: float | None = None
    uv_index: float | None = None
    irradiance_Wm2: float | None = None
    lightning_count: float | None = None
    lightning_distance_m: float | None = None


class Groups(TypedDict, total=False):
    """The groups of an event, by their names."""

    air: Air | None
    battery: Battery | None
    body: Body | None
    climate: Climate | None
    contact: Contact | None
    energy: Energy | None
    event: EventDetails | None
    light: Light | None
    location: Location | None
    machine: Machine | None
    motion: Motion | None
    network: Network | None
    state: State | None
    vehicle: Vehicle | None
    water: Water | None
    weather: Weather | None


STRUCTS: Mapping[str, type[msgspec.Struct]] = {
    "air": Air,
    "battery": Battery,
    "body": Body,
    "climate": Climate,
    "contact": Contact,
    "energy": Energy,
    "event": EventDetails,
    "light": Light,
    "location": Location,
    "machine": Machine,
    "motion": Motion,
    "network": Network,
    "state": State,
    "vehicle": Vehicle,
    "water": Water,
    "weather": Weather,
}
