"""Where devices report: each path, the source that reads what comes there, and how its client gets its response."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from iot_hub.ingest.http.app_responses import (
    DAWARICH,
    EMPTY,
    HOME_ASSISTANT,
    OVERLAND,
    OWNTRACKS,
    SENSOR_LOGGER,
    TORQUE,
    ULOGGER,
)
from iot_hub.ingest.http.responses import FIRST_BETA, HUB, ResponseFormat
from iot_hub.sources import SOURCES


class Endpoint(msgspec.Struct, frozen=True):
    """One path that takes readings."""

    path: str
    source: str
    """Its name in ``SOURCES``."""
    response_format: ResponseFormat
    methods: frozenset[str] = frozenset({"POST"})
    probe_response: bytes | None = None
    """The body for a GET without a payload: some apps probe the address first."""
    device_id_is_authoritative: bool = False
    """Whether what a payload calls its device is the hub's own id, which must be the token's device."""
    token_in_path: bool = True
    """Whether the segment behind the path may be the token."""
    after_token: int = 0
    """Most segments behind the token, which say nothing: the device's name, the client's script."""
    reads_query: bool = False
    """Whether query and body are one message; of others the query is the payload where the body is empty."""
    id_may_be_token: bool = False
    """Whether the device's id in the query may be the token: some clients have no other field for it."""
    needs_field: tuple[str, ...] = ()
    """Fields of which the query must have one: the path alone says nothing."""


IDENTITY_BODY = b'{"name":"IoT Personal Hub"}'
ANY_METHOD = frozenset({"GET", "POST", "PUT"})


def _phonetrack(app: str) -> tuple[Endpoint, ...]:
    """Return PhoneTrack's addresses, below where a Nextcloud has it: the token and the device's name follow.

    Facts: julien-nc/phonetrack, appinfo/routes.php.
    """
    by_form = partial(Endpoint, response_format=EMPTY, methods=ANY_METHOD, reads_query=True, after_token=1)
    return (
        by_form(f"{app}/logGet", "gpslogger"),
        by_form(f"{app}/logPost", "gpslogger"),
        by_form(f"{app}/log/gpslogger", "gpslogger"),
        by_form(f"{app}/log/locusmap", "gpslogger"),
        by_form(f"{app}/log/osmand", "osmand"),
        by_form(f"{app}/log/traccar", "osmand"),
        Endpoint(f"{app}/log/owntracks", "owntracks", OWNTRACKS, after_token=1),
        Endpoint(f"{app}/log/overland", "overland", OVERLAND, after_token=1),
        Endpoint(f"{app}/log/ulogger", "ulogger", ULOGGER, reads_query=True, after_token=3),
    )


_PARTICULAR = (
    Endpoint("/v1/events", "hub", HUB, device_id_is_authoritative=True, token_in_path=False),
    Endpoint("/mobile_location", "automate", FIRST_BETA, device_id_is_authoritative=True, token_in_path=False),
    Endpoint("/owntracks", "owntracks", OWNTRACKS),
    # Where the OwnTracks Recorder has it.
    Endpoint("/pub", "owntracks", OWNTRACKS),
    Endpoint("/overland", "overland", OVERLAND, probe_response=IDENTITY_BODY),
    Endpoint("/gpslogger", "gpslogger", EMPTY, methods=ANY_METHOD, reads_query=True),
    Endpoint("/osmand", "osmand", EMPTY, methods=ANY_METHOD, reads_query=True, id_may_be_token=True),
    # Dawarich: its apps, and the senders for it of GPSLogger and others.
    Endpoint("/api/v1/overland/batches", "overland", OVERLAND, probe_response=IDENTITY_BODY),
    Endpoint("/api/v1/points", "overland", DAWARICH),
    Endpoint("/api/v1/owntracks/points", "owntracks", OWNTRACKS),
    Endpoint("/api/v1/traccar/points", "osmand", OWNTRACKS, reads_query=True),
    # Reitti. What it calls GPSLogger is a body in OwnTracks' format.
    Endpoint("/api/v1/ingest/owntracks", "owntracks", OWNTRACKS),
    Endpoint("/api/v1/ingest/gpslogger", "owntracks", OWNTRACKS),
    Endpoint("/api/v1/ingest/overland", "overland", OVERLAND),
    # GeoPulse: its older paths, then its newer ones. GPSLogger is the same to it.
    Endpoint("/api/owntracks", "owntracks", OWNTRACKS),
    Endpoint("/api/gpslogger", "owntracks", OWNTRACKS),
    Endpoint("/api/overland", "overland", OVERLAND),
    Endpoint("/api/dawarich/api/v1/points", "overland", DAWARICH),
    Endpoint("/api/v1/gps/ingest/owntracks", "owntracks", OWNTRACKS),
    Endpoint("/api/v1/gps/ingest/gpslogger", "owntracks", OWNTRACKS),
    Endpoint("/api/v1/gps/ingest/overland", "overland", OVERLAND),
    Endpoint("/api/v1/gps/ingest/dawarich/points", "overland", DAWARICH),
    Endpoint("/torque", "torque", TORQUE, methods=ANY_METHOD, reads_query=True),
    # μlogger adds /client/index.php to the address that its user enters.
    Endpoint("/ulogger", "ulogger", ULOGGER, reads_query=True, after_token=2),
    *_phonetrack("/apps/phonetrack"),
    *_phonetrack("/index.php/apps/phonetrack"),
    Endpoint("/sensorlogger", "sensorlogger", SENSOR_LOGGER),
    Endpoint("/homeassistant", "homeassistant", HOME_ASSISTANT),
    # Where the companion app posts, its webhook's id being the token.
    Endpoint("/api/webhook", "homeassistant", HOME_ASSISTANT),
    # Traccar's clients have the root as their path.
    Endpoint(
        "/", "osmand", EMPTY, methods=ANY_METHOD, token_in_path=False, reads_query=True, id_may_be_token=True,
        needs_field=("lat", "location"),
    ),
)  # fmt: skip

WITHOUT_ADDRESS = frozenset({"termux"})
"""The agent reads it on the phone, and sends the hub's own format."""


def plain_endpoints(sources: Iterable[str], particular: Iterable[Endpoint]) -> list[Endpoint]:
    """Return an endpoint at ``/NAME`` for each source without a particular one: any method, an empty response."""
    taken = {endpoint.source for endpoint in particular} | WITHOUT_ADDRESS
    return [
        Endpoint(f"/{name}", name, EMPTY, methods=ANY_METHOD, reads_query=True) for name in sources if name not in taken
    ]


ENDPOINTS = (*_PARTICULAR, *plain_endpoints(SOURCES, _PARTICULAR))

REGISTRATIONS = "/api/mobile_app/registrations"
"""Where Home Assistant's companion app asks for its webhook."""
