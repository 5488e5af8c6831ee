"""A token as Mosquitto stores a password.

Facts: mosquitto 2.0, src/password_mosq.c: ``$7$ITERATIONS$SALT$HASH``, PBKDF2 with HMAC-SHA-512, 12 bytes of salt and
64 of hash in Base64. The broker computes it in its one thread, for every client at each change of an account, so the
number of rounds stays at its program's own 101. A slow hash would add nothing: there is no guessing 256 bits.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode

ROUNDS = 101
_SALT_BYTES = 12


def hash_mqtt_password(token: str) -> str:
    """Return the hash of a token of 256 random bits. The same token has the same hash: its salt is of the token."""
    password = token.encode()
    salt = hashlib.sha256(b"mqtt salt " + password).digest()[:_SALT_BYTES]
    found = hashlib.pbkdf2_hmac("sha512", password, salt, ROUNDS)
    return f"$7${ROUNDS}${b64encode(salt).decode()}${b64encode(found).decode()}"
