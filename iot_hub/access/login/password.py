"""The owner's password: hashed with Argon2id, in the database."""

from __future__ import annotations

import psycopg
from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.errors import UserError

SHORTEST = 10
LONGEST_BYTES = 1024


class UnfitPasswordError(UserError):
    """The password is too short or too long."""


def hash_password(password: str) -> str:
    """Hash a password with libsodium's interactive parameters: two passes over 64 MiB.

    Raises UnfitPasswordError.
    """
    if len(password) < SHORTEST:
        raise UnfitPasswordError(f"A password has at least {SHORTEST} characters.")
    if len(password.encode()) > LONGEST_BYTES:
        raise UnfitPasswordError(f"A password has at most {LONGEST_BYTES} bytes.")
    return argon2id.str(
        password.encode(), opslimit=argon2id.OPSLIMIT_INTERACTIVE, memlimit=argon2id.MEMLIMIT_INTERACTIVE
    ).decode("ascii")


def verify_password(password: str, hashed: str) -> bool:
    """Return whether the hash is of this password, in constant time."""
    if len(password.encode()) > LONGEST_BYTES:
        return False
    try:
        return argon2id.verify(hashed.encode("ascii"), password.encode())
    except InvalidkeyError:
        return False


def set_password(connection: psycopg.Connection[DictRow], password: str) -> None:
    """Set the owner's password and end all sessions. Raises UnfitPasswordError."""
    hashed = hash_password(password)
    with connection.transaction():
        connection.execute(query("set_owner_password"), {"hash": hashed})
        connection.execute(query("close_all_sessions"))


def remove_password(connection: psycopg.Connection[DictRow]) -> None:
    """Delete the owner's password and all sessions: nobody can log in."""
    with connection.transaction():
        connection.execute(query("remove_owner_password"))
        connection.execute(query("close_all_sessions"))
