"""The schemas of share links: what is asked for, what they would show, and what they show."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from iot_hub.api.query.models import Correctable, JourneyMode, Model


class TripSpan(Model):
    """A trip: a stretch of time of a device, so that it stays the same after late data and corrections."""

    device_id: Annotated[int, Field(description="The device's number.", ge=0, le=2**31 - 1, examples=[1])]
    since: Annotated[Correctable, Field(description="When the trip starts.")]
    until: Annotated[Correctable, Field(description="When it ends.")]


class TripToShare(TripSpan):
    """A link of a trip as it shall be made."""

    name: Annotated[str, Field(description="The link's name, which visitors see.", min_length=1, max_length=200)]
    expires_at: Annotated[Correctable, Field(description="Until when the link works, a year at most.")]
    precision: Annotated[
        Literal["full", "100m", "1km", "city"], Field(description="How precisely positions are shown.")
    ] = "full"


class SharePreview(Model):
    """How much of a trip visitors would see: what is published of it."""

    distance_m: Annotated[float, Field(description="The trip's length.")]
    shown_m: Annotated[float, Field(description="The length of what is published of it.")]
    shown_since: Annotated[datetime | None, Field(description="When what is published begins.")]
    shown_until: Annotated[datetime | None, Field(description="When it ends.")]
    is_whole: Annotated[bool, Field(description="Whether that is all of it.")]
    links_work: Annotated[bool, Field(description="Whether the hub shows links to anybody.")]


class LivePosition(Model):
    """A device on its way to a destination."""

    device_id: Annotated[int, Field(description="The device's number.", ge=0, le=2**31 - 1, examples=[1])]
    latitude: Annotated[float, Field(description="Where it is going: degrees north, WGS 84.", ge=-90, le=90)]
    longitude: Annotated[float, Field(description="Degrees east, WGS 84.", ge=-180, le=180)]


class LiveToShare(LivePosition):
    """A link of a live position as it shall be made."""

    name: Annotated[str, Field(description="The link's name, which visitors see.", min_length=1, max_length=200)]
    destination: Annotated[
        str, Field(description="What visitors read of the destination.", min_length=1, max_length=200)
    ]
    expires_at: Annotated[Correctable, Field(description="Until when the link works, a day at most.")]


class LivePreview(Model):
    """What visitors would see of a live position."""

    late_minutes: Annotated[int, Field(description="How late they see positions.")]
    newest_at: Annotated[datetime | None, Field(description="From when the newest position is that they would see.")]
    links_work: Annotated[bool, Field(description="Whether the hub shows links to anybody.")]


class YearSpan(Model):
    """A year of a device."""

    device_id: Annotated[int, Field(description="The device's number.", ge=0, le=2**31 - 1, examples=[1])]
    year: Annotated[int, Field(description="The year, in the owner's time zone.", ge=1970, lt=2200, examples=[2025])]


class YearToShare(YearSpan):
    """A link of a year as it shall be made."""

    name: Annotated[str, Field(description="The link's name, which visitors see.", min_length=1, max_length=200)]
    expires_at: Annotated[Correctable, Field(description="Until when the link works, a year at most.")]


class YearPreview(Model):
    """How much of a year visitors would see."""

    squares: Annotated[int, Field(description="Squares of the map, 3 km wide at 50 degrees north.")]
    trips: Annotated[int, Field(description="Published trips that count in its totals.")]
    links_work: Annotated[bool, Field(description="Whether the hub shows links to anybody.")]


class ShareMade(Model):
    """A link just made."""

    id: Annotated[int, Field(description="The link's number.")]
    path: Annotated[str, Field(description="Its address on this hub, with its token: it is shown only once.")]
    expires_at: Annotated[datetime, Field(description="Until when it works.")]


class ShareRevoked(Model):
    """A link that is revoked."""

    id: Annotated[int, Field(description="The link's number.")]


class ShareRead(Model):
    """A link that was made, without its address."""

    id: Annotated[int, Field(description="The link's number.")]
    name: Annotated[str, Field(description="Its name.")]
    kind: Annotated[Literal["devices", "trip", "live", "year"], Field(description="What it shows.")]
    state: Annotated[Literal["valid", "expired", "revoked"], Field(description="Whether it works.")]
    devices: Annotated[str | None, Field(description="The names of its devices.")]
    precision: Annotated[Literal["full", "100m", "1km", "city"], Field(description="How precisely it shows positions.")]
    measurements: Annotated[bool, Field(description="Whether it shows battery, events and metrics.")]
    live_hours: Annotated[float | None, Field(description="Of a moving window, its length.")]
    window_start: Annotated[datetime | None, Field(description="Since when it shows; null: since ever, or moving.")]
    window_end: Annotated[datetime | None, Field(description="Until when it shows; null: for ever, or moving.")]
    expires_at: Annotated[datetime, Field(description="Until when it works.")]
    last_opened: Annotated[datetime | None, Field(description="When it was last opened.")]
    openings: Annotated[int, Field(description="In how many minutes it was opened.")]


class SharedMove(Model):
    """A leg of a shared trip, or the trip where it has none."""

    starts: Annotated[datetime, Field(description="When it starts.")]
    ends: Annotated[datetime, Field(description="When it ends.")]
    mode: Annotated[JourneyMode | None, Field(description="How it was made; null: unknown.")]
    distance_m: Annotated[float, Field(description="Its length.")]
    path: Annotated[dict[str, Any], Field(description="Its line, GeoJSON.")]


class SharedCell(Model):
    """A cell of the grid through which a link of reduced precision leads."""

    latitude: Annotated[float, Field(description="Its middle, degrees north.")]
    longitude: Annotated[float, Field(description="Degrees east.")]
    first_time: Annotated[datetime, Field(description="The first step of time in it.")]
    last_time: Annotated[datetime, Field(description="The last step of time in it.")]


class SharedArrival(Model):
    """Where the device of a live link is, and when it is expected."""

    destination: Annotated[str, Field(description="The destination, in the owner's words.")]
    latitude: Annotated[float | None, Field(description="Degrees north; null: no position of the last hour is shown.")]
    longitude: Annotated[float | None, Field(description="Degrees east.")]
    location_time: Annotated[datetime | None, Field(description="From when the position is.")]
    expected_at: Annotated[datetime | None, Field(description="When it is expected, to 5 minutes; null: unknown.")]
    arrived_at: Annotated[datetime | None, Field(description="When it arrived; null: not yet.")]


class SharedMode(Model):
    """How far a shared year's trips of a mode led."""

    mode: Annotated[JourneyMode | Literal["unknown"], Field(description="The mode.")]
    km: Annotated[int, Field(description="Whole kilometres.")]


