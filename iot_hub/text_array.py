"""Texts on their way to PostgreSQL as one array, without a detour through ``str``.

psycopg writes a list value by value, in Python; for a thousand JSON texts that costs more than
parsing them in the server.
"""

from __future__ import annotations

from struct import Struct

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

TEXT_OID = 25
TEXT_ARRAY_OID = 1009

_int = Struct("!i").pack
_HEAD = _int(1) + _int(0) + _int(TEXT_OID)


class TextArray(list[bytes]):
    """UTF-8 texts that become a ``text[]`` parameter."""


class TextArrayDumper(Dumper):
    """Writes PostgreSQL's binary form of an array (array_recv in its source).

    Head: number of dimensions, flags (no NULL), element type; then length and lower bound of the
    dimension; then each element after its length. Integers of four bytes, big-endian.
    """

    format = Format.BINARY
    oid = TEXT_ARRAY_OID

    def dump(self, obj: TextArray) -> Buffer:
        """Write an array."""
        parts = [_HEAD, _int(len(obj)), _int(1)]
        for text in obj:
            parts += (_int(len(text)), text)
        return b"".join(parts)


psycopg.adapters.register_dumper(TextArray, TextArrayDumper)
