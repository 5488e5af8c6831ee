"""The table of formats: what can be imported, and who reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import cast

import msgspec

from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.local_times import LocalTimes
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.record import BrokenFileError, FindTags, ImportResult, Reader
from iot_hub.transfer.imports.stream import Stream


@dataclass(frozen=True)
class Format:
    """A format: its name and others for it, what it is, the module that reads it, whether its local times are UTC."""

    name: str
    what: str
    module: str
    aliases: tuple[str, ...] = ()
    is_utc: bool = False
    trackers: tuple[str, ...] = ()
    """How names of trackers begin where a file may hold several, '' for any. Then its module has ``tags_in``."""

    def read(self, stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
        """Read a file; what can't be read of a broken one is rejected, after all that was whole."""
        if context.local_times is None:
            context = msgspec.structs.replace(context, local_times=LocalTimes())
        reader = cast(Reader, self._module().read)
        try:
            yield from reader(stream, context)
        except BrokenFileError as error:
            yield Rejected(-1, error.rest, error.reason)

    def tags_in(self, stream: Stream, context: ParseContext) -> Iterator[str]:
        """Yield the tags of a file's trackers without reading its records: perhaps too many, never too few."""
        find_tags = cast(FindTags, self._module().tags_in)
        with suppress(BrokenFileError, UserError):  # Reading it says so.
            yield from find_tags(stream, context)

    def tag_of(self, event: Event) -> str | None:
        """Return what a record calls its tracker; None where it names none, or what it names is none."""
        tag = None if event.device is None else str(event.device)
        return tag if tag and tag.startswith(self.trackers) else None

    def _module(self) -> ModuleType:
        # Loaded when it is needed: the command line knows the table and starts at once.
        return import_module(f"iot_hub.transfer.imports.{self.module}")


_ANY = ("",)

_ALL = (
    Format(
        "google-timeline",
        "Google's location history: Records.json, Semantic Location History, Timeline of Android and iOS.",
        "google",
        aliases=("google", "google-takeout", "takeout"),
        trackers=_ANY,
    ),
    Format("fit", "FIT: Garmin, Wahoo, Coros, Strava's archive.", "fit", aliases=("garmin", "wahoo"), is_utc=True),
    Format("tcx", "TCX: Garmin, Strava, Fitbit, Google Fit.", "tcx", is_utc=True),
    Format("gpx", "GPX 1.0 and 1.1, of any program.", "gpx", is_utc=True, trackers=_ANY),
    Format(
        "owntracks",
        "OwnTracks' Recorder: .rec files, JSON of its interface.",
        "owntracks",
        aliases=("rec", "owntracks-rec"),
        trackers=_ANY,
    ),
    Format("geojson", "GeoJSON: points with a time, lines with times.", "geojson", trackers=_ANY),
    Format("kml", "KML and KMZ: tracks, and placemarks with a time.", "kml", aliases=("kmz",), is_utc=True),
    Format(
        "csv", "CSV of any program, GPSLogger's log among them.", "csv_format", aliases=("gpslogger",), trackers=_ANY
    ),
    Format("sensorlogger", "Sensor Logger's export: zip, CSV or JSON.", "sensorlogger", aliases=("sensor-logger",)),
    Format(
        "homeassistant",
        "Home Assistant's history: CSV, JSON of its interface, the recorder's database.",
        "homeassistant",
        aliases=("home-assistant", "ha-history"),
        is_utc=True,
        trackers=("device_tracker.", "person."),
    ),
    Format("applehealth", "Apple Health's export.xml.", "applehealth", aliases=("apple-health",)),
    Format(
        "samsunghealth",
        "Samsung Health: tables, positions of exercises.",
        "samsunghealth",
        aliases=("samsung-health",),
        is_utc=True,
    ),
    Format("dawarich", "Dawarich: points as JSON, or a point a line.", "dawarich", trackers=_ANY),
    Format("geopulse", "GeoPulse: raw-gps-data.json.", "geopulse", is_utc=True, trackers=_ANY),
    Format("traccar", "Traccar: positions as JSON, CSV, the route report.", "traccar", trackers=_ANY),
    Format("arc", "Arc: its days or months as JSON.", "arc"),
    Format("moves", "Moves: storyline.json.", "moves"),
    Format("polarsteps", "Polarsteps: locations.json of a trip.", "polarsteps"),
    Format("life360", "Life360: its history as JSON.", "life360"),
    Format("torque", "Torque Pro's trackLog.csv.", "torque", aliases=("torque-pro",)),
    Format("carscanner", "Car Scanner's recordings: CSV.", "carscanner", aliases=("car-scanner",)),
    Format(
        "carlog",
        "Logs of cars with a column a value: OBD Fusion, OBDLink.",
        "carlog",
        aliases=("obdfusion", "obd-fusion", "obdlink", "obdwiz"),
    ),
    Format(
        "teslamate",
        "TeslaMate's database: tables as CSV, a dump in plain SQL.",
        "teslamate",
        is_utc=True,
        trackers=_ANY,
    ),
    Format("teslafi", "TeslaFi's export: CSV, a month a file.", "teslafi", trackers=_ANY),
    Format("nmea", "NMEA 0183: sentences of a receiver.", "nmea", is_utc=True),
    Format("igc", "IGC: flights.", "igc", is_utc=True),
    Format(
        "events",
        "Events that a hub exported: NDJSON or Parquet.",
        "events",
        aliases=("ndjson", "parquet"),
        trackers=_ANY,
    ),
)

FORMATS: Mapping[str, Format] = {each.name: each for each in _ALL}


def format_named(name: str) -> Format | None:
    """Return the format of a name; ``-`` and ``_`` are the same, and so are lower and upper case."""
    asked = name.lower().replace("_", "-")
    return next((each for each in _ALL if asked in (each.name, *each.aliases)), None)
