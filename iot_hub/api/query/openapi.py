"""What ``/docs`` and ``/openapi.json`` contain beyond what FastAPI generates.

The receivers are plain ASGI, so their part is written by hand, in ``receiving.json``; a source that is not in there is
described as any plain app.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI

from iot_hub.access.login.authorization import COOKIE
from iot_hub.api.query.track_formats import GPX
from iot_hub.ingest.http.endpoints import ENDPOINTS, Endpoint

PREFIX = "/v1/devices"
"""What every path of the query API begins with."""

_PLAIN = "osmand"
"""The app whose description in ``receiving.json`` fits any other that has an address of its own."""

TITLE = "IoT Personal Hub"
DESCRIPTION = """\
One private place for everything that a person's devices report.

**Receiving** accepts readings and needs a device's token. **Query** returns them: everything to the owner's
session, and to a reader's token (`iot-hub reader add`) what the owner granted, either everything or published
data. Published data exclude whatever was measured inside a private area: while a device is inside one, it
looks as if it were switched off. Everyone else gets 401, or published data if the owner has made the hub
public. Whoever may read everything gets published data by `view=published`, a parameter of every GET of `/v1`.

Times are accepted as ISO 8601 with an offset or as Unix seconds, and returned as ISO 8601 in UTC. Ranges
include their start and exclude their end. Every error has the same form, with a stable `code`.
"""

_GPX_EXAMPLE = """\
<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="IoT Personal Hub" xmlns="http://www.topografix.com/GPX/1/1">
<metadata><name>phone</name></metadata>
<trk><name>phone</name><trkseg>
<trkpt lat="50.0614" lon="19.9366"><ele>219.0</ele><time>2026-01-31T12:00:00Z</time></trkpt>
</trkseg></trk>
</gpx>
"""


def _error(description: str, code: str, message: str) -> dict[str, Any]:
    content = {
        "schema": {"$ref": "#/components/schemas/ErrorAnswer"},
        "example": {"error": {"code": code, "message": message}},
    }
    return {"description": description, "content": {"application/json": content}}


ERRORS: dict[int | str, dict[str, Any]] = {
    401: _error(
        "Neither the owner's session nor a valid reader's token: the same for every path and method.",
        "unauthorized",
        "Log in at /login, or send a reader's token (iot-hub reader add NAME) by Bearer or Basic authentication.",
    ),
    404: _error(
        "There is no such device or metric.",
        "unknown_device", "There is no device 7. GET /v1/devices lists the devices.",
    ),
    422: _error(
        "A parameter can't be understood.",
        "bad_parameter", "limit: Input should be less than or equal to 1000.",
    ),
    429: _error(
        "Too many heavy requests at once. `Retry-After` says when to try again.",
        "too_many_questions", "Too many heavy requests at once. Wait for responses before sending more.",
    ),
    503: _error(
        "The database does not answer, or not in time, or the hub is busy. `Retry-After` says when to try again.",
        "database_away", "The database does not answer. Try again in a few seconds.",
    ),
}  # fmt: skip

OWNER_ONLY: dict[int | str, dict[str, Any]] = {
    403: _error(
        "A reader's token or a public hub that has published data alone.",
        "owner_only",
        "Only the owner can read this: log in at /login, or send a token of iot-hub reader add --view owner.",
    )
}

UNKNOWN_PLACE: dict[int | str, dict[str, Any]] = {
    404: _error("There is no such place.", "unknown_place", "There is no place 7. 'iot-hub place list' shows all.")
}

UNKNOWN_PHOTO: dict[int | str, dict[str, Any]] = {
    404: _error("There is no such photo, or no picture can be made of it.", "unknown_photo", "There is no photo 7.")
}

THUMBNAIL: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture.",
        "content": {
            type_: {"schema": {"type": "string", "format": "binary"}} for type_ in ("image/jpeg", "image/svg+xml")
        },
    },
    304: {"description": "The browser has it already, by its `ETag`."},
}

POSTER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            type_: {"schema": {"type": "string", "format": "binary"}} for type_ in ("application/pdf", "image/png")
        },
    }
}

UNKNOWN_CORRECTION: dict[int | str, dict[str, Any]] = {
    404: _error(
        "There is no such correction or device, or it is undone already.",
        "unknown_correction", "There is no correction 7 to undo. 'iot-hub edit log' lists all.",
    )
}  # fmt: skip

JOURNEYS_TILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The tile.",
        "content": {"application/vnd.mapbox-vector-tile": {"schema": {"type": "string", "format": "binary"}}},
    },
    204: {"description": "There is nothing in it."},
    304: {"description": "The browser has it already, by its `ETag`."},
}

ALSO_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string", "description": "CSV (RFC 4180), UTF-8."}}}}
}

TRACK: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The track.",
        "content": {GPX: {"schema": {"type": "string", "description": "GPX 1.1."}, "example": _GPX_EXAMPLE}},
        "headers": {
            "Link": {
                "description": 'The rest, `rel="next"`, if there are more fixes than one response contains.',
                "schema": {"type": "string"},
            }
        },
    }
}


@cache
def _receiving() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((files("iot_hub.api.query") / "receiving.json").read_text(encoding="utf-8"))
    return with_plain_receivers(document, ENDPOINTS)


def with_plain_receivers(document: dict[str, Any], endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Add the address of each source that a document does not describe, after that of a plain app."""
    paths = dict(document["paths"])
    described = {path.removesuffix("/{token}") for path in paths}
    known = {endpoint.source for endpoint in endpoints if endpoint.path in described}
    for endpoint in endpoints:
        if endpoint.source not in known:
            known.add(endpoint.source)
            paths[f"{endpoint.path}/{{token}}"] = {
                method: {
                    **operation,
                    "operationId": operation["operationId"].replace(_PLAIN, endpoint.source),
                    "summary": f"Send what {endpoint.source} sends",
                    "description": f"See docs/sources/{endpoint.source}.md. What can't be stored goes to quarantine.",
                }
                for method, operation in document["paths"][f"/{_PLAIN}/{{token}}"].items()
                if method.upper() in endpoint.methods
            }
    return {**document, "paths": paths}


READERS: dict[str, Any] = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The owner's session (`/login`)."},
    "reader": {"type": "http", "scheme": "bearer", "description": "A reader's token."},
    "readerAsPassword": {
        "type": "http", "scheme": "basic", "description": "A reader's token as the password, any user name.",
    },
}  # fmt: skip
"""Each request needs one of these, unless the hub is public."""


def tags() -> list[dict[str, str]]:
    """Return the sections of the API, in the order of the page."""
    return [
        *_receiving()["tags"],
        {"name": "query", "description": "The devices' data, as far as the client may read them."},
        {"name": "owner", "description": "Requires the owner's session."},
    ]


def document_receivers(app: FastAPI) -> None:
    """Add the receivers to an application's schema."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            # Cached here for later calls.
            app.openapi_schema = _merge(generate(), _receiving())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _merge(generated: dict[str, Any], receiving: dict[str, Any]) -> dict[str, Any]:
    components = {**generated["components"], "securitySchemes": READERS}
    for operations in generated["paths"].values():
        for method, operation in operations.items():
            operation["security"] = [{name: []} for name in (READERS if method == "get" else ["session"])]
    for kind, items in receiving["components"].items():
        components[kind] = {**components.get(kind, {}), **items}
    return {**generated, "paths": {**receiving["paths"], **generated["paths"]}, "components": components}
