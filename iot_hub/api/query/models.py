"""The schemas of the query API's responses for OpenAPI; the tests validate every response against them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool

Instant = Annotated[datetime, Field(description="ISO 8601, UTC.", examples=["2026-01-31T12:00:00Z"])]
DeviceId = Annotated[int, Field(description="The device's number.", examples=[1])]
Unit = Annotated[str, Field(description="The unit of the values; `1` for plain numbers.", examples=["°C"])]
Correctable = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
CorrectionKind = Literal["wrong_fixes", "hide", "merge", "split", "move", "mode"]
JourneyMode = Literal["on_foot", "bicycle", "vehicle", "train", "boat", "flight"]
"""How a trip was made."""


class Model(BaseModel):
    """A response or request body, or a part of one."""

    model_config = ConfigDict(extra="forbid")


class Device(Model):
    """A device, and what is known from its newest events."""

    id: DeviceId
    name: Annotated[str, Field(description="The name its owner gave it.", examples=["phone"])]
    type: Annotated[str, Field(description="The kind of device.", examples=["smartphone"])]
    status: Annotated[str, Field(description="`active`, or what its owner has set.", examples=["active"])]
    published: Annotated[bool, Field(description="Whether its owner publishes it.")]
    last_seen: Annotated[datetime | None, Field(description="Time of its newest event, UTC.")]
    battery_percent: Annotated[
        float | None, Field(description="The newest battery level of that event's hour, in percent.")
    ]


class DeviceChange(Model):
    """A change of a device."""

    published: Annotated[StrictBool, Field(description="Whether others may see its readings outside private areas.")]


class Event(Model):
    """One reading of a device."""

    device_time: Annotated[datetime, Field(description="When it was measured, by the device's clock, UTC.")]
    source: Annotated[str, Field(description="The protocol by which it arrived.", examples=["automate"])]
    properties: Annotated[
        dict[str, Any],
        Field(
            description="The measurements, grouped; each key ends in its unit"
            " (`battery.temperature_C`, `location.altitude_m`).",
            examples=[{"battery": {"remaining_percent": 81, "temperature_C": 28.7}}],
        ),
    ]


class Location(Model):
    """One fix of a device."""

    location_time: Annotated[datetime, Field(description="When the fix was taken, UTC.")]
    latitude: Annotated[float, Field(description="Degrees north, WGS 84.")]
    longitude: Annotated[float, Field(description="Degrees east, WGS 84.")]
    altitude_m: Annotated[float | None, Field(description="Metres; null: not measured.")]
    accuracy_m: Annotated[float | None, Field(description="Metres, as reported by the device; null: not reported.")]
    speed_ms: Annotated[float | None, Field(description="Metres per second; null: not measured.")]
    bearing: Annotated[float | None, Field(description="Degrees clockwise from north; null: not measured.")]


class Last(Model):
    """A device's newest event and fix."""

    device_id: DeviceId
    event: Annotated[Event | None, Field(description="The newest event; null: there is none.")]
    location: Annotated[Location | None, Field(description="The newest fix; null: there is none.")]


class Events(Model):
    """One page of events, newest first."""

    device_id: DeviceId
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    events: Annotated[list[Event], Field(description="Newest first; those of one instant in order of arrival.")]
    next_cursor: Annotated[
        str | None, Field(description="Send it as `cursor` for the next page; null: this was the last.")
    ]


class Line(Model):
    """The geometry of a segment."""

    type: Literal["LineString", "MultiLineString", "Point"]
    coordinates: Annotated[
        list[list[list[float]]] | list[list[float]] | list[float],
        Field(
            description="Longitude and latitude in degrees, altitude in metres where known. A line across the"
            " antimeridian is cut there, in two parts."
        ),
    ]


class StretchProperties(Model):
    """The properties of a segment."""

    count: Annotated[int, Field(description="Number of fixes.")]
    coordTimes: Annotated[
        list[datetime] | list[list[datetime | None]],
        Field(
            description="The time of each fix, UTC. Of a MultiLineString a list for each part; null where it is cut,"
            " which is no fix."
        ),
    ]


class Stretch(Model):
    """A part of a track without a gap of more than 30 minutes."""

    type: Literal["Feature"]
    geometry: Line
    properties: StretchProperties


class Track(Model):
    """A GeoJSON FeatureCollection: one feature per segment, a single fix as a Point.

    Fixes of one instant are in the order in which they came.
    """

    type: Literal["FeatureCollection"]
    device_id: DeviceId
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    truncated: Annotated[bool, Field(description="Whether the range contains more than the 100,000 fixes returned.")]
    next_from: Annotated[
        datetime | None,
        Field(description="Where the rest begins: the `from` of the next request; null: there is none."),
    ]
    count: Annotated[int, Field(description="Number of fixes returned.")]
    features: Annotated[list[Stretch], Field(description="The segments, oldest first.")]


