"""Share links, as the owner manages them: some devices, for a limited time, at a chosen precision.

The database filters what a link shows (``sql/views/share*.sql``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import DictRow

from iot_hub.access.devices import find_device, unpublished_among
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.ingest.tokens import hash_token, new_token
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]

PRECISIONS = {"full": 0, "100m": 100, "1km": 1_000, "city": 10_000}
"""Cell sizes of the grids in metres; 0: positions as published."""

DEFAULT_LIVE = timedelta(hours=24)
DEFAULT_TTL = timedelta(days=30)
MAX_TTL = timedelta(days=365)

# The shortest ranges that show anything: positions appear in whole steps of a minute, 10 minutes or an
# hour, and a quarter of an hour late.
_SHORTEST = {
    0: timedelta(0),
    100: timedelta(minutes=2),
    1_000: timedelta(minutes=20),
    10_000: timedelta(hours=2),
}
_LATE = timedelta(minutes=15)
_LONGEST_TRIP = timedelta(days=7)
_SHORTEST_LIVE = timedelta(hours=1)
_LONGEST_ARRIVAL = timedelta(days=1)

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class ShareScope:
    """What a link shows. ``live``: a moving window up to now; otherwise a range, either end open."""

    devices: Sequence[str]
    precision: str = "full"
    measurements: bool = False
    since: datetime | None = None
    until: datetime | None = None
    live: timedelta | None = None


@dataclass(frozen=True)
class NewLink:
    """A link just created. Only a hash of the token is stored."""

    token: str
    expires_at: datetime
    id: int


@dataclass(frozen=True)
class SharedTrip:
    """What a link of a trip would show: lengths in metres of the trip and of its published part, and when that is."""

    distance_m: float
    shown_m: float
    shown_since: datetime | None
    shown_until: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether visitors see all of it, but for what two ways of measuring differ by."""
        return self.shown_m >= 0.97 * self.distance_m


@dataclass(frozen=True)
class Destination:
    """Where a device is going: degrees, and the words that visitors read of it."""

    label: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class LivePreview:
    """What a live link would show: how late positions are, in minutes, and from when the newest one is."""

    late_minutes: int
    newest_at: datetime | None


@dataclass(frozen=True)
class YearPreview:
    """What a link of a year would show: how many squares of the map, and how many trips count."""

    squares: int
    trips: int


