"""A plug with Tasmota on a washing machine. The facts are those of sources/mqtt/tasmota.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import ClassVar
from zoneinfo import ZoneInfo

from iot_hub.operations.demo.home.home_device import INSTALLED, HomeDevice, HomeMessage, message
from iot_hub.operations.demo.hours import DAY_BEGINS, day_of, instant, is_weekend

TOPIC = "demo_washing_machine"
INTERVAL = 300
STANDBY_W = 1.1
PROGRAMME = ((240, 90.0), (1080, 2050.0), (2280, 180.0), (840, 60.0), (360, 420.0))
"""A wash: seconds and watts of filling, heating, washing, rinsing and spinning."""
WASH_SECONDS = sum(seconds for seconds, _ in PROGRAMME)
WASH_WH = sum(seconds * watts for seconds, watts in PROGRAMME) / 3600


@dataclass(frozen=True, kw_only=True)
class WashingMachine(HomeDevice):
    """A washing machine behind a plug that measures its energy."""

    protocol: ClassVar[str] = "tasmota"
    model: ClassVar[str] = "Nous A1T"

    @property
    def installed(self) -> int:
        """When the plug began to count, as a unix second."""
        return instant(INSTALLED, DAY_BEGINS, self.zone)

    def power(self, at: float) -> float:
        """Return the watts that it takes at an instant."""
        for start in _washes(self.identity, day_of(at, self.zone), self.zone):
            passed = at - start
            for seconds, watts in PROGRAMME:
                if 0 <= passed < seconds:
                    return watts
                passed -= seconds
        return STANDBY_W

    def energy(self, at: float) -> float:
        """Return the watt hours that it has taken since the plug was installed; it never falls."""
        day = day_of(at, self.zone)
        washed = _washed_before(self.identity, day, self.zone) * (WASH_WH - STANDBY_W * WASH_SECONDS / 3600)
        for start in _washes(self.identity, day, self.zone):
            passed = at - start
            for seconds, watts in PROGRAMME:
                washed += (watts - STANDBY_W) * min(max(passed, 0), seconds) / 3600
                passed -= seconds
        return washed + STANDBY_W * max(at - self.installed, 0) / 3600

    def introduction(self, at: float) -> list[HomeMessage]:
        """Return Tasmota's own discovery, and that it is online."""
        mac = self.identity.replace(":", "")
        config = {
            "ip": "192.0.2.10", "dn": self.name, "fn": [self.name, *[None] * 7], "hn": TOPIC, "mac": mac,
            "md": self.model, "ofln": "Offline", "onln": "Online", "state": ["OFF", "ON", "TOGGLE", "HOLD"],
            "sw": "14.2.0", "t": TOPIC, "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"],
            "rl": [1, *[0] * 7], "ver": 1,
        }  # fmt: skip
        return [
            message(at, f"tasmota/discovery/{mac}/config", config, retain=True),
            HomeMessage(at, f"tele/{TOPIC}/LWT", b"Online", True),
        ]

    def day(self, day: date) -> list[HomeMessage]:
        """Return its energy and its state every five minutes."""
        draw = Random(f"{self.identity} {day}")  # noqa: S311
        start = instant(day, DAY_BEGINS, self.zone)
        end = instant(day + timedelta(days=1), DAY_BEGINS, self.zone)
        return [each for at in range(start + 17, end, INTERVAL) for each in self._report(at, draw)]

    def _report(self, at: int, draw: Random) -> list[HomeMessage]:
        # SetOption52: with the offset, the two passes of the hour that comes twice a year differ.
        clock = datetime.fromtimestamp(at, self.zone)
        today = clock.date()
        midnights = [instant(today - timedelta(days=days), 0, self.zone) for days in (0, 1)]
        total, at_midnight, before = (self.energy(each) / 1000 for each in (at, *midnights))
        power = self.power(at) * draw.uniform(0.98, 1.02)
        voltage = draw.uniform(228, 234)
        factor = 0.98 if power > 1000 else 0.62
        energy = {
            "TotalStartTime": f"{INSTALLED}T04:00:00",
            "Total": round(total, 3),
            "Yesterday": round(at_midnight - before, 3),
            "Today": round(total - at_midnight, 3),
            "Power": round(power, 1),
            "ApparentPower": round(power / factor, 1),
            "Factor": factor,
            "Voltage": round(voltage),
            "Current": round(power / factor / voltage, 3),
        }
        state = {
            "Time": clock.isoformat(),
            "UptimeSec": at - self.installed,
            "POWER": "ON",
            "Wifi": {"AP": 1, "RSSI": 74 + draw.randrange(8), "Signal": -60 + draw.randrange(6)},
        }
        return [
            message(at, f"tele/{TOPIC}/STATE", state),
            message(at, f"tele/{TOPIC}/SENSOR", {"Time": clock.isoformat(), "ENERGY": energy}),
        ]


@cache
def _washes(seed: str, day: date, zone: ZoneInfo) -> Sequence[int]:
    """Draw when it starts on a day: now and then in the evening, mostly on days off, and then twice."""
    draw = Random(f"{seed} washes {day}")  # noqa: S311
    is_off = is_weekend(day)
    begins = draw.uniform(9, 11) if is_off else draw.uniform(17, 19.5)
    if day < INSTALLED or draw.random() > (0.8 if is_off else 0.35):
        return ()
    first = instant(day, begins, zone)
    return (first, first + WASH_SECONDS + draw.randrange(600, 3600)) if is_off and draw.random() < 0.6 else (first,)


@cache
def _washed_before(seed: str, day: date, zone: ZoneInfo) -> int:
    """Count the washes before a day."""
    days = (INSTALLED + timedelta(days=number) for number in range((day - INSTALLED).days))
    return sum(len(_washes(seed, each, zone)) for each in days)
