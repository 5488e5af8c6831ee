"""Suggestions for private areas: places where devices spend nights and working days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]
Kind = Literal["night", "work"]

RADIUS_M = 100
SAME_PLACE_M = 250.0
RECENT_NIGHTS = 28
RECENT_WEEKDAYS = 20
_METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True)
class Reason:
    """How many days a device was at a place, in all and within the last four weeks."""

    device: str
    kind: Kind
    days: int
    recent_days: int
    last_day: date

    def __str__(self) -> str:
        """Return it as a sentence."""
        what, of_all = ("nights", RECENT_NIGHTS) if self.kind == "night" else ("weekdays", RECENT_WEEKDAYS)
        if self.recent_days:
            return f"{self.device} spent {self.recent_days} of the last {of_all} {what} here."
        return f"{self.device} spent {self.days} {what} here, the last on {self.last_day}."


@dataclass
class Suggestion:
    """A place that no area covers."""

    name: str
    latitude: float
    longitude: float
    reasons: list[Reason] = field(default_factory=list)
    radius_m: int = RADIUS_M

    @property
    def circle(self) -> str:
        """The circle as the command line takes it; five decimals are a metre."""
        return f"{self.latitude:.5f},{self.longitude:.5f},{self.radius_m}"

    @property
    def command(self) -> str:
        """The command that adds it."""
        # With "=", since a latitude in the south begins as an option does.
        return f"iot-hub area add {self.name} --circle={self.circle}"


def basis(connection: Connection, settings: Settings) -> tuple[object, ...]:
    """Return what suggestions rest on: while it is the same, so are they. New fixes count once their hour is over."""
    rows = connection.execute(query("area_suggestions_basis")).fetchall()
    return (settings.time_zone, *(tuple(row.values()) for row in rows))


def suggest_areas(connection: Connection, settings: Settings) -> list[Suggestion]:
    """Return the places where devices spent at least three nights or working days, the surest first."""
    found = [
        (row, Reason(device["name"], row["kind"], row["days"], row["recent_days"], row["last_day"]))
        for device in connection.execute(query("list_devices")).fetchall()
        for row in connection.execute(
            query("area_suggestions"), {"device": device["id"], "zone": settings.time_zone}
        ).fetchall()
    ]
    # Nights first: a place of both is a home.
    found.sort(key=lambda one: (one[1].kind != "night", -one[1].days))
    taken = {row["name"] for row in connection.execute(query("list_areas"))}
    return _merge_nearby(found, taken)


def devices_without_area(connection: Connection, settings: Settings) -> list[str]:
    """Return the names of the devices whose published data show where they spend nights or working days."""
    published = {row["name"] for row in connection.execute(query("list_devices")) if row["published"]}
    reasons = (reason for place in suggest_areas(connection, settings) for reason in place.reasons)
    return sorted({reason.device for reason in reasons} & published)


def warning_of(devices: Sequence[str]) -> str:
    """Return the warning, without saying where."""
    whose = ", ".join(devices)
    return f"The published data show where {whose} regularly spent nights or working days."


def warning_before_publishing(settings: Settings) -> str | None:
    """Return what ``iot-hub up`` prints before it starts the public dashboard, or None."""
    if settings.public_dashboard == "no":
        return None
    with connect(owner_conninfo(settings, "iot-hub up")) as connection:
        devices = devices_without_area(connection, settings)
    return f"{warning_of(devices)} See which places, and how to hide them: iot-hub area suggest" if devices else None


def _merge_nearby(found: Sequence[tuple[dict[str, Any], Reason]], taken: set[str]) -> list[Suggestion]:
    """Merge what lies together into one place, across devices and times of day."""
    places: list[Suggestion] = []
    for row, reason in found:
        here = (row["latitude"], row["longitude"])
        place = next((known for known in places if _metres(here, known) <= SAME_PLACE_M), None)
        if place is None:
            name = _free_name("home" if reason.kind == "night" else "work", taken)
            place = Suggestion(name, *here)
            places.append(place)
            taken.add(name)
        place.reasons.append(reason)
    return places


def _metres(here: tuple[float, float], place: Suggestion) -> float:
    north = here[0] - place.latitude
    east = ((here[1] - place.longitude + 180) % 360 - 180) * math.cos(math.radians(place.latitude))
    return math.hypot(north, east) * _METRES_A_DEGREE


def _free_name(name: str, taken: set[str]) -> str:
    number = 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free
