"""What each app takes for "delivered". Whatever else it got, it would send again forever, or throw data away.

A payload that can't be stored lies in quarantine, as safe as any other, so the app gets what it takes for
"delivered". To refuse it would stop the queue behind it, or make the app delete it (OwnTracks on iOS).
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from iot_hub.errors import NothingToldError, error_body
from iot_hub.ingest.http.responses import Receipts, Response, ResponseFormat
from iot_hub.sources import ulogger
from iot_hub.sources.homeassistant import decrypt_message, secret_of
from iot_hub.sources.lenient import decode_item

_encode = msgspec.json.Encoder().encode


def always(body: bytes, content_type: bytes = b"application/json; charset=utf-8") -> ResponseFormat:
    """Respond with 200 and the same body, whatever became of the payload."""
    answer = Response(200, body, content_type)

    def delivered(_payload: bytes, _receipts: Receipts, _key: str | None) -> Response:
        return answer

    return ResponseFormat(receipts=delivered, error=error_body)


OWNTRACKS = always(b"[]")
"""A JSON array, of friends' locations where there are any (owntracks/booklet, docs/tech/http.md)."""

OVERLAND = always(b'{"result":"ok"}')
"""Anything else, and the app keeps the batch and sends it for ever (aaronpk/Overland-iOS, README.md)."""

DAWARICH = always(b'{"data":[]}')
"""The points that are new, of which its clients count none (Freika/dawarich, points_controller.rb)."""

SENSOR_LOGGER = always(b"{}")

TORQUE = always(b"OK!", b"text/plain")
"""Anything else, and the app counts nothing as uploaded (home-assistant/core, components/torque)."""


def _ulogger(payload: bytes, _receipts: Receipts, _key: str | None) -> Response:
    # The app sends a track's number with its positions; each has a time of its own.
    is_track = ulogger.action_of(payload) == "addtrack"
    return Response(200, b'{"error":false,"trackid":1}' if is_track else b'{"error":false}')


ULOGGER = ResponseFormat(receipts=_ulogger, error=error_body)
"""Anything else is an error to it, and it sends the position again (bfabiszewski/ulogger-android, WebHelper.java)."""


def _plain(_payload: bytes, receipts: Receipts, _key: str | None) -> Response:
    if receipts.rejected and all(item.reason == NothingToldError.code for item in receipts.rejected):
        # No app sends it: somebody tries an address, or a template has none of the names.
        error = NothingToldError()
        return Response(error.status, error_body(error.code, str(error)))
    return Response(200, b"", b"text/plain")


EMPTY = ResponseFormat(receipts=_plain, error=error_body)
"""What Traccar's server says (traccar/traccar, OsmAndProtocolDecoder.java); GPSLogger asks for the status alone."""


def _home_assistant(payload: bytes, _receipts: Receipts, key: str | None) -> Response:
    try:
        message = decrypt_message(payload, key)
        encrypted = bool(decode_item(payload)[0].get("encrypted"))
    except (ValueError, RecursionError, CryptoError):
        return Response(200, b"{}")  # In quarantine.
    status, content = _receipt_of(message)
    if encrypted:
        box = SecretBox(secret_of(key)).encrypt(_encode(content))
        content = {"encrypted": True, "encrypted_data": b64encode(box).decode()}
    return Response(status, _encode(content))


def _receipt_of(message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    data = message.get("data")
    if message.get("type") == "register_sensor":
        return 201, {"success": True}
    if message.get("type") == "update_sensor_states" and isinstance(data, list):
        ids = [str(sensor.get("unique_id")) for sensor in data if isinstance(sensor, dict)]
        return 200, {unique_id: {"success": True} for unique_id in ids}
    return 200, {}


HOME_ASSISTANT = ResponseFormat(receipts=_home_assistant, error=error_body)
"""Each sensor has its own receipt (developers.home-assistant.io, "Native app integration: sensors")."""