def duration(text: str) -> timedelta:
    """Parse ``90m``, ``24h`` or ``30d``. Raises UserError."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text.strip())
    if not match:
        raise UserError(f"{text!r} is not a duration such as 90m, 24h or 30d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def add_share(connection: Connection, name: str, scope: ShareScope, ttl: timedelta = DEFAULT_TTL) -> NewLink:
    """Create a link that expires after ``ttl``. Raises UserError if it is invalid or would show nothing."""
    _check_link(name, ttl)
    _check(scope)
    _check_published(connection, scope.devices)
    return _add(connection, name, "devices", scope, ttl)


def trip_at(connection: Connection, device: str, at: datetime) -> tuple[datetime, datetime]:
    """Return when the trip starts and ends on which a device was at an instant. Raises UserError if it was on none."""
    found = connection.execute(query("trip_at"), {"device_id": find_device(connection, device), "at": at}).fetchone()
    if not found:
        raise UserError(f"{device} was on no trip at that time, as far as is known.")
    return found["starts"], found["ends"]


def preview_trip(connection: Connection, device: str, since: datetime, until: datetime) -> SharedTrip:
    """Return how much of a trip a link would show. Raises UserError if it would show nothing."""
    _check_published(connection, [device])
    asked = {"device_id": find_device(connection, device), "since": since, "until": until}
    row = connection.execute(query("trip_as_shared"), asked).fetchone() or {}
    if not row["shown_m"]:
        raise UserError(
            "Nothing of this trip is published, so a link would show nothing: it is in or around a private area,"
            " hidden, too recent, or of a device that reports less often than every four minutes."
        )
    return SharedTrip(row["distance_m"] or row["shown_m"], row["shown_m"], row["shown_since"], row["shown_until"])


def add_trip_share(
    connection: Connection,
    name: str,
    device: str,
    span: tuple[datetime, datetime],
    precision: str = "full",
    ttl: timedelta = DEFAULT_TTL,
) -> NewLink:
    """Create a link that shows the trip of a device between two instants.

    It follows late data and corrections. Raises UserError if it is invalid or would show nothing.
    """
    since, until = span
    scope = ShareScope([device], precision, since=since, until=until)
    if not timedelta(0) < until - since <= _LONGEST_TRIP:
        raise UserError("A link of a trip shows a week at most. Share a longer time: iot-hub share add --from --to.")
    if precision in PRECISIONS and until - since < (shortest := _SHORTEST[PRECISIONS[precision]]):
        raise UserError(f"With that precision a trip must last at least {shortest}, or nothing would show.")
    _check_link(name, ttl)
    _check(scope)
    preview_trip(connection, device, since, until)
    return _add(connection, name, "trip", scope, ttl)


def preview_live(connection: Connection, device: str, destination: Destination) -> LivePreview:
    """Return what a live link would show. Raises UserError if it would give a private area away."""
    _check_published(connection, [device])
    asked = {
        "device_id": find_device(connection, device),
        "latitude": destination.latitude,
        "longitude": destination.longitude,
    }
    row = connection.execute(query("live_to_share"), asked).fetchone() or {}
    if row["is_private"]:
        raise UserError(
            "This destination is in or around a private area: from positions and arrival times a visitor could compute"
            " where it is. Choose one outside, such as a station or a crossing on the way."
        )
    return LivePreview(row["late_minutes"], row["newest_at"])


def add_live_share(
    connection: Connection, name: str, device: str, destination: Destination, ttl: timedelta = _LONGEST_ARRIVAL
) -> NewLink:
    """Create a link that shows where a device is, and when it is expected at a destination; it ends with the arrival.

    Raises UserError if it is invalid, or would give a private area away.
    """
    _check_link(name, ttl)
    if ttl > _LONGEST_ARRIVAL:
        raise UserError("A link of a live position lasts a day at most.")
    if not destination.label.strip():
        raise UserError("A destination needs a label, which visitors read.")
    preview_live(connection, device, destination)
    return _add(connection, name, "live", ShareScope([device], live=_SHORTEST_LIVE), ttl, destination)


def preview_year(connection: Connection, year: int, devices: Sequence[str], zone: ZoneInfo) -> YearPreview:
    """Return how much a link of a year would show. Raises UserError if it would show nothing."""
    if not devices:
        raise UserError("A link shows at least one device: --device NAME. 'iot-hub device list' shows all.")
    _check_published(connection, devices)
    since, until = _year(year, zone)
    asked = {"devices": [find_device(connection, device) for device in devices], "since": since, "until": until}
    row = connection.execute(query("year_to_share"), asked).fetchone() or {}
    if not row["squares"]:
        raise UserError(
            f"No trip of {year} is published, so a link would show nothing. Of the current year, a link shows the"
            " months that are over."
        )
    return YearPreview(row["squares"], row["trips"])


def add_year_share(
    connection: Connection, name: str, year: int, devices: Sequence[str], zone: ZoneInfo, ttl: timedelta = DEFAULT_TTL
) -> NewLink:
    """Create a link that shows a year of devices, as coarse squares of the map and totals.

    Raises UserError if it is invalid or would show nothing.
    """
    _check_link(name, ttl)
    preview_year(connection, year, devices, zone)
    since, until = _year(year, zone)
    return _add(connection, name, "year", ShareScope(devices, "city", since=since, until=until), ttl)


def _year(year: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if not 1970 <= year < 2200:
        raise UserError(f"There is nothing of the year {year}.")
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


def _check_link(name: str, ttl: timedelta) -> None:
    if not name.strip():
        raise UserError("A link needs a name.")
    if not timedelta(0) < ttl <= MAX_TTL:
        raise UserError("A link lasts a year at most: --expires 365d.")


def _add(
    connection: Connection,
    name: str,
    kind: str,
    scope: ShareScope,
    ttl: timedelta,
    destination: Destination | None = None,
) -> NewLink:
    token = new_token()
    link = {
        "token_hash": hash_token(token.encode()),
        "name": name.strip(),
        "kind": kind,
        "precision_m": PRECISIONS[scope.precision],
        "measurements": scope.measurements,
        "since": scope.since,
        "until": scope.until,
        "live": _live(scope),
        "lasting": ttl,
        "destination": destination and destination.label.strip(),
        "latitude": destination and destination.latitude,
        "longitude": destination and destination.longitude,
    }
    try:
        with connection.transaction():
            devices = [find_device(connection, device) for device in scope.devices]
            row = connection.execute(query("add_share_link"), link).fetchone() or {}
            for device_id in devices:
                connection.execute(query("add_share_link_device"), {"share_id": row["id"], "device_id": device_id})
    except psycopg.errors.UniqueViolation as error:
        raise UserError(f"There is a link {name!r} already. Revoke it first: iot-hub share revoke {name!r}") from error
    return NewLink(token, row["expires_at"], row["id"])


def share_url(settings: Settings, token: str) -> str:
    """Return the address of a link. It contains the token, which is all that a visitor needs."""
    return f"{settings.web_address}/s/{token}"


def map_share_url(settings: Settings, token: str) -> str:
    """Return the address of a link that is shown on a map. A browser sends what follows the # to nobody."""
    return f"{settings.web_address}/map/shared#{token}"


