"""The schemas of what the query API says of drives and charges."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from iot_hub.api.query.models import Correctable, DeviceId, Model

Purpose = Literal["business", "private"]
DriveCorrectionKind = Literal["merge", "split", "name", "purpose"]


def _known(description: str) -> object:
    return Field(description=f"{description}; null: not known.")


class Drive(Model):
    """A drive of a car, after what its owner has merged and split."""

    device_id: DeviceId
    starts: Annotated[
        datetime, Field(description="When it starts, UTC. With the device, it is what a drive is known by.")
    ]
    ends: Annotated[datetime, Field(description="When it ends, UTC.")]
    duration_s: Annotated[int, Field(description="How long it lasts, in seconds.")]
    name: Annotated[str | None, Field(description="What its owner calls it.")]
    purpose: Annotated[Purpose | None, Field(description="What it was for, as its owner says.")]
    start_place: Annotated[str | None, _known("Where it starts: a place of the address book, else a city")]
    end_place: Annotated[str | None, _known("Where it ends")]
    distance_m: Annotated[float | None, _known("Its length, in metres")]
    distance_by: Annotated[Literal["odometer", "speed", "fixes"] | None, Field(description="What the length rests on.")]
    idle_s: Annotated[int | None, _known("Seconds in which the engine ran and the car stood")]
    mean_kmh: Annotated[float | None, _known("The length over the duration")]
    top_kmh: Annotated[float | None, _known("The highest speed")]
    climbed_m: Annotated[float | None, _known("Metres upwards")]
    fuel_L: Annotated[float | None, _known("Fuel used, in litres")]
    fuel_L_100km: Annotated[float | None, _known("Fuel used for 100 km")]
    energy_Wh: Annotated[float | None, _known("Energy used, less what was taken back")]
    energy_Wh_km: Annotated[float | None, _known("Energy used for a kilometre")]
    odometer_start_km: Annotated[float | None, _known("The odometer at the start")]
    odometer_end_km: Annotated[float | None, _known("The odometer at the end")]
    battery_start_percent: Annotated[float | None, _known("The charge at the start")]
    battery_end_percent: Annotated[float | None, _known("The charge at the end")]
    fuel_start_percent: Annotated[float | None, _known("The fuel level at the start")]
    fuel_end_percent: Annotated[float | None, _known("The fuel level at the end")]
    outside_temperature_C: Annotated[float | None, _known("The mean temperature outside")]
    coolant_max_C: Annotated[float | None, _known("The highest temperature of the coolant")]
    start_latitude: Annotated[float | None, _known("Degrees north, WGS 84")]
    start_longitude: Annotated[float | None, _known("Degrees east, WGS 84")]
    end_latitude: Annotated[float | None, _known("Degrees north, WGS 84")]
    end_longitude: Annotated[float | None, _known("Degrees east, WGS 84")]
    readings: Annotated[int, Field(description="Readings of the car that it rests on.")]


class Drives(Model):
    """Drives, oldest first."""

    next_from: Annotated[datetime | None, Field(description="`from` of the rest; null: this is all.")]
    drives: Annotated[list[Drive], Field(description="The drives.")]


class Charge(Model):
    """A time that a car was charged."""

    device_id: DeviceId
    starts: Annotated[datetime, Field(description="When it starts, UTC.")]
    ends: Annotated[datetime, Field(description="When it ends, UTC.")]
    energy_Wh: Annotated[float | None, _known("Energy charged")]
    top_power_W: Annotated[float | None, _known("The highest charging power")]
    battery_start_percent: Annotated[float | None, _known("The charge at the start")]
    battery_end_percent: Annotated[float | None, _known("The charge at the end")]
    outside_temperature_C: Annotated[float | None, _known("The mean temperature outside")]
    odometer_km: Annotated[float | None, _known("The odometer")]
    latitude: Annotated[float | None, _known("Degrees north, WGS 84")]
    longitude: Annotated[float | None, _known("Degrees east, WGS 84")]
    readings: Annotated[int, Field(description="Readings of the car that it rests on.")]


class Charges(Model):
    """Charges, oldest first."""

    next_from: Annotated[datetime | None, Field(description="`from` of the rest; null: this is all.")]
    charges: Annotated[list[Charge], Field(description="The charges.")]


class CarSeries(Model):
    """What a car reported, on one axis of time."""

    device_id: DeviceId
    step_s: Annotated[int, Field(description="How many seconds each value is the mean of.")]
    times: Annotated[list[datetime], Field(description="When each step begins, UTC.")]
    series: Annotated[
        dict[str, list[float | None]],
        Field(
            description="A list as long as `times` for each number that the car reported; null: not in that step.",
            examples=[{"speed_kmh": [0, 31.5, None]}],
        ),
    ]


class DriveCorrectionMade(Model):
    """A correction of drives as it shall be made."""

    device_id: Annotated[int, Field(description="The car's number.", ge=0, le=2**31 - 1, examples=[1])]
    kind: Annotated[DriveCorrectionKind, Field(description="What is put right.", examples=["purpose"])]
    since: Annotated[Correctable, Field(description="Start; of a split, where the drive is cut.")]
    until: Annotated[Correctable | None, Field(description="End; of a split it is not needed.")] = None
    name: Annotated[str | None, Field(description="What the drives are called.", max_length=200)] = None
    purpose: Annotated[Purpose | None, Field(description="What the drives were for.")] = None


class DriveCorrectionRead(Model):
    """A correction of drives that was made."""

    id: Annotated[int, Field(description="The correction's number.", examples=[1])]
    device_id: DeviceId
    device: Annotated[str | None, Field(description="The car's name.")]
    kind: Annotated[DriveCorrectionKind, Field(description="What is put right.")]
    since: Annotated[datetime, Field(description="Start.")]
    until: Annotated[datetime, Field(description="End.")]
    name: Annotated[str | None, Field(description="What the drives are called.")]
    purpose: Annotated[Purpose | None, Field(description="What the drives were for.")]
    made_at: Annotated[datetime, Field(description="When it was made.")]
    undone_at: Annotated[datetime | None, Field(description="When it was undone; null: it holds.")]


class DrivesConcerned(Model):
    """What a correction would concern, as far as is known today."""

    drives: Annotated[int, Field(description="Drives in its time.")]
    distance_m: Annotated[float | None, Field(description="How far they are together; null: not known.")]
    days: Annotated[int, Field(description="On how many days of the owner's time zone.")]