class Hour(Model):
    """What was measured in one hour, in the response's `unit`. `events` has a count alone."""

    hour: Annotated[
        datetime,
        Field(
            description="The start of the hour, UTC. An hour within which the owner's day begins is two rows: from its"
            " start, and from midnight on."
        ),
    ]
    count: Annotated[int | None, Field(description="Number of values (or events) in the hour.")] = None
    min: Annotated[float | None, Field(description="The smallest value.")] = None
    avg: Annotated[float | None, Field(description="The mean of the values.")] = None
    max: Annotated[float | None, Field(description="The largest value.")] = None
    sum: Annotated[float | None, Field(description="The sum of the values.")] = None
    first: Annotated[float | None, Field(description="The earliest value.")] = None
    last: Annotated[float | None, Field(description="The latest value.")] = None


class Hourly(Model):
    """The hours of a metric, oldest first. An hour in which nothing was measured is absent."""

    device_id: DeviceId
    metric: Annotated[str, Field(description="The metric's name.", examples=["battery.level"])]
    unit: Unit
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    truncated: Annotated[bool, Field(description="Whether the range contains more than the 100,000 hours returned.")]
    hours: Annotated[list[Hour], Field(description="Oldest first.")]


class Path(Model):
    """The geometry of a trip."""

    type: Literal["LineString", "MultiLineString"]
    coordinates: Annotated[
        list[list[list[float]]] | list[list[float]],
        Field(description="Longitude and latitude in degrees. A line across the antimeridian is cut there."),
    ]


class Leg(Model):
    """A part of a trip that was made in one mode."""

    trip_starts: Annotated[datetime, Field(description="When its trip starts, UTC.")]
    starts: Annotated[datetime, Field(description="The minute in which it starts, UTC.")]
    ends: Annotated[datetime, Field(description="The minute in which it ends, UTC.")]
    mode: Annotated[JourneyMode | None, Field(description="How it was made; null: unknown.")]
    distance_m: Annotated[float, Field(description="Its length in metres.")]
    path: Annotated[Path | None, Field(description="Its part of the trip's line.")]


class Journey(Model):
    """A stay, a trip, or a gap: a time in which nothing is known of where the device was."""

    kind: Annotated[Literal["stay", "trip", "gap"], Field(description="What it is.")]
    starts: Annotated[datetime, Field(description="The minute in which it starts, UTC.")]
    ends: Annotated[datetime, Field(description="The minute in which it ends, UTC.")]
    mode: Annotated[
        JourneyMode | None,
        Field(description="How a trip was made, or the longest of its legs; null: unknown, or no trip."),
    ]
    latitude: Annotated[float | None, Field(description="Of a stay: degrees north, WGS 84.")]
    longitude: Annotated[float | None, Field(description="Of a stay: degrees east, WGS 84.")]
    distance_m: Annotated[float | None, Field(description="Of a trip: its length in metres.")]
    is_continued: Annotated[bool, Field(description="Whether it is the rest of the stay before it, cut at a week.")]
    name: Annotated[
        str | None, Field(description="Of a stay: your place, or the city, region or country; null: not named yet.")
    ]
    place_kind: Annotated[str | None, Field(description="Of a stay at one of your places: home, work, sport …")]
    zone: Annotated[str | None, Field(description="Of a stay: the time zone there; null: at sea, or not named yet.")]
    path: Annotated[Path | None, Field(description="Of a trip: its line as GeoJSON, simplified to 10 m.")]
    legs: Annotated[
        list[Leg], Field(description="Of a trip in several modes: its legs, oldest first; of any other journey none.")
    ]


class Journeys(Model):
    """A device's journeys that touch a range."""

    device_id: DeviceId
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    next_from: Annotated[
        datetime | None,
        Field(description="Where the rest begins: the `from` of the next request; null: there is none."),
    ]
    journeys: Annotated[list[Journey], Field(description="Oldest first.")]


class Strip(Model):
    """A figure over a range, thinned to the smallest and the largest value of each step."""

    figure: Annotated[
        Literal["battery", "altitude", "speed", "heart_rate", "temperature"], Field(description="What was measured.")
    ]
    unit: Unit
    points: Annotated[
        list[tuple[int, float, float]],
        Field(
            description="Seconds from `from` to the start of the step, the smallest and the largest value. A step in"
            " which nothing was measured is absent.",
            examples=[[[25_200, 61.0, 64.0]]],
        ),
    ]


