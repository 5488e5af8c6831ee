"""Cars for tests: what they report, how that is derived, and the rows to compare."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from events import Connection, rows, store
from journey_world import beside

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
HOME = (52.23, 21.01)

COLUMNS = (
    "starts, ends, distance_m, distance_by, idle_s, mean_kmh, top_kmh, climbed_m, fuel_l, energy_wh, odometer_start_km,"
    " odometer_end_km, battery_start_percent, battery_end_percent, fuel_start_percent, fuel_end_percent,"
    " outside_temperature_c, coolant_max_c, start_latitude, start_longitude, end_latitude, end_longitude, readings"
)
Report = tuple[float, dict[str, Any]]


@dataclass
class Car:
    """A car that is driven: it knows its odometer and how far it is from home, and reports every so often."""

    every: timedelta = 2 * SECOND
    odometer_km: float = 12_000.0
    east_m: float = 0.0
    fuel_percent: float = 60.0
    reports: list[Report] = field(default_factory=list)

    def drive(self, starts: datetime, seconds: int, kmh: float, **more: object) -> datetime:
        """Drive at one speed (backwards: west), with a standstill at each end; return when it has ended."""
        step = self.every.total_seconds()
        for n in range(int(seconds / step) + 1):
            at = starts + n * self.every
            speed = 0.0 if n == 0 or n * step + step > seconds else kmh
            self.odometer_km += abs(speed) / 3600 * step
            self.east_m += speed / 3.6 * step
            self.report(at, abs(speed), 800.0 if speed == 0 else 2000.0, **more)
        return starts + int(seconds / step) * self.every

    def report(self, at: datetime, kmh: float, rpm: float, **more: object) -> None:
        latitude, longitude = beside(HOME, 0, self.east_m)
        self.reports.append((at.timestamp(), {
            "vehicle": {
                "speed_kmh": kmh, "engine_rpm": rpm, "odometer_km": round(self.odometer_km, 2), "coolant_temperature_C": 88,
                "outside_temperature_C": 7.5, "fuel_percent": self.fuel_percent, "fuel_rate_Lh": 0.9 if kmh == 0 else 6.0,
            } | more,
            "location": {"latitude": latitude, "longitude": longitude, "altitude_m": 100 + self.east_m / 100},
        }))  # fmt: skip


def drives(owner: Connection, device_id: int = 1) -> list[dict[str, Any]]:
    return rows(owner, f"SELECT {COLUMNS} FROM iot_personal_hub.drives WHERE device_id = %s ORDER BY starts", device_id)


def charges(owner: Connection, device_id: int = 1) -> list[dict[str, Any]]:
    return rows(owner, "SELECT * FROM iot_personal_hub.charges WHERE device_id = %s ORDER BY starts", device_id)


def named(owner: Connection, device_id: int = 1) -> list[dict[str, Any]]:
    return rows(owner, "SELECT * FROM iot_personal_hub.named_drives WHERE device_id = %s ORDER BY starts", device_id)


def correct(owner: Connection, kind: str, since: datetime, until: datetime | None = None, **given: object) -> int:
    """Make a correction of drives; return its number."""
    [made] = rows(
        owner,
        "INSERT INTO iot_personal_hub.drive_corrections (device_id, kind, since, until, name, purpose)"
        " VALUES (1, %s, %s, %s, %s, %s) RETURNING id",
        kind, since, until or since, given.get("name"), given.get("purpose"),
    )  # fmt: skip
    return int(made["id"])


def derive(owner: Connection) -> None:
    """Derive what is stale, mark by mark."""
    while rows(owner, "SELECT iot_personal_hub.refresh_stale_drives(1) AS marks")[0]["marks"]:
        pass


def derived_whole(owner: Connection, device_id: int = 1) -> list[dict[str, Any]]:
    """The drives and charges as one derivation from all readings gives them; what is stored stays."""
    with owner.transaction(force_rollback=True):
        owner.execute("DELETE FROM iot_personal_hub.drives WHERE device_id = %s", [device_id])
        owner.execute("DELETE FROM iot_personal_hub.charges WHERE device_id = %s", [device_id])
        owner.execute(
            "SELECT iot_personal_hub.mark_movements(%s, '2000-01-01', '2100-01-01'),"
            " iot_personal_hub.refresh_drives(%s, '2000-01-01', '2100-01-01')",
            [device_id, device_id],
        )
        return everything(owner, device_id)


def everything(owner: Connection, device_id: int = 1) -> list[dict[str, Any]]:
    return drives(owner, device_id) + charges(owner, device_id)


@dataclass(frozen=True)
class Sample:
    """A reading as the hub derives it from events, and the fix in the same event, if there is one."""

    at: datetime
    vehicle: dict[str, object]
    position: tuple[float, float] | None = None


class Life:
    """Days of a car: drives with stops, silences and glitches, charges, polls while it is parked; each sort of sender."""

    def __init__(self, since: datetime, days: int, chance: random.Random, every: timedelta = 5 * SECOND) -> None:
        self.since, self.until = since, since + days * 24 * HOUR
        self._every, self._chance = every, chance
        self._odometer, self._east, self._battery = 12_000.0, 0.0, 80.0
        found = {sample.at: sample for sample in self._live()}
        self.readings = [found[at] for at in sorted(found)]

    def _live(self) -> Iterator[Sample]:
        chance, now = self._chance, self.since
        while now < self.until:
            what = chance.choice(["drive", "drive", "drive", "stop", "charge", "park", "polls"])
            if what == "drive":
                style = chance.choice(["engine", "engine", "speed", "alone", "odometer", "fixes"])
                for sample in self._drive(now, timedelta(seconds=chance.choice([20, 120, 600, 1800])), style):
                    now = sample.at
                    yield sample
                now += chance.choice([2 * SECOND, MINUTE, 4 * MINUTE, 6 * MINUTE, 9 * MINUTE, 11 * MINUTE, HOUR])
            elif what == "stop":
                for _ in range(chance.randrange(1, 60)):
                    now += chance.choice([10 * SECOND, 20 * SECOND])
                    yield Sample(now, {"speed_kmh": 0, "engine_rpm": 0})
            elif what == "charge":
                fed = 0.0
                for _ in range(chance.randrange(2, 50)):
                    now += chance.choice([MINUTE, MINUTE, 2 * MINUTE, 20 * MINUTE])
                    fed += 150
                    self._battery = min(self._battery + 0.2, 100)
                    yield Sample(now, chance.choice([
                        {"charging_power_W": 9000, "charged_Wh": fed}, {"charged_Wh": fed}, {"charging_power_W": 9000},
                        {"battery_percent": round(self._battery)},
                    ]))  # fmt: skip
            elif what == "polls":
                for _ in range(chance.randrange(1, 40)):
                    now += 5 * MINUTE
                    yield Sample(
                        now, {"odometer_km": round(self._odometer, 1), "battery_percent": round(self._battery)}
                    )
            else:
                now += timedelta(hours=chance.choice([0.2, 0.6, 3, 9]))

    def _drive(self, starts: datetime, lasts: timedelta, style: str) -> Iterator[Sample]:
        chance, now, kmh = self._chance, starts, 0.0
        while now < starts + lasts:
            step = self._every * chance.choice([1, 1, 1, 2])
            if chance.random() < 0.004:
                step = chance.choice([3, 7, 12]) * MINUTE
            now += step + timedelta(microseconds=chance.randrange(1000))
            kmh = max(0.0, min(130.0, kmh + chance.uniform(-12, 16)))
            hours = step / HOUR
            self._odometer += kmh * hours
            self._east += kmh * hours * 1000
            yield self._sample(now, round(kmh), style)

    def _sample(self, now: datetime, kmh: int, style: str) -> Sample:
        chance = self._chance
        odometer = chance.choice([0, 16_777_215]) if chance.random() < 0.01 else round(self._odometer, 1)
        here = beside(HOME, chance.gauss(0, 3), self._east)
        whole: dict[str, object] = {
            "speed_kmh": kmh, "engine_rpm": 800 + 20 * kmh, "odometer_km": odometer, "fuel_rate_Lh": 1 + kmh / 20,
            "coolant_temperature_C": 80, "power_W": 100 * kmh, "battery_percent": round(self._battery),
            "fuel_used_L": round(self._odometer / 15 % 30, 3),
        }  # fmt: skip
        if style == "engine":
            return Sample(now, whole, here)
        if style == "speed":
            return Sample(now, {"speed_kmh": kmh, "power_W": 100 * kmh}, here if chance.random() < 0.2 else None)
        if style == "odometer":
            return Sample(now, {"odometer_km": odometer})
        if style == "fixes":
            return Sample(now, {"battery_percent": round(self._battery)}, here)
        name = chance.choice(list(whole))
        return Sample(now, {name: whole[name]})

    def events(self) -> list[Report]:
        return [(sample.at.timestamp(), properties_of(sample)) for sample in self.readings]

    def some(self, chance: random.Random) -> list[Sample]:
        """The readings of some hours, all or a part of them."""
        begins = self.since + (self.until - self.since) * chance.random()
        ends = begins + chance.choice([0.1, 0.5, 1, 4, 12]) * HOUR
        share = chance.choice([0.3, 0.8, 1])
        return [sample for sample in self.readings if begins <= sample.at < ends and chance.random() < share]

    def put(self, owner: Connection, samples: Sequence[Sample]) -> None:
        """Store samples as events, and take from those what drives are made of; journeys and figures are left out."""
        if not samples:
            return
        store(owner, *((sample.at.timestamp(), properties_of(sample)) for sample in samples))
        take_in(owner, samples)

    def correct_at_random(self, owner: Connection, chance: random.Random) -> None:
        found = drives(owner)
        if not found:
            return
        first = chance.randrange(len(found))
        last = min(first + chance.randrange(3), len(found) - 1)
        if chance.random() < 0.5:
            correct(owner, "merge", found[first]["starts"], found[last]["ends"])
        else:
            lasts = found[first]["ends"] - found[first]["starts"]
            correct(owner, "split", found[first]["starts"] + lasts * chance.random())
        if chance.random() < 0.3:
            owner.execute(
                "UPDATE iot_personal_hub.drive_corrections SET undone_at = now()"
                " WHERE id = (SELECT min(id) FROM iot_personal_hub.drive_corrections WHERE undone_at IS NULL)"
            )


def properties_of(sample: Sample) -> dict[str, Any]:
    found: dict[str, Any] = {"vehicle": sample.vehicle}
    if sample.position:
        found["location"] = {
            "latitude": sample.position[0], "longitude": sample.position[1], "altitude_m": 100 + 30 * math.sin(sample.at.timestamp() / 300),
        }  # fmt: skip
    return found


def take_in(owner: Connection, samples: Sequence[Sample]) -> None:
    """Derive readings and fixes of the hours of some samples, as a refresh of these hours does, and mark them."""
    hours = sorted({sample.at.replace(minute=0, second=0, microsecond=0) for sample in samples})
    for hour in hours:
        owner.execute(
            "SELECT iot_personal_hub.note_driving(1, %(since)s, %(until)s, fixes.changed_since, fixes.changed_until)"
            " FROM iot_personal_hub.refresh_locations(1, %(since)s, %(until)s) AS fixes",
            {"since": hour, "until": hour + HOUR},
        )
    owner.execute("DELETE FROM iot_personal_hub.stale_hours")


def take_and_mark(owner: Connection, samples: Sequence[Sample]) -> None:
    """Take readings away as if they had not come yet, and mark what they concern."""
    if not samples:
        return
    times = [sample.at for sample in samples]
    for table, column in (
        ("raw_devices_properties", "device_time"), ("car_readings", "read_at"), ("locations", "location_time"),
    ):  # fmt: skip
        owner.execute(f"DELETE FROM iot_personal_hub.{table} WHERE device_id = 1 AND {column} = ANY (%s)", [times])
    owner.execute(
        "WITH moved AS (SELECT * FROM iot_personal_hub.mark_movements(1, %(since)s, %(until)s))"
        " INSERT INTO iot_personal_hub.stale_drives (device_id, since, until)"
        " SELECT 1, least(%(since)s, moved.changed_since), greatest(%(until)s, moved.changed_until) FROM moved",
        {"since": min(times), "until": max(times)},
    )
