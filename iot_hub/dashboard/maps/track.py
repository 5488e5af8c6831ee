"""A device's track: its runs, and what is said of it in a tooltip, a caption and a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from iot_hub.dashboard.data import Row
from iot_hub.dashboard.time_range import TimeRange
from iot_hub.dashboard.translations import Translator, utc_offset
from iot_hub.transfer.antimeridian import cut


def paths(track: Sequence[Row]) -> list[list[list[float]]]:
    """Return the runs of a track as paths: no line is drawn through a gap, or around the world."""
    runs = itertools.groupby(track, key=lambda fix: fix["run"])
    lines = ([(fix["longitude"], fix["latitude"]) for fix in fixes] for _, fixes in runs)
    return [[_rounded(*vertex[:2]) for vertex in part] for line in lines for part in cut(line)]


def position(fix: Row) -> list[float]:
    """Return a fix as longitude and latitude."""
    return _rounded(fix["longitude"], fix["latitude"])


def _rounded(longitude: float, latitude: float) -> list[float]:
    return [round(longitude, 6), round(latitude, 6)]


def tooltip(fix: Row, texts: Translator) -> str:
    """Return what is known of a fix, in lines."""
    return _tooltip(fix["location_time"], fix["accuracy_m"], fix["altitude_m"], fix["speed_ms"], texts)


# Kept: an open page shows the same positions again and again, as does a longer range those of a shorter one.
@lru_cache(maxsize=10_000)
def _tooltip(
    at: datetime, accuracy_m: float | None, altitude_m: float | None, speed_ms: float | None, texts: Translator
) -> str:
    lines = [texts.format_datetime_seconds(at)]
    if accuracy_m is not None:
        lines.append(f"{texts('column.accuracy')}: ± {texts.format_number(accuracy_m, 0)} m")
    if altitude_m is not None:
        lines.append(f"{texts('column.altitude')}: {texts.format_number(altitude_m, 0)} m")
    if speed_ms is not None:
        lines.append(f"{texts('column.speed')}: {texts.format_number(speed_ms * 3.6, 0)} km/h")
    return "\n".join(lines)


def caption(track: Sequence[Row], time_range: TimeRange, texts: Translator) -> str:
    """Return how many positions are shown, and out of how many."""
    since, until = texts.format_datetime(time_range.since), texts.format_datetime(time_range.until)
    total = track[0]["total"] if track else 0
    if total > len(track):
        shown, of = texts.format_number(len(track), 0), texts.format_number(total, 0)
        return texts("track.thinned", shown=shown, total=of, since=since, until=until)
    return texts("track.caption", count=texts.plural("track.positions", total), since=since, until=until)


def table(track: Sequence[Row], texts: Translator) -> Iterator[dict[str, object]]:
    """Yield the rows of the map's table and CSV."""
    for fix in track:
        local = fix["location_time"].astimezone(texts.zone)
        speed = fix["speed_ms"]
        yield {
            texts("column.time"): f"{local:%Y-%m-%d %H:%M:%S} {utc_offset(local)[3:]}",
            texts("column.latitude"): fix["latitude"],
            texts("column.longitude"): fix["longitude"],
            f"{texts('column.accuracy')} [m]": fix["accuracy_m"],
            f"{texts('column.altitude')} [m]": fix["altitude_m"],
            f"{texts('column.speed')} [km/h]": None if speed is None else round(speed * 3.6, 1),
            texts("column.time_utc"): fix["location_time"].strftime("%Y-%m-%d %H:%M:%SZ"),
        }
