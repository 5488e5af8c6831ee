"""Finds the token in a request, in whatever way its app can send it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from urllib.parse import parse_qs

from iot_hub.errors import DatabaseAwayError, UnauthorizedError
from iot_hub.tokens import Sender, TokenBook

Headers = Iterable[tuple[bytes, bytes]]


def authenticate(headers: Headers, query_string: bytes, tokens: TokenBook) -> Sender:
    """Tell who sends. Raises UnauthorizedError, or DatabaseAwayError while no token is known yet.

    The token stands in ``X-API-Key``, in ``Authorization`` (Bearer, or Basic as the password), or in
    the query as ``token`` or ``access_token``.
    """
    for token in _candidates(headers, query_string):
        if sender := tokens.find(token):
            return sender
    if not tokens.known:
        # To say "unauthorized" would make some apps throw their data away.
        raise DatabaseAwayError
    raise UnauthorizedError


def _candidates(headers: Headers, query_string: bytes) -> Iterable[bytes]:
    for name, value in headers:
        if name == b"x-api-key":
            yield value.strip()
        elif name == b"authorization":
            yield from _authorization(value)
    if query_string:
        given = parse_qs(query_string)
        for name in (b"token", b"access_token"):
            yield from given.get(name, ())


def _authorization(value: bytes) -> Iterable[bytes]:
    scheme, _, credentials = value.partition(b" ")
    if scheme.lower() == b"bearer":
        yield credentials.strip()
    elif scheme.lower() == b"basic":
        try:
            _, _, password = base64.b64decode(credentials, validate=True).partition(b":")
        except binascii.Error:
            return
        yield password
