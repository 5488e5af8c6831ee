"""Finds the token in a request, in whatever way its app can send it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from iot_hub.errors import DatabaseAwayError, UnauthorizedError
from iot_hub.ingest.http.query import query_fields, without_fields
from iot_hub.ingest.tokens import AuthenticatedDevice, TokenCache

Headers = Mapping[bytes, bytes]
"""A request's headers by their names, which are in small letters."""


IN_QUERY = (b"token", b"access_token", b"api_key")
_IN_QUERY = frozenset(IN_QUERY)
# A name, or for nothing a value with "=" in it. To begin with what is seldom takes a quarter of the time.
_encoded_name = re.compile(rb"[%+][^=&]*=").search
_IDS = (b"id", b"deviceid")


def authenticate(
    headers: Headers, query_string: bytes, tokens: TokenCache, in_path: bytes | None = None
) -> AuthenticatedDevice:
    """Authenticate a request. Raises UnauthorizedError, or DatabaseAwayError while its token may be a new one.

    The token stands in ``X-API-Key``, in ``Authorization`` (Bearer, or Basic as the password), in
    the query as ``token``, ``access_token`` or ``api_key``, or is the path's last segment.
    """
    unknown = False
    for token in _candidates(headers, query_string, in_path):
        if sender := tokens.find(token):
            return sender
        unknown = True
    if unknown and not tokens.can_refuse:
        # To say "unauthorized" would make some apps throw their data away.
        raise DatabaseAwayError
    raise UnauthorizedError


def without_token(query_string: bytes) -> bytes:
    """Return a query without the tokens in it: it is stored as a payload."""
    return without_fields(query_string, _IN_QUERY) if _may_hold_token(query_string) else query_string


def token_in_id(query_string: bytes, tokens: TokenCache) -> tuple[bytes, bytes] | None:
    """Return the token that a query has as its device's id, and the query with the device's number in its place.

    The id stays, because a message with one means another unit of speed (Traccar).
    """
    pairs = query_string.split(b"&")
    for index, pair in enumerate(pairs):
        name, _, value = pair.partition(b"=")
        token = unquote_to_bytes(value)
        if name.lower() in _IDS and (sender := tokens.find(token)):
            pairs[index] = b"%b=%d" % (name, sender.device_id)
            return token, b"&".join(pairs)
    return None


def _may_hold_token(query_string: bytes) -> bool:
    """Return whether a query may name a token, in letters or encoded. Most have a dozen fields and none of these."""
    return any(name in query_string for name in IN_QUERY) or _encoded_name(query_string) is not None


def bearer(headers: Headers) -> str:
    """Return the token of an ``Authorization: Bearer``; empty without one."""
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def _candidates(headers: Headers, query_string: bytes, in_path: bytes | None) -> Iterable[bytes]:
    if b"x-api-key" in headers:
        yield headers[b"x-api-key"].strip()
    if b"authorization" in headers:
        yield from _authorization(headers[b"authorization"])
    if _may_hold_token(query_string):
        fields = query_fields(query_string)
        for name in IN_QUERY:
            yield from fields.get(name, ())
    if in_path is not None:
        yield in_path


def _authorization(value: bytes) -> Iterable[bytes]:
    scheme, _, credentials = value.partition(b" ")
    if scheme.lower() == b"bearer":
        yield credentials.strip()
    elif scheme.lower() == b"basic":
        try:
            _, _, password = base64.b64decode(credentials, validate=True).partition(b":")
        except binascii.Error:
            # Overland on iOS, set to write OwnTracks' format, forgets to encode it.
            yield credentials.strip().rstrip(b":")
        else:
            yield password
