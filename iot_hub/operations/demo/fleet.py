"""The devices of the demo: three people's phones, the air of a living room, and a car."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from iot_hub.operations.demo.car import demo_car
from iot_hub.operations.demo.device import SimulatedDevice
from iot_hub.operations.demo.phone import Phone
from iot_hub.operations.demo.plan import Outing
from iot_hub.operations.demo.route import from_home, offset, there_and_back, track
from iot_hub.operations.demo.sensor import HomeSensor

ON_FOOT = 1.2
BY_CAR = 5.0


def demo_devices(zone: ZoneInfo) -> list[SimulatedDevice]:
    """Return the demo's devices, whose owners live by that zone's clocks."""
    owner, mia = ana(zone), _mia(zone)
    return [
        owner, _jan(zone), mia,
        HomeSensor(name="Living room", home=owner.home, seed="living room", zone=zone, room="Living room"),
        demo_car(mia.home, mia.elevation, zone),
    ]  # fmt: skip


def ana(zone: ZoneInfo) -> Phone:
    """Return the phone of Ana, who works at home, walks mornings and evenings, and drives to the lake on days off."""
    walk, drive = track("cerknica-walk"), there_and_back(track("cerknica-drive"))
    home = offset(walk[0], north=65, east=-40)
    on_foot, by_car = from_home(home, walk, ON_FOOT), from_home(home, drive, BY_CAR)
    lake = Outing(by_car, (10.0, 12.0), stays_at=by_car.duration / 2, stays_hours=(0.5, 2.5), chance=0.6)
    return Phone(
        name="Ana's phone",
        home=(home.latitude, home.longitude),
        elevation=home.elevation,
        seed="ana",
        zone=zone,
        weekdays=(Outing(on_foot, (6.75, 7.75), chance=0.9), Outing(on_foot, (17.5, 19.0), chance=0.7)),
        weekends=(lake, Outing(on_foot, (18.0, 19.0), chance=0.8)),
    )


def _jan(zone: ZoneInfo) -> Phone:
    """Return the phone of Jan, who lives on a mountain pass and climbs on most mornings, longer on days off."""
    hike = track("mojstrovka-hike")
    home = offset(hike[0], north=-90, east=45)
    route = from_home(home, hike, ON_FOOT)
    summit = route.highest()
    return Phone(
        name="Jan's phone",
        home=(home.latitude, home.longitude),
        elevation=home.elevation,
        seed="jan",
        zone=zone,
        capacity_mAh=4410,
        whole_seconds=False,
        weekdays=(Outing(route, (7.0, 9.0), summit, (0.1, 0.4), chance=0.6),),
        weekends=(
            Outing(route, (8.0, 9.5), summit, (0.5, 1.5), chance=0.9),
            Outing(route, (16.0, 17.0), summit, (0.1, 0.3), chance=0.3),
        ),
    )


def _mia(zone: ZoneInfo) -> Phone:
    """Return the phone of Mia, who drives to work, and about town on some evenings and on days off."""
    drive = track("visnjan-drive")
    home = offset(drive[0], north=-30, east=75)
    route = from_home(home, drive, BY_CAR)
    town = route.duration / 2  # Where the recorded car stopped for two minutes, too.
    return Phone(
        name="Mia's phone",
        home=(home.latitude, home.longitude),
        elevation=home.elevation,
        seed="mia",
        zone=zone,
        capacity_mAh=5160,
        weekdays=(
            Outing(route, (7.5, 8.25), town, (7.5, 8.75), indoors=True, chance=0.95),
            Outing(route, (18.0, 19.5), town, (0.3, 1.5), chance=0.4),
        ),
        weekends=(Outing(route, (9.5, 11.5), town, (0.5, 2.5), chance=0.8),),
    )
