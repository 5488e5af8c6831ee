"""The hub's errors, each with a stable code for programs and one line for people."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


def error_body(code: str, message: str) -> bytes:
    """Return the JSON body of an error, the same in every HTTP response."""
    return msgspec.json.encode({"error": {"code": code, "message": message}})


class HubError(Exception):
    """Something went wrong in the hub."""

    code = "hub_error"
    status = 500
    headers: tuple[tuple[bytes, bytes], ...] = ()
    reason = ""
    """The label in ``/metrics``, where the code is too coarse."""

    def __init__(self, message: str | None = None) -> None:
        """Use a message, or by default the first line of the class's docstring."""
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])


class UserError(HubError):
    """The request can't be fulfilled; the message says what to do."""

    code = "user_error"


class DatabaseAwayError(HubError):
    """The database does not answer; nothing was stored. Send it again later."""

    code = "database_away"
    status = 503
    headers = ((b"retry-after", b"5"),)


class UnauthorizedError(HubError):
    """No token, or an unknown one. Send the device's token as X-API-Key or Authorization: Bearer."""

    code = "unauthorized"
    status = 401
    headers = ((b"www-authenticate", b'Bearer realm="iot-hub"'),)


class MethodError(HubError):
    """The address does not accept this method."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, methods: Iterable[str]) -> None:
        allowed = ", ".join(sorted(methods))
        super().__init__(f"Send a {allowed} request to this address.")
        self.headers = ((b"allow", allowed.encode()),)


class WrongDeviceError(HubError):
    """The token belongs to another device."""

    code = "wrong_device"
    status = 403


class TooLargeError(HubError):
    """The body is too large. Send it in smaller parts."""

    code = "too_large"
    status = 413


class TooManyItemsError(HubError):
    """The body contains too many events or values. Send it in smaller parts."""

    code = "too_many_items"
    status = 413


class UnreadableError(HubError):
    """The body can't be unpacked, or ended early. Nothing of it was stored; send it again, whole."""

    code = "unreadable"
    status = 400


class UnsupportedEncodingError(HubError):
    """The hub does not know this Content-Encoding. Use gzip, zstd, deflate or identity."""

    code = "unsupported_encoding"
    status = 415
    headers = ((b"accept-encoding", b"gzip, zstd, deflate"),)


class NothingToldError(HubError):
    """Neither the query nor the body has a field that the hub knows. It is in quarantine."""

    code = "nothing_told"
    status = 422


class SpoolFullError(HubError):
    """Neither the database nor the spool can store the event. Send it again later."""

    code = "nowhere_to_keep"
    status = 503
    headers = ((b"retry-after", b"30"),)


class OverloadedError(HubError):
    """Too many events are waiting to be stored. Send it again later."""

    code = "overloaded"
    status = 503
    headers = ((b"retry-after", b"1"),)
    reason = "overloaded_events"


class ClientGoneError(HubError):
    """The client disconnected before its request was stored."""

    code = "client_gone"
    status = 400


class OverloadedBodiesError(OverloadedError):
    """Too much data is in flight. Send it again later."""

    reason = "overloaded_bodies"
