"""What the columns of a table mean, by their names or because the owner says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from iot_hub.errors import UserError
from iot_hub.sources.canonical import number

# Each meaning with the names that programs give it, the best first. Case and signs between words do not matter.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "time": (
        "time", "timestamp", "datetime", "date_time", "time_utc", "utc", "timestamp_utc", "timestamp_ms", "time_ms",
        "timestamp_s", "unix_time", "unixtime", "unix", "epoch", "epoch_ms", "tst", "ts", "when", "recorded_at",
        "measured_at", "created_at", "fix_time", "gps_time", "gpstime", "device_time", "device_timestamp", "time_long",
        "local_time", "localtime", "last_changed", "date_utc", "isotime", "iso_time", "time_iso", "zeit", "czas",
        "fixtime", "datetime_utc", "utc_time", "gmt", "time_gmt", "start_time", "starttime",
    ),
    "date": ("date", "utc_date", "day", "datum", "data"),
    "latitude": ("latitude", "lat", "latitudee7", "lat_e7", "late7", "latitude_e7", "latitude_deg", "gps_latitude",
                 "latitude_n_s", "location_lat", "y", "y_pos", "szerokosc"),
    "longitude": ("longitude", "lon", "lng", "long", "longitudee7", "lon_e7", "lng_e7", "lnge7", "lone7",
                  "longitude_e7", "longitude_deg", "longitude_e_w", "gps_longitude", "location_lon", "location_lng",
                  "x", "x_pos", "dlugosc"),
    "latitude_side": ("n_s", "ns", "lat_dir", "latitude_direction", "latitude_hemisphere"),
    "longitude_side": ("e_w", "ew", "lon_dir", "longitude_direction", "longitude_hemisphere"),
    "altitude": ("altitude", "alt", "elevation", "ele", "altitude_m", "elevation_m", "alt_m", "height", "gps_altitude"),
    "accuracy": ("accuracy", "acc", "accuracy_m", "horizontal_accuracy", "horizontalaccuracy", "hacc", "gps_accuracy",
                 "precision", "fix_accuracy_m"),
    "vertical_accuracy": ("vertical_accuracy", "verticalaccuracy", "vac", "vacc", "vertical_accuracy_m"),
    "speed": ("speed", "spd", "velocity", "vel", "speed_ms", "speed_m_s", "speed_mps", "fix_speed_ms"),
    "speed_kmh": ("speed_kmh", "speed_km_h", "speed_kph", "spd_kph", "kmh", "kph"),
    "speed_mph": ("speed_mph", "mph"),
    "speed_knots": ("speed_knots", "speed_kn", "speed_kt", "speed_kts", "knots"),
    "bearing": ("bearing", "course", "heading", "cog", "direction", "dir", "track_deg", "azimuth", "bearing_deg",
                "course_deg", "heading_deg"),
    "battery": ("battery", "batt", "bat", "battery_level", "battery_percent", "batterylevel", "remaining_percent"),
    "charging": ("charging", "is_charging", "ischarging"),
    "satellites": ("satellites", "sat", "sats", "numsat", "satellites_used", "sat_used"),
    "hdop": ("hdop",),
    "provider": ("provider", "prov", "source", "src", "fix_provider"),
    "activity": ("activity", "act", "activity_type", "motion"),
    "note": ("annotation", "note", "notes", "desc", "description", "comment"),
    "device": ("device", "device_id", "deviceid", "device_name", "tracker_id", "tid"),
}  # fmt: skip

_SIGNS = re.compile(r"[^0-9a-z]+")
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*")
_THOUSANDS = re.compile(r"\s*[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?\s*", re.ASCII)
_SIDE = re.compile(r"(.*?)\s*°?\s*([NSEW])\s*", re.IGNORECASE)
_NAMES_UTC = re.compile(r"(?:UTC|GMT)(?!\s*[-+]?\d)", re.IGNORECASE).search
_E7 = 1_000_000
_SIDES = frozenset("NSEW")

# Tables of programs that write UTC and do not say so, each by columns that no other has.
_UTC_TABLES = (
    frozenset({"geoid_height_m", "sat_used", "sat_inview"}),  # BasicAirData's GPS Logger, issues 74, 89 and 147.
    frozenset({"tag", "date", "time", "latitude_n_s", "longitude_e_w"}),  # Columbus' V-900 and P-1: GPSBabel, v900.
)

Columns = Mapping[str, tuple[str, ...]]


def columns_meant(names: Iterable[str], named: Mapping[str, str]) -> Columns:
    """Return which columns hold each meaning, the best first. Raises UserError where the owner names another."""
    by_name: dict[str, str] = {}
    for name in names:
        by_name.setdefault(_simple(name), name)
    meant = {
        meaning: tuple(by_name[known] for known in aliases if known in by_name) for meaning, aliases in KNOWN.items()
    }
    for meaning, name in named.items():
        if name not in by_name.values():
            raise UserError(f"There is no column {name!r}. Columns: {', '.join(by_name.values())}.")
        meant[meaning] = (name,)
    return {meaning: found for meaning, found in meant.items() if found}


def _simple(name: str) -> str:
    return _SIGNS.sub("_", name.lower()).strip("_")


def is_utc(names: Iterable[str], columns: Columns) -> bool:
    """Return whether a table's times are UTC: its program is known to write it, or the column's name says so.

    ``Time (UTC)`` does, and ``Time (UTC+2)`` does not.
    """
    simple = set(map(_simple, names))
    if any(table <= simple for table in _UTC_TABLES):
        return True
    best = [columns[meaning][0] for meaning in ("time", "date") if meaning in columns]
    return any(map(_NAMES_UTC, best))


def decimal(cell: str | None) -> str | None:
    """Write a number with a point where it has a comma."""
    return cell.replace(",", ".") if cell and _DECIMAL_COMMA.fullmatch(cell) else cell


def grouped(cell: str | None) -> str | None:
    """Write a number with a point, where commas before three digits separate thousands.

    So it is in a table whose columns commas separate: who writes decimals with a comma separates columns otherwise.
    """
    return cell.replace(",", "") if cell and _THOUSANDS.fullmatch(cell) else decimal(cell)


def degrees_of(cell: str | None, side: str | None = None) -> float | str | None:
    """Read degrees: with a point or a comma, as ten-millionths, or with their side (``52.52N``), which may stand apart.

    What can't be read is returned as it is.
    """
    text = cell
    if text and (sided := _SIDE.fullmatch(text)):
        text, side = sided.groups()
    value = number(decimal(text))
    if value is None or (side and side.strip().upper() not in _SIDES):
        return cell
    sign = -1 if side and side.strip() in "SWsw" else 1
    return sign * (value / 1e7 if abs(value) >= _E7 else value)


def parse_columns(text: str) -> dict[str, str]:
    """Read what the owner says of a table's columns: ``time=ts,latitude=y``. Raises UserError."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    wrong = next((meaning for meaning, _, name in pairs if not name), None)
    if wrong:
        raise UserError(f"{wrong!r} names no column. Write: --columns time=NAME,latitude=NAME,longitude=NAME.")
    named = {meaning.strip(): name.strip() for meaning, _, name in pairs}
    _check_meanings(named)
    return named


def _check_meanings(named: Mapping[str, str]) -> None:
    """Check that the owner uses meanings that exist. Raises UserError."""
    unknown = [meaning for meaning in named if meaning not in KNOWN and "." not in meaning]
    if unknown:
        raise UserError(
            f"{unknown[0]!r} is no meaning of a column. Meanings: {', '.join(KNOWN)}; or a property of the event,"
            " such as climate.temperature_C."
        )
