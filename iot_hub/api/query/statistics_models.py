"""The schemas of the statistics of journeys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from iot_hub.api.query.models import DeviceId, JourneyMode, Model

Zone = Annotated[str, Field(description="The owner's time zone, in which days begin.", examples=["Europe/Warsaw"])]
Day = Annotated[str, Field(description="A day of the owner.", examples=["2026-01-31"])]


class ModeFigures(Model):
    """What was travelled by one mode."""

    trips: Annotated[int, Field(description="Trips that started and were mostly made by it.")]
    distance_m: Annotated[int, Field(description="Metres of all legs by it, of trips that started.")]
    seconds: Annotated[int, Field(description="Time of all legs by it.")]


class Period(Model):
    """A month or year, or the part of it in the range. Of several devices, the sums.

    Of what is published, null is what only stays and gaps tell.
    """

    period: Annotated[str, Field(description="The month or year.", examples=["2026-01"])]
    starts: Annotated[datetime, Field(description="When it starts, UTC.")]
    ends: Annotated[datetime, Field(description="When it ends, UTC.")]
    trips: Annotated[int, Field(description="Trips that started.")]
    distance_m: Annotated[
        int | None, Field(description="Their length in metres; null: nothing is known of the whole period.")
    ]
    moving_s: Annotated[int, Field(description="Seconds on the way.")]
    staying_s: Annotated[int | None, Field(description="Seconds at places.")]
    unknown_s: Annotated[int | None, Field(description="Seconds between journeys of which nothing is known.")]
    visits: Annotated[int | None, Field(description="Visits that started: stays of `IOT_HUB_VISIT_MINUTES` or more.")]
    stops: Annotated[int | None, Field(description="Shorter stays that started.")]
    countries: Annotated[int | None, Field(description="Countries with a visit.")]
    cities: Annotated[int | None, Field(description="Cities with a visit.")]
    modes: Annotated[dict[JourneyMode | Literal["unknown"], ModeFigures], Field(description="By mode of travel.")]
    kinds: Annotated[dict[str, int], Field(description="Seconds at your places of each kind: home, work …")]


class StatisticsByPeriod(Model):
    """What was travelled and visited, by period. A period in which nothing was reported is absent."""

    zone: Zone
    from_: Annotated[Day, Field(alias="from")]
    to: Day
    by: Annotated[Literal["month", "year"], Field(description="Length of a period.")]
    periods: Annotated[list[Period], Field(description="Oldest first.")]


class CountryFigures(Model):
    """How often and how long devices stayed in a country; or at sea, or where no name is known yet (null).

    Of what is published `days` alone is known: those on which a trip began or ended there.
    """

    country_code: Annotated[
        str | None, Field(description="ISO 3166-1; null: unknown, or near a border and in either.", examples=["PL"])
    ]
    country: Annotated[str | None, Field(description="Its name; both names near a border.", examples=["Poland"])]
    visits: Annotated[int | None, Field(description="Visits that started: stays of `IOT_HUB_VISIT_MINUTES` or more.")]
    stops: Annotated[int | None, Field(description="Shorter stays that started.")]
    seconds: Annotated[int | None, Field(description="Time of all of these within the range.")]
    days: Annotated[int, Field(description="Days that a stay touches, however short.")]
    nights: Annotated[int | None, Field(description="Days at whose end a device stayed there.")]
    first_visit: Annotated[
        str | None, Field(description="Day of the first visit of all time; null: none.", examples=["2026-01-31"])
    ]
    last_visit: Annotated[str | None, Field(description="Day of the last visit before the range's end; null: none.")]


class PlaceFigures(CountryFigures):
    """How often and how long devices stayed at a place."""

    name: Annotated[str | None, Field(description="Your name of it, or the city, region or country.")]
    place_id: Annotated[int | None, Field(description="The number of your place; null: none of yours.")]
    place_kind: Annotated[str | None, Field(description="The kind of your place: home, work, sport …")]
    region: Annotated[str | None, Field(description="State or province; null: unknown, or a place of yours.")]
    city: Annotated[str | None, Field(description="City; null: unknown, or a place of yours.")]


class StatisticsOfPlaces(Model):
    """The places where devices stayed."""

    zone: Zone
    from_: Annotated[Day, Field(alias="from")]
    to: Day
    level: Annotated[Literal["place", "city", "region", "country"], Field(description="What a row is.")]
    places: Annotated[list[PlaceFigures], Field(description="The longest stayed at first.")]


class StatisticsOfCountries(Model):
    """Days and nights in each country."""

    zone: Zone
    from_: Annotated[Day, Field(alias="from")]
    to: Day
    days: Annotated[int, Field(description="Days of the range of which anything is known.")]
    nights_at_places: Annotated[int | None, Field(description="Of these, at whose end a device was at a place.")]
    nights_on_the_way: Annotated[int | None, Field(description="Of these, at whose end it was on a trip.")]
    nights_unknown: Annotated[int | None, Field(description="Of these, of whose end nothing is known.")]
    countries: Annotated[list[CountryFigures], Field(description="The longest stayed in first.")]


class LongTrip(Model):
    """A trip."""

    device_id: DeviceId
    day: Annotated[str, Field(description="The day on which it started.", examples=["2026-01-31"])]
    starts: Annotated[datetime, Field(description="When it started, UTC.")]
    ends: Annotated[datetime, Field(description="When it ended, UTC.")]
    mode: Annotated[JourneyMode | None, Field(description="How it was made; null: unknown.")]
    distance_m: Annotated[int, Field(description="Its length in metres.")]
    start_name: Annotated[str | None, Field(description="Where it began; null: unknown.")]
    end_name: Annotated[str | None, Field(description="Where it ended; null: unknown.")]


class StatisticsOfTrips(Model):
    """The longest trips."""

    zone: Zone
    from_: Annotated[Day, Field(alias="from")]
    to: Day
    trips: Annotated[list[LongTrip], Field(description="The longest first.")]


class Streak(Model):
    """Days with a trip of one mode."""

    mode: Annotated[JourneyMode, Field(description="How the trips were made.")]
    active_days: Annotated[int, Field(description="Days on which a trip by it started, or a leg of one.")]
    longest_days: Annotated[int, Field(description="The longest run of such days.")]
    first_day: Annotated[str, Field(description="The first day of that run.", examples=["2026-01-31"])]
    last_day: Annotated[str, Field(description="The last day of that run.", examples=["2026-02-04"])]


class StatisticsOfStreaks(Model):
    """Days in a row with a trip, by mode."""

    zone: Zone
    from_: Annotated[Day, Field(alias="from")]
    to: Day
    streaks: Annotated[list[Streak], Field(description="The most frequent mode first.")]
