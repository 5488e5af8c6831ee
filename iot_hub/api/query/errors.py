"""The errors of the query API, and their one form in responses."""

from __future__ import annotations

from typing import cast

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from iot_hub.database.errors import is_passing
from iot_hub.errors import DatabaseAwayError, HubError, error_body

log = structlog.get_logger()


class UnknownDeviceError(HubError):
    """There is no such device."""

    code = "unknown_device"
    status = 404


class NotAuthorizedError(HubError):
    """Log in at /login, or send a reader's token (iot-hub reader add NAME) by Bearer or Basic authentication."""

    code = "unauthorized"
    status = 401
    headers = ((b"www-authenticate", b'Bearer realm="iot-hub", Basic realm="iot-hub", charset="UTF-8"'),)


class ReadOnlyError(HubError):
    """A reader's token can only read. Changes need the owner's session."""

    code = "read_only"
    status = 403


class OwnerOnlyError(HubError):
    """Only the owner can read this: log in at /login, or send a token of iot-hub reader add --view owner."""

    code = "owner_only"
    status = 403


class ForeignOriginError(HubError):
    """The request is not from a page of this hub: its Origin must be the hub's own address."""

    code = "foreign_origin"
    status = 403


class UnknownMetricError(HubError):
    """The device has no such metric."""

    code = "unknown_metric"
    status = 404


class UnknownPhotoError(HubError):
    """There is no such photo."""

    code = "unknown_photo"
    status = 404


class UnknownTileError(HubError):
    """There is no such tile."""

    code = "unknown_tile"
    status = 404


class BadParameterError(HubError):
    """A parameter can't be understood."""

    code = "bad_parameter"
    status = 422


class TooSlowError(HubError):
    """The query took too long. Request a shorter range."""

    code = "too_slow"
    status = 503
    headers = ((b"retry-after", b"30"),)


class BusyError(HubError):
    """The hub is busy with other heavy requests. Try again in a few seconds."""

    code = "busy"
    status = 503
    headers = ((b"retry-after", b"5"),)


class TooManyRequestsError(HubError):
    """Too many heavy requests at once. Wait for responses before sending more."""

    code = "too_many_questions"
    status = 429
    headers = ((b"retry-after", b"2"),)


class InternalError(HubError):
    """Internal error. The hub's log says why."""

    code = "internal_error"


def add_error_handlers(app: FastAPI) -> None:
    """Register handlers that give every error the hub's one form."""
    app.add_exception_handler(HubError, _hub_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(psycopg.Error, _database_error)
    app.add_exception_handler(Exception, _unexpected_error)


def error_response(error: HubError) -> Response:
    """Return the response of an error."""
    if isinstance(error, DatabaseAwayError):
        error = DatabaseAwayError("The database does not answer. Try again in a few seconds.")
    headers = {name.decode(): value.decode() for name, value in error.headers}
    return _response(error.status, error.code, str(error), headers)


def _response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    headers = {**(headers or {}), "cache-control": "no-store"}
    return Response(error_body(code, message), status, headers, "application/json")


async def _hub_error(_: Request, error: Exception) -> Response:
    return error_response(cast(HubError, error))


async def _validation_error(_: Request, error: Exception) -> Response:
    first = cast(RequestValidationError, error).errors()[0]
    parameter = first["loc"][-1]
    # pydantic prefixes the message of our own validators; their exception has it plain.
    reason = first.get("ctx", {}).get("error")
    return error_response(BadParameterError(f"{parameter}: {reason or first['msg']}."))


async def _http_error(request: Request, error: Exception) -> Response:
    refused = cast(HTTPException, error)
    code, message = {
        404: ("not_found", "Not found. GET /docs lists what there is."),
        405: ("method_not_allowed", f"{request.method} is not allowed here. GET /docs lists what is."),
    }.get(refused.status_code, ("http_error", f"{refused.detail}."))
    return _response(refused.status_code, code, message, dict(refused.headers or {}))


async def _database_error(_: Request, error: Exception) -> Response:
    if isinstance(error, psycopg.errors.QueryCanceled):
        return error_response(TooSlowError())
    if is_passing(cast(psycopg.Error, error)):
        return error_response(DatabaseAwayError())
    return await _unexpected_error(_, error)


async def _unexpected_error(_: Request, error: Exception) -> Response:
    # The text of an error may quote values; its class says enough.
    log.error("query_failed", error=type(error).__name__)
    return error_response(InternalError())
