"""Zigbee sensors behind Zigbee2MQTT, with ``last_seen`` in ISO 8601.

The facts are those of sources/mqtt/zigbee2mqtt.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, ClassVar

from iot_hub.operations.demo.home.home_device import HomeDevice, HomeMessage, message
from iot_hub.operations.demo.hours import DAY_BEGINS, instant
from iot_hub.operations.demo.phone import Phone
from iot_hub.operations.demo.weather import DAY, around, season, weather

TOPIC = "demo/zigbee2mqtt"
"""Not the usual base topic: a real bridge at the same broker keeps its own list of devices."""
CLIMATE_INTERVAL = 600
CHECK_IN_INTERVAL = 3000
BATTERY_DAYS = 400

Expose = tuple[str, str, str]
"""Type, property and unit of what a device reports."""


@dataclass(frozen=True, kw_only=True)
class ZigbeeDevice(HomeDevice):
    """A sensor on a coin cell: how many days it was in use on 1 January 1970, and what a new one has, in percent."""

    battery_age: int
    full: int = 100
    protocol: ClassVar[str] = "zigbee2mqtt"
    exposes: ClassVar[tuple[Expose, ...]]

    def description(self) -> dict[str, Any]:
        """Return its entry of ``bridge/devices``."""
        said = (*self.exposes, ("numeric", "battery", "%"), ("numeric", "voltage", "mV"))
        exposes = [
            {"type": kind, "name": name, "property": name, "access": 1} | ({"unit": unit} if unit else {})
            for kind, name, unit in said
        ]
        definition = {"model": self.model, "vendor": "Aqara", "description": self.name, "exposes": exposes}
        return {
            "ieee_address": self.identity,
            "friendly_name": self.name,
            "type": "EndDevice",
            "power_source": "Battery",
            "supported": True,
            "definition": definition,
        }

    def introduction(self, at: float) -> list[HomeMessage]:
        """Return that it can be reached."""
        return [message(at, f"{TOPIC}/{self.name}/availability", {"state": "online"}, retain=True)]

    def state(self, at: float, draw: Random, **values: object) -> HomeMessage:
        """Return the state that it reports at an instant."""
        percent = round(self.full * (1 - 0.95 * ((at / DAY + self.battery_age) % BATTERY_DAYS) / BATTERY_DAYS))
        common = {
            "battery": percent,
            "voltage": 2500 + 5 * percent + draw.randrange(10),
            "linkquality": draw.randrange(60, 180),
            "last_seen": _iso(at),
        }
        return message(at, f"{TOPIC}/{self.name}", values | common)


@dataclass(frozen=True, kw_only=True)
class Thermometer(ZigbeeDevice):
    """A thermometer in a room; ``uses`` are what people do there: middle, width (hours), °C and % that it adds."""

    warmth: float
    damp: float
    uses: tuple[tuple[float, float, float, float], ...]
    model: ClassVar[str] = "WSDCGQ11LM"
    exposes: ClassVar[tuple[Expose, ...]] = (
        ("numeric", "temperature", "°C"),
        ("numeric", "humidity", "%"),
        ("numeric", "pressure", "hPa"),
    )

    def day(self, day: date) -> list[HomeMessage]:
        """Return a state every ten minutes."""
        draw = Random(f"{self.identity} {day}")  # noqa: S311
        start = instant(day, DAY_BEGINS, self.zone)
        end = instant(day + timedelta(days=1), DAY_BEGINS, self.zone)
        return [self._measure(due + draw.uniform(0, 60), start, draw) for due in range(start, end, CLIMATE_INTERVAL)]

    def _measure(self, at: float, start: int, draw: Random) -> HomeMessage:
        hour = DAY_BEGINS + (at - start) / 3600
        used = [(around(hour, middle, width), warm, damp) for middle, width, warm, damp in self.uses]
        warmth = self.warmth + 1.5 * season(at) + 0.3 * weather(at) + sum(part * warm for part, warm, _ in used)
        damp = self.damp + 5 * season(at) - 2 * weather(at) + sum(part * damp for part, _, damp in used)
        return self.state(
            at, draw,
            temperature=round(warmth + draw.uniform(-0.1, 0.1), 2),
            humidity=round(min(damp + draw.uniform(-0.6, 0.6), 97), 2),
            pressure=round(1014.5 + 5 * weather(at) + draw.uniform(-0.1, 0.1), 1),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DoorContact(ZigbeeDevice):
    """The contact of the front door, which somebody opens when they leave and come back."""

    owner: Phone
    model: ClassVar[str] = "MCCGQ11LM"
    exposes: ClassVar[tuple[Expose, ...]] = (("binary", "contact", ""),)

    def day(self, day: date) -> list[HomeMessage]:
        """Return each opening and closing, and a sign of life in between."""
        draw = Random(f"{self.identity} {day}")  # noqa: S311
        stretches = self.owner.plan(day).stretches
        opened = []
        for a, b in pairwise(stretches):
            if a.indoors != b.indoors:
                at = b.start - draw.uniform(2, 10)
                opened.append((at, at + draw.uniform(12, 30)))
        check_ins = (
            due + draw.uniform(0, 60) for due in range(stretches[0].start, stretches[-1].end, CHECK_IN_INTERVAL)
        )
        closed = [at for at in check_ins if not any(start - 1 < at < end + 1 for start, end in opened)]
        changes = [(at, True) for at in closed]
        for start, end in opened:
            changes += [(start, False), (end, True)]
        # True is closed: the contact's two halves touch.
        return [self.state(at, draw, contact=contact) for at, contact in sorted(changes)]


@dataclass(frozen=True, kw_only=True)
class MotionSensor(ZigbeeDevice):
    """A motion sensor in the hall: it sees who is at home and awake, again and again."""

    owner: Phone
    model: ClassVar[str] = "RTCGQ11LM"
    exposes: ClassVar[tuple[Expose, ...]] = (("binary", "occupancy", ""), ("numeric", "illuminance", "lx"))

    def day(self, day: date) -> list[HomeMessage]:
        """Return each motion, and its end a minute or two later."""
        draw = Random(f"{self.identity} {day}")  # noqa: S311
        return [
            self.state(at, draw, occupancy=occupancy, illuminance=draw.randrange(5, 320))
            for seen, lasts in self._motions(day, draw)
            for at, occupancy in ((seen, True), (seen + lasts, False))
        ]

    def _motions(self, day: date, draw: Random) -> Iterator[tuple[float, float]]:
        plan = self.owner.plan(day)
        for stretch in plan.stretches:
            if not stretch.indoors:
                continue
            at, end = max(stretch.start, plan.last_night.awake), min(stretch.end, plan.tonight.asleep)
            seen = at + draw.uniform(5, 60)
            while seen < end - 200:
                lasts = draw.uniform(60, 150)
                yield seen, lasts
                seen += lasts + 30 + draw.expovariate(1 / 1500)


def bridge(devices: Sequence[ZigbeeDevice], at: float) -> list[HomeMessage]:
    """Return what the bridge says when it starts: which devices it has, and that it is there."""
    coordinator = {"ieee_address": "0x02fffede00000000", "friendly_name": "Coordinator", "type": "Coordinator"}
    listed = [coordinator | {"definition": None}, *(device.description() for device in devices)]
    return [
        message(at, f"{TOPIC}/bridge/devices", listed, retain=True),
        message(at, f"{TOPIC}/bridge/state", {"state": "online"}, retain=True),
    ]


def _iso(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")