class Strips(Model):
    """What a device measured in a range, for thin charts."""

    device_id: DeviceId
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    step_s: Annotated[int, Field(description="The length of a step in seconds.")]
    strips: Annotated[list[Strip], Field(description="One for each figure that was measured.")]


class PhotoRead(Model):
    """A photo of the owner's folder."""

    id: Annotated[int, Field(description="The photo's number.", examples=[1])]
    path: Annotated[str, Field(description="Its file's path in the folder.", examples=["2026/IMG_0001.jpg"])]
    taken_at: Annotated[datetime, Field(description="When it was taken, UTC.")]
    latitude: Annotated[float | None, Field(description="Degrees north, WGS 84; null: the file does not say.")]
    longitude: Annotated[float | None, Field(description="Degrees east, WGS 84; null: the file does not say.")]
    width: Annotated[int, Field(description="Its width in pixels, upright.")]
    height: Annotated[int, Field(description="Its height in pixels, upright.")]


class JourneyNear(Model):
    """A stay at a position, or a trip that led past it."""

    device_id: DeviceId
    kind: Annotated[Literal["stay", "trip"], Field(description="What it is.")]
    mode: Annotated[
        JourneyMode | None,
        Field(description="How a trip was made, or the longest of its legs; null: unknown, or no trip."),
    ]
    starts: Annotated[datetime, Field(description="The minute in which it starts, UTC.")]
    ends: Annotated[datetime, Field(description="The minute in which it ends, UTC.")]


class JourneysNear(Model):
    """When devices were within a radius of a position."""

    journeys: Annotated[list[JourneyNear], Field(description="Newest first.")]


class JourneyDay(Model):
    """A day with a trip."""

    day: Annotated[str, Field(description="The day on which its trips started.", examples=["2026-01-31"])]
    distance_m: Annotated[float | None, Field(description="The sum of its trips' lengths in metres.")]
    trips: Annotated[int, Field(description="Number of trips.")]


class JourneyDays(Model):
    """The days with a trip."""

    view: Annotated[Literal["owner", "published"], Field(description="The owner's, or what is published.")]
    zone: Annotated[str, Field(description="The owner's time zone, in which days begin.", examples=["Europe/Warsaw"])]
    days: Annotated[list[JourneyDay], Field(description="Oldest first.")]


class NewPlacesDay(Model):
    """A day on which devices were somewhere for the first time."""

    day: Annotated[str, Field(description="The day on which the visits started.", examples=["2026-01-31"])]
    new_places: Annotated[int, Field(description="Visits that were the first of a place of yours or of a city.")]


class NewPlaces(Model):
    """The days on which devices were somewhere for the first time."""

    zone: Annotated[str, Field(description="The owner's time zone, in which days begin.", examples=["Europe/Warsaw"])]
    days: Annotated[list[NewPlacesDay], Field(description="Oldest first.")]


class Explored(Model):
    """How much land devices have explored."""

    squares: Annotated[int, Field(description="Squares of zoom 14 that devices have been in.")]


class SearchResult(Model):
    """A place, city, region or country that a name fits."""

    kind: Annotated[Literal["place", "city", "region", "country"], Field(description="What it is.")]
    name: Annotated[str, Field(description="Its name.", examples=["Kraków"])]
    country: Annotated[str | None, Field(description="The country it is in; null: not known.")]
    visits: Annotated[int, Field(description="How often devices were there.")]
    last_visit: Annotated[datetime | None, Field(description="When the newest visit ended; null: there was none.")]
    latitude: Annotated[float, Field(description="Where to look for it: degrees north, WGS 84.")]
    longitude: Annotated[float, Field(description="Degrees east, WGS 84.")]


class VisitRead(Model):
    """A visit, and the trip that led there."""

    device_id: DeviceId
    starts: Annotated[datetime, Field(description="The minute in which it starts, UTC.")]
    ends: Annotated[datetime, Field(description="The minute in which it ends, UTC.")]
    name: Annotated[str | None, Field(description="Your place, or the city, region or country.")]
    trip_starts: Annotated[datetime | None, Field(description="When the trip starts; null: none is known.")]
    trip_distance_m: Annotated[float | None, Field(description="The length of the trip in metres.")]
    trip_mode: Annotated[
        Literal["on_foot", "bicycle", "vehicle", "train", "boat", "flight"] | None,
        Field(description="How the trip was made; null: unknown, or no trip."),
    ]


PlaceKind = Literal[
    "home", "work", "school", "family", "friend", "shop", "food", "sport", "health", "culture", "nature", "travel",
    "other",
]  # fmt: skip