class SharedYear(Model):
    """A shared year, of published trips; of the current year the months that are over."""

    squares: Annotated[
        list[tuple[int, int]],
        Field(description="Column and row of each square of zoom 13 (web Mercator, from the north-west) in it."),
    ]
    modes: Annotated[list[SharedMode], Field(description="How far, by mode, the farthest first.")]
    countries: Annotated[
        list[str], Field(description="ISO 3166-1 codes of the countries in which trips began or ended.")
    ]


class Shared(Model):
    """What a share link shows on its map."""

    name: Annotated[str, Field(description="The link's name.")]
    kind: Annotated[Literal["trip", "live", "year"], Field(description="What it shows.")]
    zone: Annotated[str, Field(description="The owner's time zone.")]
    precision_m: Annotated[int, Field(description="The side of the grid's cells; 0: as published.")]
    measurements: Annotated[bool, Field(description="Whether it has readings too, on the dashboard.")]
    since: Annotated[datetime | None, Field(description="When what it shows begins.")]
    until: Annotated[datetime | None, Field(description="When it ends.")]
    expires_at: Annotated[datetime, Field(description="Until when the link works.")]
    moves: Annotated[list[SharedMove], Field(description="Of full precision: the trip's legs, oldest first.")]
    cells: Annotated[list[SharedCell], Field(description="Of reduced precision: the cells it leads through.")]
    arrival: Annotated[SharedArrival | None, Field(description="Of a live link: where the device is; else null.")]
    year: Annotated[SharedYear | None, Field(description="Of a link of a year: its map and totals; else null.")]
