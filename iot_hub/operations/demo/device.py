"""The base of all simulated devices: their readings are reproducible."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from iot_hub.operations.demo.hours import day_of


class Reading(NamedTuple):
    """What a device measured at an instant, and when it could send that (unix seconds)."""

    sent_at: float
    device_timestamp: float
    properties: dict[str, Any]

    def event(self) -> dict[str, Any]:
        """Return the event as sent."""
        return {"device_timestamp": self.device_timestamp, "properties": self.properties}


@dataclass(frozen=True, kw_only=True)
class SimulatedDevice(ABC):
    """A device whose readings depend only on its seed, its owner's zone and the day."""

    name: str
    type: str
    home: tuple[float, float]  # Latitude and longitude.
    seed: str
    zone: ZoneInfo
    room: str | None = None

    @abstractmethod
    def day(self, day: date) -> list[Reading]:
        """Return all readings measured on a day, in the order of sending."""

    def readings(self, since: float, until: float) -> Iterator[Reading]:
        """Yield the readings sent from ``since`` until just before ``until``, in that order."""
        # What was measured yesterday may be sent today.
        day = day_of(since, self.zone) - timedelta(days=1)
        last = date.max if until == float("inf") else day_of(until, self.zone)
        while day <= last:
            yield from (reading for reading in self.day(day) if since <= reading.sent_at < until)
            day += timedelta(days=1)