def list_shares(connection: Connection) -> list[dict[str, Any]]:
    """List all links, revoked and expired ones too, newest first."""
    return connection.execute(query("list_share_links")).fetchall()


def revoke_share(connection: Connection, name: str) -> None:
    """Revoke a link: it shows nothing from the next request on. Raises UserError if there is none."""
    if connection.execute(query("revoke_share_link"), {"name": name}).fetchone() is None:
        raise UserError(f"There is no link {name!r} to revoke. 'iot-hub share list' shows all.")


def revoke_share_by_id(connection: Connection, share_id: int) -> None:
    """Revoke a link, by its number. Raises UserError if there is none."""
    if connection.execute(query("revoke_share_link_by_id"), {"share_id": share_id}).fetchone() is None:
        raise UserError("There is no such link to revoke.")


def share_log(connection: Connection, name: str) -> list[dict[str, Any]]:
    """List the minutes in which the newest link of a name was opened. Raises UserError if there is none."""
    found = connection.execute(query("find_share_link"), {"name": name}).fetchone()
    if not found:
        raise UserError(f"There is no link {name!r}. 'iot-hub share list' shows all.")
    return connection.execute(query("share_openings"), {"share_id": found["id"]}).fetchall()


def _live(scope: ShareScope) -> timedelta | None:
    return scope.live if scope.live or scope.since or scope.until else DEFAULT_LIVE


def _check(scope: ShareScope) -> None:
    if not scope.devices:
        raise UserError("A link shows at least one device: --device NAME. 'iot-hub device list' shows all.")
    if scope.precision not in PRECISIONS:
        raise UserError(f"Unknown precision {scope.precision!r}. Precisions: {', '.join(PRECISIONS)}.")
    if scope.live and (scope.since or scope.until):
        raise UserError("A link shows either a moving window (--live) or a fixed range (--from, --to), not both.")
    if scope.since and scope.until and scope.since >= scope.until:
        raise UserError("--from must be before --to.")
    _check_length(scope, _SHORTEST[PRECISIONS[scope.precision]])


def _check_published(connection: Connection, devices: Sequence[str]) -> None:
    if private := unpublished_among(connection, devices):
        raise UserError(
            f"A link shows published devices only, and {', '.join(private)} {'is' if len(private) == 1 else 'are'} not"
            " published. Publish first: iot-hub device publish NAME"
        )


def _check_length(scope: ShareScope, shortest: timedelta) -> None:
    if scope.live:
        least = max(_SHORTEST_LIVE, shortest + _LATE)
        if not least <= scope.live <= MAX_TTL:
            raise UserError(
                f"With that precision, --live must be at least {least}, or nothing would show, and at most a year."
            )
    elif scope.since and scope.until and scope.until - scope.since < shortest:
        raise UserError(
            f"With that precision, the range from --from to --to must be at least {shortest}, or nothing would show."
        )