class PlaceChange(Model):
    """A place as it shall be."""

    name: Annotated[str, Field(description="What you call it.", examples=["Climbing gym"], max_length=200)]
    latitude: Annotated[float, Field(description="Degrees north, WGS 84.", ge=-90, le=90)]
    longitude: Annotated[float, Field(description="Degrees east, WGS 84.", ge=-180, le=180)]
    kind: Annotated[
        PlaceKind | None, Field(description="What it is to you; null: what its name says, or else `other`.")
    ] = None
    radius_m: Annotated[
        float, Field(description="How far around it a stay is still there, in metres.", ge=10, le=5_000)
    ] = 100


class PlaceRead(Model):
    """A place of your address book."""

    id: Annotated[int, Field(description="The place's number.", examples=[1])]
    name: Annotated[str, Field(description="What you call it.")]
    kind: Annotated[PlaceKind, Field(description="What it is to you.")]
    latitude: Annotated[float, Field(description="Degrees north, WGS 84.")]
    longitude: Annotated[float, Field(description="Degrees east, WGS 84.")]
    radius_m: Annotated[float, Field(description="How far around it a stay is still there, in metres.")]
    visits: Annotated[int, Field(description="How often devices were there.")]
    hours: Annotated[int, Field(description="How long devices were there, together.")]
    last_visit: Annotated[datetime | None, Field(description="When the newest visit ended; null: there was none.")]


class PlaceSuggestion(Model):
    """Several stays within 50 m of one another where no place is."""

    latitude: Annotated[float, Field(description="Degrees north, WGS 84.")]
    longitude: Annotated[float, Field(description="Degrees east, WGS 84.")]
    visits: Annotated[int, Field(description="How often devices were there.")]
    hours: Annotated[float, Field(description="How long devices were there, together.")]
    last_visit: Annotated[datetime, Field(description="When the newest visit ended, UTC.")]
    city: Annotated[str | None, Field(description="The city; null: not known.")]


class CorrectionMade(Model):
    """A correction as it shall be made."""

    device_id: Annotated[int, Field(description="The device's number.", ge=0, le=2**31 - 1, examples=[1])]
    kind: Annotated[CorrectionKind, Field(description="What is put right.", examples=["mode"])]
    since: Annotated[
        Correctable | None, Field(description="Start, inclusive; null: since ever, of wrong fixes alone.")
    ] = None
    until: Annotated[
        Correctable | None,
        Field(description="End, exclusive; of a split the same as `since`; null: for ever, of wrong fixes alone."),
    ] = None
    source: Annotated[
        str | None, Field(description="Of wrong fixes: those alone that it reported first.", max_length=100)
    ] = None
    becomes: Annotated[Literal["stay", "trip"] | None, Field(description="What is merged becomes one of these.")] = None
    mode: Annotated[JourneyMode | None, Field(description="How trips were made.")] = None
    latitude: Annotated[float | None, Field(description="Where a stay was: degrees north, WGS 84.", ge=-90, le=90)] = (
        None
    )
    longitude: Annotated[float | None, Field(description="Degrees east, WGS 84.", ge=-180, le=180)] = None


class CorrectionRead(Model):
    """A correction that was made."""

    id: Annotated[int, Field(description="The correction's number.", examples=[1])]
    device_id: DeviceId
    device: Annotated[str | None, Field(description="The device's name.")]
    kind: Annotated[CorrectionKind, Field(description="What is put right.")]
    since: Annotated[datetime | None, Field(description="Start, inclusive; null: since ever.")]
    until: Annotated[datetime | None, Field(description="End, exclusive; null: for ever.")]
    source: Annotated[str | None, Field(description="Of wrong fixes: those alone that it reported first; null: all.")]
    becomes: Annotated[Literal["stay", "trip"] | None, Field(description="What is merged becomes this.")]
    mode: Annotated[JourneyMode | None, Field(description="How trips were made.")]
    latitude: Annotated[float | None, Field(description="Where a stay was: degrees north, WGS 84.")]
    longitude: Annotated[float | None, Field(description="Degrees east, WGS 84.")]
    made_at: Annotated[datetime, Field(description="When it was made.")]
    undone_at: Annotated[datetime | None, Field(description="When it was undone; null: it holds.")]


class CorrectionConcerned(Model):
    """What a correction would concern, as far as is known today."""

    fixes: Annotated[int, Field(description="Fixes in its time.")]
    journeys: Annotated[int, Field(description="Stays, trips and gaps in its time.")]
    days: Annotated[int, Field(description="On how many days of the owner's time zone.")]


class CorrectionChanged(Model):
    """A correction that was made or undone just now."""

    id: Annotated[int, Field(description="The correction's number.")]
    is_derived: Annotated[
        bool, Field(description="Whether everything that it concerns is derived again; else that follows in minutes.")
    ]
