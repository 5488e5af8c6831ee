"""A simulated home: its devices speak to the hub's own broker, each in its own protocol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from iot_hub.operations.demo.fleet import ana
from iot_hub.operations.demo.home.home_device import HomeDevice, HomeMessage
from iot_hub.operations.demo.home.meter import ElectricityMeter
from iot_hub.operations.demo.home.plug import WashingMachine
from iot_hub.operations.demo.home.zigbee import DoorContact, MotionSensor, Thermometer, ZigbeeDevice, bridge
from iot_hub.operations.demo.hours import day_of


@dataclass(frozen=True)
class SimulatedHome:
    """Devices that share an account of the broker, as those behind a gateway do."""

    devices: tuple[HomeDevice, ...]
    zone: ZoneInfo
    name: ClassVar[str] = "Home gateway"
    type: ClassVar[str] = "gateway"
    room: ClassVar[None] = None

    def messages(self, since: float, until: float) -> Iterator[HomeMessage]:
        """Yield what is said of the devices, then what they send until just before ``until``, in that order."""
        yield from bridge([each for each in self.devices if isinstance(each, ZigbeeDevice)], since)
        for device in self.devices:
            yield from device.introduction(since)
        day = day_of(since, self.zone)
        last = date.max if until == float("inf") else day_of(until, self.zone)
        while day <= last:
            sent = sorted(each for device in self.devices for each in device.day(day))
            yield from (each for each in sent if since <= each.sent_at < until)
            day += timedelta(days=1)


def demo_home(zone: ZoneInfo) -> SimulatedHome:
    """Return Ana's home. Its addresses are locally administered: no maker gives them to a device."""
    owner = ana(zone)
    washing_machine = WashingMachine(
        name="Washing machine", room="Bathroom", identity="02:DE:40:00:00:01", zone=zone
    )  # fmt: skip
    devices = (
        Thermometer(
            name="Living room thermometer", room="Living room", identity="0x02fffede40000001", zone=zone,
            battery_age=60, warmth=21.3, damp=45, uses=((8, 1.5, 0.4, 2), (20, 2.5, 1.2, 5)),
        ),
        Thermometer(
            name="Bedroom thermometer", room="Bedroom", identity="0x02fffede40000002", zone=zone,
            battery_age=200, warmth=18.6, damp=50, uses=((5, 3, 0.8, 9), (25, 3, 0.7, 7)),
        ),
        Thermometer(
            name="Bathroom thermometer", room="Bathroom", identity="0x02fffede40000003", zone=zone,
            battery_age=310, warmth=22.2, damp=52, uses=((7.2, 0.6, 1.6, 32), (22, 0.5, 0.8, 18)),
        ),
        DoorContact(
            name="Front door", room="Hall", identity="0x02fffede40000004", zone=zone, battery_age=30, owner=owner
        ),
        # Its cell is poor: something needs attention.
        MotionSensor(
            name="Hall motion", room="Hall", identity="0x02fffede40000005", zone=zone, battery_age=130, full=14,
            owner=owner,
        ),
        washing_machine,
        ElectricityMeter(
            name="Electricity meter", room="Hall", identity="02:DE:40:00:00:02", zone=zone,
            washing_machine=washing_machine,
        ),
    )  # fmt: skip
    return SimulatedHome(devices, zone)
